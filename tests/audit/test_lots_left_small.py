"""A lot of very few shares is a lot: what nothing was sold of is left."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from audit import OpenLot
from audit.lots_left import lots_left

DAY = dt.date(2024, 6, 28)


def after(shares: float, sold: float) -> Any:
    lot = OpenLot("L", "A", shares, 5.0, DAY - dt.timedelta(days=90), DAY - dt.timedelta(days=90), "taxable", "taxable")
    account = SimpleNamespace(lots=(lot,), elsewhere=(), lot_of={"L": lot}, as_of=DAY, whose=("taxable", "taxable"))
    sale = SimpleNamespace(lot=lot, row=SimpleNamespace(quantity=sold))
    return SimpleNamespace(
        account=account, sales=[sale] if sold else [], traded=[], mandate=SimpleNamespace(commission=0.0)
    )


@pytest.mark.parametrize("shares", [1e-13, 1e-10, 1.0, 1e12])
def test_a_lot_is_left_whatever_its_shares(shares: float) -> None:
    assert [left[0] for left in lots_left(after(shares, 0.0), ()).values()] == [shares]
    assert [left[0] for left in lots_left(after(shares, 0.5 * shares), ()).values()] == [0.5 * shares]


@pytest.mark.parametrize("shares", [1e-13, 1.0, 1e12])
def test_binary_noise_of_a_whole_sale_is_no_lot(shares: float) -> None:
    assert lots_left(after(shares, shares * (1 - 1e-12)), ()) == {}


def test_binary_noise_of_a_great_lot_that_others_replace_is_no_lot() -> None:
    """Its parts add up to 6e-8 shares less than the lot: more than a billionth of one, and nothing of 300 million."""
    parts = (1e8 + 0.1, 2e8 + 0.2)
    left = after(3e8 + 0.3, 0.0)
    assert math.fsum([3e8 + 0.3, *(-part for part in parts)]) > 1e-9
    (taker,) = left.account.lots
    sold = replace(taker, lot_id="S", holding_start=DAY - dt.timedelta(days=400))
    washes = tuple(
        SimpleNamespace(is_priced=True, sold=sold, replaced_by=taker, match=SimpleNamespace(shares=part), amount=1.0)
        for part in parts
    )
    start = taker.holding_start - dt.timedelta(days=400)
    assert list(lots_left(left, cast("Any", washes))) == [("taxable", "A", taker.acquired, start)]
