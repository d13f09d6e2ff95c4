"""The allocation study: from a study's runs to tables that say how much to each sleeve, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from backtest.allocation.choices import AllocationChoices
from backtest.allocation.diversification import correlations, sleeve_table
from backtest.allocation.keeping import keeping_table
from backtest.allocation.mix_table import mix_table, weight_column
from backtest.allocation.picked import picked, picking_certainty
from backtest.allocation.reference import EQUAL, Reference, reference_mix
from backtest.allocation.simulated import SimulatedMixes, simulate_mixes
from backtest.allocation.sleeve_path import View
from backtest.allocation.vintages import gather_vintages
from backtest.study_measures.pooled import independent_periods
from backtest.study_measures.record import RunRecord
from taxsleeve_errors import InputError

__all__ = ["AllocationStudy", "allocation_study"]


_SHOWN = ("return", "over", "volatility", "risk_over")


@dataclass(frozen=True, eq=False)
class AllocationStudy:
    """What an allocation study has found.

    Parameters
    ----------
    choices : AllocationChoices
    reference : Reference
    simulated : SimulatedMixes
    mixes : DataFrame
        `mix_table`.
    named : mapping of str to int
        Places of the mixes with a name: picks of the harvested accounts, reference mix, equal parts, the user's own.
    picks : mapping of View to mapping of str to int
        Place of each pick under each view.
    certainty : DataFrame
        `picking_certainty` of every view.
    vintages : DataFrame
        One row a vintage and mix with a name or of one sleeve.
    keeping : DataFrame
        `keeping_table` of the mixes with a name.
    sleeves, correlations : DataFrame
    independent : int
        Most vintages of which none shares a month with another.
    """

    choices: AllocationChoices
    reference: Reference
    simulated: SimulatedMixes
    mixes: pd.DataFrame
    named: Mapping[str, int]
    picks: Mapping[View, Mapping[str, int]]
    certainty: pd.DataFrame
    vintages: pd.DataFrame
    keeping: pd.DataFrame
    sleeves: pd.DataFrame
    correlations: pd.DataFrame
    independent: int

    @property
    def frontier(self) -> pd.DataFrame:
        """Efficient mixes of every view, least risk first.

        `view, mix`, the weights, and under that view `return`, `volatility`, `over` and `risk_over` (less the reference
        mix's) with `_low` and `_high`.
        """
        first = ["mix", *(weight_column(sleeve) for sleeve in self.choices.sleeves)]
        parts = []
        for view in View:
            own = self.mixes[self.mixes[f"{view}_efficient"]].sort_values(f"{view}_volatility", kind="stable")
            shown = {f"{view}_{name}{end}": f"{name}{end}" for name in _SHOWN for end in ("", "_low", "_high")}
            part = own[[*first, *shown]].rename(columns=shown)
            part.insert(0, "view", str(view))
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def _repr_html_(self) -> str:
        named = self.mixes.iloc[list(self.named.values())].assign(name=list(self.named))
        after_tax = [f"{View.HARVESTED}_{name}" for name in _SHOWN]
        named = named.set_index("name")[["mix", *after_tax]]
        return f"<p>Mixes with a name, after tax:</p>{named.to_html()}<p>Efficient mixes:</p>{self.frontier.to_html()}"


def allocation_study(records: Sequence[RunRecord], choices: AllocationChoices) -> AllocationStudy:
    """Study mixes of sleeves on the vintages of a study.

    Raises
    ------
    InputError
        Fewer than two sleeves, or two vintages that all have, or runs that are not good or do not go together.
    """
    if len(choices.sleeves) < 2:
        raise InputError.of("sleeves", "two or more to mix", value=", ".join(choices.sleeves) or None)
    vintages = gather_vintages(records, choices.sleeves, choices.strategy, choices.setting)
    own = [r for r in records if (r.key.strategy, r.key.setting) == (choices.strategy, choices.setting)]
    reference = reference_mix(own, choices.sleeves, choices.reference)
    simulated = simulate_mixes(vintages, choices, reference)
    picks = {view: picked(simulated, view) for view in View}
    named = {**picks[View.HARVESTED], reference.name: simulated.reference, EQUAL: simulated.equal}
    named |= {f"own mix {number}" if number > 1 else "own mix": place for number, place in enumerate(simulated.own, 1)}
    return AllocationStudy(
        choices=choices,
        reference=reference,
        simulated=simulated,
        mixes=mix_table(simulated, choices.resampling),
        named=named,
        picks=picks,
        certainty=pd.concat([picking_certainty(simulated, view, choices.resampling) for view in View]),
        vintages=_by_vintage(simulated, named),
        keeping=keeping_table(simulated, choices, named),
        sleeves=sleeve_table(simulated),
        correlations=correlations(vintages, choices.sleeves),
        independent=independent_periods(simulated.growth[View.HARVESTED]),
    )


def _by_vintage(simulated: SimulatedMixes, named: Mapping[str, int]) -> pd.DataFrame:
    harvested = simulated.outcomes[View.HARVESTED]
    rows = []
    for number, vintage in enumerate(simulated.vintages):
        for name, place in {**simulated.single, **named}.items():
            rows.append({
                "funded": pd.Timestamp(vintage.funded), "years": vintage.clock.years, "name": name,
                "mix": simulated.mixes[place].label, "return": harvested.annual[number, place],
                "volatility": harvested.volatility[number, place], "drawdown": harvested.drawdown[number, place],
                **{f"wealth_{ending}": own[number, place] for ending, own in harvested.wealth.items()},
                "sold": harvested.sold[number, place], "sale_tax": harvested.sale_tax[number, place],
                "fund_return": simulated.outcomes[View.FUND].annual[number, place],
                "index_return": simulated.outcomes[View.INDEX].annual[number, place],
            })  # fmt: skip
    return pd.DataFrame(rows)
