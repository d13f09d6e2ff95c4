"""One row a mix: what it came to under every view, with intervals, and against the reference mix."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.allocation.efficient import efficient
from backtest.allocation.simulated import SimulatedMixes
from backtest.allocation.sleeve_path import View
from backtest.study_measures.bootstrap import Resampling
from backtest.study_measures.pooled import pooled_means

__all__ = ["mix_table", "weight_column"]

Floats = NDArray[np.float64]
_CLOCK = ["funded", "month", "age", "year"]


def weight_column(sleeve: str) -> str:
    """Name of the column of a sleeve's weight."""
    return f"weight {sleeve}"


def mix_table(simulated: SimulatedMixes, resampling: Resampling) -> pd.DataFrame:
    """Lay out every mix.

    Returns
    -------
    DataFrame
        By place in `simulated.mixes`: `mix`, "weight <sleeve>"; under each view `<view>_return, <view>_volatility`
        (means over vintages), `<view>_over` and `<view>_risk_over` (both less the reference mix's, paired by vintage),
        each with `_low` and `_high`, and `<view>_efficient`; of the harvested accounts `drawdown` (mean),
        `drawdown_worst`, `wealth_<ending>`, `sold`, `sale_tax`, and with intervals `volatility_saved` (the sleeves'
        weighted mean volatility less the mix's) and `tax_alpha` (harvested less fund return).
    """
    harvested = simulated.outcomes[View.HARVESTED]
    table = _weights(simulated)
    for view in View:
        table = table.join(_view(simulated, view, resampling))
    table["drawdown"], table["drawdown_worst"] = harvested.drawdown.mean(axis=0), harvested.drawdown.max(axis=0)
    for ending, wealth in harvested.wealth.items():
        table[f"wealth_{ending}"] = wealth.mean(axis=0)
    table["sold"], table["sale_tax"] = harvested.sold.mean(axis=0), harvested.sale_tax.mean(axis=0)
    return table.join(_taxed_and_mixed(simulated, resampling))


def _weights(simulated: SimulatedMixes) -> pd.DataFrame:
    sleeves = simulated.mixes[0].sleeves
    rows = [dict(zip(map(weight_column, sleeves), mix.weights, strict=True)) for mix in simulated.mixes]
    table = pd.DataFrame(rows, index=simulated.columns)
    table.insert(0, "mix", [mix.label for mix in simulated.mixes])
    return table


def _view(simulated: SimulatedMixes, view: View, resampling: Resampling) -> pd.DataFrame:
    own, columns, reference = simulated.outcomes[view], simulated.columns, simulated.reference
    frames = []
    for name, over, table, values in (
        ("return", "over", simulated.growth[view], own.annual),
        ("volatility", "risk_over", simulated.risk[view], own.volatility),
    ):
        frames.append(_means(f"{view}_{name}", table, values, resampling))
        less = _with(table, table[columns].sub(table[str(reference)], axis=0))
        frames.append(_means(f"{view}_{over}", less, values - values[:, [reference]], resampling))
    flags = efficient(own.volatility.mean(axis=0), own.annual.mean(axis=0))
    return pd.concat(frames, axis=1).assign(**{f"{view}_efficient": flags})


def _taxed_and_mixed(simulated: SimulatedMixes, resampling: Resampling) -> pd.DataFrame:
    harvested, fund = (simulated.outcomes[view] for view in (View.HARVESTED, View.FUND))
    growth, risk = simulated.growth[View.HARVESTED], simulated.risk[View.HARVESTED]
    columns, alone = simulated.columns, list(simulated.single.values())
    weights = np.array([mix.weights for mix in simulated.mixes])
    saved = harvested.volatility[:, alone] @ weights.T - harvested.volatility
    blended = pd.DataFrame(risk[columns].to_numpy(dtype=float)[:, alone] @ weights.T, columns=columns)
    less = growth[columns] - simulated.growth[View.FUND][columns]
    return pd.concat(
        [
            _means("volatility_saved", _with(risk, blended - risk[columns]), saved, resampling),
            _means("tax_alpha", _with(growth, less), harvested.annual - fund.annual, resampling),
        ],
        axis=1,
    )


def _with(clocked: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([clocked[_CLOCK], values], axis=1)


def _means(name: str, contributions: pd.DataFrame, values: Floats, resampling: Resampling) -> pd.DataFrame:
    columns = [column for column in contributions.columns if column not in _CLOCK]
    means = pd.Series(values.mean(axis=0), index=columns)
    found = pooled_means(contributions, columns, resampling, means)[["mean", "low", "high"]]
    return found.set_axis([name, f"{name}_low", f"{name}_high"], axis=1)
