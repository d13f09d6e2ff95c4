"""A household in numbers: every sleeve's own problem, the moves in kind between them, and the groups they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.formulate import formulate
from optimizer.household.household import Household, Sleeve
from optimizer.household.shared_history import sleeve_locks, taxed_lots
from optimizer.household.transfers import movable_lots, welcome_assets
from optimizer.limits import ActiveWeightLimit, CashLimit, TrackingErrorLimit, TurnoverLimit
from optimizer.limits.base import Limit
from optimizer.limits.base import band as band_of
from optimizer.problem import Pattern, Problem
from risk import FactorRisk
from tax import Lots

__all__ = ["Arc", "JointProblem", "JointSleeve", "joint_problem"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JointSleeve:
    """One sleeve of a household in numbers.

    Parameters
    ----------
    sleeve : Sleeve
    own : Problem
        In fractions of the sleeve's own NAV, with the household's wash-sale locks.
    problem : Problem
        The same with the lots that could arrive behind its own ones, which may be sold as far as they have arrived.
    arrivals : array of int
        Arc of each lot behind its own ones.
    limits : tuple of Limit
    share : float
        The sleeve's NAV over the household's.
    group : tuple of str
        Group of each name of the problem.
    """

    sleeve: Sleeve
    own: Problem
    problem: Problem
    arrivals: NDArray[np.intp]
    limits: tuple[Limit, ...]
    share: float
    group: tuple[str, ...]

    @cached_property
    def sellable(self) -> Bools:
        """Lots that some pattern lets go, shape (L,)."""
        return Pattern.relaxation(self.problem).may_sell(self.problem)

    @cached_property
    def largest_buy(self) -> Floats:
        """No more of a name than this is bought under the hard limits, shape (N,).

        What is bought is held after trading, and no name is held beyond its benchmark weight by more than the limit on
        active weights or tracking error allows.
        """
        p = self.problem
        least_cash = next((limit.least for limit in self.limits if isinstance(limit, CashLimit)), 0.0)
        most = np.full(len(p.assets), 1.0 - min(least_cash, 0.0))
        for limit in self.limits:
            if isinstance(limit, ActiveWeightLimit):
                _, upper = band_of(limit.limit, p.active, strict=limit.strict)
                most = np.minimum(most, p.benchmark + upper)
            elif isinstance(limit, TrackingErrorLimit):
                specific = np.sqrt(np.where(p.rated, p.specific_variance, 1.0))
                most = np.minimum(most, p.benchmark + limit.limit / specific)
            elif isinstance(limit, TurnoverLimit):
                most = np.minimum(most, limit.limit)
        return np.where(p.buyable, np.maximum(most, 0.0), 0.0)


@dataclass(frozen=True)
class Arc:
    """A lot that could move in kind: place of its sleeve and lot, and of the sleeve and name that would take it."""

    source: int
    lot: int
    target: int
    name: int


@dataclass(frozen=True, eq=False)
class JointProblem:
    """All sleeves, the arcs between them, and the groups of which a loss could be sold and a share bought.

    Parameters
    ----------
    household : Household
    risk : FactorRisk
    sleeves : tuple of JointSleeve
    arcs : tuple of Arc
    contested : tuple of str
        Groups with a loss lot that may be sold in a taxed sleeve and a name that may be bought in any.
    """

    household: Household
    risk: FactorRisk
    sleeves: tuple[JointSleeve, ...]
    arcs: tuple[Arc, ...]
    contested: tuple[str, ...]

    @property
    def names(self) -> int:
        """Names of all sleeves added up."""
        return sum(len(j.problem.assets) for j in self.sleeves)

    @cached_property
    def shared(self) -> frozenset[str]:
        """Contested groups that more than one sleeve holds or may buy."""
        seen: dict[str, set[int]] = {}
        for s, joint in enumerate(self.sleeves):
            p = joint.problem
            for i in np.flatnonzero((p.held > 0) | p.buyable):
                seen.setdefault(joint.group[i], set()).add(s)
        return frozenset(group for group in self.contested if len(seen.get(group, ())) > 1)


def joint_problem(household: Household, risk: FactorRisk) -> JointProblem:
    """State a household with shared history in numbers.

    Parameters
    ----------
    household : Household
        As from `with_shared_history`.
    risk : FactorRisk

    Returns
    -------
    JointProblem
    """
    arcs = _arcs(household, risk) if household.transfers else ()
    sleeves = tuple(_stated(household, s, arcs, risk) for s in range(len(household.sleeves)))
    losing: set[str] = set()
    buyable: set[str] = set()
    for joint in sleeves:
        p = joint.problem
        buyable |= {joint.group[i] for i in np.flatnonzero(p.buyable)}
        losing |= {joint.group[i] for i in p.lot_asset[p.lot_is_loss & joint.sellable]}
    return JointProblem(household, risk, sleeves, arcs, tuple(sorted(losing & buyable)))


def _stated(household: Household, place: int, arcs: tuple[Arc, ...], risk: FactorRisk) -> JointSleeve:
    sleeve = household.sleeves[place]
    # What is moved here and sold with what is here goes whole; the relaxation, which bounds all lists, allows for it.
    account, locks = taxed_lots(sleeve), sleeve_locks(household, sleeve, gathered=_gathered(household, place, arcs))
    own = problem = formulate(account, sleeve.mandate, risk, locks)
    arrivals = np.array([k for k, arc in enumerate(arcs) if arc.target == place], dtype=np.intp)
    if len(arrivals):
        with_all = taxed_lots(replace(sleeve, account=_with_arrivals(household, account, [arcs[k] for k in arrivals])))
        stated = formulate(with_all, sleeve.mandate, risk, locks)
        problem = replace(stated, held=own.held, cash=own.cash, liquidable=own.liquidable)
    securities = account.securities
    group = tuple(securities.group[securities.position[a]] for a in problem.assets)
    share = household.shares[sleeve.name]
    return JointSleeve(sleeve, own, problem, arrivals, sleeve.mandate.all_limits(), share, group)


def _gathered(household: Household, place: int, arcs: tuple[Arc, ...]) -> frozenset[str]:
    """Groups of which every lot that other sleeves hold could move to this one."""
    coming = {(arc.source, arc.lot) for arc in arcs if arc.target == place}
    groups, staying = set[str](), set[str]()
    for s, other in enumerate(household.sleeves):
        if s != place:
            for lot, group in enumerate(other.account.lots.group.tolist()):
                (groups if (s, lot) in coming else staying).add(group)
    return frozenset(groups - staying)


def _with_arrivals(household: Household, account: Account, arcs: list[Arc]) -> Account:
    """Return an account that has bought with cash, so to speak, every lot that could arrive; its NAV stays."""
    names = [household.sleeves[arc.source] for arc in arcs]
    parts = [s.account.lots.take(np.array([arc.lot])) for s, arc in zip(names, arcs, strict=True)]
    columns = {
        name: np.concatenate([getattr(account.lots, name), *(getattr(part, name) for part in parts)])
        for name in ("asset", "group", "account", "shares", "basis", "acquired", "holding_start")
    }
    # Own lots keep their ids: a lock may name one. No id that is read has a tab.
    ids = [f"\t{s.name}:{part.lot_id[0]}" for s, part in zip(names, parts, strict=True)]
    lots = Lots(lot_id=np.array([*account.lots.lot_id.tolist(), *ids]), **columns)
    position = account.securities.position
    cost = sum(float(p.shares[0] * account.securities.price[position[str(p.asset[0])]]) for p in parts)
    return replace(account, lots=lots, cash=account.cash - cost)


def _arcs(household: Household, risk: FactorRisk) -> tuple[Arc, ...]:
    arcs = []
    for t, target in enumerate(household.sleeves):
        welcome = welcome_assets(target, risk)
        assets = {*target.account.lots.asset.tolist(), *(a for a, w in target.mandate.benchmark.items() if w > 0)}
        place = {asset: i for i, asset in enumerate(sorted(assets))}
        for s, source in enumerate(household.sleeves):
            if not source.may_move_to(target):
                continue
            movable = movable_lots(source, risk)
            lots = source.account.lots.asset.tolist()
            arcs += [Arc(s, int(lot), t, place[lots[lot]]) for lot in np.flatnonzero(movable) if lots[lot] in welcome]
    return tuple(arcs)
