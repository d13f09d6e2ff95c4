"""Returns as they come, made fit for an estimator: every repair is named and listed, and what cannot be is refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from taxsleeve_errors import RiskModelError

__all__ = ["Repair", "ScreenedReturns", "Screening", "read_returns", "screen"]

Floats = NDArray[np.float64]
_PRICES_FROM = 0.3


@dataclass(frozen=True)
class Screening:
    """When a return is no observation, or too large to fit factors to.

    Parameters
    ----------
    stale_run : int
        This many unchanged prices in a row are gaps, not zero returns; 0 turns it off.
    jump_multiple : float
        Returns beyond this many robust deviations of the name (median absolute return / 0.6745) are winsorised
        there for the fit of the factors; residuals and so specific risk keep them.
    least, most : float
        A return outside is no return of a listed price: it is winsorised at the robust multiple for every use.
    """

    stale_run: int = 10
    jump_multiple: float = 10.0
    least: float = -0.9
    most: float = 3.0


@dataclass(frozen=True)
class Repair:
    """What was changed about one name's returns.

    Parameters
    ----------
    asset : str
    kind : str
        "stale price", "jump" (winsorised for the factor fit) or "implausible return" (winsorised for every use).
    periods : int
        Number of returns changed.
    first : str
        Label of the first of them.
    detail : str
        The worst value, and what was done.
    """

    asset: str
    kind: str
    periods: int
    first: str
    detail: str

    def __str__(self) -> str:
        return f"{self.asset}: {self.kind}, {self.periods} periods from {self.first}: {self.detail}"


@dataclass(frozen=True, eq=False)
class ScreenedReturns:
    """Returns after screening.

    Parameters
    ----------
    values : array of shape (T, N)
        NaN where missing or stale; implausible returns winsorised.
    fitted : array of shape (T, N)
        The same with jumps winsorised, for the fit of factors.
    repairs : tuple of Repair
        By name.
    """

    values: Floats
    fitted: Floats
    repairs: tuple[Repair, ...]


def read_returns(X: pd.DataFrame | ArrayLike) -> tuple[Floats, list[str], dt.date | None]:
    """Values (T, N), names and last day of a panel of returns.

    Raises
    ------
    RiskModelError
        Dates or names stand twice, dates do not rise, numbers are infinite or under -100%, prices (or per cent) stand
        where returns are expected, or there are fewer than two periods.
    """
    if isinstance(X, pd.DataFrame):
        names, as_of = _labels(X)
        returns = X.to_numpy(dtype=float, na_value=np.nan)
    else:
        returns, as_of = np.asarray(X, dtype=float), None
        if returns.ndim != 2:
            raise RiskModelError(f"returns: {returns.ndim} dimensions, expected 2 (periods x names)")
        names = [f"x{j}" for j in range(returns.shape[1])]
    if len(returns) < 2:
        raise RiskModelError(f"returns: {len(returns)} periods, expected at least 2")
    _refuse(np.isinf(returns), returns, names, "infinite, expected a finite number or NaN")
    size = np.abs(returns[np.isfinite(returns)])
    if len(size) and np.median(size) > _PRICES_FROM:
        raise RiskModelError(
            f"returns: half of the numbers are over {np.median(size):.3g}; expected simple returns as fractions "
            "(0.01 is one per cent): prices or per cent may stand where returns are meant, see risk.simple_returns"
        )
    _refuse(returns < -1, returns, names, "{}, expected at least -1 (a loss of everything), as a fraction")
    return returns, names, as_of


def screen(returns: Floats, names: list[str], labels: list[str], settings: Screening) -> ScreenedReturns:
    """Turn stale prices into gaps and winsorise jumps, listing both.

    Parameters
    ----------
    returns : array of shape (T, N)
    names, labels : lists of str
        Of the columns and rows, for the list of repairs.
    settings : Screening

    Returns
    -------
    ScreenedReturns
    """
    values = returns.copy()
    repairs = []
    stale = _stale(values, settings.stale_run)
    for j in np.flatnonzero(stale.any(axis=0)):
        days = np.flatnonzero(stale[:, j])
        repairs.append(Repair(names[j], "stale price", len(days), labels[days[0]], "unchanged; taken as gaps"))
    values[stale] = np.nan
    moved = np.where(values == 0, np.nan, np.abs(values))
    bound = np.zeros(values.shape[1])
    some = np.isfinite(moved).any(axis=0)
    bound[some] = settings.jump_multiple * _medians(moved[:, some]) / 0.6745
    absurd = (values < settings.least) | (values > settings.most)
    winsorised = np.clip(values, -bound, bound)
    jumps = (np.abs(values) > bound) & ~absurd
    for kind, found, done in (
        ("implausible return", absurd, "winsorised for every use"),
        ("jump", jumps, "winsorised for the factor fit"),
    ):
        for j in np.flatnonzero(found.any(axis=0)):
            days = np.flatnonzero(found[:, j])
            worst = values[days[np.abs(values[days, j]).argmax()], j]
            detail = f"{worst:+.1%}, {done} at {bound[j]:.1%} ({settings.jump_multiple:g} robust deviations)"
            repairs.append(Repair(names[j], kind, len(days), labels[days[0]], detail))
    values = np.where(absurd, winsorised, values)
    return ScreenedReturns(values, winsorised, tuple(sorted(repairs, key=lambda r: (r.asset, r.kind))))


def _medians(x: Floats) -> Floats:
    """Median of each column's numbers, NaN left out: `np.nanmedian` in a fraction of its time."""
    rising = np.sort(x.T, axis=1)
    count = np.isfinite(rising).sum(axis=1)
    column = np.arange(len(rising))
    medians: Floats = (rising[column, (count - 1) // 2] + rising[column, count // 2]) / 2
    return medians


def _labels(X: pd.DataFrame) -> tuple[list[str], dt.date | None]:
    names = [str(name) for name in X.columns]
    for what, labels in (("dates", X.index), ("names", pd.Index(names))):
        if labels.has_duplicates:
            twice = labels[labels.duplicated()][0]
            raise RiskModelError(f"returns: {twice} stands twice among the {what}; drop one of the two")
    if isinstance(X.index, pd.DatetimeIndex) and not X.index.is_monotonic_increasing:
        later = int(np.argmax(X.index[1:] < X.index[:-1]))
        raise RiskModelError(f"returns: {X.index[later + 1]} stands after {X.index[later]}; sort the dates")
    last = X.index[-1] if len(X) else None
    return names, last.date() if isinstance(last, pd.Timestamp) else None


def _refuse(bad: NDArray[np.bool_], returns: Floats, names: list[str], message: str) -> None:
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        raise RiskModelError(f"returns of {names[column]}, period {row}: {message.format(returns[row, column])}")


def _stale(returns: Floats, run: int) -> NDArray[np.bool_]:
    """Cells that belong to a run of at least `run` zero returns."""
    still: NDArray[np.bool_] = returns == 0
    if run <= 0 or not still.any():
        return np.zeros_like(still)
    length = np.zeros(returns.shape, dtype=int)
    count = np.zeros(returns.shape[1], dtype=int)
    for t in range(len(still)):
        count = np.where(still[t], count + 1, 0)
        length[t] = count
    stale = np.zeros_like(still)
    going = np.zeros(returns.shape[1], dtype=bool)
    for t in range(len(still) - 1, -1, -1):
        going = still[t] & (going | (length[t] >= run))
        stale[t] = going
    return stale
