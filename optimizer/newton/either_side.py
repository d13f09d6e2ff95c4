"""The Lagrangian dual of the non-convex problem, in which each group may still choose its side.

At any prices, a group's names are best sold at a loss or left open for buying, whichever costs less; the sum over groups
is a bound that no trade list exceeds, whatever its pattern (DUAL_NEWTON, "Sell at a loss XOR buy"). Its maximum is the
best bound of this kind, and the sides chosen there are a pattern worth trying.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from optimizer.newton.best_trades import Trades
from optimizer.newton.dual import Proximal, evaluate, price_lots
from optimizer.newton.form import Form, PatternForm, no_trades, pattern_form
from optimizer.newton.sale_curves import recover_lots
from optimizer.problem import Pattern

__all__ = ["EitherSide", "SideChoice", "either_side"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_LEAST_LAM = 1e-6


@dataclass(frozen=True, eq=False)
class SideChoice:
    """What the dual says at some prices.

    Parameters
    ----------
    bound : float
        Least cost of any trade list, percent of NAV.
    gradient : array (K + 1 + R,)
        Of the bound.
    advantage : array (G,)
        Cost of each group on the open side less its cost on the loss side: more than zero says sell at a loss.
    """

    bound: float
    gradient: Floats
    advantage: Floats


@dataclass(frozen=True, eq=False)
class EitherSide:
    """Both sides of every group, stated once.

    Parameters
    ----------
    form : Form
    open, loss : PatternForm
        Every group open for buying; every group on the loss side.
    """

    form: Form
    open: PatternForm
    loss: PatternForm

    def choose(self, z: Floats) -> SideChoice:
        """Evaluate the dual at prices z = (nu, lam, mu)."""
        form, n = self.form, len(self.form.cap)
        flat = Proximal(np.zeros(n), np.zeros(n))
        opened, lost = no_trades(n), no_trades(n)
        gradient = np.zeros(len(z))
        total = evaluate(self.loss.names, self.loss.lots, form.coupling, self.loss.curves, flat, z, lost, gradient)
        constants = total - lost.value.sum()
        evaluate(self.open.names, self.open.lots, form.coupling, self.open.curves, flat, z, opened, gradient)
        group = form.problem.group
        advantage = np.bincount(group, weights=opened.value - lost.value, minlength=form.problem.groups)
        lossy = (advantage > 0)[group]
        value = np.where(lossy, lost.value, opened.value).sum() + constants
        return SideChoice(float(value), self._gradient(z, lossy, opened, lost), advantage)

    def _gradient(self, z: Floats, lossy: Bools, opened: Trades, lost: Trades) -> Floats:
        """Coupled quantities less their limits, for the sides chosen."""
        form, c = self.form, self.form.coupling
        k = c.root.shape[1]
        nu, lam = z[:k], z[k]
        net = np.where(lossy, lost.net, opened.net)
        active = 100 * form.problem.active + net
        gradient = np.empty(len(z))
        gradient[:k] = c.exposure + net @ c.root - nu / lam
        gradient[k] = 0.5 * form.problem.specific_variance @ active**2 + 0.5 * nu @ nu / lam**2
        if np.isfinite(c.te_limit):
            gradient[k] -= 0.5 * c.te_limit**2
        gradient[k + 1 :] = np.maximum(net, 0.0) @ c.buy + np.maximum(-net, 0.0) @ c.sell - c.upper
        if len(c.lot_row):
            sold, others = np.zeros(len(form.tax)), np.zeros(len(form.tax))
            recover_lots(self.loss.curves, np.where(lossy, np.maximum(-lost.net, 0.0), 0.0), sold)
            recover_lots(self.open.curves, np.where(lossy, 0.0, np.maximum(-opened.net, 0.0)), others)
            gradient[k + 1 + c.lot_row] += (sold + others) @ form.lot_row
        return gradient

    def best_prices(self, z: Floats, most_evaluations: int = 60) -> Floats:
        """Prices at which the bound is tightest, by L-BFGS-B from z; the bound holds at any."""
        c = self.form.coupling
        k = c.root.shape[1]
        least = max(c.floor, _LEAST_LAM)
        bounds = [(None, None)] * k + [(least, None if np.isfinite(c.te_limit) else least)]
        bounds += [(0.0, float(top) if np.isfinite(top) else None) for top in c.ceiling]
        best, best_bound = z, -np.inf

        def negative(point: Floats) -> tuple[float, Floats]:
            nonlocal best, best_bound
            choice = self.choose(point)
            if choice.bound > best_bound:
                best, best_bound = point.copy(), choice.bound
            return -choice.bound, -choice.gradient

        minimize(negative, z, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxfun": most_evaluations})
        return best

    def reprice(self, z: Floats) -> None:
        """Write both sides' sale curves at z's prices of rows."""
        for side in (self.open, self.loss):
            price_lots(side.lots, self.form.coupling, z[self.form.coupling.root.shape[1] + 1 :], side.curves)


def either_side(form: Form) -> EitherSide:
    """State both sides of every group."""
    p = form.problem
    everything = np.ones(p.groups, dtype=bool)
    return EitherSide(form, pattern_form(form, Pattern.of(p, ~everything)), pattern_form(form, Pattern.of(p, everything)))
