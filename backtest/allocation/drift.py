"""Where new money goes, and which sleeves are sold down: dollars for arrays of mixes, the last axis being sleeves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["beyond_band", "realised_by_sale", "to_the_underweight"]

Floats = NDArray[np.float64]
_DUST = 1e-12


def to_the_underweight(values: Floats, targets: Floats, money: Floats) -> Floats:
    """Share new money out by what each sleeve lacks of its target.

    Parameters
    ----------
    values, targets : array (..., S)
        Dollars now; weights.
    money : array (...)
        Zero or more.

    Returns
    -------
    array (..., S)
        Sums to `money`; what sleeves lack together is never less than it.
    """
    lacking = np.maximum(targets * (values.sum(axis=-1) + money)[..., None] - values, 0.0)
    return _shared(money, lacking)


def beyond_band(values: Floats, targets: Floats, band: float) -> tuple[Floats, Floats]:
    """Sell sleeves above their band down to its edge, and more where one below needs it; buy those below first.

    Returns
    -------
    sold : array (..., S)
        Dollars; zero where every sleeve lies within its band.
    wanted : array (..., S)
        In which proportion to buy for the proceeds; sums to what is sold.
    """
    aim = targets * values.sum(axis=-1, keepdims=True)
    # What rounding alone leaves beyond a band of nothing is not traded.
    reach = max(band, _DUST) * values.sum(axis=-1, keepdims=True)
    above, below = np.maximum(values - aim - reach, 0.0), np.maximum(aim - reach - values, 0.0)
    moved = np.maximum(above.sum(axis=-1), below.sum(axis=-1))
    more_above = np.maximum(values - aim, 0.0) - above
    sold = above + _shared(moved - above.sum(axis=-1), more_above)
    more_below = np.maximum(aim - values, 0.0) - below
    wanted = below + _shared(moved - below.sum(axis=-1), more_below)
    return np.minimum(sold, values), wanted


def realised_by_sale(sold: Floats, values: Floats, gains: Floats, free: Floats) -> Floats:
    """Gain that a sale out of a sleeve realises.

    Lots that are not worth more than they cost go first, as though at cost; of the others each dollar carries their
    average gain. A sleeve that has lost on the whole gives up its average loss.

    Parameters
    ----------
    sold, values, gains : array (..., S)
        Dollars; `gains` unrealised, net.
    free : array (..., S)
        Dollars in lots not worth more than they cost, and in cash.
    """
    appreciated = values - free
    taken = np.maximum(sold - free, 0.0)
    share = np.divide(taken, appreciated, out=np.zeros_like(sold), where=appreciated > 0)
    plain = np.divide(sold, values, out=np.zeros_like(sold), where=values > 0)
    realised: Floats = gains * np.where((gains > 0) & (appreciated > 0), np.minimum(share, 1.0), plain)
    return realised


def _shared(amount: Floats, keys: Floats) -> Floats:
    whole = keys.sum(axis=-1, keepdims=True)
    share = np.divide(keys, whole, out=np.zeros_like(keys), where=whole > 0)
    shared: Floats = np.maximum(amount, 0.0)[..., None] * share
    return shared
