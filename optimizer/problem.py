"""One rebalance in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

__all__ = ["Pattern", "Penalty", "Problem"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


class Penalty(Protocol):
    """A limit that may be exceeded at a price."""

    def penalty(self, problem: Problem, sell: Floats, buy: Floats) -> float:
        """Value given up for what the trades exceed it by, a fraction of NAV."""
        ...


@dataclass(frozen=True, eq=False)
class Problem:
    """Everything that an engine needs, in fractions of net asset value (NAV).

    N names (everything held or in the benchmark), L lots (in the account's order), K factors, G groups of substantially
    identical securities.

    Parameters
    ----------
    nav : float
        Dollars, before trading.
    cash : float
        Before trading, deposit or withdrawal included.
    commission : float
        Dollars of commission set aside, as a fraction of NAV.
    assets, sector : tuple of str
        N names, each with its sector.
    price : array (N,)
        Dollars a share.
    held, benchmark : array (N,)
        Weight now and in the benchmark.
    cost : array (N,)
        Linear cost of one dollar bought or sold.
    group : array of int (N,)
        Index of each name's group.
    rated, buyable : array of bool (N,)
        Whether the risk model knows the name; whether it may be bought at all.
    root : array (N, K), specific_variance : array (N,)
        G = B F^(1/2) and D of the risk model, zero for names it does not rate.
    loadings : array (N, K), factors : tuple of str
        B, the exposures in the model's own units, zero for names it does not rate.
    lot_asset : array of int (L,)
        Index of each lot's name.
    lot_value : array (L,)
        Value now.
    lot_gain : array (L,)
        Gain realised by each dollar sold, negative for a loss.
    lot_credit : array (L,)
        Tax saved by each dollar sold, negative where tax is due.
    lot_priority : array (L,)
        Reward for each dollar sold of a name that is to be exited, zero otherwise; not part of the value reported.
    lot_sellable : array of bool (L,)
        Whether the lot may be sold at all.
    risk_aversion : float
        Price of annual tracking variance.
    alpha : array (N,)
        Value of holding one dollar more of each name, whatever its tax and risk.
    impact : array (N,)
        Trading x of a name costs impact x^(3/2) beside its linear cost.
    adv : array (N,)
        Average daily volume of each name over NAV, NaN where not known.
    lot_long : array of bool (L,)
        Whether selling the lot makes a long-term gain or loss.
    constant : float
        Part of the value that no trade changes.
    soft : tuple of Penalty
        Limits that may be exceeded at a price, which the value bears.
    liquidable : array of bool (G,)
        Groups with lots that a recent purchase keeps from going at a loss one by one, and that may go all together: a
        pattern in which all their names exit and none is bought may sell every lot. By default none.
    reserve : float
        Cash kept back for market impact, which no linear row can count; the value has the impact itself.
    order_cost : float
        Commission of one order.
    lot_counted : array of bool (L,)
        Lots whose gain or loss the mandate counts; by default all.
    washed : array (L,)
        Amount of each lot sold for nothing, because a recent purchase washes its loss (`optimizer.washed_sales`): what
        counts of a lot, for tax and for limits on gains and losses, is s - washed. By default none.
    """

    nav: float
    cash: float
    commission: float
    assets: tuple[str, ...]
    sector: tuple[str, ...]
    price: Floats
    held: Floats
    benchmark: Floats
    cost: Floats
    group: Ints
    rated: Bools
    buyable: Bools
    root: Floats
    specific_variance: Floats
    loadings: Floats
    factors: tuple[str, ...]
    lot_asset: Ints
    lot_value: Floats
    lot_gain: Floats
    lot_credit: Floats
    lot_priority: Floats
    lot_sellable: Bools
    risk_aversion: float
    alpha: Floats
    impact: Floats
    adv: Floats
    lot_long: Bools
    constant: float = 0.0
    soft: tuple[Penalty, ...] = ()
    reserve: float = 0.0
    order_cost: float = 0.0
    liquidable: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    lot_counted: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    washed: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if not len(self.liquidable):
            object.__setattr__(self, "liquidable", np.zeros(self.groups, dtype=bool))
        if not len(self.lot_counted):
            object.__setattr__(self, "lot_counted", np.ones(len(self.lot_asset), dtype=bool))
        if not len(self.washed):
            object.__setattr__(self, "washed", np.zeros(len(self.lot_asset)))

    @cached_property
    def active(self) -> Floats:
        """Active weights before trading, held - benchmark, shape (N,)."""
        return self.held - self.benchmark

    @cached_property
    def lot_sum(self) -> sp.csr_array:
        """M of shape (N, L): sums lots into names."""
        size = len(self.lot_asset)
        return sp.csr_array((np.ones(size), (self.lot_asset, np.arange(size))), shape=(len(self.assets), size))

    def by_name(self, amounts: Floats) -> Floats:
        """Sum amounts of lots, shape (L,), into names (N,): M @ amounts without the matrix."""
        return np.bincount(self.lot_asset, weights=amounts, minlength=len(self.assets)).astype(float, copy=False)

    @cached_property
    def lot_is_loss(self) -> Bools:
        """Whether selling the lot realises a loss, shape (L,)."""
        return self.lot_gain < 0

    @cached_property
    def lot_group(self) -> Ints:
        """Index of each lot's group, shape (L,)."""
        return self.group[self.lot_asset]

    @cached_property
    def fixed_value(self) -> float:
        """Part of the value that no trade changes: the constant, less the tax that washed losses do not save."""
        return self.constant - float(self.lot_credit @ self.washed)

    @cached_property
    def stated(self) -> dict[int, tuple[Any, Any]]:
        """Limits by identity, each with its rows for this problem, as far as they were asked for."""
        return {}

    @cached_property
    def stacks(self) -> dict[tuple[int, ...], tuple[Any, Any]]:
        """Rows by identity, each with their stack, as far as it was asked for."""
        return {}

    @cached_property
    def groups(self) -> int:
        """G, the number of groups."""
        return int(self.group.max(initial=-1)) + 1

    def active_after(self, sell: Floats, buy: Floats) -> Floats:
        """A = held - M s + b - benchmark, shape (N,)."""
        after: Floats = self.active - self.by_name(sell) + buy
        return after

    def variance(self, active: Floats) -> float:
        """Annual tracking variance a'(GG' + D)a over the names that the model rates."""
        exposure = self.root.T @ active
        return float(exposure @ exposure + active @ (self.specific_variance * active))

    def value(self, sell: Floats, buy: Floats) -> float:
        """Tax saved and alpha, less costs and the prices of risk and soft limits: what is maximised, over NAV."""
        sold = self.by_name(sell)
        risk = self.risk_aversion * self.variance(self.active_after(sell, buy))
        tilt = self.alpha @ (buy - sold)
        exceeded = sum(limit.penalty(self, sell, buy) for limit in self.soft)
        return float(self.fixed_value + self.lot_credit @ sell + tilt - self.trading_cost(sold + buy) - risk - exceeded)

    def trading_cost(self, traded: Floats) -> float:
        """Linear cost, market impact and commission of amounts traded, shape (N,), as a fraction of NAV."""
        return float(self.cost @ traded + self.commission) + self.market_impact(traded)

    def market_impact(self, traded: Floats) -> float:
        """Cost of moving prices by amounts traded, shape (N,), as a fraction of NAV."""
        return float(self.impact @ traded**1.5)


@dataclass(frozen=True, eq=False)
class Pattern:
    """The either-or choices of a rebalance; given a pattern, the problem is convex.

    Parameters
    ----------
    loss_side : array of bool (G,)
        Groups that may be sold at a loss and therefore not bought; the others may be bought and not sold at a loss.
    still : array of bool (N,)
        Names that are not traded.
    exit : array of bool (N,)
        Names of which everything is sold.
    least_buy : array (N,)
        Amount of each name that must be bought, fraction of NAV.
    relaxed : bool
        Drops the either-or, for a bound: groups may be sold at a loss and bought at once.
    """

    loss_side: Bools
    still: Bools
    exit: Bools
    least_buy: Floats
    relaxed: bool = False

    @classmethod
    def of(cls, problem: Problem, loss_side: Bools) -> Pattern:
        """Make the pattern that leaves every other choice open."""
        n = len(problem.assets)
        return cls(loss_side, np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), np.zeros(n))

    @classmethod
    def relaxation(cls, problem: Problem) -> Pattern:
        """Make the pattern that lets every group be sold at a loss and bought at once."""
        n = len(problem.assets)
        everything = np.ones(problem.groups, dtype=bool)
        return cls(everything, np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), np.zeros(n), relaxed=True)

    def liquidating(self, problem: Problem, group: int) -> Pattern:
        """Make the pattern in which the whole position of one group goes and none of it is bought."""
        held = (problem.group == group) & (problem.held > 0)
        loss_side = self.loss_side.copy()
        loss_side[group] = True
        return replace(self, loss_side=loss_side, exit=self.exit | held, still=self.still & ~held)

    def may_sell(self, problem: Problem) -> Bools:
        """Lots that this pattern lets go, shape (L,)."""
        allowed: Bools = ~problem.lot_is_loss | self.loss_side[problem.lot_group]
        if problem.liquidable.any():
            allowed &= problem.lot_sellable | self.liquidated(problem)[problem.lot_group]
        else:
            allowed &= problem.lot_sellable
        if self.still.any():
            allowed &= ~self.still[problem.lot_asset]
        return allowed

    def liquidated(self, problem: Problem) -> Bools:
        """Groups of which the whole position is sold at a loss that part of it could not be, shape (G,).

        A relaxation lets part of it be sold too, so that its bound holds for the whole.
        """
        if self.relaxed:
            return problem.liquidable
        stays = np.zeros(problem.groups, dtype=bool)
        stays[problem.group[(problem.held > 0) & ~self.exit]] = True
        liquidated: Bools = problem.liquidable & self.loss_side & ~stays
        return liquidated

    def may_buy(self, problem: Problem) -> Bools:
        """Names that this pattern lets in, shape (N,)."""
        side_allows = self.relaxed | ~self.loss_side[problem.group]
        allowed: Bools = problem.buyable & side_allows & ~self.still & ~self.exit
        return allowed
