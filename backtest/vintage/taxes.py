"""When taxes move cash."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from backtest.vintage.result import tax_saved
from backtest.vintage.sales import Sales
from backtest.vintage.settings import TaxSettlement, VintageSettings

__all__ = ["TaxAccount"]


class TaxAccount:
    """What is owed or to be credited by tax year; years are settled once.

    Parameters
    ----------
    settings : VintageSettings
    """

    def __init__(self, settings: VintageSettings) -> None:
        self._settings = settings
        self._years: dict[int, float] = {}

    def add(self, sales: list[Sales], dividends: float, day: pd.Timestamp) -> None:
        """Book sales in the years they were made in, and dividends, all taken as qualified, in that of `day`."""
        for one in sales:
            self._book(one.day.year, tax_saved(self._settings, [one]))
        self._book(day.year, -self._settings.rates.qualified_dividends * dividends)

    def due(self, day: pd.Timestamp) -> float:
        """Cash that comes in (or goes out, below zero) at this rebalance; it is settled with that."""
        if self._settings.taxes is TaxSettlement.IGNORED:
            return 0.0
        ready = [year for year in self._years if day.date() >= dt.date(year + 1, 4, 15)]
        return sum(self._years.pop(year) for year in ready)

    def _book(self, year: int, saved: float) -> None:
        self._years[year] = self._years.get(year, 0.0) + saved
