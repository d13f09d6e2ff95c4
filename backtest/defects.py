"""What is doubtful about a market: listed by name and day, and never mended in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market import Market
from backtest.total_returns import GAP_PERIODS
from risk.evaluate import repair_returns

__all__ = ["defects"]

_COLUMNS = ["kind", "asset", "date", "value", "detail"]
_STALE = {"daily": 10, "weekly": 4, "monthly": 2}
_SHARES_JUMP = np.log(2.0)
_LONGEST_HOLIDAY = {"daily": 5, "weekly": 10, "monthly": 33}
_SATURDAY = 5
_QUARTER = np.timedelta64(100, "D")
# Vendors reinvest a dividend at slightly different prices.
_ROUNDING, _LARGEST_DIVIDEND = 0.01, 0.25


def defects(market: Market) -> pd.DataFrame:
    """List what an honest report must tell of the data.

    Returns
    -------
    DataFrame
        `kind, asset, date, value, detail`, by kind, date and asset. Kinds: "absurd return" (outside -90% to +300%, or a
        jump that another undoes; see `risk.evaluate.repair_returns`), "stale price" (unchanged for two weeks or
        more), "gap in prices", "capitalisation against price" (shares implied by the two double or halve between
        two dates), "stale capitalisation" (the last known is older than a quarter), "no capitalisation",
        "return against price" (they differ by what no dividend explains: an unadjusted split, another day),
        "no return" (between two prices, counted as zero), "no delisting return", "delisting unused",
        "hole in the calendar", "weekend". The value is the return, the difference, the number of periods, the factor
        or the days.
    """
    found = [
        _absurd(market),
        _runs(market, "stale price", _still(market), _STALE[market.frequency]),
        _runs(market, "gap in prices", _inner_gaps(market), 1),
        _shares(market),
        _runs(market, "stale capitalisation", _old_capitalisation(market), 1),
        _against_price(market),
        _runs(market, "no return", _unearned(market), 1),
        _uncapitalised(market),
        *_endings(market),
        *_calendar(market),
    ]
    frame = pd.concat([part for part in found if len(part)] or [pd.DataFrame(columns=_COLUMNS)])[_COLUMNS]
    return frame.sort_values(["kind", "date", "asset"], kind="stable").reset_index(drop=True)


def _absurd(market: Market) -> pd.DataFrame:
    _, repairs = repair_returns(market.returns)
    return repairs.rename(columns={"why": "detail"}).assign(kind="absurd return")


def _still(market: Market) -> NDArray[np.bool_]:
    values = market.prices.to_numpy(dtype=float)
    still = np.zeros(values.shape, dtype=bool)
    still[1:] = values[1:] == values[:-1]
    return still


def _inner_gaps(market: Market) -> NDArray[np.bool_]:
    priced = market.prices.notna().to_numpy()
    begun = np.logical_or.accumulate(priced, axis=0)
    ends_later = np.logical_or.accumulate(priced[::-1], axis=0)[::-1]
    return ~priced & begun & ends_later


def _runs(market: Market, kind: str, flags: NDArray[np.bool_], least: int) -> pd.DataFrame:
    """Runs of at least `least` flagged periods, one row each, at the day of the first."""
    rows = []
    for column in np.flatnonzero(flags.any(axis=0)).tolist():
        edges = np.diff(np.concatenate([[0], flags[:, column].astype(np.int8), [0]]))
        for first, last in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
            if last - first >= least:
                rows.append((kind, market.assets[column], market.calendar[first], last - first, "periods in a row"))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _shares(market: Market) -> pd.DataFrame:
    if market.constituents != "stocks":
        # A portfolio has no number of shares; its members change.
        return pd.DataFrame(columns=_COLUMNS)
    caps = market.caps
    prices = market.prices.ffill(limit=GAP_PERIODS[market.frequency]).reindex(caps.index, method="ffill")
    shares = np.log(caps.to_numpy(dtype=float)) - np.log(prices.to_numpy(dtype=float))
    change = np.diff(shares, axis=0)
    rows, columns = np.nonzero(np.abs(change) > _SHARES_JUMP)
    return pd.DataFrame(
        {
            "kind": "capitalisation against price",
            "asset": caps.columns[columns],
            "date": caps.index[rows + 1],
            "value": np.exp(change[rows, columns]),
            "detail": "factor by which the implied number of shares changes",
        }
    )


def _old_capitalisation(market: Market) -> NDArray[np.bool_]:
    caps = market.caps
    day = np.where(caps.notna(), np.arange(len(caps))[:, None], -1)
    last = np.maximum.accumulate(day, axis=0)
    row = caps.index.searchsorted(market.calendar, side="right") - 1
    known = np.where(row[:, None] >= 0, last[row], -1)
    days = market.calendar.to_numpy()[:, None] - caps.index.to_numpy()[known]
    return np.asarray((known >= 0) & (days > _QUARTER) & market.prices.notna().to_numpy())


def _against_price(market: Market) -> pd.DataFrame:
    prices, returns = market.prices.to_numpy(dtype=float), market.returns.to_numpy(dtype=float)[1:]
    paid: NDArray[np.float64] | float = 0.0
    most = _ROUNDING
    if market.dividends is not None:
        paid = market.dividends.reindex_like(market.prices).fillna(0.0).to_numpy(dtype=float)
    elif not market.prices_include_dividends:
        most = _LARGEST_DIVIDEND
    excess = (1 + returns) / ((prices + paid)[1:] / prices[:-1]) - 1
    rows, columns = np.nonzero((excess < -_ROUNDING) | (excess > most))
    return pd.DataFrame(
        {
            "kind": "return against price",
            "asset": market.assets[columns],
            "date": market.calendar[rows + 1],
            "value": excess[rows, columns],
            "detail": "total return less that of the price and its dividend",
        }
    )


def _unearned(market: Market) -> NDArray[np.bool_]:
    priced = market.prices.notna().to_numpy()
    missing = np.zeros(priced.shape, dtype=bool)
    missing[1:] = priced[1:] & priced[:-1] & market.returns.isna().to_numpy()[1:]
    return missing


def _uncapitalised(market: Market) -> pd.DataFrame:
    without = market.assets[market.caps.isna().all().to_numpy() & market.prices.notna().any().to_numpy()]
    first = [market.prices[asset].first_valid_index() for asset in without]
    frame = pd.DataFrame({"asset": without, "date": first}, columns=["asset", "date"])
    return frame.assign(kind="no capitalisation", value=np.nan, detail="priced, but in no index cut by capitalisation")


def _endings(market: Market) -> list[pd.DataFrame]:
    priced = market.prices.notna().to_numpy()
    last = len(priced) - 1 - priced[::-1].argmax(axis=0)
    ended = priced.any(axis=0) & (last < len(priced) - GAP_PERIODS[market.frequency])
    after = np.minimum(last + 1, len(priced) - 1)
    paid = np.isfinite(market.returns.to_numpy(dtype=float)[after, np.arange(len(last))]) & (last + 1 < len(priced))
    silent = np.flatnonzero(ended & ~paid)
    without = pd.DataFrame({"asset": market.assets[silent], "date": market.calendar[last[silent]]})
    used = set(market.assets[paid])
    unused = market.delistings[~market.delistings["asset"].isin(used)]
    return [
        without.assign(kind="no delisting return", value=np.nan, detail="the series ends; held at its last price"),
        unused[["asset", "date"]].assign(
            kind="delisting unused", value=unused["return"], detail="no trading day after a last price to put it on"
        ),
    ]


def _calendar(market: Market) -> list[pd.DataFrame]:
    days = market.calendar
    apart = np.diff(days.to_numpy()) / np.timedelta64(1, "D")
    holes = np.flatnonzero(apart > _LONGEST_HOLIDAY[market.frequency])
    found = pd.DataFrame({"date": days[holes + 1], "value": apart[holes]})
    weekend = days[days.day_of_week >= _SATURDAY] if market.frequency == "daily" else days[:0]
    return [
        found.assign(kind="hole in the calendar", asset="", detail="days since the date before"),
        pd.DataFrame({"date": weekend}).assign(kind="weekend", asset="", value=np.nan, detail="a date without trading"),
    ]
