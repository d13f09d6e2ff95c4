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
from risk.fundamental import FundamentalRiskModel
from risk.statistical import StatisticalRiskModel

__all__ = ["ADJUSTMENTS", "FundamentalFamily", "StatisticalFamily", "StraightFamily", "default_families"]


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


ADJUSTMENTS: Mapping[str, Mapping[str, Any]] = {
    "Newey-West": {"volatility_lags": 0, "correlation_lags": 0, "specific_lags": 0},
    "correlation shrinkage": {"correlation_estimator": EmpiricalCovariance(store_precision=False)},
    "eigenfactors": {"eigenfactor_scale": 0.0},
    "volatility regime": {"regime_half_life": None},
    "specific forecast": {"forecast_specific": False},
    "structural model": {"structural": False},
    "Bayesian shrinkage": {"bayesian_shrinkage": 0.0},
}


@dataclass(frozen=True)
class FundamentalFamily:
    """The fundamental model, with each adjustment removed in turn, and with none.

    The daily regressions, which no adjustment changes, are made once for all of them.

    Parameters
    ----------
    model : FundamentalRiskModel, optional
        By default one with the estimator's own defaults; cloned for each fit.
    variants : bool
        Whether those without an adjustment are among them: "without eigenfactors", ..., "no adjustment".
    """

    model: FundamentalRiskModel | None = None
    variants: bool = True

    def __call__(self, window: Window) -> Mapping[str, PortfolioRisk]:
        """Fit on a window."""
        full = clone(self.model or FundamentalRiskModel()).fit(
            window.returns,
            caps=window.caps,
            sectors=window.sectors,
            book_to_price=window.book_to_price,
            adv=window.adv,
        )
        fitted: dict[str, PortfolioRisk] = {"fundamental": full.factor_risk_}
        if self.variants:
            removed = {f"without {name}": change for name, change in ADJUSTMENTS.items()}
            removed["no adjustment"] = {key: value for change in ADJUSTMENTS.values() for key, value in change.items()}
            fitted |= {name: full.refit(**change).factor_risk_ for name, change in removed.items()}
        return fitted


def default_families() -> tuple[ModelFamily, ...]:
    """Every model that an evaluation compares: straight estimators, statistical, and fundamental with its variants."""
    return (StraightFamily(), StatisticalFamily(), FundamentalFamily())
