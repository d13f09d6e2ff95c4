"""Where the search for partly washed sales ends early: refused with the reason, or within a bound that still holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from washed_cases import BENCHMARK, LOTS, PRICE

from optimizer import (
    ActiveWeightLimit,
    CashLimit,
    End,
    LinearLimit,
    Outcome,
    Problem,
    Reading,
    Rows,
    TurnoverLimit,
    lots_after,
    rebalance,
    wash_search,
)
from optimizer.trade_columns import TradeColumns
from optimizer.washed_bound import relaxed_washes
from optimizer.washed_trades import with_disallowed
from taxsleeve_errors import InfeasibleError, SolverError


@pytest.fixture
def case(account_of: Any, mandate_of: Any, risk_of: Any) -> Any:
    """A may be sold at a loss in part, of which ten shares are washed."""

    def build(*limits: Any) -> Any:
        account = account_of(PRICE, LOTS, cash=10.0)
        mandate = mandate_of(BENCHMARK, *limits, partly_washed="price", risk_aversion=0.01)
        return account, mandate, risk_of(PRICE, specific=0.2)

    return build


def test_where_no_engine_solves_the_account_without_washes_that_is_said(
    case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> Any:
        raise SolverError("planted")

    monkeypatch.setattr(wash_search, "best_trades", fails)
    with pytest.raises(SolverError, match="planted"):
        rebalance(*case(ActiveWeightLimit(0.2)))


def test_limits_that_contradict_each_other_are_not_searched_branch_by_branch(
    case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, asked = wash_search._Question.node, []

    def counted(*told: Any) -> Any:
        asked.append(told)
        return node(*told)

    monkeypatch.setattr(wash_search._Question, "node", counted)
    with pytest.raises(InfeasibleError, match="no trade list can meet the limits") as error:
        rebalance(*case(CashLimit(0.9, 1.0), TurnoverLimit(0.1)))
    assert {one.name for one in error.value.shortfalls} <= {"cash", "turnover"}
    assert len(asked) == 1


@pytest.mark.parametrize("less", [("_TURNS", 1), ("_GROUPS", 0)])
def test_with_less_searching_the_bound_holds_all_the_same(
    case: Any, monkeypatch: pytest.MonkeyPatch, less: tuple[str, int]
) -> None:
    full = rebalance(*case(ActiveWeightLimit(0.2))).certificate
    monkeypatch.setattr(wash_search, *less)
    found = rebalance(*case(ActiveWeightLimit(0.2)))
    assert found.check.passed
    assert 0 <= found.certificate.value <= full.value + 1e-6
    assert full.value <= found.certificate.bound


@dataclass(frozen=True)
class MostSold(LinearLimit):
    """A limit of the user's own: no more than so much of NAV is sold."""

    limit: float
    name = "most_sold"

    def rows(self, problem: Problem) -> Rows:
        return Rows(np.array([self.limit]), (End(self.limit),), sell=sp.csr_array(np.ones((1, len(problem.lot_asset)))))

    def readings(self, outcome: Outcome) -> Sequence[Reading]:
        return [self.reading(float(outcome.sold.sum() / outcome.nav), self.limit)]


def test_a_limit_of_the_users_own_is_no_part_of_the_relaxation_and_is_kept(case: Any, problem_of: Any) -> None:
    """What it may make of a lot's washed shares is not known; the bound says that it leaves it out."""
    account, mandate, risk = case(ActiveWeightLimit(0.2), MostSold(0.05))
    _, limits = relaxed_washes(problem_of(account, mandate, risk), mandate, mandate.all_limits(), ())
    assert [limit.name for limit in limits] == ["active_weight", "cash"]
    found = rebalance(account, mandate, risk)
    assert found.check.outcome.sold.sum() / account.nav <= 0.05 + 1e-6
    assert "the limit most_sold" in found.certificate.covers
    assert found.certificate.value <= found.certificate.bound


def test_the_part_of_a_lot_that_replaces_gets_an_id_that_nobody_has(case: Any, trades_of: Any) -> None:
    account, mandate, _ = case()
    trades = with_disallowed(account, TradeColumns.of(trades_of(account, ("SELL", "old", 4.0)))).frame
    for taken, name in (((), "new/2"), (("new/2", "new/3"), "new/4")):
        after = lots_after(account, mandate.costs, trades, taken).set_index("lot_id")
        assert after.loc["new", ["shares", "cost_per_share"]].tolist() == [6.0, 9.0]
        # Bought at 9, and 5 a share were lost on what it replaces.
        assert after.loc[name, ["shares", "cost_per_share"]].tolist() == [4.0, 14.0]
