"""Exhibit 4, second part: the opportunity left when an account grows old."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.calendar_years import CalendarYear, full_years
from backtest.market import Market
from backtest.sleeve_index import SleeveIndex

__all__ = ["opportunity_left"]

Floats = NDArray[np.float64]
Grown = tuple[Floats, NDArray[np.bool_]]


def opportunity_left(
    indices: Mapping[str, SleeveIndex], *, first_year: int | None = None, least_loss: float = 0.05
) -> pd.DataFrame:
    """What can still be harvested of an index that was bought at a year's start and never traded.

    Parameters
    ----------
    indices : mapping of str to SleeveIndex
    first_year : int, optional
        First year in which it is bought; by default the history's first.
    least_loss : float
        Fraction of cost, 0.05 is 5%.

    Returns
    -------
    DataFrame
        `start_year, age, sleeve, listed` (share of the names bought that are still listed), and of those
        `below_cost` (share worth at least `least_loss` less than they cost, dividends reinvested),
        `weight_below_cost` (their part of the account at cost) and `median_multiple` (of cost).
    """
    rows = []
    grown: dict[int, Grown] = {}
    for name, index in indices.items():
        market = index.market
        years = [year for year in full_years(market.calendar) if first_year is None or year.year >= first_year]
        if id(market) not in grown:
            grown[id(market)] = _grown(market, years)
        growth, there = grown[id(market)]
        for begun, first in enumerate(years):
            cost = index.weights_at(first.start).to_numpy()
            members = np.flatnonzero(cost > 0)
            worth = np.cumprod(growth[begun:, members], axis=0)
            for age, (now, listed) in enumerate(zip(worth, there[begun:, members], strict=True), start=1):
                if listed.any():
                    figures = _figures(now[listed], cost[members][listed], least_loss)
                    shares = {"listed": float(listed.mean()), **figures}
                    rows.append({"start_year": first.year, "age": age, "sleeve": name, **shares})
    columns = ["start_year", "age", "sleeve", "listed", "below_cost", "weight_below_cost", "median_multiple"]
    return pd.DataFrame(rows, columns=columns)


def _grown(market: Market, years: list[CalendarYear]) -> Grown:
    """Multiple of every name over each year, and whether it was listed at its end; both (Y, N)."""
    values = market.returns.to_numpy(dtype=float)
    growth = np.ones((len(years), len(market.assets)))
    listed = np.zeros(growth.shape, dtype=bool)
    for row, year in enumerate(years):
        inside = values[market.position(year.start) + 1 : market.position(year.end) + 1]
        growth[row] = np.prod(1 + np.nan_to_num(inside), axis=0)
        listed[row] = market.listed_at(year.end).to_numpy()
    return growth, listed


def _figures(worth: Floats, cost: Floats, least_loss: float) -> dict[str, float]:
    below = worth <= 1 - least_loss
    return {
        "below_cost": float(below.mean()),
        "weight_below_cost": float(cost[below].sum() / cost.sum()),
        "median_multiple": float(np.median(worth)),
    }
