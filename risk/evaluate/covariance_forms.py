"""A covariance in units of each name's own deviation, with the two products that the optimiser asks of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from risk.evaluate.forecasts import DenseRisk, PortfolioRisk
from risk.factor_risk import FactorRisk
from taxsleeve_errors import RiskModelError

__all__ = ["CovarianceForm", "DenseForm", "FactorForm", "covariance_form"]

Floats = NDArray[np.float64]


class CovarianceForm(Protocol):
    """Correlation matrix C of N names, Sigma = diag(s) C diag(s)."""

    @property
    def deviations(self) -> Floats:
        """s, annual, shape (N,)."""

    def variances(self, X: Floats) -> Floats:
        """X' C x of each row of X (P, N)."""

    def resolve(self, R: Floats) -> Floats:
        """(C + rho I)^-1 r of each row of R (P, N)."""


@dataclass(frozen=True, eq=False)
class FactorForm:
    """C = G G' + diag(d), solved by Woodbury's identity.

    Parameters
    ----------
    deviations : array (N,)
    root : array (N, K)
        G.
    specific : array (N,)
        d.
    inverse : array (N,)
        1 / (d + rho).
    inner : array (K, N)
        (I + G' E G)^-1 G' E with E = diag(inverse).
    """

    deviations: Floats
    root: Floats
    specific: Floats
    inverse: Floats
    inner: Floats

    @classmethod
    def of(cls, model: FactorRisk, rho: float) -> FactorForm:
        """Make the form of a factor model."""
        G = model.root()
        deviations = np.sqrt((G**2).sum(axis=1) + model.specific_variance)
        G = G / deviations[:, None]
        specific = model.specific_variance / deviations**2
        inverse = 1 / (specific + rho)
        EG = inverse[:, None] * G
        inner = np.linalg.solve(np.eye(G.shape[1]) + G.T @ EG, EG.T)
        return cls(deviations, G, specific, inverse, inner)

    def variances(self, X: Floats) -> Floats:
        """X' C x of each row."""
        y = X @ self.root
        total: Floats = (y**2).sum(axis=1) + X**2 @ self.specific
        return total

    def resolve(self, R: Floats) -> Floats:
        """(C + rho I)^-1 r of each row."""
        scaled = R * self.inverse
        out: Floats = scaled - ((scaled @ self.root) @ self.inner)
        return out


@dataclass(frozen=True, eq=False)
class DenseForm:
    """C as it is, with its regularised inverse.

    Parameters
    ----------
    deviations : array (N,)
    correlation, inverse : array (N, N)
        C and (C + rho I)^-1.
    """

    deviations: Floats
    correlation: Floats
    inverse: Floats

    @classmethod
    def of(cls, model: DenseRisk, rho: float) -> DenseForm:
        """Make the form of a covariance matrix."""
        deviations = np.sqrt(np.diag(model.covariance))
        if not (deviations > 0).all():
            worst = int(np.argmin(deviations))
            raise RiskModelError(f"variance of {model.assets[worst]}: {deviations[worst]}, expected > 0")
        C = model.covariance / np.outer(deviations, deviations)
        return cls(deviations, C, np.linalg.inv(C + rho * np.eye(len(C))))

    def variances(self, X: Floats) -> Floats:
        """X' C x of each row."""
        total: Floats = np.maximum(np.einsum("pn,pn->p", X @ self.correlation, X), 0.0)
        return total

    def resolve(self, R: Floats) -> Floats:
        """(C + rho I)^-1 r of each row."""
        out: Floats = R @ self.inverse
        return out


def covariance_form(model: PortfolioRisk, rho: float) -> CovarianceForm:
    """Return the form of a model.

    Raises
    ------
    RiskModelError
        The model is neither a `FactorRisk` nor a `DenseRisk`, or gives a name no variance.
    """
    if isinstance(model, FactorRisk):
        return FactorForm.of(model, rho)
    if isinstance(model, DenseRisk):
        return DenseForm.of(model, rho)
    raise RiskModelError(f"optimised portfolios of a {type(model).__name__}: expected a FactorRisk or a DenseRisk")
