"""What one vintage of one sleeve needs of a market, as arrays: small enough to be sent to another process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.cash_dividends import dividend_cells
from backtest.market import Market
from backtest.sleeve_index import SleeveIndex
from backtest.vintage.frequency import rebalance_rows
from backtest.vintage.index_path import IndexPath, filled, index_path
from backtest.vintage.settings import VintageSettings
from backtest.vintage.tape_actions import TapeAction, reachable, tape_actions
from taxsleeve_errors import InputError

__all__ = ["Payments", "Tape", "require_members", "vintage_tape"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Payments:
    """Cash a share by day and name, arrays of shape (K,), days rising.

    Parameters
    ----------
    day, name : array of int
        Row and column of the tape.
    cash : array
    """

    day: Ints
    name: Ints
    cash: Floats

    @classmethod
    def where(cls, flags: Bools, cash: Floats) -> Payments:
        """Take the cells (D, N) where a flag stands."""
        day, name = np.nonzero(flags)
        return cls(day, name, cash[day, name])

    def between(self, start: int, end: int) -> Payments:
        """Those after the close of `start`, up to and with the close of `end`."""
        low, high = np.searchsorted(self.day, (start, end), side="right")
        return Payments(self.day[low:high], self.name[low:high], self.cash[low:high])


@dataclass(frozen=True, eq=False)
class Tape:
    """A market cut to the D days of a vintage and the N names ever in its index meanwhile; R rebalances.

    Names that corporate actions make of these are there too. Every row is what was known at that close, and the first
    row is the first rebalance's.

    Parameters
    ----------
    sleeve : str
    calendar : DatetimeIndex (D,)
    assets, sector, group : tuple of str (N,)
        Assets in rising order.
    rebalances : array of int (R,)
        Rows on which the account trades.
    weights : array (R, N)
        Of the index, with which it goes into the next day; rows of sum one.
    priced : array of bool (R, N)
        Which names have a price on the day itself.
    adv : array (R, N)
        Average daily volume known then, NaN where not.
    last_price : array (D, N)
        Last close there was; NaN before the first.
    dividends : Payments
        Cash a share on the ex-day.
    departures : Payments
        Names that have left at a close, with cash a share to their holders: the last price with its delisting return,
        where one is known.
    actions : tuple of TapeAction
        In order of days.
    index_returns, index_income : array (D,)
        Total return of the index, and the part of it that is dividends.
    periods_per_year : int
        Trading days a year.
    """

    sleeve: str
    calendar: pd.DatetimeIndex
    assets: tuple[str, ...]
    sector: tuple[str, ...]
    group: tuple[str, ...]
    rebalances: Ints
    weights: Floats
    priced: Bools
    adv: Floats
    last_price: Floats
    dividends: Payments
    departures: Payments
    actions: tuple[TapeAction, ...]
    index_returns: Floats
    index_income: Floats
    periods_per_year: int

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Calendar days (D,) as days since 1970-01-01."""
        return self.calendar.to_numpy().astype("datetime64[D]").astype(np.int64)

    @cached_property
    def asset_array(self) -> NDArray[np.str_]:
        """Assets (N,)."""
        return np.array(self.assets, dtype=str)

    @cached_property
    def group_array(self) -> NDArray[np.str_]:
        """Groups (N,) of substantially identical securities."""
        return np.array(self.group, dtype=str)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Groups (G,), each once, rising."""
        return tuple(sorted(set(self.group)))

    @cached_property
    def group_number(self) -> Ints:
        """Which of `groups` each name (N,) belongs to."""
        number = {group: i for i, group in enumerate(self.groups)}
        return np.array([number[group] for group in self.group], dtype=np.intp)

    @cached_property
    def position(self) -> dict[str, int]:
        """Column of each asset."""
        return {asset: i for i, asset in enumerate(self.assets)}

    def date(self, row: int) -> pd.Timestamp:
        """Day of a row."""
        day: pd.Timestamp = self.calendar[row]
        return day


def vintage_tape(index: SleeveIndex, settings: VintageSettings, also: Iterable[str] = ()) -> Tape:
    """Cut a market to what one vintage of one sleeve needs.

    Parameters
    ----------
    index : SleeveIndex
    settings : VintageSettings
        Of these the dates, the frequency and the names of the opening lots count, nothing else.
    also : iterable of str
        Names of the market that the account may come to hold without being in its index.

    Returns
    -------
    Tape

    Raises
    ------
    InputError
        The market's history does not hold two rebalances of the vintage, the sleeve has no member at one of them, or
        an opening lot is of a name that the market has not.
    """
    market = index.market
    rows, last = rebalance_rows(market.calendar, settings.frequency, settings.funded, settings.until)
    first = int(rows[0])
    path = index_path(index, rows, last)
    require_members(index, path, rows)
    columns = _columns(market, {*market.assets[path.members].tolist(), *also}, settings, first, last)
    prices = market.prices.to_numpy(dtype=float)[path.start : last + 1, columns]
    last_price = filled(prices)[first - path.start :]
    days = slice(first, last + 1)
    gone = market.departed[days, columns]
    left = np.zeros(gone.shape, dtype=bool)
    left[1:] = gone[1:] & ~gone[:-1]
    paid = dividend_cells(market, days, columns)
    known = market.securities.iloc[columns]
    return Tape(
        sleeve=index.name,
        calendar=market.calendar[days],
        assets=tuple(map(str, known.index.tolist())),
        sector=tuple(known["sector"].tolist()),
        group=tuple(known["group"].astype(str).tolist()),
        rebalances=rows - first,
        weights=path.weights[:, columns],
        priced=np.isfinite(prices[rows - path.start]),
        adv=_adv(market, market.calendar[rows], columns),
        last_price=last_price,
        dividends=Payments.where(paid > 0, paid),
        departures=_departures(market, left, last_price, days, columns),
        actions=tape_actions(market, columns, first, last),
        index_returns=index.returns.to_numpy(dtype=float)[days],
        index_income=path.income,
        periods_per_year=market.periods_per_year,
    )


def require_members(index: SleeveIndex, path: IndexPath, rows: Ints) -> None:
    """Refuse an index that has no member at one of the rebalances.

    Raises
    ------
    InputError
    """
    empty = ~(path.weights.sum(axis=1) > 0)
    if empty.any():
        day = index.market.calendar[rows[int(np.argmax(empty))]].date()
        raise InputError.of("sleeve", f"members on {day}", value=index.name)


def _columns(market: Market, names: set[str], settings: VintageSettings, first: int, last: int) -> Ints:
    """Columns of the market in the order of their names."""
    if settings.lots is not None:
        opening = {*settings.lots.asset.tolist()}
        unknown = sorted(opening - set(market.assets))
        if unknown:
            raise InputError.of("lots", "an asset of the market", column="asset", value=unknown[0])
        names |= opening
    names = reachable(market, names, first, last)
    columns: Ints = market.assets.get_indexer(pd.Index(sorted(names), dtype=object))
    return columns


def _departures(market: Market, left: Bools, last_price: Floats, days: slice, columns: Ints) -> Payments:
    """Pay the last price and, where it is known, the delisting return on top: that of a day without a price."""
    day, name = np.nonzero(left)
    row, column = day + days.start, columns[name]
    earned = np.nan_to_num(market.returns.to_numpy(dtype=float)[row, column])
    unpriced = np.isnan(market.prices.to_numpy(dtype=float)[row, column])
    return Payments(day, name, last_price[day, name] * (1 + np.where(unpriced, earned, 0.0)))


def _adv(market: Market, days: pd.DatetimeIndex, columns: Ints) -> Floats:
    if market.adv is None:
        return np.full((len(days), len(columns)), np.nan)
    known = market.adv.iloc[:, columns].ffill()
    found = known.index.searchsorted(days, side="right") - 1
    values = known.to_numpy(dtype=float)[np.maximum(found, 0)]
    return np.where((found >= 0)[:, None], values, np.nan)
