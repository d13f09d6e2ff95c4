"""What the optimizer saves beside a threshold rule and beside the pattern that sells losses only.

All three keep the same limits: tracking error, turnover, loss per name, cash; fractions of shares, the same prices,
rates, costs and wash-sale locks. The rule's threshold is the one that saves most within them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bench.optimizer_accounts import Base, Case, case_of, worthwhile_pattern
from bench.optimizer_report import Figure, Section
from optimizer import CashLimit, LossPerNameLimit, TrackingErrorLimit, TurnoverLimit
from optimizer.engines import NewtonEngine
from optimizer.pattern_search import search_pattern
from optimizer.problem import Problem
from taxsleeve_errors import InfeasibleError

__all__ = ["LEAST_CASH", "LOSS_PER_NAME", "MOST_CASH", "rivals", "threshold_rule"]

Floats = NDArray[np.float64]
LEAST_CASH, MOST_CASH, LOSS_PER_NAME = 0.001, 0.01, 0.0025
_ROOM = 1e-9


@dataclass
class _Row:
    """Tax saved by each, in bp of NAV, one entry an account; not a number where a rival has no trades."""

    optimizer: list[float] = field(default_factory=list)
    rule: list[float] = field(default_factory=list)
    sell_only: list[float] = field(default_factory=list)
    used: list[tuple[float, float]] = field(default_factory=list)


def rivals(bases: Sequence[Base], te_limits: Sequence[float], turnovers: Sequence[float]) -> Section:
    """Compare on every account under every pair of limits."""
    table = Table(title="Tax saved, bp of NAV, median over the accounts where both have trades", title_justify="left")
    headings = ("TE", "turnover", "accounts", "optimizer", "threshold rule", "by", "optimizer", "sell-only", "by")
    for heading in (*headings, "rule's TE, turnover"):
        table.add_column(heading, justify="right")
    rows, infeasible = [], 0
    for te in te_limits:
        for turnover in turnovers:
            row = _Row()
            for base in bases:
                infeasible += not _compare(row, _case(base, te, turnover))
            rows.append(row)
            _add_row(table, te, turnover, row)
    figures = [
        *_figures("threshold rule", rows, "rule"),
        *_figures("sell-only pattern", rows, "sell_only"),
        Figure("pairs of account and limits that are infeasible", f"{infeasible}"),
    ]
    remarks = (
        f"Equal for all: limits on tracking error and turnover as shown, {LOSS_PER_NAME:.2%} of loss a name, cash "
        f"{LEAST_CASH:.1%} to {MOST_CASH:.1%}; rates, costs, locks, lots, fractional shares.",
        "Threshold rule: sells every lot down more than x%, most loss first up to the cap of its name, and spreads "
        "the proceeds by benchmark weight over the names not sold; x is the best of all within TE and turnover.",
        "Not equal: the TE and turnover that each uses below its limit; the rule's are in the last column.",
        "Sell-only: every group with a loss worth its round trip may be sold and not bought; same engine, no flips.",
    )
    return Section("4. Tax saved beside a threshold rule and a sell-only pattern", figures, (table,), remarks)


def _case(base: Base, te: float, turnover: float) -> Case:
    limits = [
        TrackingErrorLimit(te),
        TurnoverLimit(turnover),
        LossPerNameLimit(LOSS_PER_NAME),
        CashLimit(LEAST_CASH, MOST_CASH),
    ]
    mandate = dataclasses.replace(base.mandate, limits=limits, min_trade=0.0, risk_aversion=0.0, fractional=True)
    return case_of(f"{base.names} names, example {base.seed}", base.account, mandate, base.risk)


def _compare(row: _Row, case: Case) -> bool:
    p = case.problem
    try:
        best = search_pattern(p, case.limits).solution
    except InfeasibleError:
        return False
    row.optimizer.append(_saved(p, best.sell, best.buy))
    ruled = threshold_rule(case)
    row.rule.append(np.nan if ruled is None else _saved(p, *ruled))
    if ruled is not None:
        row.used.append((_te(p, *ruled), _turnover(p, *ruled)))
    sold = NewtonEngine().solve(p, case.limits, worthwhile_pattern(p))
    row.sell_only.append(np.nan if sold is None else _saved(p, sold.sell, sold.buy))
    return True


def _saved(problem: Problem, sell: Floats, buy: Floats) -> float:
    """Tax saved less costs, bp of NAV; with no price of risk that is what was maximised."""
    return 1e4 * problem.value(sell, buy)


def _te(problem: Problem, sell: Floats, buy: Floats) -> float:
    return float(np.sqrt(problem.variance(problem.active_after(sell, buy))))


def _turnover(problem: Problem, sell: Floats, buy: Floats) -> float:
    del problem
    return float(sell.sum() + buy.sum())


def threshold_rule(case: Case) -> tuple[Floats, Floats] | None:
    """Trades of the threshold that saves most within tracking error and turnover; None where none keeps them."""
    p = case.problem
    te, turnover = (limit.limit for limit in case.limits[:2])  # type: ignore[attr-defined]
    down = _down(p)
    usable = p.lot_is_loss & p.lot_sellable & (p.lot_credit > 2 * p.cost[p.lot_asset])
    candidates = np.unique(np.concatenate([np.quantile(down[usable], np.linspace(0, 1, 101)), [1.0]]))
    best, most = None, -np.inf
    for x in candidates if usable.any() else [1.0]:
        sell = _capped(p, np.where(usable & (down > x), p.lot_value, 0.0), down)
        buy = _spread(p, sell)
        if buy is None or _te(p, sell, buy) > te + _ROOM or _turnover(p, sell, buy) > turnover + _ROOM:
            continue
        if (saved := _saved(p, sell, buy)) > most:
            best, most = (sell, buy), saved
    return best


def _down(problem: Problem) -> Floats:
    """Loss of each lot over its cost."""
    gain = problem.lot_gain
    down: Floats = np.maximum(-gain, 0.0) / (1 - gain)
    return down


def _capped(problem: Problem, sell: Floats, down: Floats) -> Floats:
    """Keep each name's loss within its cap, the lots most under water first."""
    order = np.lexsort((-down, problem.lot_asset))
    loss = (np.maximum(-problem.lot_gain, 0.0) * sell)[order]
    name = problem.lot_asset[order]
    before = np.cumsum(loss) - loss
    start = np.searchsorted(name, name)
    left = np.maximum(LOSS_PER_NAME - (before - before[start]), 0.0)
    part = np.ones(len(loss))
    part[loss > 0] = np.minimum(1.0, left[loss > 0] / loss[loss > 0])
    capped = sell.copy()
    capped[order] = sell[order] * part
    return capped


def _spread(problem: Problem, sell: Floats) -> Floats | None:
    """Put the proceeds, and cash beyond the middle of its band, into the names not sold, by benchmark weight."""
    sold = problem.lot_sum @ sell
    group_sold = np.bincount(problem.group, weights=sold, minlength=problem.groups) > 0
    open_names = problem.buyable & ~group_sold[problem.group]
    weight = np.where(open_names, problem.benchmark, 0.0)
    cash = problem.cash + (1 - problem.cost) @ sold
    if not weight.any() or cash < LEAST_CASH:
        return None
    each = weight / weight.sum()
    spent = max(cash - 0.5 * (LEAST_CASH + MOST_CASH), 0.0) / float(1 + problem.cost @ each)
    return each * spent


def _add_row(table: Table, te: float, turnover: float, row: _Row) -> None:
    best = np.array(row.optimizer)
    cells = [f"{te:.2%}", f"{turnover:.0%}", str(len(best))]
    for other in (np.array(row.rule), np.array(row.sell_only)):
        both = np.isfinite(other)
        if not both.any():
            cells += ["", "no trades", ""]
            continue
        ours, theirs = float(np.median(best[both])), float(np.median(other[both]))
        cells += [f"{ours:.1f}", f"{theirs:.1f} ({both.sum()})", f"{ours - theirs:+.1f}"]
    used = np.median(row.used, axis=0) if row.used else None
    table.add_row(*cells, "" if used is None else f"{used[0]:.2%}, {used[1]:.0%}")


def _figures(label: str, rows: Sequence[_Row], which: str) -> list[Figure]:
    ours = np.concatenate([row.optimizer for row in rows])
    theirs = np.concatenate([getattr(row, which) for row in rows])
    both = np.isfinite(theirs)
    more = ours[both] - theirs[both]
    ratio = more / np.maximum(np.abs(theirs[both]), 1.0)
    return [
        Figure(f"more than the {label}: least, median, most, bp of NAV", _spread_of(more, "{:+.2f}")),
        Figure(f"  relative to it (to 1 bp where it saves less), of {both.sum()}", _spread_of(ratio, "{:+.1%}")),
        Figure(f"  accounts where the {label} saves more by over 0.2%", *_worse(ours, theirs, both)),
        Figure(f"  {label} has no trades within the limits", f"{(~both).sum()}"),
    ]


def _spread_of(values: Floats, form: str) -> str:
    return ", ".join(form.format(v) for v in (values.min(), np.median(values), values.max())) if len(values) else "none"


def _worse(ours: Floats, theirs: Floats, both: NDArray[np.bool_]) -> tuple[str, str, bool]:
    worse = int((theirs[both] - ours[both] > 0.002 * np.abs(ours[both]) + 1e-6).sum())
    return f"{worse}", "0", not worse
