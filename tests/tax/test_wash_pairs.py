"""Pairs of a loss and a purchase, straight from the function: both edges of every window, and what has a price."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tax import Lots, TradeHistory, washed_pairs

TODAY = dt.date(2025, 6, 2)
OLD = (1000, "A", "old", 10.0)
NEW = (3, "A", "new", 5.0)
Row = tuple[int, str, str, float]


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def lots_of(*lots: Row, tacked: int = 0, group: dict[str, str] | None = None) -> Lots:
    """Lots (days ago, asset, lot id, shares); `tacked` days are added to the holding period of each."""
    assets = [asset for _, asset, _, _ in lots]
    return Lots.build(
        lot_id=[lot_id for _, _, lot_id, _ in lots],
        asset=assets,
        group=[(group or {}).get(asset, asset) for asset in assets],
        shares=[shares for *_, shares in lots],
        basis=[20.0] * len(lots),
        acquired=[ago(days) for days, *_ in lots],
        holding_start=[ago(days + tacked) for days, *_ in lots],
        account=["main"] * len(lots),
    )


def history_of(*trades: tuple[int, str, float, float], account: str = "main", kind: str = "taxable") -> TradeHistory:
    """Trades of A (days ago, side, shares, gain)."""
    return TradeHistory.build(
        date=[ago(days) for days, *_ in trades],
        side=[side for _, side, _, _ in trades],
        asset=["A"] * len(trades),
        shares=[shares for _, _, shares, _ in trades],
        realized_gain=[gain for *_, gain in trades],
        account=[account] * len(trades),
        account_type=[kind] * len(trades),
    )


def found(
    history: TradeHistory, lots: Lots, *, priced: bool = False, sold: dict[str, float] | None = None
) -> list[str]:
    losses = [("A", str(lots.group[0]), "old")]
    return list(washed_pairs(history, lots, TODAY, losses=losses, bought=[], sold=sold, priced=priced))


@pytest.mark.parametrize(("days", "washes"), [(-1, False), (0, True), (30, True), (31, False), (89, False)])
def test_a_lot_washes_from_its_day_to_the_thirtieth(days: int, washes: bool) -> None:
    words = [f"SELL A old: a loss that A bought on {ago(days)} washes"] if washes else []
    assert found(history_of(), lots_of(OLD, (days, "A", "new", 5.0))) == words


@pytest.mark.parametrize(("days", "washes"), [(-1, False), (0, True), (30, True), (31, False)])
def test_a_purchase_elsewhere_washes_from_its_day_to_the_thirtieth(days: int, washes: bool) -> None:
    words = [f"SELL A old: a loss that A bought on {ago(days)} washes"] if washes else []
    assert found(history_of((days, "BUY", 5.0, np.nan), account="other"), lots_of(OLD)) == words


@pytest.mark.parametrize(("days", "washes"), [(-1, False), (0, True), (30, True), (31, False)])
@pytest.mark.parametrize(("gain", "loss"), [(-0.01, True), (0.0, False), (0.5, False), (np.nan, True)])
@pytest.mark.parametrize(("kind", "taxed"), [("taxable", True), ("spouse", True), ("ira", False), ("roth", False)])
def test_buying_washes_a_taxed_loss_of_the_thirty_days_before(
    days: int, washes: bool, gain: float, loss: bool, kind: str, taxed: bool
) -> None:
    history = history_of((days, "SELL", 5.0, gain), kind=kind)
    words = [f"BUY A: washes the loss on A sold on {ago(days)}"] if washes and loss and taxed else []
    assert list(washed_pairs(history, lots_of(OLD), TODAY, losses=[], bought=[("A", "A")])) == words


def test_every_purchase_and_every_loss_of_a_day_is_a_pair() -> None:
    losses, bought = [("A", "G", "a"), ("B", "B", "b")], [("C", "G"), ("A", "G")]
    assert list(washed_pairs(history_of(), lots_of(OLD), TODAY, losses=losses, bought=bought)) == [
        "SELL A a: a loss that buying C washes",
        "SELL A a: a loss that buying A washes",
    ]


@pytest.mark.parametrize("bought", [5.0, 8.0, 4.0])
def test_a_purchase_that_an_open_lot_stands_for_is_counted_once(bought: float) -> None:
    assert len(found(history_of((3, "BUY", bought, np.nan)), lots_of(OLD, NEW))) == 1


def test_a_second_fill_is_a_purchase_of_its_own_once_the_first_has_used_up_the_lots() -> None:
    lots = lots_of(OLD, (3, "A", "n1", 2.0), (3, "A", "n2", 3.0))
    two_fills = history_of((3, "BUY", 3.0, np.nan), (3, "BUY", 2.0, np.nan))
    assert len(found(two_fills, lots)) == 2
    beside = history_of((3, "BUY", 5.0, np.nan), (3, "BUY", 1.0, np.nan))
    assert len(found(beside, lots)) == 3


@pytest.mark.parametrize(
    ("kept", "washes"), [(0.0, False), (4e-9, False), (2e-8, True), (1.0, True), (5.0, True)], ids=str
)
def test_lots_sold_whole_wash_nothing(kept: float, washes: bool) -> None:
    sold = {"old": 10.0} | ({"new": 5.0 - kept} if kept < 5 else {})
    assert bool(found(history_of(), lots_of(OLD, NEW), sold=sold)) is washes


def test_lots_sold_whole_do_not_undo_a_purchase_elsewhere() -> None:
    assert found(history_of((3, "BUY", 1.0, np.nan), account="other"), lots_of(OLD), sold={"old": 10.0})


def test_a_loss_that_open_lots_wash_is_left_out_where_it_has_a_price() -> None:
    assert found(history_of(), lots_of(OLD, NEW), priced=True) == []
    assert len(found(history_of(), lots_of(OLD, NEW), priced=False)) == 1
    # Where nothing is said of prices, every washed loss is named.
    assert len(list(washed_pairs(history_of(), lots_of(OLD, NEW), TODAY, losses=[("A", "A", "old")], bought=[]))) == 1


@pytest.mark.parametrize(("days", "named"), [(0, True), (31, True), (60, True), (61, False)])
def test_a_loss_of_sixty_days_may_have_used_the_purchase(days: int, named: bool) -> None:
    assert bool(found(history_of((days, "SELL", 1.0, -5.0)), lots_of(OLD, NEW), priced=True)) is named


def test_what_has_no_price_is_named_all_the_same() -> None:
    elsewhere = history_of((3, "BUY", 1.0, np.nan), account="other")
    assert len(found(elsewhere, lots_of(OLD, NEW), priced=True)) == 2
    assert len(found(elsewhere, lots_of(OLD), priced=True)) == 1
    # A tacked holding period: the lot has replaced shares before.
    assert len(found(history_of(), lots_of(OLD, NEW, tacked=1), priced=True)) == 1
    # Two classes of one group.
    two = lots_of(OLD, (3, "A.B", "new", 5.0), group={"A": "G", "A.B": "G"})
    assert len(found(history_of(), two, priced=True)) == 1


def test_a_purchase_of_late_is_no_loss() -> None:
    history = history_of((3, "BUY", 5.0, np.nan))
    assert list(washed_pairs(history, lots_of(OLD, NEW), TODAY, losses=[], bought=[("A", "A")])) == []


def test_what_is_left_of_the_very_lot_does_not_replace_it_wherever_its_id_was_read() -> None:
    lots = lots_of((3, "A", "lot 1", 5.0))
    losses = [("A", "A", " ".join(["lot", "1"]))]
    assert list(washed_pairs(history_of(), lots, TODAY, losses=losses, bought=[])) == []


@pytest.mark.parametrize("shares", [0.5, 1.0])
def test_a_lot_of_a_share_that_stays_washes(shares: float) -> None:
    lots = lots_of(OLD, (3, "A", "new", shares))
    assert len(found(history_of(), lots, sold={"old": 10.0})) == 1
