"""A lot of very few shares is a lot: what nothing was sold of is left."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

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
