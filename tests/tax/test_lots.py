"""Lots and TradeHistory: what they refuse, and what they fill in."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pytest

from tax import CodedText, Lots, RowWords, TradeHistory, Vocabulary
from taxsleeve_errors import TaxError

DAY = dt.date(2024, 1, 2)


def lots(**changed: Any) -> Lots:
    columns: dict[str, Any] = {
        "lot_id": ["lot-a", "lot_a"],
        "asset": ["GOOG", "GOOGL"],
        "shares": [10, 2.5],
        "basis": [100.0, 0.0],
        "acquired": [DAY, DAY],
    }
    return Lots.build(**columns | changed)


def test_defaults_are_the_asset_itself_one_account_and_the_purchase_date() -> None:
    built = lots()
    assert built.group.tolist() == ["GOOG", "GOOGL"]
    assert built.account.tolist() == ["taxable", "taxable"]
    assert (built.holding_start == built.acquired).all()
    assert built.shares.dtype == float
    assert len(built) == 2


def test_peer_29_ids_that_differ_by_one_sign_stay_distinct() -> None:
    assert lots().lot_id.tolist() == ["lot-a", "lot_a"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lot_id": ["x", "x"]}, "lot_id 'x' stands twice"),
        ({"shares": [10, 0]}, r"lot lot_a: shares 0\.0, expected a finite number, shares > 0"),
        ({"shares": [-1, 1]}, r"lot lot-a: shares -1\.0"),
        ({"shares": [1, np.nan]}, "lot lot_a: shares nan"),  # PEER_SCENARIOS 49
        ({"shares": [np.inf, 1]}, "lot lot-a: shares inf"),
        ({"basis": [1, -0.01]}, r"lot lot_a: basis -0\.01"),
        ({"basis": [np.nan, 1]}, "lot lot-a: basis nan"),
        ({"basis": [1.0]}, "arrays of different length"),
        ({"acquired": [DAY]}, "arrays of different length"),
        ({"group": ["only one"]}, "arrays of different length"),
    ],
)
def test_lots_that_cannot_be_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(TaxError, match=message):
        lots(**changed)


def test_no_lots_at_all_is_good() -> None:
    empty = Lots.build(lot_id=[], asset=[], shares=[], basis=[], acquired=[])
    assert len(empty) == 0
    assert empty.long_term(DAY).shape == (0,)


@pytest.mark.parametrize("group", [["ALPHABET", "ALPHABET"], ["A", "B"], ["Y", "Z"], ["GOOG", "GOOGL"]])
def test_groups_are_kept_as_given(group: list[str]) -> None:
    assert lots(group=group).group.tolist() == group


def test_places_of_lots_and_of_ids_that_no_lot_has() -> None:
    assert lots().places(["lot_a", "none", "lot-a"]).tolist() == [1, -1, 0]


def test_take_keeps_the_order_asked_for() -> None:
    picked = lots().take(np.array([1, 0]))
    assert picked.lot_id.tolist() == ["lot_a", "lot-a"]
    assert picked.shares.tolist() == [2.5, 10.0]
    assert lots().take(np.array([False, True])).asset.tolist() == ["GOOGL"]


def test_lots_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        lots().shares = np.ones(2)  # type: ignore[misc]


def test_a_history_without_arguments_is_empty() -> None:
    history = TradeHistory.build()
    assert len(history) == 0
    assert history.loss_sales().tolist() == []


def test_a_histories_defaults() -> None:
    history = TradeHistory.build(date=[DAY], side=["SELL"], asset=["A"], shares=[5])
    assert history.group.tolist() == ["A"]
    assert history.account_type.tolist() == ["taxable"]
    assert np.isnan(history.realized_gain).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"side": ["sell"]}, "side 'sell', expected BUY or SELL"), ({"shares": [1, 2]}, "arrays of different length")],
)
def test_a_history_that_cannot_be_is_refused(changed: dict[str, Any], message: str) -> None:
    columns: dict[str, Any] = {"date": [DAY], "side": ["SELL"], "asset": ["A"], "shares": [5]}
    with pytest.raises(TaxError, match=message):
        TradeHistory.build(**columns | changed)


def test_what_counts_as_a_loss_sale() -> None:
    rows = [
        ("SELL", -1.0, "taxable", True),
        ("SELL", 1.0, "taxable", False),
        ("SELL", 0.0, "taxable", False),
        ("SELL", np.nan, "taxable", True),  # not known: waiting costs less than a washed loss
        ("SELL", -1.0, "spouse", True),
        ("SELL", -1.0, "ira", False),
        ("SELL", np.nan, "roth", False),
        ("BUY", np.nan, "taxable", False),
    ]
    history = TradeHistory.build(
        date=[DAY] * len(rows),
        side=[r[0] for r in rows],
        asset=["A"] * len(rows),
        shares=[1] * len(rows),
        realized_gain=[r[1] for r in rows],
        account_type=[r[2] for r in rows],
    )
    assert history.loss_sales().tolist() == [r[3] for r in rows]
    assert len(history.take(history.loss_sales())) == 3


def coded_lots(ids: CodedText, assets: list[str], groups: list[str] | None = None) -> Lots:
    count = len(ids)
    made = None if groups is None else CodedText.of(groups)
    return Lots.build(
        lot_id=ids,
        asset=CodedText.of(assets),
        group=made,
        shares=[1.0] * count,
        basis=[1.0] * count,
        acquired=[DAY] * count,
    )


def test_lots_of_an_account_are_found_by_ids_that_are_some_of_a_chunks() -> None:
    ids = CodedText(np.array([7_002, 7_000, 7_001]), RowWords(f"L{number}" for number in range(10_000)))
    lots = coded_lots(ids, ["A", "B", "A"])
    assert lots.places(["L7000", "L7002", "L6999", "L7003", "L0", "none"]).tolist() == [1, 0, -1, -1, -1, -1]
    assert "L7001" in lots
    assert not any(other in lots for other in ("L6999", "L7003", "L0", "none", 7_001))
    assert lots.said("lot_id", np.array([2, 0])) == ["L7001", "L7002"]
    assert lots.said("account", np.array([1])) == ["taxable"]


def test_an_id_that_stands_twice_in_a_chunk_is_refused_within_an_account_alone() -> None:
    words = RowWords(["X", "Y", "X"])
    assert len(coded_lots(CodedText(np.array([0, 1]), words), ["A", "B"])) == 2
    with pytest.raises(TaxError, match="lot_id 'X' stands twice"):
        coded_lots(CodedText(np.array([0, 1, 2]), words), ["A", "B", "C"])


@pytest.mark.parametrize("words_of_others", [0, 50])
def test_lots_in_groups_whatever_else_the_vocabulary_has(words_of_others: int) -> None:
    others = [f"Z{number}" for number in range(words_of_others)]
    groups = CodedText(np.array([0, 1, 0]), CodedText.of(["G", "H", *others]).vocabulary)
    lots = Lots.build(
        lot_id=list("123"), asset=list("ABC"), group=groups, shares=[1.0] * 3, basis=[1.0] * 3, acquired=[DAY] * 3
    )
    assert lots.in_groups({"G", "none"}).tolist() == [True, False, True]
    assert not lots.in_groups(set()).any()
    plain = dataclasses.replace(lots)
    assert plain.in_groups({"H"}).tolist() == [False, True, False]
    assert plain.said("group", np.array([1])) == ["H"]


def test_the_array_of_coded_text_is_made_when_it_is_asked_for() -> None:
    lots = coded_lots(CodedText.of(["1", "2"]), ["A", "B"], ["G", "G"])
    assert "asset" not in vars(lots)
    assert lots.asset.tolist() == ["A", "B"]
    assert lots.asset is lots.asset
    assert lots.take(np.array([1])).group.tolist() == ["G"]
    with pytest.raises(AttributeError, match="Lots has no colour"):
        lots.colour  # type: ignore[attr-defined]  # noqa: B018


def test_the_holder_of_lots_is_the_account_of_them_all() -> None:
    def held_in(accounts: list[str] | CodedText | None) -> Lots:
        count = 2 if accounts is None else len(accounts)
        ids, days, ones = [str(i) for i in range(count)], [DAY] * count, [1.0] * count
        return Lots.build(lot_id=ids, asset=ids, account=accounts, shares=ones, basis=ones, acquired=days)

    assert held_in(None).holder == "taxable"
    for said in (["joint", "joint"], CodedText.of(["joint", "joint"]), CodedText(np.array([1, 2]), words_twice())):
        assert held_in(said).holder == "joint"
    for said in (["joint", "ira"], CodedText.of(["joint", "ira"]), [], CodedText.of([])):
        assert held_in(said).holder is None


def words_twice() -> Vocabulary:
    return Vocabulary(["ira", "joint", "joint"])
