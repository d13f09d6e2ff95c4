"""The dual Newton on one pattern: from arrays to trades, multipliers and a duality gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.ascent import maximise_dual
from optimizer.newton.dual import Proximal, evaluate, price_lots
from optimizer.newton.form import Form, PatternForm, no_trades
from optimizer.newton.sale_curves import recover_lots

__all__ = ["NewtonResult", "least_multipliers", "maximise"]

Floats = NDArray[np.float64]
_TOLERANCE = 1e-8
_STEPS = 600
_ROUND_STEPS = 60
# The proximal term, as a multiple of a typical slope over each name's size: strong at first, which rounds the kinks of
# an almost linear program, then weak, which makes few rounds do.
_FIRST, _WEAKEST, _STRONGEST = 3e-2, 1e-5, 10.0
# The loop ends when the term costs less than this part of the objective.
_PULL = 3e-9
_GAP = 1e-7


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

    def worth(self, form: Form) -> float:
        """Value of the trades with the priority of exits, a fraction of NAV."""
        problem = form.problem
        sell = np.zeros(len(self.sold))
        sell[form.order] = self.sold / 100
        return float(problem.value(sell, np.maximum(self.net, 0.0) / 100) + problem.lot_priority @ sell)


def least_multipliers(form: Form) -> Floats:
    """Multipliers to start from: every price zero, lam one."""
    z = np.zeros(form.coupling.root.shape[1] + 1 + len(form.coupling.upper))
    z[form.coupling.root.shape[1]] = max(1.0 if np.isfinite(form.coupling.te_limit) else 0.0, form.coupling.floor, 1e-6)
    return z


def maximise(form: Form, pattern: PatternForm, z: Floats, net: Floats) -> NewtonResult:
    """Solve one pattern from multipliers and trades to start from.

    The proximal-point loop ends when its pull on the trades is too weak to matter for the objective.
    """
    names, lots, curves = pattern.names, pattern.lots, pattern.curves
    z, anchor = z.copy(), np.clip(net, names.least, names.most)
    unit, ceiling = _unit_weights(form), _dearest(form, pattern)
    trades, steps, solved, strength = no_trades(len(anchor)), 0, False, _FIRST
    while steps < _STEPS:
        proximal = Proximal(strength * unit, anchor)
        pull = 0.5 * float(proximal.weight @ np.maximum((names.least - anchor) ** 2, (names.most - anchor) ** 2))
        start = z.copy()
        progress = maximise_dual(
            names, lots, form.coupling, curves, proximal, z, trades, _TOLERANCE, ceiling + pull, _ROUND_STEPS
        )
        steps += max(progress.steps, 1)
        if progress.unbounded:
            return NewtonResult(z, trades.net.copy(), np.zeros(len(lots.tax)), steps, False, True)
        if progress.residual > _TOLERANCE:
            if strength >= _STRONGEST:
                break
            z, strength = start, strength * 10.0
            continue
        moved = np.abs(trades.net - anchor)
        anchor = trades.net.copy()
        pull = float((proximal.weight * moved) @ moved)
        if pull <= _PULL * max(1.0, abs(progress.value)):
            gap = progress.value - 0.5 * pull - _plain_value(form, pattern, z)
            if gap <= _GAP * max(0.1, abs(progress.value)):
                solved = True
                break
        strength = max(strength * 0.3, _WEAKEST)
    price_lots(lots, form.coupling, z[form.coupling.root.shape[1] + 1 :], curves)
    sold = np.zeros(len(lots.tax))
    recover_lots(curves, np.maximum(-anchor, 0.0), sold)
    return NewtonResult(z, anchor, sold, steps, solved, False)


def _plain_value(form: Form, pattern: PatternForm, z: Floats) -> float:
    """Dual value without a proximal term: no feasible trades of this pattern cost less."""
    n = len(pattern.names.active)
    flat = Proximal(np.zeros(n), np.zeros(n))
    gradient = np.zeros(len(z))
    return evaluate(pattern.names, pattern.lots, form.coupling, pattern.curves, flat, z, no_trades(n), gradient)


def _unit_weights(form: Form) -> Floats:
    """A typical slope over each name's own size: curvature that would bend a whole position's tax by itself."""
    slope = float(np.median(np.abs(form.tax))) if len(form.tax) else 0.05
    size = 100 * (form.problem.held + form.problem.benchmark)
    weights: Floats = max(slope, 1e-2) / np.maximum(size, 1e-2)
    return weights


def _dearest(form: Form, pattern: PatternForm) -> float:
    """More than any trades within their bounds can cost: the ends of every name's own convex cost."""
    names, coupling = pattern.names, form.coupling
    flat = Proximal(np.zeros(len(names.active)), np.zeros(len(names.active)))
    total = np.zeros(len(names.active))
    free = coupling._replace(te_limit=np.inf)
    for end in (names.least, names.most):
        trades = no_trades(len(end))
        z = least_multipliers(form)
        z[: len(z)] = 0.0
        z[coupling.root.shape[1]] = max(coupling.floor, 1e-6)
        evaluate(
            names._replace(least=end, most=end), pattern.lots, free, pattern.curves, flat, z, trades, np.zeros(len(z))
        )
        total = np.maximum(total, trades.value)
    widest = np.maximum(np.abs(names.active + names.least), np.abs(names.active + names.most))
    exposure = np.abs(coupling.root).T @ widest
    risk = 0.5 * coupling.floor * min(float(exposure @ exposure), coupling.te_limit**2)
    soft = np.isfinite(coupling.ceiling)
    overrun = np.maximum(coupling.buy, 0.0).T @ np.abs(names.most) + np.maximum(coupling.sell, 0.0).T @ np.abs(
        names.least
    )
    return float(total.sum()) + risk + float(coupling.ceiling[soft] @ overrun[soft]) + 1.0
