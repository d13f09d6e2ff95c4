"""How close the proven bound comes to what the search finds, and what SCIP finds on small accounts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from bench.optimizer_accounts import Case
from bench.optimizer_report import Figure, Section
from optimizer.pattern_search import SearchResult, search_pattern
from taxsleeve_errors import InfeasibleError, SolverError

__all__ = ["gaps"]

# A basis point of NAV: an objective below that has no relative gap worth the name.
_SMALL = 1e-4
# What SCIP's own tolerance on its constraints may be worth, relative.
_SCIP_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class _Found:
    case: Case
    result: SearchResult

    @property
    def gap(self) -> float:
        """(bound - value) / |bound|."""
        return (self.result.bound - self.result.solution.value) / max(abs(self.result.bound), 1e-12)


def gaps(draw: Callable[[int], Case], accounts: int, small: Sequence[Case]) -> Section:
    """Search `accounts` feasible random accounts, and small ones beside SCIP."""
    found, infeasible, remarks, seed = [], 0, [], 0
    while len(found) < accounts and seed < 3 * accounts:
        case = draw(seed)
        seed += 1
        try:
            found.append(_Found(case, search_pattern(case.problem, case.limits)))
        except InfeasibleError:
            infeasible += 1
        except SolverError as error:
            remarks.append(f"search failed: {case.label}: {error}")
    figures, more = _gap_figures(found, infeasible)
    beside, table, notes = _beside_scip(small)
    return Section(
        f"3. Gap between value and proven bound on {len(found)} random accounts",
        figures + beside,
        () if table is None else (table,),
        (*remarks, *more, *notes),
    )


def _gap_figures(found: Sequence[_Found], infeasible: int) -> tuple[list[Figure], list[str]]:
    gap = np.array([one.gap for one in found])
    within = float((gap <= 0.002).mean())
    small = sum(abs(one.result.bound) < _SMALL for one in found)
    percentiles = ", ".join(f"{g:.3%}" for g in np.percentile(gap, [50, 80, 90, 95]))
    figures = [
        Figure("gap at 50, 80, 90, 95 of 100", percentiles),
        Figure("part of accounts with gap <= 0.2%", f"{within:.0%}", ">= 95%", within >= 0.95),
        Figure("largest gap", f"{gap.max():.3%}", "<= 0.5%", bool(gap.max() <= 0.005)),
        Figure("solved by another engine than newton", f"{sum(one.result.engine != 'newton' for one in found)}"),
        Figure("|bound| below 1 bp of NAV; draws that are infeasible", f"{small}; {infeasible}"),
    ]
    wide = [
        f"gap {one.gap:.3%}: {one.case.label}: value {1e4 * one.result.solution.value:.3f}, "
        f"bound {1e4 * one.result.bound:.3f} bp of NAV"
        for one in found
        if one.gap > 0.002
    ]
    return figures, wide


def _beside_scip(cases: Sequence[Case]) -> tuple[list[Figure], Table | None, list[str]]:
    try:
        from bench.optimizer_scip import scip_optimum
    except ImportError:
        figures = [Figure("small accounts beside SCIP", "skipped")]
        return figures, None, ["pyscipopt is not installed: SCIP was skipped"]
    table = Table(title="Small accounts beside SCIP, in bp of NAV", title_justify="left")
    for heading in ("account", "value", "bound", "SCIP", "SCIP's bound", "SCIP s", "search s"):
        table.add_column(heading, justify="right")
    short, crossed, compared, notes = 0.0, 0, 0, []
    for case in cases:
        outcome = _one_beside_scip(case, scip_optimum, table)
        if isinstance(outcome, str):
            notes.append(outcome)
            continue
        compared, short, crossed = compared + 1, max(short, outcome[0]), crossed + outcome[1]
    figures = [
        Figure(f"SCIP better than the search by at most, of {compared}", f"{short:.3%}", "<= 0.2%", short <= 0.002),
        Figure("SCIP's trades worth more than the bound", f"{crossed}", "0", not crossed),
    ]
    return figures, table, notes


def _one_beside_scip(
    case: Case, optimum: Callable[..., tuple[float, float, float] | None], table: Table
) -> tuple[float, bool] | str:
    """By how much SCIP is better, relative, and whether it breaks the bound; or what is to be said instead."""
    exact = optimum(case.problem, case.limits)
    started = time.process_time()
    try:
        result = search_pattern(case.problem, case.limits)
    except InfeasibleError:
        return f"{case.label}: {'both say infeasible' if exact is None else 'SCIP FINDS TRADES, the search none'}"
    seconds = time.process_time() - started
    if exact is None:
        return f"{case.label}: SCIP HAS NO TRADES, the search has"
    value, bound, scip_seconds = exact
    row = [result.solution.value, result.bound, value, bound]
    table.add_row(case.label, *(f"{1e4 * x:.3f}" for x in row), f"{scip_seconds:.1f}", f"{seconds:.3f}")
    better = (value - result.solution.value) / max(abs(result.bound), _SMALL)
    return better, value > result.bound + _SCIP_TOLERANCE * max(abs(value), _SMALL)
