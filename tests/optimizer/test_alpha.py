"""Expected returns tilt the trades, are valued for their horizon, and are counted apart from tax."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import CashLimit, TurnoverLimit, alpha_value, rebalance, tax_value


def test_alpha_in_the_problem_is_a_year_s_times_the_horizon(small_case: Any, problem_of: Any) -> None:
    case = small_case(alpha={"B": 0.04, "D": -0.02, "elsewhere": 1.0}, alpha_horizon=0.5)
    problem = problem_of(case.account, case.mandate, case.risk)
    assert problem.alpha.tolist() == [0.0, 0.02, 0.0, -0.01, 0.0, 0.0]


@pytest.mark.parametrize("horizon", [1.0, 3.0])
def test_alpha_moves_money_and_is_valued_by_hand(
    account_of: Any, mandate_of: Any, risk_of: Any, horizon: float
) -> None:
    """Two lots at cost: alpha alone decides, and turnover bounds it."""
    lots = [(a, 1000, 10.0, "2020-01-02", a) for a in "AB"]
    account = account_of(dict.fromkeys("AB", 10.0), lots)
    mandate = mandate_of(
        {"A": 0.5, "B": 0.5}, TurnoverLimit(0.2), CashLimit(0.0, 0.0), risk_aversion=0.0,
        alpha={"A": 0.03, "B": -0.01}, alpha_horizon=horizon,
    )  # fmt: skip
    result = rebalance(account, mandate, risk_of("AB"))
    assert result.trades[["asset", "side"]].to_numpy().tolist() == [["B", "SELL"], ["A", "BUY"]]
    outcome = result.check.outcome
    assert alpha_value(mandate, outcome) == pytest.approx(0.04 * horizon * 2000, rel=1e-5)
    assert tax_value(mandate, result.trades) == pytest.approx(0.0, abs=1e-9)
    assert result.certificate.value == pytest.approx(0.04 * horizon * 2000, rel=1e-5)
    assert result.prices["turnover"] == pytest.approx(0.02 * horizon * account.nav, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_a_lottery_of_alphas_never_lowers_what_the_tilted_value_reaches(small_case: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    alpha = dict(zip("ABCDEF", rng.normal(0, 0.03, 6).tolist(), strict=True))
    plain, tilted = small_case(seed=seed), small_case(seed=seed, alpha=alpha)
    before, after = (rebalance(c.account, c.mandate, c.risk) for c in (plain, tilted))
    of_plain_trades = before.certificate.value + alpha_value(tilted.mandate, before.check.outcome)
    assert after.certificate.value >= of_plain_trades - 1e-3
    assert after.certificate.bound >= after.certificate.value - 1e-3
