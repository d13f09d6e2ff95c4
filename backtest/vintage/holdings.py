"""What an account holds between two moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tax import WASH_DAYS, Lots, TradeHistory

__all__ = ["SHARE_DIGITS", "Holdings", "in_shares"]

Floats = NDArray[np.float64]
SHARE_DIGITS = 6


def in_shares(amounts: Floats) -> Floats:
    """Round to whole millionths of a share, down, so that no trade costs more cash than there is."""
    rounded: Floats = np.round(np.floor(amounts * 10**SHARE_DIGITS + 1e-3) / 10**SHARE_DIGITS, SHARE_DIGITS)
    return rounded


@dataclass(frozen=True, eq=False)
class Holdings:
    """Cash, open lots, and the trades that wash-sale windows still see.

    Parameters
    ----------
    cash : float
    lots : Lots
    recent : TradeHistory
    """

    cash: float
    lots: Lots
    recent: TradeHistory

    @classmethod
    def funded(cls, cash: float) -> Holdings:
        """Make an account of cash alone."""
        nothing = Lots.build(lot_id=[], asset=[], shares=[], basis=[], acquired=[])
        return cls(cash, nothing, TradeHistory.build())

    def basis(self) -> float:
        """Total basis of the open lots, dollars."""
        return float(self.lots.shares @ self.lots.basis)

    def shares(self) -> dict[str, float]:
        """Shares by name."""
        names, inverse = np.unique(self.lots.asset, return_inverse=True)
        held = np.bincount(inverse, weights=self.lots.shares, minlength=len(names))
        return dict(zip(names.tolist(), held.tolist(), strict=True))

    def windowed(self, trades: TradeHistory, day: pd.Timestamp) -> TradeHistory:
        """Recent trades with these added, without those that no window sees any more."""
        fields = TradeHistory.__dataclass_fields__
        both = TradeHistory(**{f: np.concatenate([getattr(self.recent, f), getattr(trades, f)]) for f in fields})
        return both.take(np.datetime64(day, "D") - both.date <= np.timedelta64(WASH_DAYS, "D"))
