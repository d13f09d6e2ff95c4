"""The models that an evaluation compares, ready to be walked forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf

from risk.evaluate.forecasts import PortfolioRisk, StraightEstimator
from risk.evaluate.history import Window
from risk.evaluate.walk_forward import ModelFamily
from risk.statistical import StatisticalRiskModel

__all__ = ["StatisticalFamily", "StraightFamily", "default_families"]


@dataclass(frozen=True)
class StraightFamily:
    """Covariance estimators on the returns themselves: the sample's, Ledoit and Wolf's, and the oracle approximation.

    Parameters
    ----------
    sample : bool
        Whether the sample covariance is among them; with more names than days it is singular.
    """

    sample: bool = True

    def __call__(self, window: Window) -> Mapping[str, PortfolioRisk]:
        """Fit on a window."""
        estimators: dict[str, Any] = {
            "Ledoit-Wolf": LedoitWolf(store_precision=False),
            "OAS": OAS(store_precision=False),
        }
        if self.sample:
            estimators = {"sample": EmpiricalCovariance(store_precision=False), **estimators}
        return {name: StraightEstimator(estimator)(window) for name, estimator in estimators.items()}


@dataclass(frozen=True)
class StatisticalFamily:
    """Statistical factor models by name; each is cloned for each fit.

    Parameters
    ----------
    models : mapping of str to StatisticalRiskModel, optional
        By default one with the estimator's own defaults, called "statistical".
    """

    models: Mapping[str, Any] | None = None

    def __call__(self, window: Window) -> Mapping[str, PortfolioRisk]:
        """Fit on a window."""
        models = self.models or {"statistical": StatisticalRiskModel()}
        return {name: clone(model).fit(window.returns).factor_risk_ for name, model in models.items()}


def default_families() -> tuple[ModelFamily, ...]:
    """Every model that the issue's table compares: straight estimators and factor models."""
    return (StraightFamily(), StatisticalFamily())
