"""The bound on any trade list: the Lagrangian dual of the problem in which each group still chooses its side.

At any prices, a group's names are best sold at a loss or left open for buying, whichever costs less; the sum over
groups is a bound that no trade list exceeds, whatever its pattern (DUAL_NEWTON, "Sell at a loss XOR buy"). Its maximum
is the best bound of this kind, and the sides chosen there are a pattern close to the best.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.ascent import Bounds, Progress, bounds_of, climb
from optimizer.newton.dual import Coupling, Proximal, Side
from optimizer.newton.form import Form, bought_as, median, pattern_form
from optimizer.problem import Pattern, Problem

__all__ = ["GONE", "LOSS", "OPEN", "EitherSide", "SideChoice", "either_side", "pattern_of"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]
Bools = NDArray[np.bool_]
OPEN, LOSS, GONE = 0, 1, 2
_STEPS = 25


@dataclass(frozen=True, eq=False)
class SideChoice:
    """What the dual says at some prices.

    Parameters
    ----------
    cost : float
        Least cost of any trade list, percent of NAV.
    advantage : array (G,)
        Of the loss side over the open side: more than zero where it costs less.
    sides : array of int8 (G,)
        The better one of each group: `OPEN`, `LOSS` or `GONE`.
    stake : array (G,)
        What the better side costs less than no trades.
    """

    cost: float
    advantage: Floats
    sides: Bytes
    stake: Floats


@dataclass(frozen=True, eq=False)
class _Evaluation:
    """The dual itself at some prices: shares of the loss sides, and the value."""

    fixed: Bytes
    z: Floats
    share: Floats
    value: float


@dataclass(frozen=True, eq=False)
class EitherSide:
    """Both sides of every group, stated once.

    A group of which only the whole position may go at a loss (`Problem.liquidable`) has that for its loss side, and
    everything else that it may do for its open one.

    Parameters
    ----------
    form : Form
    opened, lost : Side
        Every group open for buying; every group on the loss side.
    fixed : array of int8 (G,)
        Sides of groups that have no choice: 1 loss, 0 open, -1 free.
    feasible : bool
        False where both sides of some group break a bound of its own.
    latest : list
        The last evaluation, while the sides are as it has left them; shared with what shares the sides.
    """

    form: Form
    opened: Side
    lost: Side
    fixed: Bytes
    feasible: bool
    latest: list[_Evaluation] = field(default_factory=list, repr=False)

    def choose(self, z: Floats, opened: Floats | None = None) -> SideChoice:
        """Evaluate the dual at prices z = (nu, lam, mu); `opened` (N,) are the open side's trades, if better known."""
        problem = self.form.problem
        share = np.zeros(problem.groups)
        cost = self._at(z, share)
        difference = self.opened.trades["value"] - self.lost.trades["value"]
        advantage = np.bincount(problem.group, weights=difference, minlength=problem.groups)
        net = self.opened.trades["net"] if opened is None else opened
        sells = np.bincount(problem.group, weights=net, minlength=problem.groups) < 0
        k = self.form.coupling.root.shape[1]
        idle = 0.5 * z[k] * self.opened.names["variance"] * self.opened.names["active"] ** 2
        saved = idle - np.minimum(self.opened.trades["value"], self.lost.trades["value"])
        stake = np.maximum(np.bincount(problem.group, weights=saved, minlength=problem.groups), 0.0)
        kept = np.where(problem.liquidable & sells, LOSS, OPEN)
        sides = np.where(share > 0.5, np.where(problem.liquidable, GONE, LOSS), kept).astype(np.int8)
        return SideChoice(cost, np.where(self.fixed >= 0, 0.0, advantage), sides, stake)

    def bound(self, z: Floats) -> float:
        """Least cost of any trade list at prices z, percent of NAV: `choose` without the choice."""
        return self._at(z, np.zeros(self.form.problem.groups))

    def _allowed(self, z: Floats) -> Floats:
        """Take out the little lam that Newton steps need where nothing limits or prices variance: it is no bound."""
        k = self.form.coupling.root.shape[1]
        if np.isfinite(self.form.coupling.te_limit) or z[k] <= self.form.coupling.floor:
            return z
        allowed = z.copy()
        allowed[k] = max(self.form.coupling.floor, 1e-12)
        allowed[:k] *= allowed[k] / z[k]
        return allowed

    def _at(self, z: Floats, share: Floats) -> float:
        """Evaluate the dual itself at prices z.

        Impact and commissions c come out of cash, and so make room below its greatest, at the price mu, that its row
        does not count: the dual has c - mu c for c. A mu above one would pay for trading; it is taken for one.
        """
        for one in self.latest:
            if one.fixed is self.fixed and np.array_equal(one.z, z):
                share[:] = one.share
                return one.value
        value = self._evaluated(z, share)
        self.latest[:] = [_Evaluation(self.fixed, z.copy(), share.copy(), value)]
        return value

    def _evaluated(self, z: Floats, share: Floats) -> float:
        z = self._allowed(z)
        if not len(self.form.paid_from):
            return self.climb(self._flat, 0.0, z, share, 0.0, steps=0).value
        rows = self.form.coupling.root.shape[1] + 1 + self.form.paid_from
        kept = [side.names["impact"].copy() for side in (self.opened, self.lost)]
        z = z.copy()
        z[rows] *= min(1.0, 1.0 / max(z[rows].sum(), 1e-300))
        try:
            for side in (self.opened, self.lost):
                side.names["impact"] *= max(1.0 - z[rows].sum(), 0.0)
            return self.climb(self._flat, 0.0, z, share, 0.0, steps=0).value
        finally:
            for side, impact in zip((self.opened, self.lost), kept, strict=True):
                side.names["impact"] = impact

    @cached_property
    def _coupling(self) -> Coupling:
        """The form's rows; those that impact and commissions are paid from at no price above one."""
        coupling, rows = self.form.coupling, self.form.paid_from
        if not len(rows):
            return coupling
        ceiling = coupling.ceiling.copy()
        ceiling[rows] = np.minimum(ceiling[rows], 1.0)
        return coupling._replace(ceiling=ceiling)

    @cached_property
    def _bounds(self) -> Bounds:
        return bounds_of(self._coupling)

    @cached_property
    def _flat(self) -> Proximal:
        n = len(self.form.cap)
        return Proximal(np.zeros(n), np.zeros(n), np.zeros(n))

    def climb(
        self, proximal: Proximal, tau: float, z: Floats, share: Floats, tolerance: float, steps: int = _STEPS
    ) -> Progress:
        """Maximise the dual at temperature tau from prices z, in place; `share` (G,) is written."""
        form = self.form
        self.latest.clear()
        progress: Progress = climb(
            self.opened,
            self.lost,
            self._coupling,
            form.group,
            self.fixed,
            proximal,
            tau,
            z,
            share,
            np.zeros(len(z)),
            tolerance,
            np.inf,
            steps,
            self._bounds,
            form.room,
        )
        return progress

    @cached_property
    def typical_advantage(self) -> float:
        """A tenth of the tax that one group's losses save, at the median."""
        p = self.form.problem
        worth = 100 * np.maximum(p.lot_credit, 0.0) * p.lot_value
        saved = np.bincount(p.lot_group, weights=worth, minlength=p.groups).astype(float, copy=False)
        return 0.1 * median(saved[saved > 0]) if (saved > 0).any() else 1e-3


def either_side(form: Form) -> EitherSide:
    """State both sides of every group."""
    p = form.problem
    whole, no_group = p.liquidable, np.zeros(p.groups, dtype=bool)
    opened = bought_as(form, pattern_form(form, Pattern.of(p, whole)), Pattern.of(p, no_group))
    lost = pattern_form(form, pattern_of(p, np.where(whole, GONE, LOSS)))
    no_open, no_loss = _groups_of(form, opened.crossed), _groups_of(form, lost.crossed)
    fixed = np.where(no_loss, 0, np.where(no_open, 1, -1)).astype(np.int8)
    return EitherSide(form, opened.side, lost.side, fixed, not (no_open & no_loss).any())


def pattern_of(problem: Problem, sides: Bytes) -> Pattern:
    """Return the pattern in which groups are on these sides."""
    pattern = Pattern.of(problem, sides != OPEN)
    return replace(pattern, exit=(sides == GONE)[problem.group] & (problem.held > 0))


def _groups_of(form: Form, names: Bools) -> Bools:
    groups: Bools = np.bincount(form.problem.group, weights=names, minlength=form.problem.groups) > 0
    return groups
