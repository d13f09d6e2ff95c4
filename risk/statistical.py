"""A statistical factor model: principal components with a shrunk factor covariance."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.covariance import LedoitWolf
from sklearn.utils.validation import check_is_fitted

from risk._principal_components import exponential_weights, principal_components
from risk.factor_risk import FactorRisk
from taxsleeve_errors import RiskModelError

__all__ = ["StatisticalRiskModel"]

Floats = NDArray[np.float64]
_LEAST_SPECIFIC_SHARE = 0.01


class StatisticalRiskModel(BaseEstimator):  # type: ignore[misc]
    """Factor risk model from returns alone.

    Asymptotic principal components on exponentially weighted returns give loadings and factor returns; any
    `sklearn.covariance` estimator gives the factor covariance; residuals give the specific variances. Names with gaps
    are fitted on the days they have. See `RISK_FORMULAS` in the documentation for the sources.

    Parameters
    ----------
    n_factors : int or None
        Number of factors K; None takes min(20, T / 10, N / 5), at least one.
    half_life : float
        Periods after which an observation counts half.
    covariance_estimator : sklearn.covariance estimator or None
        Fitted on the weighted factor returns; None takes `LedoitWolf(assume_centered=True)`.
    min_history : int
        Names with fewer observed returns are not rated; they are listed in `unrated_`.
    periods_per_year : float
        Makes the figures annual: 252 for daily returns.

    Attributes
    ----------
    factor_risk_ : FactorRisk
        Of the rated names, annual.
    factor_returns_ : ndarray of shape (T, K)
        Returns of the factors, a period.
    unrated_ : dict of str to str
        Names that could not be rated, and why.
    covariance_estimator_ : estimator
        The fitted clone.
    n_features_in_ : int
        Number of names seen in `fit`.
    """

    def __init__(
        self,
        n_factors: int | None = None,
        half_life: float = 252.0,
        covariance_estimator: Any = None,
        min_history: int = 60,
        periods_per_year: float = 252.0,
    ) -> None:
        self.n_factors = n_factors
        self.half_life = half_life
        self.covariance_estimator = covariance_estimator
        self.min_history = min_history
        self.periods_per_year = periods_per_year

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
        returns, names, as_of = _as_panel(X)
        self._check_parameters()
        self.n_features_in_ = returns.shape[1]
        self.unrated_ = _unrated(returns, names, self.min_history)
        rated = np.array([name not in self.unrated_ for name in names], dtype=bool)
        k = self._number_of_factors(len(returns), int(rated.sum()))
        weights = exponential_weights(len(returns), self.half_life)
        fit = principal_components(returns[:, rated], weights, k)
        self.factor_returns_ = fit.factor_returns
        self.covariance_estimator_ = clone(self.covariance_estimator or LedoitWolf(assume_centered=True))
        self.covariance_estimator_.fit(fit.factor_returns * np.sqrt(len(returns) * weights)[:, None])
        F = np.asarray(self.covariance_estimator_.covariance_, dtype=float)
        systematic = np.einsum("nk,kl,nl->n", fit.loadings, F, fit.loadings)
        floor = _LEAST_SPECIFIC_SHARE * (systematic + fit.specific_variance)
        self.factor_risk_ = FactorRisk(
            assets=tuple(name for name, good in zip(names, rated, strict=True) if good),
            factors=tuple(f"PC{j + 1}" for j in range(k)),
            loadings=fit.loadings,
            factor_covariance=F * self.periods_per_year,
            specific_variance=np.maximum(fit.specific_variance, floor) * self.periods_per_year,
            as_of=as_of,
        )
        return self

    def score(self, X: pd.DataFrame | ArrayLike, y: object = None) -> float:  # noqa: ARG002
        """Mean Gaussian log-likelihood of later returns under the model, a name and period; NaN cells count as zero.

        Higher is better, so that scikit-learn's searches can choose half-lives and numbers of factors.
        """
        check_is_fitted(self, "factor_risk_")
        returns, names, _ = _as_panel(X)
        model = self.factor_risk_
        columns = [names.index(asset) for asset in model.assets]
        R = np.nan_to_num(returns[:, columns])
        D = model.specific_variance / self.periods_per_year
        G = model.root() / np.sqrt(self.periods_per_year)
        # Woodbury: the N x N covariance is never formed.
        inner = np.eye(G.shape[1]) + G.T @ (G / D[:, None])
        projected = (R / D) @ G
        quadratic = (R**2 / D).sum(axis=1) - (projected * np.linalg.solve(inner, projected.T).T).sum(axis=1)
        log_det = float(np.log(D).sum() + np.linalg.slogdet(inner)[1])
        return float(-0.5 * (quadratic.mean() / len(D) + log_det / len(D) + np.log(2 * np.pi)))

    def _check_parameters(self) -> None:
        for name, least in (("half_life", 0.0), ("periods_per_year", 0.0), ("min_history", 1)):
            value = getattr(self, name)
            if not value > least:
                raise RiskModelError(f"{name}: {value}, expected more than {least}")
        if self.n_factors is not None and self.n_factors < 1:
            raise RiskModelError(f"n_factors: {self.n_factors}, expected at least 1, or None for the rule")

    def _number_of_factors(self, periods: int, assets: int) -> int:
        if assets == 0:
            raise RiskModelError(
                f"no name has {self.min_history} returns, expected at least one; "
                "give a longer history or a lower min_history"
            )
        if self.n_factors is None:
            return max(1, min(20, periods // 10, assets // 5))
        if self.n_factors >= min(periods, assets + 1):
            raise RiskModelError(
                f"n_factors: {self.n_factors}, expected fewer than the {periods} periods and at most the {assets} names"
            )
        return self.n_factors


def _as_panel(X: pd.DataFrame | ArrayLike) -> tuple[Floats, list[str], dt.date | None]:
    if isinstance(X, pd.DataFrame):
        names = [str(name) for name in X.columns]
        last = X.index[-1] if len(X) else None
        as_of = last.date() if isinstance(last, pd.Timestamp) else None
        returns = X.to_numpy(dtype=float, na_value=np.nan)
    else:
        returns, as_of = np.asarray(X, dtype=float), None
        if returns.ndim != 2:
            raise RiskModelError(f"returns: {returns.ndim} dimensions, expected 2 (periods x names)")
        names = [f"x{j}" for j in range(returns.shape[1])]
    if len(returns) < 2:
        raise RiskModelError(f"returns: {len(returns)} periods, expected at least 2")
    if np.isinf(returns).any():
        row, column = map(int, np.argwhere(np.isinf(returns))[0])
        raise RiskModelError(f"returns of {names[column]}, period {row}: infinite, expected a finite number or NaN")
    return returns, names, as_of


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
