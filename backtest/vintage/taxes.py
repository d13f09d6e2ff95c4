"""When taxes move cash."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from backtest.vintage.holdings import calendar_day
from backtest.vintage.months import tax_saved
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

    def add(self, sales: Sequence[Sales], dividends: float, day: int) -> None:
        """Book sales in the years they were made in, and dividends in that of `day`.

        Dividends are taken for qualified until a sale shows that the shares were held too short a time; the difference
        is booked in the year of that sale.
        """
        rates = self._settings.rates
        for one in sales:
            extra = one.ordinary * (rates.ordinary - rates.qualified_dividends)
            self._book(one.year, tax_saved(self._settings, [one]) - extra)
        self._book(calendar_day(day).year, -rates.qualified_dividends * dividends)

    def due(self, day: int) -> float:
        """Cash that comes in (or goes out, below zero) at this rebalance; it is settled with that."""
        if self._settings.taxes is TaxSettlement.IGNORED:
            return 0.0
        ready = [year for year in self._years if calendar_day(day) >= dt.date(year + 1, 4, 15)]
        return sum(self._years.pop(year) for year in ready)

    def _book(self, year: int, saved: float) -> None:
        self._years[year] = self._years.get(year, 0.0) + saved
