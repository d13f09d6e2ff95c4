"""The answer of a study in one honest sentence, and the assumptions under it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from backtest.study_measures import Resampling, StudyTables

__all__ = ["points", "resampling_words", "share", "study_answer", "study_assumptions"]

_Row = Mapping[Any, Any]


def share(value: Any, digits: int = 2) -> str:
    """Write a fraction as per cent; "" where it is not known."""
    return "" if value is None or pd.isna(value) else f"{100 * value:.{digits}f}%".replace("-", "\u2212")


def points(value: Any) -> str:
    """Write a difference of fractions as signed points of a per cent; "" where it is not known."""
    return "" if value is None or pd.isna(value) else f"{100 * value:+.2f}".replace("-", "\u2212")


def study_answer(tables: StudyTables) -> str:
    """Say which sleeve saved most net tax, by how much more than the reference sleeves, and how sure that is."""
    spread = tables.distribution
    own = spread[(spread["strategy"] == tables.main) & (spread["setting"] == tables.base)]
    by_name = {name: rows.set_index("sleeve").to_dict("index") for name, rows in own.groupby("measure")}
    savings = by_name["tax_savings"]
    if not savings:
        return f"No run of the strategy {tables.main} under the setting {tables.base} has finished."
    best = max(savings, key=lambda sleeve: savings[sleeve]["mean"])
    row = savings[best]
    gross = by_name["saved_on_losses"][best]["mean"], by_name["tax_on_gains"][best]["mean"]
    most = f"Of {len(savings)} sleeves, {best} saved the most net tax" if len(savings) > 1 else f"{best} saved net tax"
    level = f"{100 * tables.choices.resampling.level:.0f}%"
    how = f"{share(row['mean'])} of its value a year{_interval(row, level)}: {share(gross[0])} saved on losses less "
    how += f"{share(gross[1])} of tax on gains, {_observations(row)}"
    parts = [part for reference in tables.choices.references if (part := _over(tables, str(best), reference))]
    passive = _against(tables, str(best), "strategy", tables.choices.passive)
    if passive is not None:
        parts.append(f"{points(passive['mean'])} points against the passive strategy in {best}{_doubt(passive)}")
    picked = " It was picked as the best after the fact, which flatters it." if len(savings) > 1 else ""
    return f"{most}: {how}{'; that is ' + ', '.join(parts) if parts else ''}.{picked}"


def resampling_words(resampling: Resampling) -> str:
    """Say how intervals are drawn."""
    return (
        f"{100 * resampling.level:.0f}%: stationary bootstrap (Politis and Romano 1994) of calendar months, blocks of "
        f"{resampling.block:.0f} on average, all vintages alive in a month drawn together, {resampling.draws} draws, "
        f"seed {resampling.seed}; they know nothing of what this history has never shown"
    )


def study_assumptions(tables: StudyTables) -> list[tuple[str, str]]:
    """Name every assumption that the figures rest on, each with what it is in this study."""
    own = tables.summary[tables.summary["setting"] == tables.base]
    uses = {"unlimited": "a loss saves the rate of its own term: the household has outside gains of both terms",
            "long_term": "every loss saves the long-term rate: outside gains are long-term only"}  # fmt: skip
    paid = {"ignored": "taxes move no cash: savings are counted, not reinvested",
            "next_april_15": "taxes are paid and credited at the first rebalance from the next April 15"}  # fmt: skip
    rates = f"short-term {share(own['short_term'].iloc[0], 1)}, long-term {share(own['long_term'].iloc[0], 1)}" \
        if {"short_term", "long_term"} <= set(own) else "those of the runs"  # fmt: skip
    listed = [
        ("Rates", f"{rates}, the same in every year"),
        ("Use of losses", _said(own, "losses_are", uses)),
        ("Settlement", _said(own, "taxes", paid)),
        ("Rebalancing", _said(own, "frequency", {})),
        ("Wash-sale rule", _said(own, "wash_rule", {"on": "kept, 30 calendar days before and after, inside the account",
                                                    "off": "not kept"})),
        ("Costs", f"spread and commission as set, in cash; on average {share(own['cost'].mean(), 3)} of value a year"),
        ("Benchmark", "an index account without costs, with the same flows; its dividends are qualified, taxed from "
         "outside and reinvested, its withdrawals sell the highest cost first"),
        ("Tax alpha", "excess after tax less excess before tax; sold at the end: with the tax on all unrealised gains "
         "paid on both sides"),
        ("Without outside gains", "true netting by calendar year, 3,000 dollars a year against other income, the rest "
         "carried forward"),
        ("Given away", "long-term lots deducted at market, short-term ones at basis, at the ordinary rate; ceilings on "
         "income are not looked at"),
        ("Intervals", resampling_words(tables.choices.resampling)),
    ]  # fmt: skip
    return [(name, text) for name, text in listed if text]


def _said(own: pd.DataFrame, column: str, words: Mapping[str, str]) -> str:
    if column not in own:
        return ""
    found = dict.fromkeys(str(value) for value in own[column].dropna())
    return "; ".join(words.get(value, value) for value in found)


def _interval(row: _Row, level: str) -> str:
    return "" if math.isnan(row["low"]) else f" ({level} interval {share(row['low'])} to {share(row['high'])})"


def _observations(row: _Row) -> str:
    count, alone = int(row["vintages"]), int(row["independent"])
    vintages = "one vintage" if count == 1 else f"{count} vintages"
    overlap = "" if alone == count else f" that overlap ({alone} without overlap)"
    return f"the mean of {vintages}{overlap}" if count > 1 else f"{vintages}, so that no interval can be given"


def _over(tables: StudyTables, best: str, reference: str) -> str:
    row = _against(tables, best, "sleeve", reference)
    return "" if row is None else f"{points(row['mean'])} points against {reference}{_doubt(row)}"


def _against(tables: StudyTables, best: str, comparison: str, against: str) -> _Row | None:
    less = tables.differences
    own = (less["comparison"] == comparison) & (less["against"] == against) & (less["sleeve"] == best)
    own &= (less["strategy"] == tables.main) & (less["setting"] == tables.base) & (less["measure"] == "tax_savings")
    rows = less[own].to_dict("records")
    return rows[0] if rows else None


def _doubt(row: _Row) -> str:
    if math.isnan(row["low"]):
        return ""
    sure = "" if row["low"] > 0 or row["high"] < 0 else ", not to be told from zero"
    return f" ({points(row['low'])} to {points(row['high'])}{sure})"
