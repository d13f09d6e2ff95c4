"""Lots sold on a day, with what came of them and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.lot_table import LotTable
from tax import is_long_term

__all__ = ["CASH", "CAUSES", "DELISTING", "HARVEST", "INDEX_CHANGE", "RISK", "Sales", "sales_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HARVEST, INDEX_CHANGE, RISK, CASH, DELISTING = "harvest", "index change", "risk", "cash", "delisting"
CAUSES = (HARVEST, INDEX_CHANGE, RISK, CASH, DELISTING)


@dataclass(frozen=True, eq=False)
class Sales:
    """Lots sold at one close, arrays of shape (K,).

    Parameters
    ----------
    row : int
        Row of the tape.
    year : int
    lot_id : array of str
    name : array of int
        Column of the tape.
    shares, price, gain : array of float
        Dollars a share; gain in dollars, negative for a loss.
    long_term : array of bool
    cause : array of int
        Place in `CAUSES`. "harvest": a loss of a name of the index; "index change": a name that the index has no more,
        gain or loss; "risk": a gain of a name of the index; "cash": a name of the index, gain or loss, sold to raise
        cash; "delisting": the name left the market.
    side : str
        "SELL", or "MERGER" for cash beside the shares of a merger: shares are old ones, prices cash for each.
    ordinary : float
        Dividends on these shares that were held too short a time to be qualified.
    disallowed : float
        Dollars of loss that a purchase of the group within 30 days before kept from counting; `gain` is without them.
    """

    row: int
    year: int
    lot_id: NDArray[np.str_]
    name: Ints
    shares: Floats
    price: Floats
    gain: Floats
    long_term: NDArray[np.bool_]
    cause: Ints
    side: str = "SELL"
    ordinary: float = 0.0
    disallowed: float = 0.0

    def without_losses(self, washed: NDArray[np.bool_]) -> Sales:
        """Count no loss of these sales; it is lost for good, the careful reading."""
        lost = washed & (self.gain < 0)
        if not lost.any():
            return self
        return replace(self, gain=np.where(lost, 0.0, self.gain), disallowed=float(-self.gain[lost].sum()))


# A dividend is qualified when the share was held for more than 60 days of the 121 around it (I.R.C. s.1(h)(11)): a
# share bought before the ex-day and sold on or after it was, exactly where it was held for at least 61 days.
_QUALIFIED_DAYS = 61


def sales_of(lots: LotTable, shares: Floats, price: Floats, row: int, day: np.datetime64, cause: Ints) -> Sales:
    """Sell shares (L,) of lots at prices (L,); lots of which none goes are left out."""
    sold = np.flatnonzero(shares > 0)
    count, each, number = shares[sold], price[sold], int(day.astype(np.int64))
    young = number - lots.acquired[sold] < _QUALIFIED_DAYS
    return Sales(
        row=row,
        year=int(day.astype("datetime64[Y]").astype(int)) + 1970,
        lot_id=lots.lot_id[sold],
        name=lots.name[sold],
        shares=count,
        price=each,
        gain=count * (each - lots.basis[sold]),
        long_term=is_long_term(lots.start[sold].astype("datetime64[D]"), day),
        cause=cause[sold],
        ordinary=float((count * lots.paid[sold])[young].sum()),
    )
