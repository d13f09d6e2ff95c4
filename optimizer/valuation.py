"""What a trade list is worth in dollars, from its own rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from tax import rates_of

__all__ = ["realised", "risk_penalty", "tax_value"]


def tax_value(mandate: Mandate, trades: pd.DataFrame) -> float:
    """Dollars of tax saved by the sales, negative where tax is due.

    Each gain meets the rate of its term; each loss saves that of its term, or the long-term rate where the mandate's
    losses are only good against long-term gains; a loss below the harvest threshold saves nothing.
    """
    sells = trades[trades["side"] == "SELL"]
    gain = sells["gain"].to_numpy(dtype=float)
    long_term = (sells["term"] == "long").to_numpy(dtype=bool)
    rate = rates_of(mandate.rates, mandate.losses, long_term=long_term, is_loss=gain < 0)
    cost = sells["amount"].to_numpy(dtype=float) - gain
    credited = -gain >= mandate.harvest_threshold * cost
    return float(-(np.where((gain < 0) & ~credited, 0.0, rate) * gain).sum())


def risk_penalty(mandate: Mandate, outcome: Outcome) -> float:
    """Dollars at which the mandate prices the tracking variance left."""
    return mandate.risk_aversion * outcome.tracking_error_after**2 * outcome.nav


def realised(trades: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Dollars of losses ("harvested") and of gains ("gains") realised, each by term, both as positive numbers."""
    sells = trades[trades["side"] == "SELL"]
    result: dict[str, dict[str, float]] = {"harvested": {}, "gains": {}}
    for term in ("short", "long"):
        gain = sells.loc[sells["term"] == term, "gain"].to_numpy(dtype=float)
        result["harvested"][term] = float(np.maximum(-gain, 0.0).sum())
        result["gains"][term] = float(np.maximum(gain, 0.0).sum())
    return result
