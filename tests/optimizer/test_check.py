"""The independent check: a good list passes, and every kind of fault planted in it is found and named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import (
    TOLERANCE,
    ActiveWeightLimit,
    CashLimit,
    Check,
    LossPerNameLimit,
    Mandate,
    RealizedGainLimit,
    Restriction,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    check_trades,
)

PRICE = {"A": 80.0, "B": 50.0, "C": 20.0, "D": 100.0, "E": 40.0, "U": 10.0, "X": 30.0}
LOTS = [
    ("A", 100, 100.0, "2024-01-02", "A1"),  # a long-term loss
    ("A", 50, 60.0, "2025-03-03", "A2"),  # a short-term gain
    ("B", 200, 70.0, "2025-02-03", "B1"),  # a loss, locked by a purchase elsewhere
    ("C", 300, 10.0, "2020-01-02", "C1"),  # a long-term gain
    ("D", 100, 90.0, "2020-01-02", "D1"),
    ("U", 100, 5.0, "2020-01-02", "U1"),  # not rated
    ("X", 100, 20.0, "2020-01-02", "X1"),  # not in the benchmark
]
BENCHMARK = {"A": 0.25, "B": 0.2, "C": 0.15, "D": 0.2, "E": 0.2}
GOOD = [("SELL", "A1", 50), ("SELL", "X1", 40), ("BUY", "E", 80), ("BUY", "D", 10)]
LIMITS = (
    TrackingErrorLimit(0.08),
    LossPerNameLimit(0.05),
    TurnoverLimit(0.3),
    ActiveWeightLimit(0.25),
    SectorActiveLimit(0.3),
    CashLimit(0.0, 0.2),
    RealizedGainLimit(0.05),
)


@pytest.fixture
def case(account_of: Any, risk_of: Any, mandate_of: Any, trades_of: Any) -> Callable[..., Check]:
    """Check a list against the account above: rows, a change of the finished table, changes of account and mandate."""

    def run(
        *rows: tuple[Any, ...],
        edit: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
        limit: Any = None,
        rules: tuple[Restriction, ...] = (),
        **mandate: Any,
    ) -> Check:
        account = account_of(
            PRICE,
            LOTS,
            cash=2000.0,
            group={"A": "A/B2", "C": "C/E", "E": "C/E"},
            sector={"A": "tech", "B": "tech", "C": "food", "D": "food", "E": "oil"},
            trades=[("2025-05-20", "BUY", "B", 10, np.nan), ("2025-05-10", "SELL", "D", 5, 50.0)],
            restrictions=rules,
        )
        kept = [limit if limit is not None and limit.name == other.name else other for other in LIMITS]
        good: Mandate = mandate_of(BENCHMARK, *kept, **{"fractional": False, **mandate})
        table = trades_of(account, *(rows or GOOD))
        return check_trades(account, good, risk_of(["A", "B", "C", "D", "E", "X"]), edit(table) if edit else table)

    return run


def set_cell(row: int, column: str, value: Any) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def edit(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype({column: object})
        table.loc[row, column] = value
        return table

    return edit


def test_a_good_list_passes(case: Callable[..., Check]) -> None:
    check = case()
    assert check.violations == ()
    assert check.passed
    assert check.worst_excess <= 0
    assert {r.name for r in check.readings} == {limit.name for limit in LIMITS}


def test_an_empty_list_passes_where_the_account_keeps_its_limits(case: Callable[..., Check]) -> None:
    assert case(edit=lambda t: t.iloc[:0]).passed


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        pytest.param(set_cell(0, "lot_id", "A9"), "SELL A A9: the account has no such lot", id="unknown lot"),
        pytest.param(set_cell(0, "lot_id", "C1"), "SELL A C1: the account has no such lot", id="another name's lot"),
        pytest.param(set_cell(1, "lot_id", "C1"), "SELL X C1: the account has no such lot", id="an earlier name's lot"),
        pytest.param(set_cell(0, "term", "a"), "A1: term 'a' of a lot held since 2024-01-02", id="no term"),
        pytest.param(set_cell(0, "price", 81.0), "SELL A A1: price 81.0 and amount 4000.0", id="wrong price"),
        pytest.param(set_cell(2, "amount", 3201.0), "BUY E: price 40.0 and amount 3201.0", id="wrong amount"),
        pytest.param(set_cell(0, "gain", -999.0), "SELL A A1: gain -999.0 where .* give -1000.0", id="wrong gain"),
        pytest.param(set_cell(0, "gain", np.nan), "SELL A A1: gain nan", id="no gain"),
        pytest.param(set_cell(0, "term", "short"), "A1: term 'short' of a lot held since 2024-01-02", id="wrong term"),
        pytest.param(set_cell(2, "shares", 80.5), "BUY E: 80.5 shares cannot be traded", id="fraction of a share"),
        pytest.param(set_cell(2, "shares", -80.0), "BUY E: -80.0 shares cannot be traded", id="negative shares"),
        pytest.param(set_cell(2, "shares", 0.0), "BUY E: 0.0 shares cannot be traded", id="no shares"),
        pytest.param(set_cell(2, "shares", np.nan), "BUY E: nan shares cannot be traded", id="shares not a number"),
        pytest.param(set_cell(2, "shares", np.inf), "BUY E: inf shares cannot be traded", id="endless shares"),
        pytest.param(set_cell(2, "side", "SHORT"), "SHORT E: side is neither BUY nor SELL", id="unknown side"),
        pytest.param(set_cell(2, "asset", "ZZZ"), "BUY ZZZ: no price is known", id="unknown name"),
        pytest.param(lambda t: pd.concat([t, t.iloc[[2]]]), "BUY E: stands twice", id="duplicate buy"),
        pytest.param(lambda t: pd.concat([t, t.iloc[[0]]]), "SELL A A1: stands twice", id="duplicate sale"),
    ],
)
def test_a_row_that_is_wrong_is_named(case: Callable[..., Check], edit: Any, message: str) -> None:
    check = case(edit=edit)
    assert not check.passed
    assert pd.Series(check.violations).str.contains(message).any(), check.violations


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param([("SELL", "A1", 101)], "SELL A A1: 101.0 shares of a lot of 100.0", id="oversold"),
        pytest.param([("SELL", "B1", 10)], "SELL B B1: a loss that B bought on 2025-05-20 washes", id="locked lot"),
        pytest.param([("SELL", "A1", 10), ("BUY", "A", 1)], "SELL A A1: a loss that buying A washes", id="same name"),
        pytest.param([("SELL", "U1", 10)], "SELL U: the risk model does not rate it", id="unrated"),
        pytest.param([("BUY", "X", 10)], "BUY X: it is not in the benchmark", id="not in the benchmark"),
        pytest.param([("SELL", "C1", 301)], "C: -1.0 shares after trading", id="short position"),
    ],
)
def test_a_trade_that_may_not_be_made_is_named(case: Callable[..., Check], rows: Any, message: str) -> None:
    violations = case(*rows).violations
    assert pd.Series(violations).str.contains(message).any(), violations


@pytest.mark.parametrize(
    ("rule", "row", "message"),
    [
        ("no_buy", ("BUY", "E", 1), "BUY E: a restriction forbids it"),
        ("no_trade", ("BUY", "E", 1), "BUY E: a restriction forbids it"),
        ("exclude", ("BUY", "E", 1), "BUY E: a restriction forbids it"),
        ("no_sell", ("SELL", "X1", 1), "SELL X: a restriction forbids it"),
        ("no_trade", ("SELL", "X1", 1), "SELL X: a restriction forbids it"),
    ],
)
def test_a_broken_restriction_is_named(case: Callable[..., Check], rule: Any, row: Any, message: str) -> None:
    asset = message.split()[1].rstrip(":")
    assert case(row, rules=(Restriction(asset, rule),)).violations == (message,)


def test_an_excluded_name_may_be_sold(case: Callable[..., Check]) -> None:
    assert case(("SELL", "X1", 100), rules=(Restriction("X", "exclude"),)).passed


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (TrackingErrorLimit(0.001), r"^tracking_error is 0\.\d+, .* beyond its limit 0\.001$"),
        (TurnoverLimit(0.05), r"^turnover is .* beyond its limit 0\.05$"),
        (CashLimit(0.1, 0.2), r"^cash of least is .* beyond its limit 0\.1$"),
        (CashLimit(0.0, 0.01), "^cash of greatest is .* beyond its limit 0.01$"),
        (LossPerNameLimit(0.01), "^loss_per_name of A is .* beyond its limit 0.01$"),
        (RealizedGainLimit(0.001), "^realized_gain is .* beyond its limit 0.001$"),
        (ActiveWeightLimit(0.01, strict=True), "^active_weight of E is -0.* beyond its limit -0.01$"),
        (SectorActiveLimit(0.01, strict=True), "^sector_active of oil is -0.* beyond its limit -0.01$"),
    ],
    ids=lambda x: x.name if hasattr(x, "name") else "",
)
def test_a_broken_limit_is_named_with_its_value(case: Callable[..., Check], limit: Any, message: str) -> None:
    violations = case(limit=limit).violations
    assert violations
    assert pd.Series(violations).str.contains(message).any(), violations


def test_orders_below_the_least_trade_are_named(case: Callable[..., Check]) -> None:
    violations = case(min_trade=0.025).violations
    assert [v.split(":")[0] for v in violations] == ["D"]
    assert violations[0].endswith(f"order of {1000 / 44000:.3g} of NAV, least trade 0.025")


@pytest.mark.parametrize("names", [(0, 6), (8, 9)])
def test_too_many_or_too_few_names_are_named(case: Callable[..., Check], names: tuple[int, int]) -> None:
    assert case(names=names).violations == (f"names: 7 held, expected {names[0]} to {names[1]}",)


@pytest.mark.parametrize("names", [(0, 7), (7, 7), (7, 20)])
def test_a_number_of_names_between_both_ends_is_good(case: Callable[..., Check], names: tuple[int, int]) -> None:
    assert case(names=names).passed


def test_fractions_are_good_where_the_mandate_allows_them(case: Callable[..., Check]) -> None:
    assert case(("SELL", "A1", 10.25), ("BUY", "E", 3.5), fractional=True).passed


def test_a_buy_of_a_group_sold_at_a_loss_elsewhere_is_named(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    for days, passed in ((30, False), (31, True)):
        sold = np.datetime64("2025-06-02") - days
        account = account_of(
            {"A": 10.0, "B": 10.0}, [("A", 50, 8, "2020-01-02")], cash=500, group={"A": "AB", "B": "AB"},
            trades=[(sold, "SELL", "A", 5, -1.0)],
        )  # fmt: skip
        mandate = mandate_of({"A": 0.5, "B": 0.5})
        check = check_trades(account, mandate, risk_of(["A", "B"]), trades_of(account, ("BUY", "B", 10)))
        assert check.passed is passed
        assert passed or f"BUY B: washes the loss on A sold on {sold}" in check.violations[0]


def test_a_loss_and_a_buy_in_one_group_are_named_by_both_names(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    account = account_of(
        {"GOOG": 10.0, "GOOGL": 10.0}, [("GOOG", 50, 12, "2020-01-02", "g")], cash=500,
        group={"GOOG": "ALPHABET", "GOOGL": "ALPHABET"},
    )  # fmt: skip
    mandate = mandate_of({"GOOG": 0.5, "GOOGL": 0.5})
    trades = trades_of(account, ("SELL", "g", 10), ("BUY", "GOOGL", 10))
    check = check_trades(account, mandate, risk_of(["GOOG", "GOOGL"]), trades)
    assert check.violations == ("SELL GOOG g: a loss that buying GOOGL washes",)


def test_a_gain_is_washed_by_nothing(case: Callable[..., Check]) -> None:
    """Not by a purchase of the same name, nor by one of its group."""
    assert case(("SELL", "A2", 10), ("BUY", "A", 2)).passed
    assert case(("SELL", "C1", 10), ("BUY", "E", 2), ("BUY", "C", 2)).passed


def test_the_tolerance_is_a_millionth_of_net_asset_value(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any
) -> None:
    account = account_of({"A": 10.0}, [("A", 1000, 10, "2020-01-02")])
    trades = trades_of(account, ("SELL", "L000", 100.0))
    for off, passed in ((0.9, True), (1.1, False)):
        mandate = mandate_of({"A": 1.0}, TurnoverLimit(0.1 - off * TOLERANCE))
        assert check_trades(account, mandate, risk_of(["A"]), trades).passed is passed


@pytest.mark.parametrize("lot", [0.5, 1.0, 1000.0, 1e6])
def test_a_lot_may_be_sold_whole_and_a_billionth_beyond_for_what_is_rounded(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any, lot: float
) -> None:
    account = account_of({"A": 10.0}, [("A", lot, 10, "2020-01-02")])
    for beyond, passed in ((0.0, True), (0.9e-9, True), (1.1e-9, False)):
        trades = trades_of(account, ("SELL", "L000", lot * (1 + beyond)))
        violations = check_trades(account, mandate_of({"A": 1.0}), risk_of(["A"]), trades).violations
        assert any("shares of a lot of" in words for words in violations) is not passed


@pytest.mark.parametrize("shares", [0.5, 1.0, 100.0])
@pytest.mark.parametrize("column", ["gain", "disallowed"])
def test_a_gain_of_nothing_may_be_off_by_a_billionth_of_what_is_sold(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any, shares: float, column: str
) -> None:
    """What rounding leaves where price and basis are one, and where nothing is disallowed."""
    account = account_of({"A": 80.0}, [("A", 100, 80.0, "2020-01-02")])
    for off, passed in ((0.9e-9, True), (-0.9e-9, True), (1.1e-9, False), (-1.1e-9, False)):
        trades = trades_of(account, ("SELL", "L000", shares)).assign(disallowed=0.0)
        trades[column] = off * 80.0 * shares
        assert check_trades(account, mandate_of({"A": 1.0}), risk_of(["A"]), trades).passed is passed
