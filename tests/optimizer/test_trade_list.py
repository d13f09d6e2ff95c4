"""The trade list as a table, the orders for the desk, the lots that are left, and what it is all worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import TRADE_COLUMNS, Costs, Restriction, lots_after, orders, realised, tax_value
from optimizer.share_trades import ShareTrades
from optimizer.trade_list import trade_list
from tax import TaxRates
from taxsleeve_errors import InputError

PRICE = {"A": 80.0, "B": 50.0, "C": 20.0, "X": 30.0}
LOTS = [
    ("B", 100, 25.0, "2020-01-02", "b1"),
    ("A", 100, 100.0, "2020-01-02", "a2"),
    ("A", 50, 60.0, "2025-03-03", "a1"),
    ("X", 10, 20.0, "2020-01-02", "x1"),
]


def table(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any, sell: Any, buy: Any, **rest: Any) -> Any:
    account = account_of(PRICE, LOTS, cash=100.0, restrictions=rest.pop("restrictions", ()))
    problem = problem_of(account, mandate_of({"A": 0.3, "B": 0.1, "C": 0.6}, **rest), risk_of("ABCX"))
    return trade_list(problem, account, ShareTrades(np.array(sell, dtype=float), np.array(buy, dtype=float))).frame


@pytest.fixture
def made(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> Any:
    def build(sell: Any, buy: Any, **rest: Any) -> pd.DataFrame:
        frame: pd.DataFrame = table(account_of, mandate_of, risk_of, problem_of, sell, buy, **rest)
        return frame

    return build


def test_sells_stand_first_by_asset_and_lot_and_buys_by_asset(made: Any) -> None:
    t = made([4, 10, 5, 2], [0, 0, 7, 0])
    assert list(t.columns) == TRADE_COLUMNS
    assert t["lot_id"].tolist() == ["a1", "a2", "b1", "x1", ""]
    assert t["side"].tolist() == ["SELL"] * 4 + ["BUY"]
    assert t["amount"].tolist() == [400.0, 800.0, 200.0, 60.0, 140.0]
    assert t["gain"].tolist()[:4] == [100.0, -200.0, 100.0, 20.0]
    assert np.isnan(t["gain"].iloc[4])
    assert t["term"].tolist() == ["short", "long", "long", "long", ""]


def test_each_trade_says_why(made: Any) -> None:
    reasons = made([4, 10, 5, 2], [0, 0, 7, 0])["reason"].tolist()
    assert reasons[0].startswith("trim: overweight by")
    assert reasons[1] == "harvest: long-term loss of 200.00"
    assert reasons[2].startswith("trim: overweight by")
    assert reasons[3] == "leave: not in the benchmark, long-term gain of 20.00"
    assert reasons[4].startswith(("drift: ", "replace: "))
    assert made([0, 10, 0, 0], [0] * 4, harvest_threshold=0.5)["reason"].tolist() == [
        "rebalance: loss below the harvest threshold"
    ]
    assert made([0, 0, 0, 0], [1, 0, 0, 0])["reason"].tolist() == ["cash: invests cash"]
    excluded = made([0, 10, 5, 0], [0] * 4, restrictions=[Restriction("A", "exclude")])["reason"].tolist()
    assert excluded == [
        "exit: excluded name, short-term gain of 100.00",
        "exit: excluded name, long-term loss of 200.00",
    ]


def test_no_trades_make_an_empty_table_with_all_columns(made: Any) -> None:
    empty = made([0] * 4, [0] * 4)
    assert empty.empty
    assert list(empty.columns) == TRADE_COLUMNS
    assert list(orders(empty).columns) == ["asset", "side", "shares"]


def test_orders_are_one_row_a_name(made: Any) -> None:
    desk = orders(made([4, 10, 5, 0], [0, 0, 7, 0]))
    assert desk.to_dict("list") == {"asset": ["A", "B", "C"], "side": ["SELL", "SELL", "BUY"], "shares": [15, 4, 7]}


def test_lots_after_are_what_is_left_and_what_is_new(account_of: Any, trades_of: Any) -> None:
    account = account_of(PRICE, [*LOTS, ("C", 1, 20.0, "2025-06-02", "2025-06-02-C")], cash=100.0)
    trades = trades_of(account, ("SELL", "b1", 100), ("SELL", "a2", 40), ("BUY", "C", 10), ("BUY", "B", 1))
    after = lots_after(account, Costs(5.0, 2.0), trades).set_index("lot_id")
    assert after.index.tolist() == ["a2", "a1", "x1", "2025-06-02-C", "2025-06-02-C-2", "2025-06-02-B"]
    assert after.loc["a2", "shares"] == 60
    assert after.loc["a2", "acquired"] == "2020-01-02"
    new = after.loc["2025-06-02-C-2"]
    assert (new["shares"], new["acquired"], new["holding_start"]) == (10, "2025-06-02", "2025-06-02")
    assert new["cost_per_share"] == pytest.approx(20.0 + 2.0 / 10)  # the commission is part of the basis


def test_lots_after_of_an_account_of_cash(account_of: Any, trades_of: Any) -> None:
    account = account_of(PRICE, cash=100.0)
    after = lots_after(account, Costs(0.0), trades_of(account, ("BUY", "C", 2)))
    assert after["lot_id"].tolist() == ["2025-06-02-C"]
    assert after["account"].tolist() == ["taxable"]
    assert lots_after(account, Costs(), trades_of(account)).empty


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, 0.2 * 200 - 0.4 * 100 - 0.2 * 100),
        ({"harvest_threshold": 0.2}, 0.2 * 200 - 0.4 * 100 - 0.2 * 100),
        ({"harvest_threshold": 0.21}, -0.4 * 100 - 0.2 * 100),
        ({"minimum_loss": 2000.0}, 0.2 * 200 - 0.4 * 100 - 0.2 * 100),
        ({"minimum_loss": 2000.1}, -0.4 * 100 - 0.2 * 100),
        ({"rates": TaxRates(0.5, 0.1)}, 0.1 * 200 - 0.5 * 100 - 0.1 * 100),
    ],
)
def test_tax_value_by_hand(
    made: Any, account_of: Any, mandate_of: Any, changed: dict[str, Any], expected: float
) -> None:
    trades = made([4, 10, 5, 0], [0, 0, 7, 0])
    lots = account_of(PRICE, LOTS)
    assert tax_value(mandate_of({"A": 1.0}, **changed), trades, lots) == pytest.approx(expected)


def test_short_term_losses_are_worth_their_own_rate_or_the_long_term_one(account_of: Any, mandate_of: Any,
                                                                        trades_of: Any) -> None:  # fmt: skip
    account = account_of({"A": 80.0}, [("A", 10, 100.0, "2025-03-03")])
    trades = trades_of(account, ("SELL", "L000", 10))
    assert tax_value(mandate_of({"A": 1.0}), trades) == pytest.approx(80.0)
    assert tax_value(mandate_of({"A": 1.0}, losses="long_term"), trades) == pytest.approx(40.0)


def test_realised_by_term(made: Any) -> None:
    assert realised(made([4, 10, 5, 0], [0, 0, 7, 0])) == {
        "harvested": {"short": 0.0, "long": 200.0},
        "uncredited": {"short": 0.0, "long": 0.0},
        "gains": {"short": 100.0, "long": 100.0},
    }


def test_a_loss_that_the_mandate_does_not_count_is_no_harvest(made: Any, account_of: Any, mandate_of: Any) -> None:
    trades, account = made([4, 10, 5, 0], [0, 0, 7, 0]), account_of(PRICE, LOTS)
    for changed in ({"harvest_threshold": 0.21}, {"minimum_loss": 2000.1}):
        assert realised(trades, mandate_of({"A": 1.0}, **changed), account) == {
            "harvested": {"short": 0.0, "long": 0.0},
            "uncredited": {"short": 0.0, "long": 200.0},
            "gains": {"short": 100.0, "long": 100.0},
        }


def test_a_minimum_loss_is_one_of_whole_lots_and_needs_them(made: Any, mandate_of: Any) -> None:
    mandate = mandate_of({"A": 1.0}, minimum_loss=1.0)
    with pytest.raises(InputError, match=r"minimum_loss: found 'no account', expected an account to look lots up in"):
        tax_value(mandate, made([4, 10, 5, 0], [0] * 4))
