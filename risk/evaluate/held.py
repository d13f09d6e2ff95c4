"""Whether a model kept its promise on portfolios that somebody actually held, for example a backtest's accounts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.evaluate.scores import bias_statistic, qlike
from taxsleeve_errors import RiskModelError

__all__ = ["HeldPeriod", "held_bias"]

Floats = NDArray[np.float64]
_DAYS_A_YEAR = 252.0


@dataclass(frozen=True, eq=False)
class HeldPeriod:
    """One portfolio from one forecast to the next.

    Parameters
    ----------
    date : date
        Of the forecast; its returns come after it.
    portfolio : str
        The same name in another period continues the same series.
    active : array of shape (N,)
        Active weights held, fractions of NAV.
    tracking_error : float
        Predicted for them, annual.
    returns : array of shape (D, N)
        Realised daily returns until the next forecast, of the same names; no gaps.

    Raises
    ------
    RiskModelError
        Shapes do not fit, a number is missing, or the forecast is not above zero.
    """

    date: dt.date
    portfolio: str
    active: Floats
    tracking_error: float
    returns: Floats

    def __post_init__(self) -> None:
        where = f"{self.portfolio} on {self.date}"
        if self.returns.ndim != 2 or self.active.shape != self.returns.shape[1:] or not len(self.returns):
            raise RiskModelError(
                f"{where}: active weights {self.active.shape} and returns {self.returns.shape}, expected (N,) and "
                "(days, N) with a day at least"
            )
        if not (np.isfinite(self.active).all() and np.isfinite(self.returns).all()):
            raise RiskModelError(
                f"{where}: NaN or infinite numbers; give a name without a price that day a zero return"
            )
        if not self.tracking_error > 0:
            raise RiskModelError(f"{where}: tracking error {self.tracking_error}, expected more than 0")


def held_bias(periods: Iterable[HeldPeriod]) -> pd.DataFrame:
    """Realised against predicted tracking error by calendar year of the returns' month, and over all.

    Daily active returns are of constant weights, a period's of weights bought and held. A period's year is that of the
    day after its forecast.

    Parameters
    ----------
    periods : iterable of HeldPeriod

    Returns
    -------
    DataFrame
        Indexed by year and "all": `periods`, `portfolios`, `predicted` (mean, annual), `monthly` (bias statistic of the
        periods' returns, mean over portfolios; NaN with fewer than two periods), `rms` (its root mean square about
        zero, which a year's dozen of months tells more from), `daily` (realised over predicted deviation, all days
        together) and `qlike` (mean).

    Raises
    ------
    RiskModelError
        There is no period, or a portfolio has two of one date.
    """
    scored = pd.DataFrame([_scored(period) for period in periods])
    if scored.empty:
        raise RiskModelError("held portfolios: no period, expected at least one")
    twice = scored.duplicated(["date", "portfolio"])
    if twice.any():
        first = scored[twice].iloc[0]
        raise RiskModelError(f"{first['portfolio']}: two periods from {first['date']}, expected one")
    rows = {year: _summary(part) for year, part in scored.groupby("year")}
    rows["all"] = _summary(scored)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("year")


def _scored(period: HeldPeriod) -> dict[str, object]:
    days = len(period.returns)
    variance = period.tracking_error**2 / _DAYS_A_YEAR
    squares = (period.returns @ period.active) ** 2
    whole = float(np.expm1(np.log1p(period.returns).sum(axis=0)) @ period.active)
    return {
        "date": period.date,
        "year": (period.date + dt.timedelta(days=1)).year,
        "portfolio": period.portfolio,
        "predicted": period.tracking_error,
        "b": whole / np.sqrt(variance * days),
        "days": days,
        "squares": float(squares.sum()) / variance,
        "qlike": float(qlike(squares.mean(), variance)),
    }


def _summary(part: pd.DataFrame) -> dict[str, float]:
    b = part.pivot_table(index="date", columns="portfolio", values="b").to_numpy()
    B = bias_statistic(b)
    return {
        "periods": part["date"].nunique(),
        "portfolios": part["portfolio"].nunique(),
        "predicted": float(part["predicted"].mean()),
        "monthly": float(B[np.isfinite(B)].mean()) if np.isfinite(B).any() else np.nan,
        "rms": float(np.sqrt((part["b"] ** 2).mean())),
        "daily": float(np.sqrt(part["squares"].sum() / part["days"].sum())),
        "qlike": float(part["qlike"].mean()),
    }
