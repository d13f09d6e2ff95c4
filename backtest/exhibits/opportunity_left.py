"""Exhibit 4, second part: the opportunity left when an account grows old."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.sleeve_index import SleeveIndex

__all__ = ["opportunity_left"]


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
    for name, index in indices.items():
        market = index.market
        years = [year for year in full_years(market.calendar) if first_year is None or year.year >= first_year]
        for begun, first in enumerate(years):
            cost = index.weights_at(first.start)
            members = np.flatnonzero(cost > 0)
            worth = np.ones(len(members))
            for age, year in enumerate(years[begun:], start=1):
                rows_of_year = slice(market.position(year.start) + 1, market.position(year.end) + 1)
                earned = market.returns.to_numpy(dtype=float)[rows_of_year, members]
                worth = worth * np.prod(1 + np.nan_to_num(earned), axis=0)
                listed = market.listed_at(year.end).to_numpy()[members]
                if listed.any():
                    figures = _figures(worth[listed], cost.to_numpy()[members][listed], least_loss)
                    rows.append(
                        {"start_year": first.year, "age": age, "sleeve": name, "listed": listed.mean(), **figures}
                    )
    columns = ["start_year", "age", "sleeve", "listed", "below_cost", "weight_below_cost", "median_multiple"]
    return pd.DataFrame(rows, columns=columns)


def _figures(worth: np.ndarray, cost: np.ndarray, least_loss: float) -> dict[str, float]:
    below = worth <= 1 - least_loss
    return {
        "below_cost": float(below.mean()),
        "weight_below_cost": float(cost[below].sum() / cost.sum()),
        "median_multiple": float(np.median(worth)),
    }
