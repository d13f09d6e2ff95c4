"""Optimised active portfolios: the most of an objective that a tracking-error limit lets through.

An optimizer seeks out whatever a risk model underestimates, so these portfolios test a model hardest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.evaluate.covariance_forms import CovarianceForm, covariance_form
from risk.evaluate.forecasts import PortfolioRisk
from taxsleeve_errors import RiskModelError

__all__ = ["optimised_active"]

Floats = NDArray[np.float64]
_RHO = 0.5
_RELAXATION = 1.6
_RETUNE = 5


def optimised_active(
    model: PortfolioRisk,
    benchmark: Floats,
    objectives: Floats,
    tracking_error: Floats,
    *,
    most_active: float = 0.01,
    iterations: int = 100,
    tolerance: float = 1e-3,
) -> Floats:
    """Active weights a that maximise c'a subject to 1'a = 0, -w <= a, |a| <= `most_active`, sqrt(a' Sigma a) <= TE.

    The quadratic form max c'a - (kappa/2) a' Sigma a is solved for all portfolios at once by the alternating direction
    method of multipliers (Boyd and others 2011), in units of each name's deviation, with one factorisation; kappa is
    retuned as it goes until the tracking error is met. A last step makes every constraint exact.

    Parameters
    ----------
    model : FactorRisk or DenseRisk
        Of exactly the N names of the benchmark, in its order.
    benchmark : array (N,)
        w, the most that can be sold of each name; ones for portfolios that may go short.
    objectives : array (P, N)
        c, one row a portfolio.
    tracking_error : array (P,)
        Limits, annual, fractions of NAV.
    most_active : float
        Largest active weight of a name.
    iterations, tolerance
        When to stop: residual and distance to the limit, relative.

    Returns
    -------
    array (P, N)
        Feasible to rounding, within about 1% of the optimum. The limit is not reached where the bounds on single names
        bind first (then within about 5%).
    """
    w = np.asarray(benchmark, dtype=float)
    C = np.atleast_2d(np.asarray(objectives, dtype=float))
    limits = np.broadcast_to(np.asarray(tracking_error, dtype=float), (len(C),))
    if C.shape[1] != len(w) or len(model.assets) != len(w):
        raise RiskModelError(
            f"objectives of {C.shape[1]} names, a model of {len(model.assets)}, a benchmark of {len(w)}: "
            "expected the same names"
        )
    if not (limits > 0).all() or not most_active > 0:
        raise RiskModelError(f"tracking error {limits.min()}, most_active {most_active}: expected more than 0")
    bounds = -np.minimum(w, most_active), np.full(len(w), most_active)
    form = covariance_form(model, _RHO)
    Z = _alternate(_Problem(form, bounds, C, limits), iterations, tolerance)
    A = _to_zero_sum(Z / form.deviations, *bounds)
    risk = np.sqrt(form.variances(A * form.deviations))
    shrink = np.minimum(1.0, limits / np.maximum(risk, np.finfo(float).tiny))
    active: Floats = A * shrink[:, None]
    return active


@dataclass(frozen=True, eq=False)
class _Problem:
    form: CovarianceForm
    bounds: tuple[Floats, Floats]
    objectives: Floats
    limits: Floats


def _alternate(problem: _Problem, iterations: int, tolerance: float) -> Floats:
    """Solve in x = s a; (P, N)."""
    form, limits = problem.form, problem.limits
    s = form.deviations
    low, high = problem.bounds[0] * s, problem.bounds[1] * s
    e = 1 / s
    Me = form.resolve(e[None])[0]
    Me /= np.sqrt(e @ Me)
    Q = problem.objectives / s
    # Where only the budget binds, the answer is M q / kappa; it sets kappa's scale.
    free = form.resolve(Q) - (Q @ Me)[:, None] * Me
    kappa = np.sqrt(np.maximum(form.variances(free), np.finfo(float).tiny)) / limits
    Z: Floats = np.clip(free / kappa[:, None], low, high)
    U = np.zeros_like(Z)
    for step in range(1, iterations + 1):
        R = Q / kappa[:, None] + _RHO * (Z - U)
        X = form.resolve(R) - (R @ Me)[:, None] * Me
        relaxed: Floats = _RELAXATION * X + (1 - _RELAXATION) * Z
        previous, Z = Z, np.clip(relaxed + U, low, high)
        U += relaxed - Z
        if step % _RETUNE:
            continue
        risk = np.sqrt(form.variances(Z))
        size = np.sqrt((Z**2).sum(axis=1)) + np.finfo(float).tiny
        residual = (np.sqrt(((X - Z) ** 2).sum(axis=1)) + np.sqrt(((Z - previous) ** 2).sum(axis=1))) / size
        ratio = risk / limits
        if np.all((residual < tolerance) & ((np.abs(ratio - 1) < tolerance) | (kappa < _least(Q, limits)))):
            break
        retuned = np.maximum(kappa * np.clip(ratio, 0.5, 2.0), 0.5 * _least(Q, limits))
        # The multipliers of the bounds are in units of the objective, which kappa divides.
        U *= (kappa / retuned)[:, None]
        kappa = retuned
    return Z


def _least(Q: Floats, limits: Floats) -> Floats:
    """Risk aversion so small that the bounds alone decide; lower ones change nothing."""
    scale: Floats = 1e-3 * np.sqrt((Q**2).sum(axis=1)) / limits
    return scale


def _to_zero_sum(A: Floats, low: Floats, high: Floats) -> Floats:
    """Project each row onto the box and the plane of zero sum: clip(a - t), t by bisection."""
    below = (A - high).min(axis=1)
    above = (A - low).max(axis=1)
    for _ in range(60):
        t = 0.5 * (below + above)
        excess = np.clip(A - t[:, None], low, high).sum(axis=1)
        below, above = np.where(excess > 0, t, below), np.where(excess > 0, above, t)
    projected: Floats = np.clip(A - (0.5 * (below + above))[:, None], low, high)
    # What bisection leaves is rounding; the names inside their bounds take it.
    inside = (projected > low) & (projected < high)
    rest = projected.sum(axis=1, keepdims=True)
    exact: Floats = projected - np.where(inside, rest / np.maximum(inside.sum(axis=1, keepdims=True), 1), 0.0)
    return exact
