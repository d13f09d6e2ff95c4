"""Which losses are worth the paperwork: the threshold over cost, and the least loss in dollars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.mandate import Mandate

__all__ = ["credited_lots"]

Floats = NDArray[np.float64]
# Nine digits of room, so that a loss of exactly the least counts.
_ROOM = 1 - 1e-9


def credited_lots(mandate: Mandate, lot_gain: Floats, lot_dollars: Floats) -> NDArray[np.bool_]:
    """Whether the mandate counts what selling each lot realises: every gain, and the losses that are large enough.

    Parameters
    ----------
    mandate : Mandate
        A loss counts from `harvest_threshold` over cost and `minimum_loss` of the whole lot.
    lot_gain : array (L,)
        Gain of each dollar sold, negative for a loss.
    lot_dollars : array (L,)
        Value of each lot.

    Returns
    -------
    array of bool (L,)
    """
    # A loss of `lot_gain` of the price is lot_gain / (1 - lot_gain) of the cost.
    over_cost = np.divide(-lot_gain, 1 - lot_gain, out=np.zeros_like(lot_gain), where=lot_gain < 1)
    large = -lot_gain * lot_dollars >= _ROOM * mandate.minimum_loss
    credited: NDArray[np.bool_] = (lot_gain >= 0) | ((over_cost >= _ROOM * mandate.harvest_threshold) & large)
    return credited
