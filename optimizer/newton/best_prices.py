"""Climbing to the prices at which the bound on any trade list is tightest.

The dual has a kink wherever a group's side or a name's trade changes. A temperature rounds the first kind and a
proximal term about the last trades the second; both are lowered climb by climb, each from where the last one ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.dual import Proximal
from optimizer.newton.either_side import OPEN, EitherSide, SideChoice
from optimizer.newton.form import Form
from optimizer.newton.solve import NewtonResult, least_multipliers

__all__ = ["BestPrices", "best_prices"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.int8]
# Temperatures, as parts of a typical group's advantage of one side over the other, each with a proximal term's strength
# as a part of a typical slope over each name's size (without it the kinks of an almost linear program stop the climb),
# and the largest violation of a limit, percent of NAV, to end with: what leads to the last need not be exact.
_TOLERANCE = 1e-3
_SCHEDULE = ((0.2, 1e-2, 0.1), (0.02, 2e-3, 0.1), (2e-3, 3e-4, _TOLERANCE))
# Where limits are not met at the end, as where only caps and turnover bind: the kinks have stopped the climb, and a
# stronger proximal term takes it past them.
_STIFF = (
    (0.2, 0.1, 0.01),
    (0.05, 0.1, 0.01),
    (0.02, 3e-2, _TOLERANCE),
    (5e-3, 1e-2, _TOLERANCE),
    (2e-3, 1e-2, _TOLERANCE),
)
# The last is repeated so often while it gains; the first is left out where prices are nearly known.
_AGAIN, _WARM = 3, 1
# What part of its limit variance is far from it at, and lam to start from there.
_FAR, _FAR_LAM = 0.5, 0.01
# The bound is tight once a step improves it by less than this part.
_TIGHT = 1e-4


@dataclass(frozen=True, eq=False)
class BestPrices:
    """Prices at which the bound is about tightest, and what each side trades there.

    Parameters
    ----------
    z : array (K + 1 + R,)
        (nu, lam, mu).
    opened, lost : array (N,)
        Net trades of names on the open and on the loss side, percent of NAV.
    tau : float
        Temperature at which they were found.
    steps : int
        Newton steps that took.
    """

    z: Floats
    opened: Floats
    lost: Floats
    tau: float
    steps: int

    def start(self, form: Form, sides: Bytes) -> NewtonResult:
        """Return what to solve the pattern of these sides from."""
        net = np.where(sides[form.group] == OPEN, self.opened, self.lost)
        return replace(NewtonResult.start(form, self.z), net=net)

    def share(self, choice: SideChoice) -> Floats:
        """Each group's share of the loss side in the mixture of both that the bound allows, shape (G,)."""
        share: Floats = 1 / (1 + np.exp(-np.clip(choice.advantage / self.tau, -40.0, 40.0)))
        return share


def best_prices(dual: EitherSide, near: BestPrices | None = None, *, nearly: bool = False) -> BestPrices:
    """Climb to prices at which the bound is tightest, from those of nearly the same problem where known.

    With `nearly`, those that the last temperature leads to are taken: seldom is the bound tighter anywhere.
    """
    form = dual.form
    nothing = np.zeros(len(form.cap))
    best = near or BestPrices(_first_prices(form), nothing, nothing, dual.typical_advantage, 0)
    ascent = _Ascent(dual, best, -np.inf if near is None else dual.bound(near.z))
    *towards, stage = _SCHEDULE[0 if near is None else _WARM :]
    for rounded in towards:
        ascent.approach(*rounded)
    ascent.climb(*stage)
    if not ascent.feasible:
        for stage in _STIFF:
            ascent.climb(*stage)
    for _ in range(_AGAIN):
        if ascent.finished or (nearly and ascent.feasible):
            break
        ascent.climb(*stage)
    return ascent.found


def _first_prices(form: Form) -> Floats:
    """Prices to start from where none are known.

    lam changes at most five-fold a step, and is its least where the limit of tracking error does not bind: it starts
    near there where tracking variance is far from its limit before trading.
    """
    z, coupling = least_multipliers(form), form.coupling
    if np.isfinite(coupling.te_limit):
        variance = 1e4 * form.problem.variance(form.problem.active)
        if variance < _FAR * coupling.te_limit**2:
            z[coupling.root.shape[1]] = max(_FAR_LAM, coupling.floor)
    return z


class _Ascent:
    """One climb after another, each from where the last ended; the best prices among those judged are kept."""

    def __init__(self, dual: EitherSide, best: BestPrices, cost: float) -> None:
        self._dual, self._best, self._cost, self._steps = dual, best, cost, 0
        self._z, self._anchors = best.z.copy(), (best.opened, best.lost)
        self._unit = dual.form.unit_weights
        self._tau = best.tau
        self.feasible = self.finished = False

    @property
    def found(self) -> BestPrices:
        """The best prices, and the steps of all climbs."""
        return replace(self._best, steps=self._steps)

    def approach(self, temperature: float, strength: float, tolerance: float) -> None:
        """Climb at a temperature, held by a proximal term of this strength, until limits are met to the tolerance."""
        dual = self._dual
        self._tau = temperature * dual.typical_advantage
        proximal = Proximal(strength * self._unit, *self._anchors)
        progress = dual.climb(proximal, self._tau, self._z, np.zeros(dual.form.problem.groups), tolerance)
        self._steps += progress.steps
        self._anchors = (dual.opened.trades["net"].copy(), dual.lost.trades["net"].copy())
        self.feasible = progress.residual <= _TOLERANCE

    def climb(self, temperature: float, strength: float, tolerance: float) -> None:
        """Approach, and see whether the bound there is the tightest so far."""
        self.approach(temperature, strength, tolerance)
        cost = self._dual.bound(self._z)
        gained = cost - self._cost
        if gained > 0:
            self._best, self._cost = BestPrices(self._z.copy(), *self._anchors, self._tau, self._steps), cost
        self.finished = self.feasible and abs(gained) <= _TIGHT * abs(self._cost)
