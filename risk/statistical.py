"""A statistical factor model: principal components with a shrunk factor covariance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.covariance import LedoitWolf
from sklearn.utils.validation import check_is_fitted

from risk._likelihood import mean_log_likelihood
from risk._principal_components import PrincipalComponents, exponential_weights, principal_components
from risk.covariance_adjustments import effective_sample
from risk.factor_risk import FactorRisk
from risk.screening import Screening, read_returns, screen
from risk.specific_forecast import forecast_variance
from taxsleeve_errors import RiskModelError

__all__ = ["StatisticalRiskModel"]

Floats = NDArray[np.float64]
_LEAST_SPECIFIC_SHARE = 0.01
_FIRST_TO_LEARN = 63
_TRADING_DAYS = 252.0


class StatisticalRiskModel(BaseEstimator):  # type: ignore[misc]
    """Factor risk model from returns alone.

    Asymptotic principal components on exponentially weighted returns give loadings and factor returns; any
    `sklearn.covariance` estimator gives the factor covariance; residuals give the specific variances. Names with gaps
    are fitted on the days they have. See `RISK_FORMULAS` in the documentation for the sources.

    Parameters
    ----------
    n_factors : int, callable or None
        Number of factors K; a criterion such as `bai_ng` or `eigenvalue_edge` is called with the standardised returns
        (T, N); None takes min(20, T / 10, N / 5), at least one.
    half_life : float
        Periods after which an observation counts half.
    covariance_estimator : sklearn.covariance estimator or None
        Fitted on the weighted factor returns; None takes `LedoitWolf(assume_centered=True)`.
    min_history : int
        Names with fewer observed returns are not rated; they are listed in `unrated_`.
    periods_per_year : float
        Makes the figures annual: 252 for daily returns.
    loading_error : bool
        Add the risk of estimated loadings to the specific variance, 1 + K / T_eff: an optimizer hedges the loadings it
        is shown, not the true ones (Shepard's second-order risk, arXiv:0908.2455).
    forecast_specific : bool
        Specific variance by the panel's gamma regression (see `specific_forecast`) in place of each name's own
        average; where the window is too short for it, that average stays.
    screening : Screening or None
        When prices are stale and returns no returns; None takes the defaults.

    Attributes
    ----------
    factor_risk_ : FactorRisk
        Of the rated names, annual.
    factor_returns_ : ndarray of shape (T, K)
        Returns of the factors, a period.
    unrated_ : dict of str to str
        Names that could not be rated, and why.
    repairs_ : tuple of Repair
        What was changed about the returns, by name.
    covariance_estimator_ : estimator
        The fitted clone.
    n_features_in_ : int
        Number of names seen in `fit`.
    """

    def __init__(
        self,
        n_factors: int | Callable[[Floats], int] | None = None,
        half_life: float = 252.0,
        covariance_estimator: Any = None,
        min_history: int = 60,
        periods_per_year: float = 252.0,
        loading_error: bool = True,
        forecast_specific: bool = False,
        screening: Screening | None = None,
    ) -> None:
        self.n_factors = n_factors
        self.half_life = half_life
        self.covariance_estimator = covariance_estimator
        self.min_history = min_history
        self.periods_per_year = periods_per_year
        self.loading_error = loading_error
        self.forecast_specific = forecast_specific
        self.screening = screening

    def fit(self, X: pd.DataFrame | ArrayLike, y: object = None) -> Self:  # noqa: ARG002
        """Fit the model.

        Parameters
        ----------
        X : DataFrame or array of shape (T, N)
            Simple returns by period (oldest first) and name, NaN where missing.
        y : ignored

        Returns
        -------
        StatisticalRiskModel
            Itself.

        Raises
        ------
        RiskModelError
            Too few periods or names, an infinite return, or a parameter out of range.
        """
        returns, names, as_of = read_returns(X)
        self._check_parameters()
        self.n_features_in_ = returns.shape[1]
        self.unrated_ = _unrated(returns, names, self.min_history)
        labels = (
            [str(label)[:10] for label in X.index]
            if isinstance(X, pd.DataFrame)
            else list(map(str, range(len(returns))))
        )
        screened = screen(returns, names, labels, self.screening or Screening())
        self.unrated_ = {**_unrated(screened.values, names, self.min_history), **self.unrated_}
        self.repairs_ = tuple(repair for repair in screened.repairs if repair.asset not in self.unrated_)
        rated = np.array([name not in self.unrated_ for name in names], dtype=bool)
        weights = exponential_weights(len(returns), self.half_life)
        k = self._number_of_factors(screened.fitted[:, rated], weights)
        fit = principal_components(screened.fitted[:, rated], weights, k)
        self.factor_returns_ = fit.factor_returns
        self.covariance_estimator_ = clone(self.covariance_estimator or LedoitWolf(assume_centered=True))
        self.covariance_estimator_.fit(fit.factor_returns * np.sqrt(len(returns) * weights)[:, None])
        F = np.asarray(self.covariance_estimator_.covariance_, dtype=float)
        specific = self._specific_variance(screened.values[:, rated], fit, weights)
        systematic = np.einsum("nk,kl,nl->n", fit.loadings, F, fit.loadings)
        floor = _LEAST_SPECIFIC_SHARE * (systematic + specific)
        self.factor_risk_ = FactorRisk(
            assets=tuple(name for name, good in zip(names, rated, strict=True) if good),
            factors=tuple(f"PC{j + 1}" for j in range(k)),
            loadings=fit.loadings,
            factor_covariance=F * self.periods_per_year,
            specific_variance=np.maximum(specific, floor) * self.periods_per_year,
            as_of=as_of,
        )
        return self

    def score(self, X: pd.DataFrame | ArrayLike, y: object = None) -> float:  # noqa: ARG002
        """Mean Gaussian log-likelihood of later returns under the model, a name and period; NaN cells count as zero.

        Higher is better, so that scikit-learn's searches can choose half-lives and numbers of factors.
        """
        check_is_fitted(self, "factor_risk_")
        returns, names, _ = read_returns(X)
        columns = [names.index(asset) for asset in self.factor_risk_.assets]
        return mean_log_likelihood(self.factor_risk_, returns[:, columns], self.periods_per_year)

    def _specific_variance(self, returns: Floats, fit: PrincipalComponents, weights: Floats) -> Floats:
        """Specific variance a period (N,), of returns whose jumps the factors were not fitted to."""
        u = returns - fit.factor_returns @ fit.loadings.T
        seen = np.isfinite(u)
        share = weights @ seen
        own = share**2 / (weights**2 @ seen)
        k = fit.loadings.shape[1]
        # In the window the fit has taken K coefficients a name out of its residuals.
        fitted = own / np.maximum(own - k, 1.0)
        variance = weights @ np.where(seen, u, 0.0) ** 2 / share * fitted
        if self.forecast_specific:
            daily = abs(self.periods_per_year - _TRADING_DAYS) < 10
            none = np.zeros((len(u) + 1, u.shape[1], 0))
            learnt = forecast_variance(u, none, returns, first_day=_FIRST_TO_LEARN, seasonal=daily)
            if learnt is not None:
                variance = np.where(np.isfinite(learnt), learnt * fitted, variance)
        if self.loading_error:
            variance = variance * (1 + k / effective_sample(weights))
        return np.asarray(variance, dtype=float)

    def _check_parameters(self) -> None:
        for name, least in (("half_life", 0.0), ("periods_per_year", 0.0), ("min_history", 1)):
            value = getattr(self, name)
            if not value > least:
                raise RiskModelError(f"{name}: {value}, expected more than {least}")
        if isinstance(self.n_factors, int) and self.n_factors < 1:
            raise RiskModelError(f"n_factors: {self.n_factors}, expected at least 1, or None for the rule")

    def _number_of_factors(self, returns: Floats, weights: Floats) -> int:
        periods, assets = len(returns), int(returns.shape[1])
        if assets == 0:
            raise RiskModelError(
                f"no name has {self.min_history} returns, expected at least one; "
                "give a longer history or a lower min_history"
            )
        if self.n_factors is None:
            return max(1, min(20, periods // 10, assets // 5))
        if callable(self.n_factors):
            seen = np.isfinite(returns)
            R = np.where(seen, returns, 0.0)
            Z = R / np.sqrt(weights @ R**2 / (weights @ seen)) * np.sqrt(periods * weights)[:, None]
            wanted = int(self.n_factors(Z))
        else:
            wanted = int(self.n_factors)
        if wanted >= min(periods, assets + 1):
            raise RiskModelError(
                f"n_factors: {wanted}, expected fewer than the {periods} periods and at most the {assets} names"
            )
        return max(1, wanted)


def _unrated(returns: Floats, names: list[str], min_history: int) -> dict[str, str]:
    observed = np.isfinite(returns)
    counts = observed.sum(axis=0)
    moves = (np.where(observed, returns, 0.0) != 0).any(axis=0)
    unrated = {}
    for name, count, moved in zip(names, counts, moves, strict=True):
        if count < min_history:
            unrated[name] = f"{count} returns, at least {min_history} needed"
        elif not moved:
            unrated[name] = "its price never moves"
    return unrated
