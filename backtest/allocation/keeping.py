"""What rebalancing was worth: a mix kept within its band against the same mix left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from backtest.allocation.choices import AllocationChoices
from backtest.allocation.outcomes import Outcomes, return_contributions, risk_contributions, simulated_outcomes
from backtest.allocation.policy import Policy
from backtest.allocation.simulated import SimulatedMixes
from backtest.allocation.sleeve_path import View
from backtest.study_measures.pooled import pooled_means

__all__ = ["keeping_table"]

_ALWAYS = 0.0
_NEW_MONEY_ONLY = 1.0


def keeping_table(simulated: SimulatedMixes, choices: AllocationChoices, places: Mapping[str, int]) -> pd.DataFrame:
    """Compare ways to keep some mixes, of the harvested accounts.

    Never: every sleeve keeps what it earns. New money only: it goes to the underweight and nothing is sold. Band: as
    the policy says. Always: sold back to the targets at every step.

    Parameters
    ----------
    places : mapping of str to int
        Name and place of each mix; those in one place share a row.

    Returns
    -------
    DataFrame
        `name, mix, way, return, volatility, sold, sale_tax`, and `over_never` and `risk_over_never` (return and
        volatility less those of the mix left alone) with `_low` and `_high`, paired by vintage.
    """
    names = {place: ", ".join(name for name, own in places.items() if own == place) for place in places.values()}
    labels = {"name": list(names.values()), "mix": [simulated.mixes[place].label for place in names]}
    weights = np.array([simulated.mixes[place].weights for place in names])
    never = _kept(simulated, choices, weights, None)
    ways = {"never": None, "new money only": _NEW_MONEY_ONLY, "band": choices.policy.band, "always": _ALWAYS}
    if choices.policy.band in (None, _ALWAYS, _NEW_MONEY_ONLY):
        del ways["band"]
    parts = []
    for way, band in ways.items():
        own = never if band is None else _kept(simulated, choices, weights, band)
        table = pd.DataFrame(labels).assign(way=way)
        for name, values in (("return", own.annual), ("volatility", own.volatility), ("sold", own.sold),
                             ("sale_tax", own.sale_tax)):  # fmt: skip
            table[name] = values.mean(axis=0)
        parts.append(pd.concat([table, _over_never(simulated, choices, own, never)], axis=1))
    # Way by way as they were made, mix by mix as they are read.
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def _kept(simulated: SimulatedMixes, choices: AllocationChoices, weights: np.ndarray, band: float | None) -> Outcomes:
    policy: Policy = replace(choices.policy, band=band)
    return simulated_outcomes(simulated.vintages, choices.sleeves, View.HARVESTED, weights, policy)


def _over_never(simulated: SimulatedMixes, choices: AllocationChoices, own: Outcomes, never: Outcomes) -> pd.DataFrame:
    frames = []
    for name, split, values in (
        ("over_never", return_contributions, own.annual - never.annual),
        ("risk_over_never", risk_contributions, own.volatility - never.volatility),
    ):
        ours, theirs = (split(simulated.vintages, one) for one in (own, never))
        columns = [str(i) for i in range(values.shape[1])]
        ours[columns] -= theirs[columns]
        means = pd.Series(values.mean(axis=0), index=columns)
        found = pooled_means(ours, columns, choices.resampling, means)[["mean", "low", "high"]]
        frames.append(found.set_axis([name, f"{name}_low", f"{name}_high"], axis=1).reset_index(drop=True))
    return pd.concat(frames, axis=1)
