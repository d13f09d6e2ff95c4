"""All mixes of a study, simulated under every view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.allocation.choices import AllocationChoices
from backtest.allocation.efficient import candidates
from backtest.allocation.mix import Mix
from backtest.allocation.outcomes import Outcomes, return_contributions, risk_contributions, simulated_outcomes
from backtest.allocation.reference import Reference, equal_mix
from backtest.allocation.sleeve_path import View
from backtest.allocation.vintages import Vintage

__all__ = ["SimulatedMixes", "simulate_mixes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SimulatedMixes:
    """M mixes in V vintages under every view.

    Parameters
    ----------
    mixes : tuple of Mix
        Each once.
    vintages : tuple of Vintage
    outcomes : mapping of View to Outcomes
    growth, risk : mapping of View to DataFrame
        What months add to each mix's yearly growth and volatility (`return_contributions`, `risk_contributions`).
    reference, equal : int
        Places of the reference mix and of equal parts.
    own : tuple of int
        Places of the user's mixes.
    single : mapping of str to int
        Places of the mixes that are one sleeve alone.
    """

    mixes: tuple[Mix, ...]
    vintages: tuple[Vintage, ...]
    outcomes: Mapping[View, Outcomes]
    growth: Mapping[View, pd.DataFrame]
    risk: Mapping[View, pd.DataFrame]
    reference: int
    equal: int
    own: tuple[int, ...]
    single: Mapping[str, int]

    @property
    def columns(self) -> list[str]:
        """Names of the mixes' columns in tables of contributions."""
        return [str(place) for place in range(len(self.mixes))]


def simulate_mixes(vintages: Sequence[Vintage], choices: AllocationChoices, reference: Reference) -> SimulatedMixes:
    """Simulate a grid of mixes, refined where it is efficient, with the reference mix and the user's own."""
    sleeves = choices.sleeves

    def outcomes_of(weights: Floats, view: View) -> Outcomes:
        return simulated_outcomes(vintages, sleeves, view, weights, choices.policy)

    def measured(weights: Floats) -> list[tuple[Floats, Floats]]:
        views = (outcomes_of(weights, view) for view in View)
        return [(own.volatility.mean(axis=0), own.annual.mean(axis=0)) for own in views]

    grid = [Mix(tuple(sleeves), tuple(row)) for row in candidates(len(sleeves), measured).tolist()]
    mixes = tuple(dict.fromkeys([*grid, reference.mix, equal_mix(sleeves), *choices.own]))
    weights = np.array([mix.weights for mix in mixes])
    outcomes = {view: outcomes_of(weights, view) for view in View}
    return SimulatedMixes(
        mixes=mixes,
        vintages=tuple(vintages),
        outcomes=outcomes,
        growth={view: return_contributions(vintages, own) for view, own in outcomes.items()},
        risk={view: risk_contributions(vintages, own) for view, own in outcomes.items()},
        reference=mixes.index(reference.mix),
        equal=mixes.index(equal_mix(sleeves)),
        own=tuple(mixes.index(mix) for mix in choices.own),
        single={name: mixes.index(Mix.of({name: 1.0}, sleeves)) for name in sleeves},
    )
