"""One day's sales matched with the purchases before them, against the ledger; and which groups can be priced so."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import numpy as np
import pytest

from tax import (
    Lots,
    TradeHistory,
    batch_washes,
    replayed_washes,
    unpriced_washes,
    wash_locks,
    washed_pairs,
)

TODAY = dt.date(2025, 6, 2)


def lots_of(*rows: tuple[str, str, float, float, int], start: dict[str, int] | None = None) -> Lots:
    """Rows are (lot id, asset, shares, basis, days ago); `start` gives tacked holding periods, days ago."""
    started = start or {}
    return Lots.build(
        lot_id=[row[0] for row in rows],
        asset=[row[1] for row in rows],
        group=[row[1][0] for row in rows],
        shares=[row[2] for row in rows],
        basis=[row[3] for row in rows],
        acquired=[TODAY - dt.timedelta(days=row[4]) for row in rows],
        holding_start=[TODAY - dt.timedelta(days=started.get(row[0], row[4])) for row in rows],
    )


def test_the_first_loss_shares_in_order_of_acquisition_are_replaced_in_order_of_acquisition() -> None:
    # Thirty shares were bought twenty and ten days ago; fifty are sold at a loss, those of the oldest lot first.
    lots = lots_of(
        ("second", "A", 40, 14.0, 200), ("first", "A", 10, 13.0, 300), ("late", "A", 20, 9.0, 10),
        ("early", "A", 10, 11.0, 20), ("other", "B", 5, 9.0, 3),
    )  # fmt: skip
    sold = np.array([40.0, 10.0, 0.0, 0.0, 0.0])
    washes = batch_washes(lots, TODAY, sold, np.full(5, 10.0))
    told = [(str(lots.lot_id[w.sold]), str(lots.lot_id[w.replacement]), w.shares, w.disallowed, w.days) for w in washes]
    assert told == [("first", "early", 10.0, 30.0, 300), ("second", "late", 20.0, 80.0, 200)]


@pytest.mark.parametrize(
    ("sold", "disallowed"),
    [
        ({"old": 10.0}, 20.0),
        ({"old": 10.0, "new": 3.0}, 10.0),  # what is sold with it replaces nothing
        ({"old": 10.0, "new": 8.0}, 0.0),
        ({"new": 3.0}, 0.0),  # what is left of the very lot replaces nothing
        ({"gain": 10.0}, 0.0),
    ],
)
def test_what_is_sold_on_the_day_replaces_nothing(sold: dict[str, float], disallowed: float) -> None:
    lots = lots_of(("gain", "A", 10, 8.0, 400), ("old", "A", 10, 12.0, 300), ("new", "A", 8, 10.5, 30))
    amounts = np.array([sold.get(str(lot), 0.0) for lot in lots.lot_id])
    expected = min(disallowed, 2.0 * min(10.0, 8.0 - sold.get("new", 0.0)))
    washes = batch_washes(lots, TODAY, amounts, np.full(3, 10.0))
    assert sum(w.disallowed for w in washes) == pytest.approx(expected)


def test_a_lot_that_has_replaced_shares_replaces_none_again_and_day_31_is_outside() -> None:
    used = lots_of(("old", "A", 10, 12.0, 300), ("new", "A", 8, 10.5, 20), start={"new": 100})
    outside = lots_of(("old", "A", 10, 12.0, 300), ("new", "A", 8, 10.5, 31))
    for lots in (used, outside):
        assert batch_washes(lots, TODAY, np.array([10.0, 0.0]), np.full(2, 10.0)) == ()


def test_a_sale_at_its_basis_is_no_loss_and_uses_no_replacement() -> None:
    lots = lots_of(("even", "A", 10, 10.0, 400), ("loss", "A", 10, 12.0, 300), ("new", "A", 8, 10.5, 20))
    washes = batch_washes(lots, TODAY, np.array([10.0, 10.0, 0.0]), np.full(3, 10.0))
    assert [(wash.sold, wash.replacement, wash.shares) for wash in washes] == [(1, 2, 8.0)]


@pytest.mark.parametrize("seed", range(60))
def test_random_sales_are_matched_as_the_ledger_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(2, 9))
    days = rng.choice([0, 1, 5, 29, 30, 31, 40, 300, 400], size).tolist()
    lots = lots_of(
        *[
            (
                f"l{i}",
                "A",
                float(rng.integers(1, 50)) / (4 if seed % 2 else 1),
                float(np.round(rng.uniform(5, 15), 2)),
                d,
            )
            for i, d in enumerate(days)
        ]
    )
    sold = np.where(rng.random(size) < 0.6, lots.shares, 0.0) * rng.choice([1.0, 0.5], size)
    found: dict[str, float] = defaultdict(float)
    for wash in batch_washes(lots, TODAY, sold, np.full(size, 10.0)):
        found[str(lots.lot_id[wash.sold])] += wash.disallowed
    by_id = {str(lot): float(shares) for lot, shares in zip(lots.lot_id, sold, strict=True) if shares > 0}
    replayed = replayed_washes(lots, TODAY, sold=by_id, price={"A": 10.0})
    for lot in by_id:
        assert found[lot] == pytest.approx(replayed.get(lot, 0.0), abs=1e-9)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [((31,), {}), ((30,), {"old": 16.0}), ((0,), {"old": 16.0}), ((-1,), {}), ((-1, 5), {"old": 16.0})],
)
def test_the_replay_looks_at_purchases_from_30_days_ago_to_today(
    ago: tuple[int, ...], expected: dict[str, float]
) -> None:
    bought = [(f"new {days}", "A", 8.0, 10.5, days) for days in ago]
    lots = lots_of(("old", "A", 10, 12.0, 300), ("other", "B", 5, 12.0, 3), *bought)
    assert replayed_washes(lots, TODAY, sold={"old": 10.0}, price={"A": 10.0}) == expected


OLD_AND_NEW = (("old", "A", 10, 12.0, 300), ("new", "A", 8, 10.5, 20))


@pytest.mark.parametrize(
    ("rows", "trade", "start", "why"),
    [
        (OLD_AND_NEW, None, {}, ""),
        (OLD_AND_NEW, ("BUY", "A", 9, "ira", np.nan), {}, "another account"),
        (OLD_AND_NEW, ("BUY", "A", 9, "spouse", np.nan), {}, "another account"),
        (OLD_AND_NEW, ("SELL", "A", 0, "taxable", -5.0), {}, "sold at a loss in the last 60 days"),
        (OLD_AND_NEW, ("SELL", "A", 60, "taxable", -5.0), {}, "sold at a loss in the last 60 days"),
        (OLD_AND_NEW, ("SELL", "A", 45, "taxable", 5.0), {}, ""),
        (OLD_AND_NEW, ("SELL", "A", 61, "taxable", -5.0), {}, ""),
        (OLD_AND_NEW, None, {"new": 90}, "replaced shares before"),
        ((*OLD_AND_NEW, ("class", "A2", 5, 9.0, 300)), None, {}, "several securities"),
        ((*OLD_AND_NEW, ("other", "B", 5, 9.0, 300)), None, {}, ""),
    ],
)
def test_only_washes_into_unused_lots_of_this_account_have_a_price(
    rows: tuple[tuple[str, str, float, float, int], ...],
    trade: tuple[str, str, int, str, float] | None,
    start: dict[str, int],
    why: str,
) -> None:
    """By `unpriced_washes`, and by the pairs of `washed_pairs`, which share no code."""
    lots = lots_of(*rows, start=start)
    history = TradeHistory.build()
    if trade is not None:
        side, asset, ago, kind, gain = trade
        history = TradeHistory.build(
            date=[TODAY - dt.timedelta(days=ago)], side=[side], asset=[asset], group=["A"], shares=[5.0],
            realized_gain=[gain], account=["elsewhere"], account_type=[kind],
        )  # fmt: skip
    reasons = unpriced_washes(history, lots, TODAY, wash_locks(history, lots, TODAY))
    assert set(reasons) == {"A"}
    assert why in reasons["A"]
    assert bool(reasons["A"]) is bool(why)
    losses = [("A", "A", "old")]
    named = list(washed_pairs(history, lots, TODAY, losses=losses, bought=[], priced=True))
    assert bool(named) is bool(why)
    assert list(washed_pairs(history, lots, TODAY, losses=losses, bought=[]))
    bought = list(washed_pairs(history, lots, TODAY, losses=losses, bought=[("A", "A")], priced=True))
    assert bought
