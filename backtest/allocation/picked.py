"""Mixes with a name: the least risk, the most for the risk, the most return; and how sure the picking is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.allocation.simulated import SimulatedMixes
from backtest.allocation.sleeve_path import View
from backtest.study_measures.bootstrap import Resampling
from backtest.study_measures.pooled import redrawn_means

__all__ = ["PICKS", "picked", "picking_certainty"]

Floats = NDArray[np.float64]
PICKS = ("least risk", "most for its risk", "most return")
"""Which mixes are picked under every view: lowest volatility, highest return over volatility, highest return."""


def picked(simulated: SimulatedMixes, view: View) -> dict[str, int]:
    """Place of each pick by its name."""
    own = simulated.outcomes[view]
    places = _places(own.annual.mean(axis=0)[None], own.volatility.mean(axis=0)[None])
    return {pick: int(found[0]) for pick, found in zip(PICKS, places, strict=True)}


def picking_certainty(simulated: SimulatedMixes, view: View, resampling: Resampling) -> pd.DataFrame:
    """Redraw history and pick again in every draw.

    Returns
    -------
    DataFrame
        `view, pick, sleeve, weight` (as picked), `low, high` (between which the weight lies in `resampling.level` of
        the draws), and `mean` over the draws.
    """
    own, columns = simulated.outcomes[view], simulated.columns
    means = [pd.Series(values.mean(axis=0), index=columns) for values in (own.annual, own.volatility)]
    returns = redrawn_means(simulated.growth[view], columns, resampling, means[0])
    risks = redrawn_means(simulated.risk[view], columns, resampling, means[1])
    weights = np.array([mix.weights for mix in simulated.mixes])
    tail, rows = (1 - resampling.level) / 2, []
    # To first order a volatility may be redrawn to below nothing.
    for (pick, place), found in zip(picked(simulated, view).items(), _places(returns, np.maximum(risks, 1e-6)),
                                    strict=True):  # fmt: skip
        drawn = weights[found]
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        for i, sleeve in enumerate(simulated.mixes[0].sleeves):
            rows.append({"view": str(view), "pick": pick, "sleeve": sleeve, "weight": weights[place, i],
                         "low": low[i], "high": high[i], "mean": drawn[:, i].mean()})  # fmt: skip
    return pd.DataFrame(rows)


def _places(returns: Floats, risks: Floats) -> tuple[NDArray[np.intp], ...]:
    # A mix that never moves has no ratio; the lowest risk finds it. Of two equal losses the riskier would have the
    # better ratio, so losses are multiplied instead (Israelsen, Journal of Asset Management 5, 2005).
    ratio = np.divide(returns, risks, out=np.full_like(returns, -np.inf), where=risks > 0)
    ratio = np.where(returns < 0, returns * risks, ratio)
    return risks.argmin(axis=1), ratio.argmax(axis=1), returns.argmax(axis=1)
