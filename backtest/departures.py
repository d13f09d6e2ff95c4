"""Which names are no longer there, as a holder learns of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["departed"]

Flags = NDArray[np.bool_]


def departed(prices: pd.DataFrame, returns: pd.DataFrame, patience: int) -> Flags:
    """Tell which names have left the market at each close.

    A name has left at the close at which its delisting return was paid (a return without a price), or at which it has
    had no price for `patience` periods in a row; until then it is held at its last price. A stock that trades again
    later is there again.

    Parameters
    ----------
    prices, returns : DataFrame (T, N)
    patience : int
        Periods.

    Returns
    -------
    array of bool (T, N)
    """
    missing = prices.isna().to_numpy()
    paid = missing & returns.notna().to_numpy()
    gone = np.zeros(missing.shape, dtype=bool)
    run = np.full(missing.shape[1], patience)
    for row in range(len(missing)):
        run = np.where(missing[row], np.where(paid[row], patience, run + 1), 0)
        gone[row] = run >= patience
    return gone
