"""The countdown of lots about to turn long-term."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tax.holding_period import long_term_from
from tax.lots import Lots
from taxsleeve_errors import TaxError

__all__ = ["TurningLot", "turning_long_term"]


@dataclass(frozen=True)
class TurningLot:
    """A short-term lot that turns long-term soon.

    Parameters
    ----------
    lot_id, asset, account : str
        Which lot.
    shares : float
        How many shares it holds.
    long_term_from : date
        First trade date on which a sale is long-term.
    days_left : int
        Calendar days from the report's date to that day, one or more.
    unrealized_gain : float
        Market value less adjusted basis in dollars; a loss is negative. A loss is best taken before the day, a gain
        from the day on.
    """

    lot_id: str
    asset: str
    account: str
    shares: float
    long_term_from: dt.date
    days_left: int
    unrealized_gain: float


def turning_long_term(
    lots: Lots, prices: Mapping[str, float], as_of: dt.date, window: int = 45
) -> tuple[TurningLot, ...]:
    """List the lots that turn long-term after a date and within a window of days, soonest first.

    Parameters
    ----------
    lots : Lots
        Open lots; the tacked start of the holding period counts.
    prices : mapping of str to float
        Dollars a share of every asset that is about to turn.
    as_of : date
        Date of the report; a lot that is long-term on it already is not listed.
    window : int
        Calendar days, zero or more; a lot that turns on the window's last day is listed.

    Raises
    ------
    TaxError
        A price is missing or not sensible, or the window is negative.
    """
    if window < 0:
        raise TaxError(f"window: found {window} days, expected zero or more")
    turns = long_term_from(lots.holding_start)
    days_left = (turns - np.datetime64(as_of, "D")).astype(int)
    soon = np.flatnonzero((days_left > 0) & (days_left <= window))
    found = [
        TurningLot(
            lot_id=str(lots.lot_id[i]),
            asset=str(lots.asset[i]),
            account=str(lots.account[i]),
            shares=float(lots.shares[i]),
            long_term_from=turns[i].item(),
            days_left=int(days_left[i]),
            unrealized_gain=float(lots.shares[i] * (_price(prices, str(lots.asset[i])) - lots.basis[i])),
        )
        for i in soon
    ]
    return tuple(sorted(found, key=lambda lot: (lot.days_left, lot.asset, lot.lot_id)))


def _price(prices: Mapping[str, float], asset: str) -> float:
    price = prices.get(asset)
    if price is None or not math.isfinite(price) or price < 0:
        raise TaxError(f"price of {asset}: found {price}, expected dollars a share, for every lot about to turn")
    return float(price)
