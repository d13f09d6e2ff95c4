"""Figures that describe a market's large, mid and small names, one calendar year at a time.

Segments are cut by rank of capitalisation at the year's start, as in the figures that the simulation is held to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import eigh

from backtest.market import Market

__all__ = [
    "SEGMENTS",
    "YearOfSegment",
    "index_figures",
    "migration",
    "segment_figures",
    "segments_at_start",
    "years_of_segments",
]

Floats = NDArray[np.float64]
SEGMENTS = ("large", "mid", "small")
_LEAST_DAYS, _COMPONENTS, _DOWN = 200, 5, -0.05


@dataclass(frozen=True, eq=False)
class YearOfSegment:
    """The names that a segment had at the start of a year, and what they did in it.

    Parameters
    ----------
    year : int
    segment : str
    assets : Index (n,)
    weights : array (n,)
        By capitalisation at the start.
    returns : array (D, n)
        Total returns of the year's days, NaN where there are none.
    """

    year: int
    segment: str
    assets: pd.Index[str]
    weights: Floats
    returns: Floats


def years_of_segments(market: Market, segments: tuple[int, int, int]) -> list[YearOfSegment]:
    """Cut every whole calendar year of a market.

    Parameters
    ----------
    market : Market
        With a day before its first whole year.
    segments : tuple of int
        How many of the largest names are large, how many then mid, how many small.
    """
    out = []
    for year in sorted(set(market.calendar.year))[1:]:
        caps = market.caps_at(_eve(year))
        days = np.flatnonzero(market.calendar.year == year)
        for segment, assets in zip(SEGMENTS, segments_at_start(market, year, segments), strict=True):
            columns = market.assets.get_indexer(assets)
            returns = market.returns.iloc[days, columns].to_numpy(dtype=float)
            weights = caps[assets].to_numpy(dtype=float)
            out.append(YearOfSegment(int(year), segment, assets, weights / weights.sum(), returns))
    return out


def segments_at_start(market: Market, year: int, segments: tuple[int, int, int]) -> list[pd.Index[str]]:
    """Assets of the large, mid and small segment at the start of a year, largest first."""
    bounds = np.cumsum((0, *segments))
    order = _caps_at_start(market, year).index
    return [pd.Index(order[a:b]) for a, b in pairwise(bounds)]


def segment_figures(year: YearOfSegment) -> dict[str, float]:
    """Figures of one segment in one year.

    `median_volatility`, `share_down` (total return of the year -5% or worse), `dispersion` (deviation of the year's
    returns across names), `effective_number`, `top_ten`, `correlation` (mean of pairs, daily), `first_component`,
    `specific` and its tenth and ninetieth percentile (volatility left after five principal components),
    `specific_share` of variance, `beta` and `beta_spread` (to the segment), `kurtosis` (excess, median name's, of
    what is left, cut at five deviations).
    """
    known = np.isfinite(year.returns)
    total = np.expm1(np.log1p(np.where(known, year.returns, 0.0)).sum(axis=0))
    whole = year.returns[:, known.sum(axis=0) >= _LEAST_DAYS]
    whole = np.where(np.isfinite(whole), whole, 0.0)
    volatility = whole.std(axis=0) * np.sqrt(252.0)
    weights = np.sort(year.weights)[::-1]
    return {
        "median_volatility": float(np.median(volatility)),
        "share_down": float((total <= _DOWN).mean()),
        "dispersion": float(total.std()),
        "effective_number": float(1.0 / (weights**2).sum()),
        "top_ten": float(weights[:10].sum()),
        **_comovement(whole),
        **_betas(year, whole, known),
    }


def _comovement(returns: Floats) -> dict[str, float]:
    moving = returns[:, returns.std(axis=0) > 0]
    spread = moving.std(axis=0)
    z = (moving - moving.mean(axis=0)) / spread
    D, n = z.shape
    # The variance of the sum of unit-variance series is n + n (n - 1) rho.
    correlation = ((z.sum(axis=1) ** 2).mean() - n) / (n * (n - 1))
    values, factors = eigh(z @ z.T, subset_by_index=[D - _COMPONENTS, D - 1])
    residual = (z - factors @ (factors.T @ z)) * spread
    own = residual.std(axis=0) * np.sqrt(252.0)
    scaled = np.clip(residual / residual.std(axis=0), -5.0, 5.0)
    kurtosis = (scaled**4).mean(axis=0) / (scaled**2).mean(axis=0) ** 2 - 3.0
    return {
        "correlation": float(correlation),
        "first_component": float(values[-1] / (D * n)),
        "specific": float(np.median(own)),
        "specific_low": float(np.quantile(own, 0.1)),
        "specific_high": float(np.quantile(own, 0.9)),
        "kurtosis": float(np.median(kurtosis)),
    }


def _betas(year: YearOfSegment, whole: Floats, known: NDArray[np.bool_]) -> dict[str, float]:
    index = np.where(known, year.returns, 0.0) @ year.weights
    centred = index - index.mean()
    betas = centred @ whole / (centred @ centred)
    share = 1.0 - (betas * index.std()) ** 2 / np.maximum(whole.var(axis=0), 1e-12)
    return {"beta": float(np.median(betas)), "beta_spread": float(betas.std()), "specific_share": float(share.mean())}


def migration(market: Market, segments: tuple[int, int, int]) -> pd.DataFrame:
    """Where names of a segment stand a year later, mean of the years.

    Returns
    -------
    DataFrame
        Segment x `large, mid, small, dead, out` (no longer listed; below the small names).
    """
    years = sorted(set(market.calendar.year))[1:]
    bounds = np.cumsum((0, *segments))
    tables = []
    for year in years:
        before, after = _caps_at_start(market, year), _caps_at_start(market, year + 1)
        rank = pd.Series(np.arange(len(after)), index=after.index).reindex(before.index).to_numpy(dtype=float)
        later = np.where(np.isnan(rank), 3, np.where(rank >= bounds[-1], 4, np.digitize(rank, bounds[1:])))
        counts = [np.bincount(later[a:b], minlength=5) / (b - a) for a, b in pairwise(bounds)]
        tables.append(np.array(counts))
    return pd.DataFrame(np.mean(tables, axis=0), index=list(SEGMENTS), columns=[*SEGMENTS, "dead", "out"])


def index_figures(years: list[YearOfSegment], value: Mapping[int, pd.Series]) -> dict[tuple[str, str], float]:
    """How the segments' indices move, and value against growth within each.

    By figure and segment: `index_volatility`; `less_large` and `value_less_growth`, annual volatilities of daily
    differences; `value_return` and `value_years`, the mean of value's years less growth's, and the share it won.

    Parameters
    ----------
    years : list of YearOfSegment
        The weights drift with the returns within a year.
    value : mapping of int to Series
        Book-to-price at the start of each year, by asset.
    """
    daily: dict[str, list[Floats]] = {}
    for year in years:
        daily.setdefault(year.segment, []).append(_index(year.returns, year.weights))
        share = _value_share(value[year.year].reindex(year.assets).to_numpy(dtype=float), year.weights)
        cheap = _index(year.returns, year.weights * share)
        dear = _index(year.returns, year.weights * (1.0 - share))
        daily.setdefault(f"{year.segment} value", []).append(cheap - dear)
    figures = {}
    large = np.concatenate(daily["large"])
    for segment in SEGMENTS:
        index, spreads = np.concatenate(daily[segment]), daily[f"{segment} value"]
        figures["index_volatility", segment] = _annual(index)
        figures["less_large", segment] = _annual(index - large)
        figures["value_less_growth", segment] = _annual(np.concatenate(spreads))
        figures["value_return", segment] = float(np.mean([spread.sum() for spread in spreads]))
        figures["value_years", segment] = float(np.mean([spread.sum() > 0 for spread in spreads]))
    return figures


def _value_share(book_to_price: Floats, weights: Floats) -> Floats:
    """One for the cheap third of the capitalisation, zero for the dear third, in between for the rest."""
    order = np.argsort(np.nan_to_num(book_to_price, nan=np.nanmedian(book_to_price)), kind="stable")
    below = np.empty_like(weights)
    below[order] = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.asarray(np.clip(3.0 * below - 1.0, 0.0, 1.0), dtype=np.float64)


def _index(returns: Floats, weights: Floats) -> Floats:
    filled = np.where(np.isfinite(returns), returns, 0.0)
    held = np.vstack([np.ones(len(weights)), np.cumprod(1.0 + filled[:-1], axis=0)]) * weights
    return np.asarray((held * filled).sum(axis=1) / held.sum(axis=1), dtype=np.float64)


def _annual(daily: Floats) -> float:
    return float(daily.std() * np.sqrt(252.0))


def _caps_at_start(market: Market, year: int) -> pd.Series:
    """Capitalisations of the names listed on the last day before a year, largest first."""
    before = _eve(year)
    caps = market.caps_at(before)[market.listed_at(before).to_numpy()].dropna()
    return caps.sort_values(ascending=False, kind="stable")


def _eve(year: int) -> pd.Timestamp:
    return pd.Timestamp(year, 1, 1) - pd.Timedelta(days=1)
