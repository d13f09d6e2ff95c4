"""A download from Yahoo becomes a market folder."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from backtest import total_returns
from taxsleeve.market_writer import MarketTables
from taxsleeve.yahoo import YahooClient
from taxsleeve_errors import InputError

__all__ = ["market_from_yahoo"]

_FIGURES = ("Close", "Adj Close", "Dividends", "Stock Splits", "Volume")
_NOTES = (
    "Downloaded from Yahoo with yfinance. Only names that Yahoo still lists: survivorship. Sectors are today's. "
    "Capitalisation is close times reported share count, not float."
)
_LOOKS_AHEAD = " Before its first report a company's first share count is used, which looks ahead."
_MONTH = 21


def market_from_yahoo(
    client: YahooClient, tickers: list[str], start: dt.date, end: dt.date, name: str, *, backfill: bool = False
) -> MarketTables:
    """Download a market.

    Closes are adjusted for splits; total returns are those of the closes adjusted for dividends too. Share counts are
    as they were reported, so they are multiplied by every split that came later before they meet a close.

    Parameters
    ----------
    client : YahooClient
    tickers : list of str
    start, end : date
        First and last day.
    name : str
        Of the market.
    backfill : bool
        Use a company's first share count (or today's, where there is no other) before it was known. That looks
        ahead, and the market's notes say so; without it such a name has no capitalisation until then.

    Raises
    ------
    InputError
        Nothing was found, or Yahoo's answer is not in the shape expected.
    """
    wanted = list(dict.fromkeys(tickers))
    if not wanted or start >= end:
        raise InputError.of("import-market yahoo", "a ticker, and a start before the end", value=f"{start} to {end}")
    history = client.history(wanted, start, end)
    figures = _figures(history)
    known = [ticker for ticker in wanted if ticker in figures["Close"] and figures["Close"][ticker].notna().any()]
    if not known:
        raise InputError.of("Yahoo", "prices of at least one ticker", value=f"none for {', '.join(wanted[:5])}")
    closes, adjusted = figures["Close"][known], figures["Adj Close"][known]
    warnings = [f"Yahoo has no prices of {ticker}: left out" for ticker in wanted if ticker not in known]
    facts = {ticker: client.facts(ticker) for ticker in known}
    splits = figures["Stock Splits"].reindex(columns=known).fillna(0.0)
    counts = {
        ticker: _shares(client.shares(ticker, start, end), closes.index, splits[ticker], facts[ticker], backfill)
        for ticker in known
    }
    for ticker in (ticker for ticker in known if counts[ticker].isna().all()):
        warnings.append(f"Yahoo has no share count of {ticker} in these years: it is in no index by capitalisation")
    caps = closes * pd.DataFrame(counts)
    if caps.isna().all(axis=None):
        raise InputError.of("Yahoo", "a share count of some ticker; see --backfill-shares", value="none in these years")
    days = pd.DatetimeIndex(closes.index)
    ends = pd.DatetimeIndex(pd.Series(days, index=days).groupby(days.to_period("M")).last())
    paid = figures["Dividends"].reindex(columns=known).fillna(0.0)
    return MarketTables(
        name=name,
        notes=_NOTES + (_LOOKS_AHEAD if backfill else ""),
        panels={
            "prices": closes,
            "returns": total_returns(adjusted),
            "caps": caps.loc[ends.union(days[:1])],
            "dividends": paid[(paid > 0).any(axis=1)] if (paid > 0).any(axis=None) else paid.iloc[:1],
            "adv": (closes * figures["Volume"][known]).rolling(_MONTH, min_periods=1).mean().loc[ends],
        },
        securities=pd.DataFrame(
            {
                "asset": known,
                "name": [str(facts[t].get("longName") or facts[t].get("shortName") or t) for t in known],
                "sector": [str(facts[t].get("sector") or "Unknown") for t in known],
            }
        ),
        prices_include_dividends=False,
        warnings=tuple(warnings),
    )


def _figures(history: pd.DataFrame) -> dict[str, pd.DataFrame]:
    there = set(history.columns.get_level_values(0)) if history.columns.nlevels == 2 else set()
    missing = [figure for figure in _FIGURES if figure not in there]
    if missing or not len(history):
        found = f"without {', '.join(missing)}" if missing else "no rows"
        raise InputError.of("Yahoo", "a table of " + ", ".join(_FIGURES), value=found)
    days = pd.DatetimeIndex(history.index).tz_localize(None).normalize()
    return {figure: pd.DataFrame(history[figure]).set_axis(days, axis=0).astype(float) for figure in _FIGURES}


def _by_day(reported: pd.Series) -> pd.Series:
    """One count a day, the last; Yahoo gives several, with a time of day."""
    if reported.empty:
        return pd.Series(dtype=float, index=pd.DatetimeIndex([]))
    days = pd.DatetimeIndex(reported.index).tz_localize(None).normalize()
    return reported.astype(float).set_axis(days).groupby(level=0).last()


def _shares(
    answer: pd.Series, days: pd.Index[Any], splits: pd.Series, facts: dict[str, Any], backfill: bool
) -> pd.Series:
    """Shares of today's kind on each day, known that day unless `backfill` says otherwise."""
    reported = _by_day(answer)
    if reported.empty and backfill and facts.get("sharesOutstanding"):
        # Today's count, as if it had been reported on the last day.
        reported = pd.Series([float(facts["sharesOutstanding"])], index=pd.DatetimeIndex(days[-1:]))
    known = _in_todays_shares(reported, splits).reindex(days, method="ffill")
    return known.bfill() if backfill else known


def _in_todays_shares(reported: pd.Series, splits: pd.Series) -> pd.Series:
    """Counts times every split after their day, as the closes are divided by them."""
    ratios = splits[splits > 0]
    later = [ratios[ratios.index > day].prod() for day in reported.index]
    return reported * later
