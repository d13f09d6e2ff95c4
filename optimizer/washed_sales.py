"""Partly washed sales as ordinary rebalances: a group that was bought of late, and its older lots at a loss.

With Q shares bought in the last 30 days and kept, the first Q loss shares sold, in order of acquisition of the lot,
are washed and bring nothing today; later ones count in full (TAX_RULES, sections 1.3 and 4). Number the older lots at a
loss in that order, with l_j the loss of a share and x_j the shares sold. Where the Q-th share sold is of lot k,

    allowed loss = sum over j > k of l_j x_j + l_k (sum over j <= k of x_j - Q),

linear: a lot before k counts as a lot of k's loss, term and credit, and Q shares of k are sold for nothing
(`Problem.washed`). So each k is a branch, valid where lots before k do not go beyond Q and k with them reaches it, and
so is "no more than Q are sold", in which no loss counts. In these branches the recent purchases are kept; in one more
all of them are sold too, so that nothing is washed. In none is anything of the group bought.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.formulate import formulate
from optimizer.limits.base import End, LinearLimit, Rows
from optimizer.limits.readings import Reading
from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from risk import FactorRisk
from tax import WashLocks, recent_purchases, unpriced_washes

__all__ = [
    "RECENT_SOLD",
    "Washable",
    "WashedBranch",
    "implied_split",
    "washable_groups",
    "washed_branch",
    "washed_credit",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
_NOTHING, _WHOLE, _NEAR = 1e-9, 1e-7, 1e-6
RECENT_SOLD = -1
"""Branch in which all recent purchases are sold too."""


@dataclass(frozen=True, eq=False)
class Washable:
    """A group whose partly washed sales have a price.

    Parameters
    ----------
    group : int
    replaced : float
        Value of the Q shares that recent purchases can replace, fraction of NAV.
    recent : array of int
        Lots bought in the last 30 days.
    older : array of int
        Lots at a loss that may be sold and were bought before, in order of acquisition.
    recent_may_go : bool
        Whether all recent lots can be sold: not where a fraction of a share would be left.
    """

    group: int
    replaced: float
    recent: Ints
    older: Ints
    recent_may_go: bool = True

    @property
    def branches(self) -> tuple[int, ...]:
        """Return every branch, as `washed_branch` takes them."""
        return (RECENT_SOLD,) * self.recent_may_go + tuple(range(len(self.older) + 1))


@dataclass(frozen=True, eq=False)
class WashedBranch:
    """A rebalance with some groups on a washed branch, and the limits that keep them there."""

    problem: Problem
    limits: tuple[LinearLimit, ...]

    def holds(self, sell: Floats) -> bool:
        """Whether sales of each lot (L,) keep the branch; where its lots may not be sold at all, none do."""
        rows = [limit.rows(self.problem) for limit in self.limits]
        return all(row.sell is None or bool((row.sell @ sell <= row.upper + _NEAR).all()) for row in rows)


@dataclass(frozen=True, eq=False)
class _WashedShares(LinearLimit):
    """Washed shares end in the lot that the branch says: sign x (sum of sales of some lots) <= sign x those shares."""

    entries: tuple[tuple[Ints, float, float], ...]
    name = "washed_shares"

    def rows(self, problem: Problem) -> Rows:
        """Return one row an entry (lots, sign, amount)."""
        matrix = np.zeros((len(self.entries), len(problem.lot_asset)))
        for r, (lots, sign, _) in enumerate(self.entries):
            matrix[r, lots] = sign
        upper = np.array([sign * amount for _, sign, amount in self.entries])
        return Rows(upper, tuple(End(value) for value in upper.tolist()), sell=sp.csr_array(matrix))

    def readings(self, outcome: Outcome) -> list[Reading]:  # noqa: ARG002
        """Return nothing: a branch is a choice of the search, not a promise of the mandate."""
        return []


def washable_groups(account: Account, mandate: Mandate, risk: FactorRisk, locks: WashLocks) -> tuple[Washable, ...]:
    """Find the groups whose partly washed sales have a price, and that hold a loss which that could free.

    None where the mandate avoids such sales.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    locks : WashLocks
        Of the household on the account's day.
    """
    if mandate.partly_washed != "price" or not locks.loss_sales:
        return ()
    unlocked = formulate(account, mandate, risk, WashLocks(locks.buys, {}))
    lots = account.lots
    why_not = unpriced_washes(account.trades, lots, account.as_of, locks)
    recent = recent_purchases(lots, account.as_of)
    order = np.argsort(lots.acquired, kind="stable")
    sellable_loss = unlocked.lot_is_loss & unlocked.lot_sellable
    found = []
    for group in sorted(group for group, why in why_not.items() if not why):
        own = order[(lots.group == group)[order]]
        older, new = own[(sellable_loss & ~recent)[own]], own[recent[own]]
        if len(older):
            replaced = float(unlocked.lot_value[new].sum())
            whole = mandate.fractional or bool((np.abs(lots.shares[new] - np.round(lots.shares[new])) <= _WHOLE).all())
            found.append(Washable(int(unlocked.lot_group[own[0]]), replaced, new, older, whole))
    return tuple(found)


def washed_branch(problem: Problem, splits: Mapping[Washable, int]) -> WashedBranch:
    """State the rebalance in which each group is on a branch.

    Parameters
    ----------
    problem : Problem
        As formulated.
    splits : mapping of Washable to int
        Place, in `older`, of the lot in which the washed shares end; its length where no more than they are sold; or
        `RECENT_SOLD`.
    """
    gain, credit, long = problem.lot_gain.copy(), problem.lot_credit.copy(), problem.lot_long.copy()
    counted, sellable = problem.lot_counted.copy(), problem.lot_sellable.copy()
    washed, liquidable, buyable = problem.washed.copy(), problem.liquidable.copy(), problem.buyable.copy()
    entries: list[tuple[Ints, float, float]] = []
    for one, split in splits.items():
        sellable[one.older], sellable[one.recent] = True, split == RECENT_SOLD
        liquidable[one.group] = False
        buyable &= problem.group != one.group
        if split == RECENT_SOLD:
            entries.append((one.recent, -1.0, one.replaced))
            continue
        before = one.older[:split]
        if split == len(one.older):
            gain[before], credit[before] = 0.0, 0.0
            # More would earn too, but its losses would count against limits that cannot see them here.
            if problem.lot_value[before].sum() > one.replaced:
                entries.append((before, 1.0, one.replaced))
            continue
        last = one.older[split]
        gain[before], credit[before] = gain[last], credit[last]
        long[before], counted[before] = long[last], counted[last]
        washed[last] = one.replaced
        entries += _row_entries(problem, one, split)
    branch = replace(
        problem,
        lot_gain=gain,
        lot_credit=credit,
        lot_long=long,
        lot_counted=counted,
        lot_sellable=sellable,
        washed=washed,
        liquidable=liquidable,
        buyable=buyable,
    )
    return WashedBranch(branch, (_WashedShares(tuple(entries)),) if entries else ())


def _row_entries(problem: Problem, one: Washable, split: int) -> list[tuple[Ints, float, float]]:
    """What keeps one group on its branch."""
    before, reached, entries = one.older[:split], one.older[: split + 1], []
    if problem.lot_value[before].sum() > one.replaced:
        entries.append((before, 1.0, one.replaced))
    # Less than the washed shares would count as gains, and make room for others' losses under a common cap.
    entries.append((reached, -1.0, one.replaced))
    return entries


def implied_split(one: Washable, sell: Floats) -> int | None:
    """Return the branch that sales are on; None where the group's older lots are not sold, or no more than are washed.

    Parameters
    ----------
    one : Washable
    sell : array (L,)
        Fraction of NAV.
    """
    sold = np.cumsum(sell[one.older])
    if one.recent_may_go and sold[-1] > _NOTHING and sell[one.recent].sum() >= one.replaced - _NOTHING:
        return RECENT_SOLD
    if sold[-1] <= one.replaced + _NOTHING:
        return None
    return int(np.searchsorted(sold, one.replaced, side="left"))


def washed_credit(problem: Problem, one: Washable, sell: Floats) -> float:
    """Credit that the washed part of sales would have earned, were it not washed; fraction of NAV.

    Parameters
    ----------
    problem : Problem
        As formulated.
    one : Washable
    sell : array (L,)
    """
    left = max(one.replaced - float(sell[one.recent].sum()), 0.0)
    sold = np.cumsum(sell[one.older])
    washed = np.diff(np.minimum(sold, left), prepend=0.0)
    return float(np.maximum(problem.lot_credit[one.older], 0.0) @ washed)
