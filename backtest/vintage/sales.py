"""Lots sold on a day, with what came of them and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tax import Lots

__all__ = ["CAUSES", "DELISTING", "HARVEST", "INDEX_CHANGE", "RISK", "Sales", "sales_of"]

Floats = NDArray[np.float64]
HARVEST, INDEX_CHANGE, RISK, DELISTING = "harvest", "index change", "risk", "delisting"
CAUSES = (HARVEST, INDEX_CHANGE, RISK, DELISTING)


@dataclass(frozen=True, eq=False)
class Sales:
    """Lots sold at one close, arrays of shape (K,).

    Parameters
    ----------
    day : Timestamp
    lot_id, asset, group : array of str
    shares, price, gain : array of float
        Dollars a share; gain in dollars, negative for a loss.
    long_term : array of bool
    cause : array of str
        "harvest": a loss of a name of the index; "index change": a name that the index has no more, gain or loss;
        "risk": a gain of a name of the index; "delisting": the name left the market.
    disallowed : float
        Dollars of loss that a purchase of the group within 30 days before kept from counting; `gain` is without them.
    """

    day: pd.Timestamp
    lot_id: NDArray[np.str_]
    asset: NDArray[np.str_]
    group: NDArray[np.str_]
    shares: Floats
    price: Floats
    gain: Floats
    long_term: NDArray[np.bool_]
    cause: NDArray[np.str_]
    disallowed: float = 0.0

    def without_losses(self, groups: set[str]) -> Sales:
        """Count no loss of these groups; it is lost for good, the careful reading."""
        washed = np.isin(self.group, list(groups)) & (self.gain < 0)
        if not washed.any():
            return self
        return replace(self, gain=np.where(washed, 0.0, self.gain), disallowed=float(-self.gain[washed].sum()))


def sales_of(lots: Lots, shares: Floats, price: Floats, day: pd.Timestamp, cause: NDArray[np.str_]) -> Sales:
    """Sell shares (L,) of lots at prices (L,); lots of which none goes are left out."""
    sold = np.flatnonzero(shares > 0)
    count, each = shares[sold], price[sold]
    return Sales(
        day=day,
        lot_id=lots.lot_id[sold],
        asset=lots.asset[sold],
        group=lots.group[sold],
        shares=count,
        price=each,
        gain=count * (each - lots.basis[sold]),
        long_term=lots.long_term(day.date())[sold],
        cause=cause[sold],
    )
