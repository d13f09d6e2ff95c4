"""What a factor model says of active weights, from its three arrays: B F B' + diag(D)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from risk import FactorRisk

__all__ = ["betas", "exposures", "tracking_error", "variances"]

Floats = NDArray[np.float64]


def _vector(risk: FactorRisk, weights: Mapping[str, float]) -> Floats:
    """Weights of the names that the model rates, shape (N,); others cannot count."""
    return np.array([weights.get(asset, 0.0) for asset in risk.assets], dtype=float)


def tracking_error(risk: FactorRisk, active: Mapping[str, float]) -> float:
    """Annual ex-ante tracking error sqrt(a'BFB'a + a'Da) of active weights by name."""
    a = _vector(risk, active)
    y = risk.loadings.T @ a
    return math.sqrt(max(float(y @ risk.factor_covariance @ y) + float(risk.specific_variance @ (a * a)), 0.0))


def exposures(risk: FactorRisk, active: Mapping[str, float]) -> dict[str, float]:
    """Active exposure B'a to each factor, in the model's units."""
    return dict(zip(risk.factors, (risk.loadings.T @ _vector(risk, active)).tolist(), strict=True))


def variances(risk: FactorRisk) -> dict[str, float]:
    """Annual variance of each name's return."""
    own = np.einsum("nk,kl,nl->n", risk.loadings, risk.factor_covariance, risk.loadings) + risk.specific_variance
    return dict(zip(risk.assets, own.tolist(), strict=True))


def betas(risk: FactorRisk, benchmark: Mapping[str, float]) -> dict[str, float] | None:
    """Beta of each name to the benchmark, (S w)_i / (w'S w) with S the model's covariance.

    None where the model rates nothing of the benchmark. Source: Grinold and Kahn, Active Portfolio Management, ch. 2.
    """
    w = _vector(risk, benchmark)
    covariances = risk.loadings @ (risk.factor_covariance @ (risk.loadings.T @ w)) + risk.specific_variance * w
    variance = float(w @ covariances)
    if not variance > 0:
        return None
    return dict(zip(risk.assets, (covariances / variance).tolist(), strict=True))
