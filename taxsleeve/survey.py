"""A survey of a market: its coverage and defects, its sleeves, and the exhibits."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from backtest import (
    CapBands,
    Market,
    SleeveIndex,
    coverage,
    defects,
    full_years,
    name_turnover,
    sleeve_indices,
)
from backtest.exhibits import (
    asset_years,
    calendar_year_returns,
    concentration,
    index_returns,
    opportunity_left,
    shares_down,
    style_cycles,
    ten_year_periods,
    volatility,
)
from taxsleeve.market_sleeves import market_bands, market_sleeves
from taxsleeve_errors import InputError

__all__ = ["Survey", "SurveySettings", "survey_market"]

_PERIOD = 10


@dataclass(frozen=True)
class SurveySettings:
    """How a market is cut.

    Parameters
    ----------
    bands : CapBands or None
        None: 500 large, 400 mid and 600 small names, in proportion where a market has fewer.
    months : tuple of int
        Months at whose end sleeves are reconstituted.
    by_rank : bool
        True cuts by rank of capitalisation even where the market has membership lists.
    """

    bands: CapBands | None = None
    months: tuple[int, ...] = (3, 6, 9, 12)
    by_rank: bool = False


@dataclass(frozen=True, eq=False)
class Survey:
    """What a survey found.

    Parameters
    ----------
    market : Market
    sleeves : tuple of str
    bands : CapBands or None
        None where membership lists rule.
    period_years : int
        Length of the periods of exhibits 4 and 7: ten years, or half of a shorter history.
    coverage, defects, turnover : DataFrame
        As from the functions of these names in `backtest`.
    exhibits : dict of str to DataFrame
        By number and name.
    warnings : tuple of str
    """

    market: Market
    sleeves: tuple[str, ...]
    bands: CapBands | None
    period_years: int
    coverage: pd.DataFrame
    defects: pd.DataFrame
    turnover: pd.DataFrame
    exhibits: dict[str, pd.DataFrame]
    warnings: tuple[str, ...]


def survey_market(market: Market, settings: SurveySettings, warnings: tuple[str, ...] = ()) -> Survey:
    """Survey a market.

    Raises
    ------
    InputError
        The history holds no full calendar year, or no sleeve ever has a member.
    """
    years = full_years(market.calendar)
    if not years:
        found = f"{market.calendar[0].date()} to {market.calendar[-1].date()}"
        raise InputError.of("prices.parquet", "at least one full calendar year for a survey", value=found)
    known = coverage(market)
    bands, notes = market_bands(market, known, settings.bands, by_rank=settings.by_rank)
    sleeves = market_sleeves(market, bands, settings.months)
    if bands is not None and market.book_to_price is None:
        notes.append("no book_to_price.parquet: there are no value and growth sleeves")
    indices = sleeve_indices(market, sleeves)
    period = _PERIOD if len(years) >= _PERIOD else max(1, len(years) // 2)
    if period < _PERIOD:
        known_years = f"{len(years)} full year{'s' if len(years) > 1 else ''}"
        notes.append(f"{known_years}: exhibits 4 and 7 are of {period}-year periods instead of ten-year ones")
    return Survey(
        market=market,
        sleeves=tuple(indices),
        bands=bands,
        period_years=period,
        coverage=known,
        defects=defects(market),
        turnover=name_turnover(indices),
        exhibits=_exhibits(market, indices, period),
        warnings=(*warnings, *notes),
    )


def _exhibits(market: Market, indices: dict[str, SleeveIndex], period: int) -> dict[str, pd.DataFrame]:
    years = asset_years(market)
    returns = index_returns(indices)
    # Of single stocks a market of portfolios knows nothing: these tables have their columns and no rows.
    known = indices if market.constituents == "stocks" else {}
    return {
        "1_volatility": volatility(indices, years),
        "2_shares_down": shares_down(known, years),
        "3_concentration": concentration(known),
        "4_style_cycles": style_cycles(returns, period),
        "4_opportunity_left": opportunity_left(known),
        "6_calendar_years": calendar_year_returns(returns),
        "7_periods": ten_year_periods(returns, period),
    }
