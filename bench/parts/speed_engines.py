"""One pattern of one account by every engine of ours and by solvers as they come."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from functools import partial

from bench.one_pattern import Answer, OnePattern, bare_clarabel, bare_osqp, bare_piqp, plain_cvxpy
from bench.optimizer_accounts import Case, base_account, case_of, worthwhile_pattern
from bench.part import Part, Request, Table, size
from bench.stopwatch import Times, seconds, side_by_side
from optimizer import TrackingErrorLimit
from optimizer.engines import ClarabelEngine, Engine, NewtonEngine, OsqpEngine
from optimizer.engines.newton import newton_solution, solve_pattern
from optimizer.newton import newton_form

__all__ = ["ENGINES"]

_SEED, _TE = 7, 0.005
_REFERENCE = "taxsleeve: dual Newton"
_FORM_GIVEN = "taxsleeve: dual Newton, account sorted before"
_PIQP = "PIQP, given the matrices and the price of risk"
# What takes longer than this is timed once.
_LONG = 2.0
Work = Callable[[], Answer]


def measure(request: Request) -> Table:
    """Time every solver on the same pattern of the same accounts, in turn."""
    sizes = size(request, ((100, 5), (500, 12)), ((40, 3),))
    found = [_account(names, lots, rounds=size(request, 7, 2)) for names, lots in sizes]
    labels = [f"{names} names, {lots:,} lots" for (names, _), (lots, _, _, _) in zip(sizes, found, strict=True)]
    rows: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    for solver in found[0][1]:
        cells, worst = [solver], 0.0
        for label, (_, times, value, _) in zip(labels, found, strict=True):
            cells.append(_cell(solver, times[solver]))
            figures[f"{solver}, {label}: seconds"] = times[solver].median
            figures[f"{solver}, {label}: ratio"] = times[solver].ratio
            worst = max(worst, abs(value[solver] / value[_REFERENCE] - 1))
        rows.append((*cells, f"{worst:.0e}"))
    excess = max(found, key=lambda one: one[3])[3]
    notes: tuple[str, ...] = (
        "Times the reference (median of rounds in turn, range in brackets; the reference in milliseconds): the same "
        "account, limits and choice of what may be sold at a loss, tracking error binding. The last column is how far "
        "the value differs. OSQP and PIQP know no cone: they are given the price of tracking error at the optimum, "
        "which a user would have to search for; making the matrices is not counted for the bare solvers.",
        f"Greatest excess of any answer over any limit: {excess:.0e} of NAV.",
        "OSQP: eps 1e-5. PIQP: reg_lower_limit 1e-8, for by its default it calls the smallest account infeasible.",
        f"What takes over {_LONG:g} s is timed once.",
    )
    if _PIQP not in found[0][1]:
        notes += ("piqp is not installed and was skipped.",)
    seeds = f"example accounts, seed {_SEED}; tracking error {_TE:.1%}, else the example's limits"
    return Table(("solver", *labels, "value differs"), tuple(rows), notes, seeds, figures)


def _account(names: int, lots: int, rounds: int) -> tuple[int, dict[str, Times], dict[str, float], float]:
    """Lots, times, values, and the greatest excess over any limit."""
    base = base_account(names, seed=_SEED, lots=lots)
    limits = [TrackingErrorLimit(_TE) if limit.name == "tracking_error" else limit for limit in base.mandate.limits]
    case = case_of("", base.account, dataclasses.replace(base.mandate, limits=limits), base.risk)
    one = OnePattern.of(case, worthwhile_pattern(case.problem))
    works = _works(one)
    answers: dict[str, Answer] = {}
    first = {name: seconds(partial(_kept, answers, name, work)) for name, work in works.items()}
    slow = {name: work for name, work in works.items() if first[name] > _LONG and name != _REFERENCE}
    quick = {name: work for name, work in works.items() if name not in slow}
    times = side_by_side(quick, _REFERENCE, rounds, {_REFERENCE: 10, _FORM_GIVEN: 10})
    for name, work in slow.items():
        times[name] = side_by_side({_REFERENCE: works[_REFERENCE], name: work}, _REFERENCE, 1, {_REFERENCE: 10})[name]
    ordered = {name: times[name] for name in works}
    values = {name: one.value(answer) for name, answer in answers.items()}
    return len(case.problem.lot_asset), ordered, values, max(one.excess(answer) for answer in answers.values())


def _kept(answers: dict[str, Answer], name: str, work: Work) -> None:
    answers[name] = work()


def _works(one: OnePattern) -> dict[str, Work]:
    case = one.case
    price = bare_clarabel(one)().te_price
    form = newton_form(case.problem, case.limits)

    def sorted_before() -> Answer:
        found = newton_solution(form, one.pattern, solve_pattern(form, one.pattern))
        return Answer(100 * found.sell, 100 * found.buy)

    works: dict[str, Work] = {
        _REFERENCE: partial(_ours, NewtonEngine(), case, one),
        _FORM_GIVEN: sorted_before,
        "taxsleeve: CVXPY + Clarabel": partial(_ours, ClarabelEngine(), case, one),
        "taxsleeve: OSQP, its answer finished": partial(_ours, OsqpEngine(), case, one),
        "plain CVXPY + Clarabel, factor risk": partial(plain_cvxpy, one),
        "plain CVXPY + Clarabel, N x N covariance": partial(plain_cvxpy, one, dense=True),
        "Clarabel, given the matrices": bare_clarabel(one),
    }
    with contextlib.suppress(ImportError):
        works[_PIQP] = bare_piqp(one, price)
    works["OSQP, given the matrices and the price of risk"] = bare_osqp(one, price)
    return works


def _ours(engine: Engine, case: Case, one: OnePattern) -> Answer:
    found = engine.solve(case.problem, case.limits, one.pattern)
    assert found is not None, "the example's limits can be met"
    return Answer(100 * found.sell, 100 * found.buy)


def _cell(solver: str, times: Times) -> str:
    return f"{1000 * times.median:.1f} ms" if solver == _REFERENCE else times.words


ENGINES = Part(
    name="speed-engines",
    group="speed",
    shows="One rebalance by names and lots, its either-or choices fixed: processor time by solver",
    measure=measure,
    peers=("piqp",),
    minutes=6,
    in_readme=True,
)
