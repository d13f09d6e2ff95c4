"""What a holder who bought on some day of the last year would have lost: where a loss harvester's bets lie.

The average over purchase days of min(P_t / P_s - 1, 0). It differs from a drawdown below one price (George and Hwang,
"The 52-week high and momentum investing", J. Finance 59, 2004) in that it is what the lots of a portfolio built over
time are worth to a harvester, so the optimizer's objective is close to a multiple of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from risk._row_blocks import row_blocks

__all__ = ["mean_unrealised_loss"]

Floats = NDArray[np.float64]
_STEP = 10


def mean_unrealised_loss(returns: Floats, rows: NDArray[np.int64], look_back: int = 252) -> Floats:
    """Mean loss since purchase, over purchases every ten periods of the last `look_back`.

    Parameters
    ----------
    returns : array of shape (T, N)
        NaN where missing; a gap leaves the price where it was.
    rows : array of shape (R,)
        Row t stands for the close before period t, 0 to T.
    look_back : int
        Periods.

    Returns
    -------
    array of shape (R, N)
        From 0 (every purchase is worth at least its price) to 1 (all is lost); NaN for a name listed for less than ten
        periods.
    """
    listed = np.isfinite(returns)
    first = np.where(listed.any(axis=0), listed.argmax(axis=0), len(returns))
    # Older prices are not asked for.
    start = max(int(rows.min()) - look_back, 0)
    own = returns[start:]
    logs = np.log1p(np.clip(np.where(listed[start:], own, 0.0), -0.9, 3.0))
    price = np.exp(np.vstack([np.zeros((1, own.shape[1])), np.cumsum(logs, axis=0)]))
    out = np.empty((len(rows), own.shape[1]))
    for part in row_blocks(*out.shape):
        out[part] = _mean_loss(price, rows[part] - start, first - start, look_back)
    return out


def _mean_loss(price: Floats, rows: NDArray[np.int64], first: NDArray[np.int64], look_back: int) -> Floats:
    """Mean loss (R, N) of names priced from row `first` (N,) on."""
    now = price[rows]
    loss = np.zeros(now.shape)
    count = np.zeros(now.shape)
    for lag in range(_STEP, look_back + 1, _STEP):
        bought = rows - lag
        held = bought[:, None] >= first
        lost = np.maximum(1 - now / price[np.maximum(bought, 0)], 0.0)
        lost *= held
        loss += lost
        count += held
    out: Floats = np.full(now.shape, np.nan)
    np.divide(loss, count, out=out, where=count > 0)
    return out
