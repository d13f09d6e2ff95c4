"""What each sleeve did alone, before and after tax, and how sleeves move together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.allocation.simulated import SimulatedMixes
from backtest.allocation.sleeve_path import View
from backtest.allocation.vintages import Vintage

__all__ = ["correlations", "sleeve_table"]

Floats = NDArray[np.float64]


def sleeve_table(simulated: SimulatedMixes) -> pd.DataFrame:
    """Lay out each sleeve alone.

    Returns
    -------
    DataFrame
        By sleeve: means over vintages of `<view>_return` and `<view>_volatility`, `drawdown`, `tax_savings` (net, a
        year, of value), `best_before_tax` and `best_after_tax` (share of vintages in which no other sleeve's return
        was higher: index before tax, harvested after tax).
    """
    places = list(simulated.single.values())
    table = pd.DataFrame(index=pd.Index(list(simulated.single), name="sleeve"))
    for view, own in simulated.outcomes.items():
        table[f"{view}_return"] = own.annual[:, places].mean(axis=0)
        table[f"{view}_volatility"] = own.volatility[:, places].mean(axis=0)
    table["drawdown"] = simulated.outcomes[View.HARVESTED].drawdown[:, places].mean(axis=0)
    saved = [[own.saved[name].sum() / own.clock.years for name in simulated.single] for own in simulated.vintages]
    table["tax_savings"] = np.mean(saved, axis=0)
    for view, column in ((View.INDEX, "best_before_tax"), (View.HARVESTED, "best_after_tax")):
        annual = simulated.outcomes[view].annual[:, places]
        table[column] = (annual >= annual.max(axis=1, keepdims=True)).mean(axis=0)
    return table


def correlations(vintages: Sequence[Vintage], sleeves: Sequence[str]) -> pd.DataFrame:
    """Correlate sleeves pair by pair, mean over vintages.

    Returns
    -------
    DataFrame
        `sleeve, other, before_tax` (index returns of the steps), `after_tax` (harvested accounts' returns of the
        steps), `tax_savings` (net, by year since inception; NaN in vintages of under three years).
    """
    rows = []
    for one, other in combinations(sleeves, 2):
        found = [_correlated(vintage, one, other) for vintage in vintages]
        rows.append({"sleeve": one, "other": other, **pd.DataFrame(found).mean().to_dict()})
    return pd.DataFrame(rows, columns=["sleeve", "other", "before_tax", "after_tax", "tax_savings"])


def _correlated(vintage: Vintage, one: str, other: str) -> dict[str, float]:
    index, harvested = (vintage.paths[view] for view in (View.INDEX, View.HARVESTED))
    years = vintage.clock.year[1:]
    by_year = [np.array([vintage.saved[name][years == year].sum() for year in np.unique(years)])
               for name in (one, other)]  # fmt: skip
    return {
        "before_tax": _correlation(index[one].earned, index[other].earned),
        "after_tax": _correlation(*(harvested[name].earned - harvested[name].tax for name in (one, other))),
        "tax_savings": _correlation(*by_year) if len(by_year[0]) > 2 else np.nan,
    }


def _correlation(one: Floats, other: Floats) -> float:
    if one.std() == 0 or other.std() == 0:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])
