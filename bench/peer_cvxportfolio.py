"""Cvxportfolio's simulator and policy on the backtest of weights; it has to be installed, and is only called."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import cvxportfolio as cvx
import numpy as np
import pandas as pd

from bench.weights_market import Walk, WeightsMarket

__all__ = ["cvxportfolio_walk"]


def cvxportfolio_walk(market: WeightsMarket) -> Walk:
    """Run its own backtest; its market data end with a column for cash, and its last date trades nothing."""
    logging.getLogger("cvxportfolio").setLevel(logging.ERROR)
    names, last = market.names, market.dates[-1] + pd.offsets.BMonthBegin()
    dates = market.dates.append(pd.DatetimeIndex([last]))
    rows = np.column_stack([market.returns, np.zeros(len(market.dates))])
    returns = pd.DataFrame(np.vstack([rows, 0 * rows[:1]]), index=dates, columns=[*names, "cash"])
    alpha = pd.DataFrame(np.vstack([market.alpha, 0 * market.alpha[:1]]), index=dates, columns=names)
    factors = [f"F{k}" for k in range(market.loadings.shape[1])]
    exposures = pd.DataFrame(market.loadings.T, index=factors, columns=names)
    spread = pd.DataFrame(np.diag(market.factor_variance), index=factors, columns=factors)
    specific = pd.Series(market.specific, index=names)
    risk = cvx.FactorModelCovariance(F=exposures, d=specific, Sigma_F=spread)
    cost = cvx.TransactionCost(a=market.cost, b=None)
    benchmark = pd.Series([*market.benchmark, 0.0], index=[*names, "cash"])
    policy = cvx.SinglePeriodOptimization(
        cvx.ReturnsForecast(r_hat=alpha) - market.gamma * risk - cost,
        [cvx.LongOnly(applies_to_cash=False), cvx.NoCash()],
        benchmark=benchmark,
        include_cash_return=False,
        solver="CLARABEL",
    )
    with tempfile.TemporaryDirectory() as folder:
        simulator = cvx.MarketSimulator(
            returns=returns, costs=[], cash_key="cash", min_history=pd.Timedelta("0d"), base_location=Path(folder)
        )
        start = pd.Series([*(1e6 * market.benchmark), 0.0], index=[*names, "cash"])
        result = simulator.backtest(policy, start_time=dates[0], end_time=dates[-1], h=start)
    after = result.h_plus[names].to_numpy(dtype=float)[: len(market.dates)]
    return Walk(after / after.sum(axis=1, keepdims=True))
