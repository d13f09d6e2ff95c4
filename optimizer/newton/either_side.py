"""The bound on any trade list: the Lagrangian dual of the problem in which each group still chooses its side.

At any prices, a group's names are best sold at a loss or left open for buying, whichever costs less; the sum over groups
is a bound that no trade list exceeds, whatever its pattern (DUAL_NEWTON, "Sell at a loss XOR buy"). Its maximum is the
best bound of this kind, and the sides chosen there are a pattern close to the best.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.dual import Proximal
from optimizer.newton.form import Form, PatternForm, no_trades, pattern_form
from optimizer.newton.smoothed import Side, climb_smoothed, evaluate_smoothed
from optimizer.problem import Pattern

__all__ = ["EitherSide", "either_side"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]
# Temperatures, as parts of a typical group's advantage of one side over the other.
_TEMPERATURES = (1.0, 0.2, 0.04, 8e-3, 1.6e-3, 3e-4)
_TOLERANCE = 1e-3
_STEPS = 25


@dataclass(frozen=True, eq=False)
class EitherSide:
    """Both sides of every group, stated once.

    Parameters
    ----------
    form : Form
    opened, lost : Side
        Every group open for buying; every group on the loss side.
    fixed : array of int8 (G,)
        Sides of groups that have no choice: 1 loss, 0 open, -1 free.
    feasible : bool
        False where every side of some name breaks a bound of its own.
    """

    form: Form
    opened: Side
    lost: Side
    fixed: Bytes
    feasible: bool

    def choose(self, z: Floats) -> tuple[float, Floats]:
        """Least cost of any trade list by the dual at prices z, and each group's advantage on the loss side.

        Percent of NAV; the advantage, shape (G,), is more than zero where selling at a loss costs less.
        """
        share = np.zeros(self.form.problem.groups)
        bound = self._evaluate(0.0, z, share)
        difference = self.opened.trades.value - self.lost.trades.value
        return bound, np.bincount(self.form.problem.group, weights=difference, minlength=len(share))

    def _evaluate(self, tau: float, z: Floats, share: Floats) -> float:
        form = self.form
        return evaluate_smoothed(
            self.opened,
            self.lost,
            form.coupling,
            form.problem.group,
            self.fixed,
            self._flat(),
            tau,
            z,
            share,
            np.zeros(len(z)),
        )

    def _flat(self) -> Proximal:
        n = len(self.form.cap)
        return Proximal(np.zeros(n), np.zeros(n))

    def best_prices(self, z: Floats) -> tuple[Floats, int]:
        """Prices at which the bound is tightest, climbed to from z, and the Newton steps that took."""
        form, p = self.form, self.form.problem
        z, share = z.copy(), np.zeros(p.groups)
        best, best_bound, steps = z.copy(), self.choose(z)[0], 0
        scale = self._typical_advantage()
        for temperature in _TEMPERATURES:
            progress = climb_smoothed(
                self.opened,
                self.lost,
                form.coupling,
                p.group,
                self.fixed,
                self._flat(),
                temperature * scale,
                z,
                share,
                _TOLERANCE,
                _STEPS,
            )
            steps += progress.steps
            bound, _ = self.choose(z)
            if bound > best_bound:
                best, best_bound = z.copy(), bound
        return best, steps

    def _typical_advantage(self) -> float:
        """A tenth of the tax that one group's losses save, at the median."""
        p = self.form.problem
        saved = np.bincount(p.lot_group, weights=100 * np.maximum(p.lot_credit, 0.0) * p.lot_value, minlength=p.groups)
        return 0.1 * float(np.median(saved[saved > 0])) if (saved > 0).any() else 1e-3


def either_side(form: Form) -> EitherSide:
    """State both sides of every group."""
    p = form.problem
    everything = np.ones(p.groups, dtype=bool)
    opened, lost = pattern_form(form, Pattern.of(p, ~everything)), pattern_form(form, Pattern.of(p, everything))
    return EitherSide(
        form, _side(opened), _side(lost), np.full(p.groups, -1, dtype=np.int8), opened.feasible or lost.feasible
    )


def _side(stated: PatternForm) -> Side:
    return Side(stated.names, stated.lots, stated.curves, no_trades(len(stated.names.active)))
