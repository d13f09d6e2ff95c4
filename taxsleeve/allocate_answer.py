"""The answer of an allocation study in plain sentences, and the assumptions under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from backtest.allocation import EQUAL, PICKS, AllocationStudy, Ending, Policy, View
from taxsleeve.counting import counted
from taxsleeve.study_answer import points, resampling_words, share

__all__ = ["VIEWS", "allocation_answer", "allocation_assumptions", "told"]

_Row = Mapping[str, Any]
VIEWS = {
    View.INDEX: "index, before tax",
    View.FUND: "index funds, after tax",
    View.HARVESTED: "harvested, after tax",
}
"""What the views are called, the plainest first."""

_ENDS = {
    Ending.LIQUIDATION: "sold at the end",
    Ending.STEP_UP: "left to heirs at the end",
    Ending.DONATION: "its appreciated lots given away at the end",
}
_BEST = PICKS[1]
_ROUNDING = 1e-9
_WORDS = dict(zip(PICKS, ("the least risk", "the most return for its risk", "the most return"), strict=True))


def allocation_answer(study: AllocationStudy) -> list[str]:
    """Say which mixes did best for wealth after tax and for risk, against the market's, and how sure that is."""
    parts = (_best(study), _against(study), _doubts(study), _taxes(study), _sleeves(study), _kept(study), _ends(study))
    return [part for part in parts if part]


def told(low: float, high: float) -> bool:
    """Whether an interval leaves zero out, by more than rounding."""
    return bool(low > _ROUNDING or high < -_ROUNDING)


def allocation_assumptions(study: AllocationStudy) -> list[tuple[str, str]]:
    """Name every assumption that the figures rest on."""
    choices, terms = study.choices, study.simulated.vintages[0].terms
    policy, rates = choices.policy, terms.rates
    given = rates.ordinary if policy.deduction_rate is None else policy.deduction_rate
    return [
        ("Runs", f"strategy {choices.strategy}, setting {choices.setting}; a dollar in a sleeve does what a dollar of "
         "the stored account did: new money is harvested like the old, though young lots lose more"),
        ("Rates", f"short-term {share(rates.short_term, 1)}, long-term {share(rates.long_term, 1)}; use of losses: "
         f"{terms.losses}"),
        ("Settlement", "tax is paid, and tax saved put to work, in the month it arises"),
        ("Rebalancing", _rebalancing(policy)),
        ("Sales between sleeves", "lots without a gain go first, as though at cost, then all others alike at their "
         "average gain and the long-term rate; a real account would choose its lots, and pay less"),
        ("Contributions", f"{share(policy.contribution, 1)} of capital a year, spread over it"),
        ("Endings", f"returns are of the account {_ENDS[policy.ending]}; gains are netted over sleeves by term; given: "
         f"lots worth more than they cost deduct their value ({share(given, 1)}), short-term ones their cost, "
         "ceilings on income are not looked at, and both the gift and the tax it saves count as wealth"),
        ("Index funds", "accounts that hold the index, without costs; dividends are taxed, nothing is harvested"),
        ("Volatility", "annualised, of after-tax returns before the ending; returns and volatilities are means over "
         "vintages"),
        (study.reference.name.capitalize(), f"{study.reference.mix.label}: {study.reference.why}; held as a fixed "
         "target"),
        ("Frontier", "mixes that no other beats in mean return and mean volatility, of a grid of 5% or finer; picked "
         "after the fact"),
        ("Intervals", resampling_words(choices.resampling)),
    ]  # fmt: skip


def _rebalancing(policy: Policy) -> str:
    if policy.band is None:
        return "none: every sleeve keeps what it earns and saves, contributions come in at the targets"
    return (
        f"dividends, tax saved and contributions go to what is underweight; a sleeve more than {share(policy.band, 1)} "
        "of the whole beyond its target is sold down to that edge"
    )


def _row(study: AllocationStudy, place: int) -> _Row:
    return _rows(study.mixes.iloc[[place]])[0]


def _rows(table: pd.DataFrame) -> list[_Row]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _best(study: AllocationStudy) -> str:
    own, clock = study.picks[View.HARVESTED], study.simulated.vintages
    years = sum(vintage.clock.years for vintage in clock) / len(clock)
    parts = []
    for place in dict.fromkeys(own.values()):
        names, row = [_WORDS[pick] for pick in PICKS if own[pick] == place], _row(study, place)
        interval = f"{_level(study)} interval {_between(row, 'harvested_return', share)}"
        parts.append(f"{_joined(names)} had {row['mix']}: {share(row['harvested_return'])} a year ({interval}) at a "
                     f"volatility of {share(row['harvested_volatility'], 1)}")  # fmt: skip
    count, alone = len(clock), study.independent
    overlap = "" if alone == count else f" that overlap ({alone} without overlap)"
    length = f"{years:.3g}"
    when = f"{counted(count, 'vintage')} of {length} {'year' if length == '1' else 'years'}{overlap}"
    return f"After tax, {_ENDS[study.choices.policy.ending]}, over {when}: {'; '.join(parts)}."


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _between(row: _Row, name: str, said: Callable[[Any], str]) -> str:
    return f"{said(row[f'{name}_low'])} to {said(row[f'{name}_high'])}"


def _against(study: AllocationStudy) -> str:
    frontier = study.frontier
    own = _rows(frontier[frontier["view"] == View.HARVESTED])
    row = _row(study, study.simulated.reference)
    returns, risks = (sum(told(r[f"{name}_low"], r[f"{name}_high"]) for r in own) for name in ("over", "risk_over"))
    most = max(own, key=lambda one: one["over"])
    return (
        f"The {study.reference.name} ({row['mix']}) earned {share(row['harvested_return'])} at "
        f"{share(row['harvested_volatility'], 1)}. "
        f"Of {counted(len(own), 'efficient mix', 'efficient mixes')} {_count(returns)} a return that can "
        f"be told from its, and {_count(risks)} a risk that can; the largest difference in return is "
        f"{points(most['over'])} points ({_between(most, 'over', points)})."
    )


def _count(number: int) -> str:
    return {0: "none has", 1: "one has"}.get(number, f"{number} have")


def _doubts(study: AllocationStudy) -> str:
    own = study.certainty
    rows = _rows(own[(own["view"] == View.HARVESTED) & (own["pick"] == _BEST)])
    ranges = ", ".join(f"{row['sleeve']} {_whole(row['low'])} and {_whole(row['high'])}" for row in rows)
    return (
        f"Where history is redrawn, the mix with the most return for its risk lies between {ranges} "
        f"({_level(study)} of draws): the mixes above are picked after the fact, which flatters them."
    )


def _whole(value: float) -> str:
    return share(value, 0)


def _taxes(study: AllocationStudy) -> str:
    changes = []
    for pick in PICKS[1:]:
        before, after = (study.simulated.mixes[study.picks[view][pick]].label for view in (View.INDEX, View.HARVESTED))
        what = _WORDS[pick]
        same = f"{what} stays with {after}"
        changes.append(same if before == after else f"{what} goes from {before} to {after}")
    return f"From index returns before tax to harvested accounts after tax, {'; '.join(changes)}."


def _sleeves(study: AllocationStudy) -> str:
    parts = [f"{name} {_whole(row['best_before_tax'])} and {_whole(row['best_after_tax'])}"
             for name, row in study.sleeves.to_dict("index").items()]  # fmt: skip
    return f"No other sleeve earned more, before and after tax, in these shares of vintages: {', '.join(parts)}."


def _kept(study: AllocationStudy) -> str:
    way = {None: "new money only", 0.0: "always", 1.0: "new money only"}.get(study.choices.policy.band, "band")
    row = next(own for own in _rows(study.keeping) if own["way"] == way and EQUAL in own["name"].split(", "))
    doubt = "" if told(row["over_never_low"], row["over_never_high"]) else ", not to be told from zero"
    kept = {"band": "kept within its band, new money first,", "always": "sold back to its targets every month"}
    return (
        f"The {EQUAL} {kept.get(way, 'steered by new money alone')} earned {points(row['over_never'])} points a year "
        f"over the same left alone ({_between(row, 'over_never', points)}{doubt}); it sold {share(row['sold'])} of "
        f"capital a year and paid {share(row['sale_tax'])} tax on that."
    )


def _ends(study: AllocationStudy) -> str:
    place = study.picks[View.HARVESTED][_BEST]
    row = _row(study, place)
    sold, left, given = (row[f"wealth_{ending}"] for ending in Ending)
    return (
        f"A dollar put into {row['mix']} became {sold:.2f} sold, {left:.2f} left to heirs, {given:.2f} given away "
        "(gift and tax saved together), mean of vintages."
    )


def _level(study: AllocationStudy) -> str:
    return f"{100 * study.choices.resampling.level:.0f}%"
