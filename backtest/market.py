"""A market: what was known of every stock on every day, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.delisting_returns import no_delistings
from backtest.departures import departed
from backtest.market_actions import ACTION_COLUMNS, action_faults
from backtest.market_checks import market_faults
from backtest.total_returns import GAP_PERIODS
from taxsleeve_errors import Fault, InputError

__all__ = ["DELISTING_COLUMNS", "MEMBERSHIP_COLUMNS", "PERIODS_PER_YEAR", "SECURITY_COLUMNS", "Market"]

SECURITY_COLUMNS = ("name", "sector", "group")
MEMBERSHIP_COLUMNS = ("index", "asset", "start", "end", "weight")
DELISTING_COLUMNS = ("asset", "date", "return")
_PANELS = ("prices", "returns", "caps", "book_to_price", "dividends", "adv")
PERIODS_PER_YEAR = {"daily": 252, "weekly": 52, "monthly": 12}


@dataclass(frozen=True, eq=False)
class Market:
    """Prices, returns and facts about stocks, point in time: no accessor looks past the day it is asked about.

    Parameters
    ----------
    name : str
    prices : DataFrame (T, N)
        Closes adjusted for splits by trading day and asset, NaN where not listed.
    returns : DataFrame (T, N)
        Total returns on the days and assets of `prices` (the first row is empty), delisting returns included (see
        `with_delisting_returns`).
    caps : DataFrame
        Capitalisation (float-adjusted where known) in `currency`, any frequency; carried forward, never back.
    securities : DataFrame
        By asset (index): `name`, `sector`, `group` of substantially identical securities.
    book_to_price, adv : DataFrame or None
        Any frequency, carried forward; `adv` is the average daily volume in `currency`.
    dividends : DataFrame or None
        Cash per share on the ex-day; None: total return less price return.
    membership : DataFrame or None
        `index, asset, start, end, weight`: an asset is a member from `start` up to and with the day before `end` (NaT:
        still); `weight` may be missing.
    delistings : DataFrame
        `asset, date, return`: what holders got after the last price.
    actions : DataFrame or None
        `date, asset, action, into, ratio, cash, basis_share`: mergers for stock, spin-offs and splits, a row each
        (see `ActionKind`). `returns` have what holders got; without a `dividends` table an asset pays none that day.
    currency, frequency, notes : str
        Frequency daily, weekly or monthly; the notes tell known defects.
    constituents : str
        "stocks", or "portfolios" where the assets are indices of which single stocks are not known.
    prices_include_dividends : bool
        Prices are total-return closes: no dividend is ever paid out.

    Raises
    ------
    InputError
        Shapes, dates or values that do not fit together, every one listed. Assets missing in `caps`,
        `securities` or an optional panel are filled as unknown; assets that `prices` has not are dropped.
    """

    name: str
    prices: pd.DataFrame
    returns: pd.DataFrame
    caps: pd.DataFrame
    securities: pd.DataFrame
    book_to_price: pd.DataFrame | None = None
    dividends: pd.DataFrame | None = None
    adv: pd.DataFrame | None = None
    membership: pd.DataFrame | None = None
    delistings: pd.DataFrame = field(default_factory=no_delistings)
    actions: pd.DataFrame | None = None
    currency: str = "USD"
    prices_include_dividends: bool = False
    frequency: str = "daily"
    constituents: str = "stocks"
    notes: str = ""

    def __post_init__(self) -> None:
        panels = {name: frame for name in _PANELS if (frame := getattr(self, name)) is not None}
        tables: dict[str, tuple[pd.DataFrame, tuple[str, ...]]] = {
            "securities": (self.securities, SECURITY_COLUMNS),
            "delistings": (self.delistings, DELISTING_COLUMNS),
        }
        if self.membership is not None:
            tables["membership"] = self.membership, MEMBERSHIP_COLUMNS
        if self.actions is not None:
            tables["actions"] = self.actions, ACTION_COLUMNS
        faults = market_faults(panels, tables)
        if self.actions is not None and not faults:
            faults += action_faults(self.actions, self.prices)
        if self.frequency not in PERIODS_PER_YEAR:
            faults.append(Fault("frequency", f"one of {', '.join(PERIODS_PER_YEAR)}", value=self.frequency))
        if self.constituents not in ("stocks", "portfolios"):
            faults.append(Fault("constituents", "stocks or portfolios", value=self.constituents))
        if faults:
            raise InputError(faults)
        assets = self.prices.columns
        for name, frame in panels.items():
            if not frame.columns.equals(assets):
                object.__setattr__(self, name, frame.reindex(columns=assets))
        known = self.securities.reindex(assets)
        own = pd.Series(assets, index=assets, dtype=object)
        filled = {"name": known["name"].fillna(own), "sector": known["sector"].fillna("Unknown")}
        object.__setattr__(self, "securities", pd.DataFrame({**filled, "group": known["group"].fillna(own)}))

    @cached_property
    def calendar(self) -> pd.DatetimeIndex:
        """Trading days (T,)."""
        return pd.DatetimeIndex(self.prices.index)

    @property
    def assets(self) -> pd.Index[str]:
        """Assets (N,), in the order of every panel."""
        return self.prices.columns

    @property
    def periods_per_year(self) -> int:
        """Periods of `returns` in a year."""
        return PERIODS_PER_YEAR[self.frequency]

    @cached_property
    def departed(self) -> NDArray[np.bool_]:
        """Which names (T, N) have left the market at each close, as a holder learns of it (see `departed`)."""
        return departed(self.prices, self.returns, GAP_PERIODS[self.frequency])

    def position(self, date: pd.Timestamp) -> int:
        """Row of the last trading day up to and with `date`; -1 where `date` is before the first."""
        return int(self.calendar.searchsorted(date, side="right")) - 1

    def listed_at(self, date: pd.Timestamp) -> pd.Series:
        """Which assets (N,) had a price on the last trading day up to and with `date`."""
        row = self.position(date)
        listed = self.prices.iloc[row].notna().to_numpy() if row >= 0 else np.zeros(len(self.assets), dtype=bool)
        return pd.Series(listed, index=self.assets)

    def prices_at(self, date: pd.Timestamp) -> pd.Series:
        """Closes (N,) of the last trading day up to and with `date`; NaN where not listed."""
        row = self.position(date)
        values = self.prices.iloc[row].to_numpy(dtype=float) if row >= 0 else np.full(len(self.assets), np.nan)
        return pd.Series(values, index=self.assets)

    def caps_at(self, date: pd.Timestamp) -> pd.Series:
        """Last capitalisation (N,) known on `date`, NaN where none.

        A delisted name keeps its last: hold it against `listed_at`.
        """
        return self._known("caps", date)

    def book_to_price_at(self, date: pd.Timestamp) -> pd.Series:
        """Last book-to-price (N,) known on `date`; all NaN where the market has none."""
        return self._known("book_to_price", date)

    def adv_at(self, date: pd.Timestamp) -> pd.Series:
        """Last average daily volume (N,) known on `date`; all NaN where the market has none."""
        return self._known("adv", date)

    def members_at(self, index: str, date: pd.Timestamp) -> pd.Series:
        """Members of a listed index on `date` and their given weights (NaN where the list gives none).

        Raises
        ------
        InputError
            The market has no list of that name.
        """
        lists = pd.DataFrame(columns=list(MEMBERSHIP_COLUMNS)) if self.membership is None else self.membership
        rows = lists[lists["index"] == index]
        if not len(rows):
            there = ", ".join(sorted(lists["index"].unique())) or "a market with membership lists"
            raise InputError.of("membership.csv", f"an index of {there}", value=index)
        inside = (rows["start"] <= date) & (rows["end"].isna() | (rows["end"] > date))
        members = rows[inside & rows["asset"].isin(self.assets)].drop_duplicates("asset", keep="last")
        return pd.Series(members["weight"].to_numpy(dtype=float), index=pd.Index(members["asset"]), name=index)

    def _known(self, panel: str, date: pd.Timestamp) -> pd.Series:
        filled = self._filled.get(panel)
        row = -1 if filled is None else int(filled.index.searchsorted(date, side="right")) - 1
        values = filled.iloc[row].to_numpy(dtype=float) if filled is not None and row >= 0 else np.nan
        return pd.Series(values, index=self.assets, dtype=float)

    @cached_property
    def _filled(self) -> dict[str, pd.DataFrame]:
        panels = {"caps": self.caps, "book_to_price": self.book_to_price, "adv": self.adv}
        return {name: frame.ffill() for name, frame in panels.items() if frame is not None}
