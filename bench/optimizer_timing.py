"""Processor seconds: one pattern by each engine, whole searches, and the phases of a whole rebalance."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from rich.table import Table

from bench.optimizer_accounts import Base, Case, case_of, random_case, worthwhile_pattern
from bench.optimizer_report import Figure, Section
from optimizer import rebalance
from optimizer.check import check_trades
from optimizer.continuous import best_trades
from optimizer.engines import ClarabelEngine, Engine, NewtonEngine
from optimizer.engines.newton import solve_pattern
from optimizer.formulate import formulate
from optimizer.newton import newton_form
from optimizer.pattern_search import search_pattern
from optimizer.problem import Pattern
from optimizer.share_rounding import round_to_shares
from optimizer.solution import Solution
from optimizer.trade_list import trade_list
from tax import wash_locks
from taxsleeve_errors import InfeasibleError, OptimizerError, SolverError

__all__ = ["speed"]

_TARGETS = {500: 0.040, 3000: 0.300}


def speed(bases: Sequence[Base], others: Sequence[Engine], draws: int, repeats: int) -> Section:
    """Time one pattern of the first account by each engine; then `draws` random searches of each account."""
    first = case_of("example mandate", bases[0].account, bases[0].mandate, bases[0].risk)
    warm_up(first)
    figures = _one_pattern(first, others, repeats)
    figures.append(Figure("newton_form: lots sorted, rows stated", _ms(_median(repeats, lambda: _form(first)))))
    remarks: list[str] = []
    tables = []
    for base in bases:
        more, notes = _searches(base, draws)
        figures += more
        remarks += notes
        table, notes = _phases(base, repeats)
        tables.append(table)
        remarks += notes
    return Section("2. Speed", figures, tuple(tables), tuple(remarks))


def warm_up(case: Case) -> None:
    """Compile and load the kernels, so that no figure has that in it."""
    NewtonEngine().solve(case.problem, case.limits, worthwhile_pattern(case.problem))
    rebalance(case.account, case.mandate, case.risk)


def _one_pattern(case: Case, others: Sequence[Engine], repeats: int) -> list[Figure]:
    p, limits, pattern = case.problem, case.limits, worthwhile_pattern(case.problem)
    form = newton_form(p, limits)
    timed = [
        lambda: NewtonEngine().solve(p, limits, pattern),
        lambda: _priced(NewtonEngine().solve(p, limits, pattern)),
        lambda: solve_pattern(form, pattern),
        lambda: _priced(ClarabelEngine().solve(p, limits, pattern)),
    ]
    newton, priced, kernel, cone = _side_by_side(repeats, timed)
    size = f"{len(p.assets)} names, {len(p.lot_asset)} lots, one pattern"
    figures = [
        Figure(f"{size}: newton, form made and solved", _ms(newton), timing=True),
        Figure("  and the limits' prices looked at", _ms(priced), timing=True),
        Figure(f"{size}: newton, form given", _ms(kernel), timing=True),
        Figure(f"{size}: CVXPY + Clarabel, which gives prices too", _ms(cone), timing=True),
        Figure("  Clarabel / newton, form made", f"{cone / newton:.0f} x", ">= 25 x", cone >= 25 * newton, timing=True),
        Figure("  Clarabel / newton, form made, prices", f"{cone / priced:.0f} x", timing=True),
        Figure("  Clarabel / newton, form given", f"{cone / kernel:.0f} x", timing=True),
    ]
    for engine in others:
        if engine.takes(p, limits):
            figures.append(Figure(f"{size}: {engine.name}", _time_of(engine, case, pattern, repeats), timing=True))
    return figures


def _priced(solution: Solution | None) -> dict[str, float]:
    """Look at the limits' prices, which newton works out when they are looked at."""
    return {} if solution is None else dict(solution.prices)


def _time_of(engine: Engine, case: Case, pattern: Pattern, repeats: int) -> str:
    """Median time of an engine, or what it says where it does not finish."""
    started = time.process_time()
    try:
        return _ms(_median(repeats, lambda: engine.solve(case.problem, case.limits, pattern)))
    except SolverError as error:
        return f"not finished after {_ms(time.process_time() - started)}: {error}"


def _form(case: Case) -> object:
    return newton_form(case.problem, case.limits)


def _searches(base: Base, draws: int) -> tuple[list[Figure], list[str]]:
    """Whole searches: lot preparation, flips and bound."""
    seconds, stated, remarks = [], [], []
    for seed in range(draws):
        started = time.process_time()
        case = random_case(base, 5000 + seed)
        made = time.process_time() - started
        started = time.process_time()
        try:
            result = search_pattern(case.problem, case.limits)
        except InfeasibleError:
            continue
        seconds.append(time.process_time() - started)
        stated.append(made)
        if seconds[-1] > 5 * _TARGETS.get(base.names, np.inf):
            gap = (result.bound - result.solution.value) / abs(result.bound)
            remarks.append(f"slow search: {case.label}: {_ms(seconds[-1])}, gap {gap:.2%}, {result.engine}")
    size = f"{base.names} names, {len(base.account.lots)} lots"
    median, target = float(np.median(seconds)), _TARGETS.get(base.names)
    spread = ", ".join(_ms(s) for s in np.percentile(seconds, [10, 90, 100]))
    figures = [
        Figure(
            f"{size}: whole search, median of {len(seconds)} random mandates",
            _ms(median),
            "" if target is None else f"<= {_ms(target)}",
            None if target is None else median <= target,
            timing=True,
        ),
        Figure("  10, 90, 100 of 100", spread, timing=True),
        Figure("  formulate, before it", _ms(float(np.median(stated))), timing=True),
    ]
    return figures, remarks


def _phases(base: Base, repeats: int) -> tuple[Table, list[str]]:
    """Seconds of each step of `rebalance` on the example's own mandate and on random ones."""
    table = Table(title=f"Phases of a whole rebalance, {base.names} names, {len(base.account.lots)} lots, ms")
    for heading in ("mandate", "formulate", "search", "rounding", "trade list", "check", "second check", "rebalance"):
        table.add_column(heading, justify="right")
    remarks = []
    cases = [case_of("example's own", base.account, base.mandate, base.risk)]
    cases += [random_case(base, 5000 + seed) for seed in range(3)]
    for case in cases:
        try:
            rows = [_one_run(case) for _ in range(max(1, repeats))]
        except OptimizerError as error:
            remarks.append(f"no rebalance: {base.names} names, {case.label}: {error}")
            continue
        table.add_row(case.label.split(", ")[-1], *(f"{1000 * s:.1f}" for s in np.median(rows, axis=0)))
    return table, remarks


def _one_run(case: Case) -> list[float]:
    account, mandate, risk, seconds = case.account, case.mandate, case.risk, [time.process_time()]
    locks = wash_locks(account.trades, account.lots, account.as_of)
    problem = formulate(account, mandate, risk, locks)
    limits = mandate.all_limits()
    seconds.append(time.process_time())
    best = best_trades(problem, mandate, limits)
    seconds.append(time.process_time())
    trades = round_to_shares(best.problem, account, limits, best.solution, mandate.min_trade)
    seconds.append(time.process_time())
    table = trade_list(best.problem, account, trades)
    seconds.append(time.process_time())
    check_trades(account, mandate, risk, table)
    seconds.append(time.process_time())
    check_trades(account, mandate, risk, table.take(slice(0)))
    seconds.append(time.process_time())
    rebalance(account, mandate, risk)
    seconds.append(time.process_time())
    return np.diff(seconds).tolist()


def _side_by_side(repeats: int, functions: Sequence[Callable[[], object]]) -> list[float]:
    """Median seconds of each, five times in a row and in turn: a machine that slows down slows all of them."""
    seconds = [[_median(5, function) for function in functions] for _ in range(repeats)]
    return [float(median) for median in np.median(seconds, axis=0)]


def _median(times: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(times):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return float(np.median(seconds))


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms"
