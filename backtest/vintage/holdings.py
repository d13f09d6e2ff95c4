"""What an account holds between two moments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.lot_table import LotTable
from backtest.vintage.tape import Tape
from tax import WASH_DAYS, LockFlags, Purchases, TradeHistory, lock_flags

__all__ = ["SHARE_DIGITS", "Holdings", "RecentTrades", "calendar_day", "in_shares"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHARE_DIGITS = 6


def in_shares(amounts: Floats) -> Floats:
    """Round to whole millionths of a share, down, so that no trade costs more cash than there is."""
    rounded: Floats = np.round(np.floor(amounts * 10**SHARE_DIGITS + 1e-3) / 10**SHARE_DIGITS, SHARE_DIGITS)
    return rounded


@dataclass(frozen=True, eq=False)
class RecentTrades:
    """Trades that wash-sale windows still see, arrays of shape (K,).

    Parameters
    ----------
    name : array of int
        Column of the tape.
    day : array of int
        Days since 1970-01-01.
    shares : array of float
        Above zero for a purchase, below for a sale.
    gain : array of float
        Dollars; NaN for a purchase.
    """

    name: Ints
    day: Ints
    shares: Floats
    gain: Floats

    @classmethod
    def none(cls) -> RecentTrades:
        """No trades."""
        whole, number = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(whole, whole, number, number)

    def joined(self, more: RecentTrades) -> RecentTrades:
        """These and then `more`."""
        return RecentTrades(
            **{f.name: np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(self)}
        )

    def and_then(self, more: RecentTrades, day: int) -> RecentTrades:
        """Add trades of a day, and drop those that no window sees any more."""
        seen = day - self.day <= WASH_DAYS
        return RecentTrades(**{f.name: getattr(self, f.name)[seen] for f in fields(self)}).joined(more)

    def history(self, tape: Tape, account: str = "taxable") -> TradeHistory:
        """Say the same with names and dates, as trades of an account of this name."""
        asset = tape.asset_array[self.name]
        taxable = np.full(len(self.name), "taxable")
        return TradeHistory(
            date=self.day.astype("datetime64[D]"),
            side=np.where(self.shares > 0, "BUY", "SELL"),
            asset=asset,
            group=tape.group_array[self.name],
            shares=np.abs(self.shares),
            realized_gain=self.gain,
            account=np.full(len(self.name), account),
            account_type=taxable,
        )


@dataclass(frozen=True, eq=False)
class Holdings:
    """Cash, open lots, and the trades that wash-sale windows still see.

    Parameters
    ----------
    cash : float
    lots : LotTable
    recent : RecentTrades
    """

    cash: float
    lots: LotTable
    recent: RecentTrades

    def with_cash(self, more: float) -> Holdings:
        """Put cash in, or take it out."""
        return replace(self, cash=self.cash + more)

    def locks(self, tape: Tape, day: int, elsewhere: RecentTrades | None = None) -> LockFlags:
        """Wash-sale locks of a day, what other accounts of the same taxpayer traded counted in."""
        recent = self.recent if elsewhere is None else self.recent.joined(elsewhere)
        # Shares bought elsewhere are no part of a lot of this account, whatever day and name they share with it.
        asset = np.where(np.arange(len(recent.name)) < len(self.recent.name), recent.name, -1 - recent.name)
        group = tape.group_number[recent.name]
        bought, lost = recent.shares > 0, recent.gain < 0
        buys = Purchases(asset[bought], group[bought], recent.day[bought], recent.shares[bought])
        lots = self.lots.purchases(tape)
        return lock_flags(len(tape.groups), day, lots, buys, group[lost], recent.day[lost])


def calendar_day(day: int) -> dt.date:
    """Date of a day since 1970-01-01."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(day))
