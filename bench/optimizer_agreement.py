"""Whether engines agree on one pattern, and what the independent check says of whole rebalances."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.optimizer_accounts import Case, random_pattern
from bench.optimizer_report import Figure, Section
from optimizer import LinearLimit, TrackingErrorLimit, rebalance
from optimizer.engines import ClarabelEngine, Engine
from optimizer.engines.newton import newton_solution, solve_pattern
from optimizer.newton import newton_form
from optimizer.problem import Pattern
from optimizer.solution import Solution
from optimizer.two_pass import two_pass_search
from taxsleeve_errors import CheckFailedError, InfeasibleError, SolverError

__all__ = ["agreement"]

# A basis point of NAV: below that, a relative difference of objectives means nothing.
_SMALL = 1e-4
_CHECKED = 1e-6


@dataclass
class _Tally:
    """What one engine did."""

    target: float
    differences: list[float] = field(default_factory=list)
    excesses: list[float] = field(default_factory=list)
    refused: int = 0
    helped: int = 0
    unfinished: list[str] = field(default_factory=list)
    wrongly_solved: list[str] = field(default_factory=list)
    wrongly_infeasible: list[str] = field(default_factory=list)
    far: list[str] = field(default_factory=list)


@dataclass
class _Checks:
    """What became of whole rebalances."""

    passed: int = 0
    worst: float = -np.inf
    infeasible: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    too_small: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class _Newton:
    """The dual Newton alone: unfinished work is an error here instead of a task for Clarabel."""

    name = "newton"

    def takes(self, case: Case) -> bool:
        return not newton_form(case.problem, case.limits).left_out

    def solve(self, case: Case, pattern: Pattern) -> Solution | None:
        form = newton_form(case.problem, case.limits)
        result = solve_pattern(form, pattern)
        if result.infeasible:
            return None
        if not result.solved:
            raise SolverError("newton did not finish")
        return newton_solution(form, pattern, result)


@dataclass(frozen=True)
class _Other:
    """Any engine of the package."""

    engine: Engine

    @property
    def name(self) -> str:
        return self.engine.name

    def takes(self, case: Case) -> bool:
        return self.engine.takes(case.problem, case.limits)

    def solve(self, case: Case, pattern: Pattern) -> Solution | None:
        return self.engine.solve(case.problem, case.limits, pattern)


def agreement(title: str, cases: Sequence[Case], others: Sequence[Engine]) -> Section:
    """Compare engines with Clarabel on one pattern of each account, then rebalance each account whole."""
    engines: list[_Newton | _Other] = [_Newton(), *map(_Other, others)]
    tallies = {engine.name: _Tally(1e-6 if engine.name == "newton" else 1e-4) for engine in engines}
    feasible, infeasible, remarks = 0, 0, []
    for seed, case in enumerate(cases):
        pattern = random_pattern(case.problem, seed)
        try:
            best = ClarabelEngine().solve(case.problem, case.limits, pattern)
        except SolverError as error:
            remarks.append(f"no reference: {case.label}: {error}")
            continue
        feasible, infeasible = feasible + (best is not None), infeasible + (best is None)
        for engine in engines:
            _compare(tallies[engine.name], engine, case, pattern, best)
    checks = {"fractional": _Checks(), "whole": _Checks()}
    for case in cases:
        for shares, tally in checks.items():
            _rebalance(tally, case, fractional=shares == "fractional")
    figures = [Figure("accounts; patterns with trades, without", f"{len(cases)}; {feasible}, {infeasible}")]
    for name, tally in tallies.items():
        figures += _engine_figures(name, tally, infeasible)
        remarks += _remarks(name, tally)
    for shares, check in checks.items():
        figures += _check_figures(f"{shares} shares", check)
        remarks += _check_remarks(f"{shares} shares", check)
    return Section(title, figures, remarks=tuple(remarks))


def _compare(tally: _Tally, engine: _Newton | _Other, case: Case, pattern: Pattern, best: Solution | None) -> None:
    if not engine.takes(case):
        tally.refused += 1
        return
    try:
        found = engine.solve(case, pattern)
    except SolverError as error:
        tally.unfinished.append(f"{case.label}: {error}")
        return
    if best is None or found is None:
        if best is None and found is not None:
            tally.wrongly_solved.append(f"{case.label}: excess {_excess(case, found):.1e}")
        if best is not None and found is None:
            tally.wrongly_infeasible.append(f"{case.label}: Clarabel's trades exceed by {_excess(case, best):.1e}")
        return
    tally.helped += found.engine not in ("", engine.name)
    difference = (_worth(case, best) - _worth(case, found)) / max(abs(best.value), _SMALL)
    tally.differences.append(difference)
    tally.excesses.append(_excess(case, found))
    if abs(difference) > tally.target:
        tally.far.append(
            f"{case.label}: {difference:.1e} below Clarabel, excess {tally.excesses[-1]:.1e}, "
            f"Clarabel's own {_excess(case, best):.1e}"
        )


def _worth(case: Case, solution: Solution) -> float:
    return float(solution.value + case.problem.lot_priority @ solution.sell)


def _excess(case: Case, solution: Solution) -> float:
    """Largest excess of continuous trades over any limit, in its own unit."""
    p, worst = case.problem, -np.inf
    active = p.active_after(solution.sell, solution.buy)
    for limit in case.limits:
        if isinstance(limit, TrackingErrorLimit):
            worst = max(worst, float(np.sqrt(p.variance(active))) - limit.limit)
        elif isinstance(limit, LinearLimit):
            rows = limit.rows(p)
            left = -rows.upper
            for matrix, amounts in ((rows.active, active), (rows.buy, solution.buy), (rows.sell, solution.sell)):
                left = left if matrix is None else left + matrix @ amounts
            worst = max(worst, float(left.max(initial=-np.inf)))
    return worst


def _rebalance(tally: _Checks, case: Case, *, fractional: bool) -> None:
    mandate = dataclasses.replace(case.mandate, fractional=fractional)
    try:
        result = rebalance(case.account, mandate, case.risk)
    except InfeasibleError as error:
        if error.message.startswith("whole shares"):
            tally.too_small.append(f"{case.label}: {error.message}")
        else:
            tally.infeasible.append(case.label)
            if fractional and (found := _clarabels_trades(case)):
                tally.missed.append(f"{case.label}: {found}")
    except (CheckFailedError, SolverError) as error:
        tally.failed.append(f"{case.label}: {type(error).__name__}: {error}")
    else:
        tally.passed += 1
        tally.worst = max(tally.worst, result.check.worst_excess)


def _clarabels_trades(case: Case) -> str:
    """What the search by Clarabel alone finds where the default search has said that there is nothing."""
    try:
        found = two_pass_search(case.problem, case.limits)
    except (InfeasibleError, SolverError):
        return ""
    return f"the search by Clarabel has trades worth {found.solution.value:.6f} of NAV"


def _engine_figures(name: str, tally: _Tally, infeasible: int) -> list[Figure]:
    differences = np.array(tally.differences or [np.nan])
    worst, excess = float(np.abs(differences).max()), max(tally.excesses, default=np.nan)
    wrong = len(tally.wrongly_solved)
    return [
        Figure(
            f"{name}: difference from Clarabel, median and worst, of {len(tally.differences)}",
            f"{np.median(np.abs(differences)):.1e}, {worst:.1e}",
            f"<= {tally.target:.0e}",
            worst <= tally.target,
        ),
        Figure(f"{name}: worst excess over a limit before rounding", f"{excess:.1e}", "<= 1e-06", excess <= _CHECKED),
        Figure(f"{name}: of {infeasible} without trades, called solved", f"{wrong}", "0", not wrong),
        Figure(
            f"{name}: with trades, called infeasible",
            f"{len(tally.wrongly_infeasible)}",
            "0",
            not tally.wrongly_infeasible,
        ),
        Figure(
            f"{name}: not finished; finished by another's help; not taken",
            f"{len(tally.unfinished)}; {tally.helped}; {tally.refused}",
        ),
    ]


def _check_figures(shares: str, tally: _Checks) -> list[Figure]:
    figures = [
        Figure(
            f"{shares}: worst excess by the independent check, of {tally.passed} rebalances",
            f"{tally.worst:.1e}",
            "<= 1e-06",
            tally.worst <= _CHECKED,
        ),
        Figure(f"{shares}: failed the check, or no engine finished", f"{len(tally.failed)}", "0", not tally.failed),
        Figure(f"{shares}: infeasible; too small to round", f"{len(tally.infeasible)}; {len(tally.too_small)}"),
    ]
    if shares.startswith("fractional"):
        what = "  of these infeasible, the search by Clarabel alone finds trades"
        figures.append(Figure(what, f"{len(tally.missed)}", "0", not tally.missed))
    return figures


def _remarks(name: str, tally: _Tally) -> list[str]:
    lists = {
        "far from Clarabel": tally.far,
        "not finished": tally.unfinished,
        "solved where Clarabel proves that nothing is feasible": tally.wrongly_solved,
        "called infeasible": tally.wrongly_infeasible,
    }
    return [f"{name}, {what}: {label}" for what, labels in lists.items() for label in labels]


def _check_remarks(shares: str, tally: _Checks) -> list[str]:
    lists = {"failed": tally.failed, "called infeasible": tally.missed, "not rounded": tally.too_small}
    return [f"{shares}, {what}: {label}" for what, labels in lists.items() for label in labels]
