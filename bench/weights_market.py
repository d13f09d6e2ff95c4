"""A backtest at the level of weights, stated once for every program that is compared; no lots, no taxes.

Each month, with w- the weights that returns have left and b the benchmark,

    maximise  alpha_t'w - gamma (w - b)'V(w - b) - c |w - w-|_1   subject to  w >= 0, 1'w = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer import CashLimit
from optimizer.engines import NewtonEngine
from optimizer.problem import Pattern, Problem

__all__ = ["Walk", "WeightsMarket", "simulated", "taxsleeve_walk"]

Floats = NDArray[np.float64]
_HAIR = 1e-7


@dataclass(frozen=True, eq=False)
class WeightsMarket:
    """Monthly returns R and alphas (T, N), V = B F B' + diag(d) of one month, benchmark b (N,), price of risk, cost."""

    dates: pd.DatetimeIndex
    returns: Floats
    alpha: Floats
    loadings: Floats
    factor_variance: Floats
    specific: Floats
    benchmark: Floats
    gamma: float
    cost: float

    @property
    def names(self) -> list[str]:
        """Names of the N assets."""
        return [f"N{i:04}" for i in range(self.returns.shape[1])]

    def drifted(self, weights: Floats, month: int) -> Floats:
        """Weights after a month's returns."""
        grown = weights * (1 + self.returns[month])
        after: Floats = grown / grown.sum()
        return after

    def worth(self, weights: Floats, before: Floats, month: int) -> float:
        """Objective of one month's decision."""
        a = weights - self.benchmark
        y = a @ self.loadings
        risk = y @ (self.factor_variance * y) + a @ (self.specific * a)
        return float(self.alpha[month] @ weights - self.gamma * risk - self.cost * np.abs(weights - before).sum())


@dataclass(frozen=True, eq=False)
class Walk:
    """Weights after trading, shape (T, N)."""

    weights: Floats

    def worth(self, market: WeightsMarket) -> float:
        """Objective over all months, each judged from the weights that this walk came with."""
        before, total = market.benchmark, 0.0
        for month, weights in enumerate(self.weights):
            total += market.worth(weights, before, month)
            before = market.drifted(weights, month)
        return total


def simulated(names: int, months: int, seed: int, factors: int = 20) -> WeightsMarket:
    """Draw a market."""
    rng = np.random.default_rng(seed)
    B = np.column_stack([np.ones(names), rng.standard_normal((names, factors - 1))])
    F = np.r_[0.04**2, np.full(factors - 1, 0.008**2)]
    d = rng.uniform(0.04, 0.12, names) ** 2
    R = (
        0.006
        + rng.standard_normal((months, factors)) * np.sqrt(F) @ B.T
        + rng.standard_normal((months, names)) * np.sqrt(d)
    )
    caps = np.exp(1.2 * rng.standard_normal(names))
    alpha = 0.004 * rng.standard_normal((months, names))
    dates = pd.bdate_range("2010-01-01", periods=months, freq="BMS")
    return WeightsMarket(dates, np.maximum(R, -0.9), alpha, B, F, d, caps / caps.sum(), gamma=30.0, cost=5e-4)


def walk(market: WeightsMarket, decide: Callable[[int, Floats], Floats]) -> Walk:
    """Ask for the weights of each month in turn, starting from the benchmark."""
    before, chosen = market.benchmark, []
    for month in range(len(market.dates)):
        weights = decide(month, before)
        chosen.append(weights)
        before = market.drifted(weights, month)
    return Walk(np.array(chosen))


def taxsleeve_walk(market: WeightsMarket) -> Walk:
    """By the dual Newton, each position one lot without gain or loss."""
    n, engine = len(market.benchmark), NewtonEngine()
    names, root = tuple(market.names), market.loadings * np.sqrt(market.factor_variance)
    limits = (CashLimit(0.0, _HAIR),)
    ones, zeros, yes = np.ones(n), np.zeros(n), np.ones(n, dtype=bool)

    def decide(month: int, before: Floats) -> Floats:
        problem = Problem(
            nav=1.0, cash=0.0, commission=0.0, assets=names, sector=("",) * n, price=ones, held=before,
            benchmark=market.benchmark, cost=market.cost * ones, group=np.arange(n), rated=yes, buyable=yes, root=root,
            specific_variance=market.specific, loadings=market.loadings,
            factors=tuple(map(str, range(root.shape[1]))), lot_asset=np.arange(n), lot_value=before, lot_gain=zeros,
            lot_credit=zeros, lot_priority=zeros, lot_sellable=yes, risk_aversion=market.gamma,
            alpha=market.alpha[month], impact=zeros, adv=np.full(n, np.nan), lot_long=yes,
        )  # fmt: skip
        found = engine.solve(problem, limits, Pattern.of(problem, np.zeros(n, dtype=bool)))
        assert found is not None, "nothing but cash is limited"
        weights = np.maximum(before - found.sell + found.buy, 0.0)
        chosen: Floats = weights / weights.sum()
        return chosen

    return walk(market, decide)
