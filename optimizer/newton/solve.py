"""The dual Newton on one pattern: from arrays to trades, multipliers and a duality gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.ascent import Bounds, Progress, bounds_of, climb
from optimizer.newton.dual import Proximal, Side
from optimizer.newton.form import Form, PatternForm
from optimizer.newton.sale_curves import build_curves, recover_lots

__all__ = ["NewtonResult", "least_multipliers", "maximise"]

Floats = NDArray[np.float64]
_TOLERANCE = 1e-8
_STEPS = 600
_ROUND_STEPS = 60
# The proximal term, as a multiple of a typical slope over each name's size: strong at first, which rounds the kinks of
# an almost linear program, then weak, which makes few rounds do. From trades that are nearly the best, weak at once.
_FIRST, _NEAR, _WEAKEST, _STRONGEST = 3e-2, 1e-5, 1e-5, 10.0
# The loop ends when the term costs less than this part of the objective.
_PULL = 3e-9
_GAP = 1e-7
# What limits exceeded within tolerance may be worth, as a part of the objective: some have prices of hundreds.
_EXCESS, _LEAST_TOLERANCE = 1e-7, 1e-13


@dataclass(frozen=True, eq=False)
class NewtonResult:
    """What the dual Newton found for one pattern, in percent of NAV.

    Parameters
    ----------
    z : array (K + 1 + R,)
        Multipliers (nu, lam, mu).
    net : array (N,)
        Net trades.
    sold : array (L,)
        Sold of each lot, in sorted order.
    steps : int
    solved, infeasible : bool
        Whether limits and optimality are met within tolerance; whether no trades are feasible, which is then proven.
    """

    z: Floats
    net: Floats
    sold: Floats
    steps: int
    solved: bool
    infeasible: bool

    @classmethod
    def start(cls, form: Form, z: Floats) -> NewtonResult:
        """Make something to start from: prices, and no trades."""
        return cls(z, np.zeros(len(form.cap)), np.zeros(len(form.tax)), 0, solved=False, infeasible=False)

    def value(self, form: Form) -> float:
        """Value of the trades, a fraction of NAV."""
        sell = np.zeros(len(self.sold))
        sell[form.order] = self.sold / 100
        return form.problem.value(sell, np.maximum(self.net, 0.0) / 100)

    def exits(self, form: Form) -> float:
        """Priority of what is exited, a fraction of NAV."""
        return float(form.problem.lot_priority[form.order] @ self.sold) / 100


def least_multipliers(form: Form) -> Floats:
    """Multipliers to start from: every price zero, lam one."""
    z = np.zeros(form.coupling.root.shape[1] + 1 + len(form.coupling.upper))
    z[form.coupling.root.shape[1]] = max(1.0 if np.isfinite(form.coupling.te_limit) else 0.0, form.coupling.floor, 1e-6)
    return z


def maximise(form: Form, pattern: PatternForm, z: Floats, net: Floats, *, near: bool = False) -> NewtonResult:
    """Solve one pattern from multipliers and trades to start from, which may be those of nearly the same problem.

    The proximal-point loop ends when its pull on the trades is too weak to matter for the objective.
    """
    side, single = pattern.side, _Single.of(form, pattern.side)
    least, most, trades = side.names["least"], side.names["most"], side.trades
    z, anchor = z.copy(), np.clip(net, least, most)
    unit, ceiling = form.unit_weights, _dearest(form, side)
    steps, solved, strength, gradient = 0, False, _NEAR if near else _FIRST, np.zeros(len(z))
    while steps < _STEPS:
        proximal = Proximal(strength * unit, anchor, anchor)
        pull = 0.5 * float(proximal.weight @ np.maximum((least - anchor) ** 2, (most - anchor) ** 2))
        start = z.copy()
        progress = single.climb(proximal, z, gradient, ceiling=ceiling + pull)
        steps += max(progress.steps, 1)
        if progress.unbounded:
            return NewtonResult(z, np.array(trades["net"]), np.zeros(len(side.lots)), steps, False, True)
        if not progress.residual <= _TOLERANCE:
            if strength >= _STRONGEST:
                break
            z, strength = start, strength * 10.0
            continue
        moved = np.abs(trades["net"] - anchor)
        anchor = np.array(trades["net"])
        pull = float((proximal.weight * moved) @ moved)
        if pull <= _PULL * max(1.0, abs(progress.value)):
            gap = progress.value - 0.5 * pull - single.value(z)
            if gap <= _GAP * max(0.1, abs(progress.value)):
                solved, anchor = True, single.tightened(proximal, z, gradient, progress, anchor)
                break
        strength = max(strength * 0.3, _WEAKEST)
    prices = z[form.coupling.root.shape[1] + 1 + form.coupling.lot_row]
    build_curves(
        side.lots, side.rates, prices, side.first, side.cap, side.pieces, side.used, side.cheapest, side.sellable
    )
    sold = np.zeros(len(side.lots))
    recover_lots(side.first, side.pieces, side.used, np.maximum(-anchor, 0.0), sold)
    return NewtonResult(z, anchor, sold, steps, solved, False)


@dataclass(frozen=True, eq=False)
class _Single:
    """The dual of one pattern: every group's side is fixed, on what `side` lets it do."""

    form: Form
    side: Side
    fixed: NDArray[np.int8]
    share: Floats
    flat: Proximal
    bounds: Bounds

    @classmethod
    def of(cls, form: Form, side: Side) -> _Single:
        groups, n = form.problem.groups, len(form.cap)
        flat = Proximal(np.zeros(n), np.zeros(n), np.zeros(n))
        return cls(form, side, np.ones(groups, dtype=np.int8), np.zeros(groups), flat, bounds_of(form.coupling))

    def climb(
        self,
        proximal: Proximal,
        z: Floats,
        gradient: Floats,
        *,
        ceiling: float = np.inf,
        tolerance: float = _TOLERANCE,
        steps: int = _ROUND_STEPS,
    ) -> Progress:
        """Maximise the dual of one proximal step from z, in place, and write its gradient there."""
        side, form = self.side, self.form
        progress: Progress = climb(
            side,
            side,
            form.coupling,
            form.group,
            self.fixed,
            proximal,
            0.0,
            z,
            self.share,
            gradient,
            tolerance,
            ceiling,
            steps,
            self.bounds,
            form.room,
        )
        return progress

    def tightened(self, proximal: Proximal, z: Floats, gradient: Floats, progress: Progress, net: Floats) -> Floats:
        """Trades that keep limits more exactly where what they exceed them by is worth something; moves z."""
        worth, most = float(np.abs(z) @ np.abs(gradient)), _EXCESS * max(0.01, abs(progress.value))
        if worth <= most:
            return net
        tolerance, near = max(_TOLERANCE * 0.1 * most / worth, _LEAST_TOLERANCE), z.copy()
        closer = self.climb(proximal, near, np.zeros(len(z)), tolerance=tolerance)
        if closer.residual >= progress.residual:
            return net
        z[:] = near
        return np.array(self.side.trades["net"])

    def value(self, z: Floats) -> float:
        """Dual value without a proximal term: no feasible trades of this pattern cost less."""
        return self.climb(self.flat, z, np.zeros(len(z)), tolerance=0.0, steps=0).value


def _dearest(form: Form, side: Side) -> float:
    """More than any trades within their bounds can cost: every slope that costs something, to the end."""
    names, coupling = side.names, form.coupling
    least, most = names["least"], names["most"]
    sold, bought = np.maximum(-least, 0.0), np.maximum(most, 0.0)
    tax = np.maximum(side.lots["tax"], 0.0) @ side.lots["most"]
    slopes = np.maximum(names["buy_slope"], 0.0) @ bought + np.maximum(names["sell_slope"], 0.0) @ sold
    impact = names["impact"] @ np.maximum(sold, bought) ** 1.5
    widest = np.maximum(np.abs(names["active"] + least), np.abs(names["active"] + most))
    exposure = np.abs(coupling.root).T @ widest
    specific = 0.5 * max(coupling.floor, 1e-6) * float(names["variance"] @ widest**2)
    risk = specific + 0.5 * coupling.floor * min(float(exposure @ exposure), coupling.te_limit**2)
    soft = np.isfinite(coupling.ceiling)
    rows = form.rows.coupling
    overrun = np.maximum(rows.buy[soft], 0.0) @ np.abs(most) + np.maximum(rows.sell[soft], 0.0) @ np.abs(least)
    return float(tax + slopes + impact) + risk + float(coupling.ceiling[soft] @ overrun) + 1.0
