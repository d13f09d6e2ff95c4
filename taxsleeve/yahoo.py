"""The one place that talks to Yahoo: three questions, answered by yfinance (the optional extra `yahoo`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import pandas as pd

from taxsleeve_errors import InputError

__all__ = ["CountingClient", "YFinanceClient", "YahooClient"]


T = TypeVar("T")


class YahooClient(Protocol):
    """What an import asks of Yahoo, in the shapes that yfinance gives."""

    def history(self, tickers: list[str], start: dt.date, end: dt.date) -> pd.DataFrame:
        """Daily history with columns (figure, ticker).

        The figures are Close (adjusted for splits), Adj Close (for dividends too), Dividends, Stock Splits and Volume.
        """

    def shares(self, ticker: str, start: dt.date, end: dt.date) -> pd.Series:
        """Shares outstanding by date as they were counted then; empty where Yahoo does not know."""

    def facts(self, ticker: str) -> dict[str, Any]:
        """Facts of today: longName, sector, sharesOutstanding, ..."""


class YFinanceClient:
    """Yahoo by way of yfinance.

    Raises
    ------
    InputError
        yfinance is not installed.
    """

    def __init__(self) -> None:
        try:
            import yfinance
        except ImportError as error:
            expected = "the package yfinance, which `pip install taxsleeve[yahoo]` brings"
            raise InputError.of("import-market yahoo", expected, value="not installed") from error
        self._yfinance = yfinance

    def history(self, tickers: list[str], start: dt.date, end: dt.date) -> pd.DataFrame:
        """Download the history of all tickers at once; `end` is the last day."""
        found = self._yfinance.download(
            tickers,
            start=start.isoformat(),
            end=(end + dt.timedelta(days=1)).isoformat(),
            auto_adjust=False,
            actions=True,
            group_by="column",
            multi_level_index=True,
            progress=False,
        )
        return pd.DataFrame() if found is None else pd.DataFrame(found)

    def shares(self, ticker: str, start: dt.date, end: dt.date) -> pd.Series:
        """Ask for the share counts that companies have reported."""
        found = self._yfinance.Ticker(ticker).get_shares_full(start=start.isoformat(), end=end.isoformat())
        return pd.Series(dtype=float) if found is None else pd.Series(found)

    def facts(self, ticker: str) -> dict[str, Any]:
        """Ask for today's facts."""
        return dict(self._yfinance.Ticker(ticker).info or {})


class CountingClient:
    """Another client, telling how many of its questions are answered.

    Parameters
    ----------
    client : YahooClient
    tickers : int
        How many will be asked about: one question for all their prices, and two for each of them.
    progress : callable
        Told "questions to Yahoo", how many are answered, and of how many.
    """

    def __init__(self, client: YahooClient, tickers: int, progress: Callable[[str, int, int], None]) -> None:
        self._client, self._total, self._progress, self._done = client, 1 + 2 * tickers, progress, 0

    def history(self, tickers: list[str], start: dt.date, end: dt.date) -> pd.DataFrame:
        """Pass the question on."""
        return self._counted(self._client.history(tickers, start, end))

    def shares(self, ticker: str, start: dt.date, end: dt.date) -> pd.Series:
        """Pass the question on."""
        return self._counted(self._client.shares(ticker, start, end))

    def facts(self, ticker: str) -> dict[str, Any]:
        """Pass the question on."""
        return self._counted(self._client.facts(ticker))

    def _counted(self, answer: T) -> T:
        self._done += 1
        self._progress("questions to Yahoo", self._done, self._total)
        return answer
