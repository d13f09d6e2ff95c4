"""What a sleeve's names were worth when a vintage was funded, so that sleeves can be mixed as the market does."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.sleeve_index import SleeveIndex

__all__ = ["CAPITALISATION", "capitalisation_facts"]

CAPITALISATION = "capitalisation"
"""Name of the fact that is stored with a run, dollars."""

_WHOLLY_IN = 0.9


def capitalisation_facts(index: SleeveIndex, date: pd.Timestamp) -> dict[str, float]:
    """Capitalisation that a sleeve's weights stand for after the close of `date`; empty where it is not known.

    A weight over a capitalisation is the share of the name that is in the sleeve (one but for names between value and
    growth), over the sleeve's own capitalisation. Nine tenths up these ratios a name is wholly in it.
    """
    weights = index.weights_at(date)
    held = weights[weights > 0]
    caps = index.market.caps_at(date).reindex(held.index)
    ratios = (held / caps)[caps > 0].to_numpy(dtype=float)
    return {CAPITALISATION: float(1 / np.quantile(ratios, _WHOLLY_IN))} if len(ratios) else {}
