"""A fundamental factor model: market, sectors and styles by daily cross-sectional regression."""

from __future__ import annotations

import datetime as dt
from copy import copy
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from risk._fundamental_panel import Panel, Regressions, aligned_facts, regress
from risk._likelihood import mean_log_likelihood
from risk._sectors import sector_membership
from risk.cross_section import sector_basis
from risk.factor_covariance import FactorSettings, estimate_factor_covariance
from risk.factor_risk import FactorRisk
from risk.screening import Repair, Screening, read_returns, screen
from risk.specific_model import SpecificSettings, estimate_specific_volatility
from taxsleeve_errors import RiskModelError

__all__ = ["FundamentalRiskModel"]

Floats = NDArray[np.float64]
_WHISPER = 1e-6
_TRADING_DAYS = 252.0
_OF_THE_DATA = ("least_in_sector", "screening")


class FundamentalRiskModel(BaseEstimator):  # type: ignore[misc]
    """Factor risk model of market, sectors and styles, for names listed yesterday too.

    Steps, each of which a parameter switches off: daily regressions, EWMA, Newey-West, shrinkage of the correlations,
    eigenfactor adjustment, volatility regime; specific risk by the panel's forecast (or EWMA and Newey-West, Bayesian
    shrinkage and its own volatility regime), blended with a structural model. Sources: see the functions' modules.

    Parameters
    ----------
    volatility_half_life, correlation_half_life : float
        Of the factors, periods.
    volatility_lags, correlation_lags : int
        Newey-West of the factors; 0 is off.
    correlation_estimator : sklearn.covariance estimator or None
        Shrinks the factors' correlations; None is `LedoitWolf`, `EmpiricalCovariance()` is off.
    eigenfactor_scale : float
        a of the eigenfactor adjustment; 0 is off.
    eigenfactor_simulations : int
    regime_half_life : float or None
        Volatility regime of factors (and of specific risk where that is not forecast); None is off.
    forecast_specific : bool
        Specific variance by the panel's gamma regression, which takes the place of EWMA, Newey-West, Bayesian
        shrinkage and volatility regime; where the window is too short for it, they are used.
    specific_half_life : float
    specific_lags : int
        Newey-West; 0 is off.
    structural : bool
        Blend with the structural model; without it a name needs 60 returns.
    bayesian_shrinkage : float
        q; 0 is off.
    least_in_sector : int
        Sectors of fewer names with a history join the sector "Other", or where that is thin too, the largest.
    screening : Screening or None
        When prices are stale and returns no returns; None takes the defaults.
    periods_per_year : float
    random_state : int
        Seed of the eigenfactors' simulation.

    Attributes
    ----------
    factor_risk_ : FactorRisk
    factor_returns_ : DataFrame
        By day of the regressions and factor.
    residuals_ : DataFrame
    unrated_ : dict of str to str
        Names that could not be rated, and why.
    repairs_ : tuple of Repair
        What was changed about the returns, sectors that were merged, styles that were left out.
    regime_ : float
        The factors' volatility multiplier.
    """

    def __init__(
        self,
        volatility_half_life: float = 84.0,
        correlation_half_life: float = 252.0,
        volatility_lags: int = 5,
        correlation_lags: int = 2,
        correlation_estimator: Any = None,
        eigenfactor_scale: float = 1.4,
        eigenfactor_simulations: int = 500,
        regime_half_life: float | None = 42.0,
        forecast_specific: bool = True,
        specific_half_life: float = 84.0,
        specific_lags: int = 5,
        structural: bool = True,
        bayesian_shrinkage: float = 0.1,
        least_in_sector: int = 5,
        screening: Screening | None = None,
        periods_per_year: float = 252.0,
        random_state: int = 0,
    ) -> None:
        self.volatility_half_life = volatility_half_life
        self.correlation_half_life = correlation_half_life
        self.volatility_lags = volatility_lags
        self.correlation_lags = correlation_lags
        self.correlation_estimator = correlation_estimator
        self.eigenfactor_scale = eigenfactor_scale
        self.eigenfactor_simulations = eigenfactor_simulations
        self.regime_half_life = regime_half_life
        self.forecast_specific = forecast_specific
        self.specific_half_life = specific_half_life
        self.specific_lags = specific_lags
        self.structural = structural
        self.bayesian_shrinkage = bayesian_shrinkage
        self.least_in_sector = least_in_sector
        self.screening = screening
        self.periods_per_year = periods_per_year
        self.random_state = random_state

    def fit(
        self,
        X: pd.DataFrame,
        y: object = None,  # noqa: ARG002
        *,
        caps: pd.DataFrame,
        sectors: pd.Series | None = None,
        book_to_price: pd.DataFrame | None = None,
        adv: pd.DataFrame | None = None,
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : DataFrame (T, N)
            Simple returns by period and name, NaN where missing.
        caps, book_to_price, adv : DataFrame
            Capitalisation and average daily volume in dollars, book-to-price, by date (any frequency) and name. Only
            figures dated at or before a day are used for it.
        sectors : Series
            By name.

        Raises
        ------
        RiskModelError
            What `read_returns` refuses, no name with returns and capitalisation, or too few periods for the factors.
        """
        self._check_parameters()
        panel, repairs, as_of = self._read(X, caps, adv, book_to_price)
        self.n_features_in_ = len(panel.names)
        self._sectors = sectors
        self._screened = repairs
        return self._estimate(panel, as_of, None)

    def update(
        self,
        X: pd.DataFrame,
        *,
        caps: pd.DataFrame,
        sectors: pd.Series | None = None,
        book_to_price: pd.DataFrame | None = None,
        adv: pd.DataFrame | None = None,
    ) -> Self:
        """Go on with later periods; the regressions of the periods already seen are kept.

        Names not in X are dropped, new ones join. Exposures and forecasts are those that `fit` on all periods at once
        would make, but for the screening, which sees the new periods by themselves.

        Parameters
        ----------
        X, caps, book_to_price, adv, sectors
            As in `fit`, of periods after those seen; sectors stay as they were where not given.

        Raises
        ------
        RiskModelError
            As `fit`; or a period of X is not after those seen.
        """
        check_is_fitted(self, "factor_risk_")
        later, repairs, as_of = self._read(X, caps, adv, book_to_price)
        old: Panel = self._panel
        if not later.labels[0] > old.labels[-1]:  # type: ignore[operator]
            raise RiskModelError(f"update: {later.labels[0]} is not after {old.labels[-1]}, the last period seen")
        if sectors is not None:
            self._sectors = sectors
        done = self._regressions.of_names(old.names, later.names)
        self._screened = (*self._screened, *repairs)
        return self._estimate(old.followed_by(later), as_of, done)

    def refit(self, **settings: Any) -> Self:
        """Return the model with other settings, estimated from the daily regressions that this one has made.

        Parameters
        ----------
        **settings
            Parameters of the estimator but `least_in_sector` and `screening`, by which the regressions were made.

        Returns
        -------
        FundamentalRiskModel
            Another one; this one stays as it is.

        Raises
        ------
        RiskModelError
            A setting that needs `fit`, or one out of range.
        ValueError
            There is no such parameter.
        """
        check_is_fitted(self, "factor_risk_")
        needed = sorted(set(settings) & set(_OF_THE_DATA))
        if needed:
            raise RiskModelError(f"refit: {', '.join(needed)} changes the regressions themselves; use fit")
        other = copy(self).set_params(**settings)
        other._check_parameters()
        model: Self = other._estimate(self._panel, self.factor_risk_.as_of, self._regressions)
        return model

    def score(self, X: pd.DataFrame, y: object = None) -> float:  # noqa: ARG002
        """Mean Gaussian log-likelihood of later returns, a name and period; NaN counts as zero, higher is better."""
        check_is_fitted(self, "factor_risk_")
        returns, names, _ = read_returns(X)
        columns = [names.index(asset) for asset in self.factor_risk_.assets]
        return mean_log_likelihood(self.factor_risk_, returns[:, columns], self.periods_per_year)

    def _read(
        self,
        X: pd.DataFrame,
        caps: pd.DataFrame,
        adv: pd.DataFrame | None,
        book_to_price: pd.DataFrame | None,
    ) -> tuple[Panel, tuple[Repair, ...], dt.date | None]:
        if not isinstance(X, pd.DataFrame):
            raise RiskModelError(f"returns: {type(X).__name__}, expected a DataFrame, whose labels the facts go by")
        returns, names, as_of = read_returns(X)
        labels = [str(label.date()) if isinstance(label, pd.Timestamp) else str(label) for label in X.index]
        screened = screen(returns, names, labels, self.screening or Screening())
        facts = aligned_facts(X.index, names, caps, adv, book_to_price)
        return Panel(tuple(names), tuple(X.index), screened.values, screened.fitted, facts), screened.repairs, as_of

    def _estimate(self, panel: Panel, as_of: dt.date | None, done: Regressions | None) -> Self:
        rated_, unrated = _rated(panel)
        seen = np.isfinite(panel.values) & np.isfinite(panel.facts.caps)
        sectors = sector_membership(panel.names, self._sectors, seen, str(panel.labels[0])[:10], self.least_in_sector)
        sector_names, dummies = sectors.labels, sectors.dummies
        regressions = regress(panel, sector_names, dummies, done)
        factors = ("market", *(f"sector {name}" for name in sector_names), *regressions.styles)
        days = np.asarray(np.isfinite(regressions.factor_returns).all(axis=1), dtype=bool)
        _check_regressions(regressions.factor_returns[days], len(days), factors, len(sector_names))
        caps = panel.facts.caps[-1]
        basis, keep = _reduced(dummies, np.where(rated_, caps, 0.0), len(regressions.styles))
        estimate = estimate_factor_covariance(regressions.factor_returns[days][:, keep], self._factor_settings())
        F = basis @ estimate.covariance @ basis.T
        X = np.column_stack([np.ones(len(caps)), dummies.astype(float), regressions.exposures[-1]])
        volatility = estimate_specific_volatility(
            regressions, panel.fitted, X, np.nan_to_num(caps), rated_, self._specific_settings()
        )
        for j in np.flatnonzero(rated_ & ~np.isfinite(volatility)):
            unrated[panel.names[j]] = "fewer than 60 returns and no structural model"
        rated = rated_ & np.isfinite(volatility)
        self._panel, self._regressions = panel, regressions
        self.unrated_, self.regime_ = unrated, estimate.regime
        self.repairs_ = (*self._screened, *sectors.repairs, *_left_out(regressions, panel))
        self.correlation_estimator_ = estimate.estimator
        index = pd.Index([label for label, day in zip(panel.labels, days.tolist(), strict=True) if day])
        self.factor_returns_ = pd.DataFrame(regressions.factor_returns[days], index=index, columns=list(factors))
        self.residuals_ = pd.DataFrame(regressions.residuals[days], index=index, columns=list(panel.names))
        one_sector = len(sector_names) == 1
        shown = [k for k in range(len(factors)) if not (one_sector and k == 1)]
        self.factor_risk_ = FactorRisk(
            assets=tuple(name for name, good in zip(panel.names, rated, strict=True) if good),
            factors=tuple(factors[k] for k in shown),
            loadings=X[rated][:, shown],
            # The sectors' cap-weighted sum has no variance; the whisper makes the matrix invertible.
            factor_covariance=(F + _WHISPER * np.diag(np.diag(F)))[np.ix_(shown, shown)] * self.periods_per_year,
            specific_variance=volatility[rated] ** 2 * self.periods_per_year,
            as_of=as_of,
        )
        return self

    def _factor_settings(self) -> FactorSettings:
        return FactorSettings(
            self.volatility_half_life,
            self.correlation_half_life,
            self.volatility_lags,
            self.correlation_lags,
            self.correlation_estimator,
            self.eigenfactor_scale,
            self.eigenfactor_simulations,
            self.regime_half_life,
            self.random_state,
        )

    def _specific_settings(self) -> SpecificSettings:
        return SpecificSettings(
            self.forecast_specific,
            self.specific_half_life,
            self.specific_lags,
            self.structural,
            self.bayesian_shrinkage,
            self.regime_half_life,
            abs(self.periods_per_year - _TRADING_DAYS) < 10,
        )

    def _check_parameters(self) -> None:
        positive = ("volatility_half_life", "correlation_half_life", "specific_half_life", "periods_per_year")
        optional = ("regime_half_life",)
        for name in (*positive, *(o for o in optional if getattr(self, o) is not None)):
            if not getattr(self, name) > 0:
                raise RiskModelError(f"{name}: {getattr(self, name)}, expected more than 0")
        if not self.least_in_sector >= 1:
            raise RiskModelError(f"least_in_sector: {self.least_in_sector}, expected at least 1")
        least_zero = ("volatility_lags", "correlation_lags", "specific_lags", "eigenfactor_scale", "bayesian_shrinkage")
        for name in least_zero:
            if not getattr(self, name) >= 0:
                raise RiskModelError(f"{name}: {getattr(self, name)}, expected at least 0")


def _check_regressions(f: Floats, periods: int, factors: tuple[str, ...], sectors: int) -> None:
    """Refuse too few days (D) with a regression, f of shape (D, K), or a sector that had no return on any of them."""
    if len(f) <= len(factors):
        raise RiskModelError(
            f"returns: {len(f)} of {periods} periods could be regressed on {len(factors)} factors, more than "
            "that are needed; give a longer history, more names or fewer sectors"
        )
    still = np.flatnonzero(~(f != 0).any(axis=0))
    if len(still) and sectors > 1:
        raise RiskModelError(
            f"{factors[still[0]]}: its return is zero on every day, because no name of it had a price and a "
            "capitalisation before; merge it with another sector or leave it out"
        )


def _left_out(regressions: Regressions, panel: Panel) -> tuple[Repair, ...]:
    first, periods = str(panel.labels[0])[:10], len(panel.labels)
    return tuple(
        Repair(f"style {name}", "style left out", periods, first, why)
        for name, why in sorted(regressions.dropped.items())
    )


def _rated(panel: Panel) -> tuple[NDArray[np.bool_], dict[str, str]]:
    """Names that have a return that moved and a capitalisation, and why the others are not rated."""
    seen = np.asarray(np.isfinite(panel.values).any(axis=0), dtype=bool)
    moved = np.asarray((np.nan_to_num(panel.values) != 0).any(axis=0), dtype=bool)
    sized = np.isfinite(panel.facts.caps[-1])
    unrated = {}
    for j, name in enumerate(panel.names):
        if not seen[j]:
            unrated[name] = "no return, or only unchanged prices"
        elif not moved[j]:
            unrated[name] = "its price never moves"
        elif not sized[j]:
            unrated[name] = "no capitalisation known"
    rated: NDArray[np.bool_] = seen & moved & sized
    if not rated.any():
        raise RiskModelError("no name has both returns and a capitalisation; check that the names and dates agree")
    return rated, unrated


def _reduced(dummies: NDArray[np.bool_], caps: Floats, styles: int) -> tuple[Floats, list[int]]:
    """Map (K, K - 1) from the factors without the largest sector to all, and the places of the former."""
    shares = np.nan_to_num(caps) @ dummies
    J = len(shares)
    left_out = int(np.argmax(shares))
    basis = np.zeros((1 + J + styles, J + styles))
    basis[0, 0] = 1.0
    basis[1 : 1 + J, 1:J] = sector_basis(shares)
    basis[1 + J :, J:] = np.eye(styles)
    return basis, [k for k in range(1 + J + styles) if k != 1 + left_out]
