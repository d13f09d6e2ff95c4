"""Random accounts under random settings: soft limits, budgets, volumes, impact, alpha, netting, deferral, whole shares.

Whatever the settings, the list passes the independent check, its value is what the problem says, no bound is broken and
trading is never worse than not trading where that is allowed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    Costs,
    Deferral,
    HarvestOffsetsLimit,
    Limit,
    LiquidityLimit,
    NetGainLimit,
    NetLongGainLimit,
    RealizedGainLimit,
    RealizedShortGainLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    YearToDate,
    check_trades,
    rebalance,
    soft,
    valuation,
)
from optimizer.formulate import formulate
from tax import TaxRates, wash_locks
from taxsleeve_errors import InfeasibleError

ASSETS = [f"N{i:02d}" for i in range(14)]


def random_case(seed: int, account_of: Any, mandate_of: Any, risk_of: Any) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    price = {a: float(np.round(rng.uniform(10, 200), 2)) for a in ASSETS}
    lots = [
        (a, float(rng.integers(5, 120)), float(np.round(price[a] * np.exp(rng.normal(0.0, 0.3)), 2)), day)
        for a in ASSETS[:-2]
        for day in rng.choice(["2019-05-01", "2024-11-04", "2025-02-10", "2025-05-20"], 2, replace=False)
    ]
    nav = sum(lot[1] * price[lot[0]] for lot in lots)
    volume = {a: float(nav * rng.uniform(0.01, 1.0)) for a in ASSETS if rng.random() < 0.8}
    account = account_of(price, lots, cash=0.03 * nav, adv=volume, cash_flow=float(rng.choice([0.0, -0.02 * nav])))
    year = YearToDate(*rng.normal(0, 0.02 * nav, 2).tolist(), *rng.choice([0.0, 0.01 * nav], 2).tolist())
    may_have: list[Limit] = [
        soft(TurnoverLimit(0.2), 0.02),
        TrackingErrorLimit(float(rng.uniform(0.05, 0.12))),
        soft(RealizedGainLimit(0.01), 0.3),
        RealizedShortGainLimit(0.01),
        NetGainLimit(float(rng.normal(0.0, 0.01))),
        soft(NetLongGainLimit(-0.01), 0.1),
        LiquidityLimit(0.2),
        BetaActiveLimit(0.1),
        ActiveWeightLimit(0.06),
        HarvestOffsetsLimit(year),
    ]
    limits = [limit for limit in may_have if rng.random() < 0.5]
    mandate = mandate_of(
        dict(zip(ASSETS, rng.dirichlet(np.full(14, 6.0)).tolist(), strict=True)),
        CashLimit(0.0, 0.05),
        *limits,
        rates=TaxRates(0.4, 0.22, ordinary=0.37),
        losses=str(rng.choice(["unlimited", "long_term", "netting", "netting"])),
        year_to_date=year,
        costs=Costs(5.0, float(rng.choice([0.0, 1.0])), float(rng.choice([0.0, 0.7]))),
        deferral=Deferral(0.22, 8.0) if rng.random() < 0.4 else None,
        alpha=dict(zip(ASSETS, rng.normal(0, 0.01, 14).tolist(), strict=True)) if rng.random() < 0.4 else {},
        minimum_loss=float(rng.choice([0.0, 300.0])),
        fractional=bool(rng.random() < 0.5),
    )
    return account, mandate, risk_of(ASSETS, factors=3, seed=seed)


@pytest.mark.parametrize("seed", range(24))
def test_random_settings(seed: int, account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> None:
    account, mandate, risk = random_case(seed, account_of, mandate_of, risk_of)
    try:
        result = rebalance(account, mandate, risk)
    except InfeasibleError as error:
        assert error.shortfalls or error.message.startswith("costs")  # noqa: PT017
        return
    check = check_trades(account, mandate, risk, result.trades)
    assert check.violations == ()
    worth = valuation(mandate, check.outcome, check.readings)
    assert result.certificate.value == pytest.approx(worth.total, rel=1e-9)
    assert result.certificate.bound >= worth.total
    idle = check_trades(account, mandate, risk, result.trades.iloc[:0])
    if idle.passed:
        assert worth.total >= valuation(mandate, idle.outcome, idle.readings).total - 1e-6
    if str(mandate.losses) != "netting":  # where one problem says it all
        problem = formulate(account, mandate, risk, wash_locks(account.trades, account.lots, account.as_of))
        sells = result.trades[result.trades["side"] == "SELL"].set_index("lot_id")["amount"]
        buys = result.trades[result.trades["side"] == "BUY"].set_index("asset")["amount"]
        sell = sells.reindex(account.lots.lot_id.tolist(), fill_value=0.0).to_numpy(dtype=float) / problem.nav
        buy = buys.reindex(list(problem.assets), fill_value=0.0).to_numpy(dtype=float) / problem.nav
        orders = int(((problem.lot_sum @ sell + buy) > 0).sum()) * mandate.costs.commission
        assert problem.value(sell, buy) * problem.nav - orders == pytest.approx(worth.total, abs=1e-4)
