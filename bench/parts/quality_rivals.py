"""Tax saved beside other ways of choosing trades, at the tracking error, turnover and cash that each of them used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from bench.judged_accounts import Judged, JudgedAccount, judged_account, trade_table
from bench.machine import installed
from bench.optimizer_accounts import Case, worthwhile_pattern
from bench.optimizer_rivals import LEAST_CASH, LOSS_PER_NAME, MOST_CASH, threshold_rule
from bench.part import Part, Request, Table, size
from bench.stopwatch import seconds
from optimizer import CashLimit, Limit, LossPerNameLimit, TrackingErrorLimit, TurnoverLimit, rebalance
from optimizer.engines import NewtonEngine

__all__ = ["RIVALS"]

_TE, _TURNOVER = 0.01, 0.30
_SEEDS = (11, 12)
# So that what a rival used can be used in full.
_HAIR = 1e-9
_COLUMNS = (
    "way", "names", "saves", "taxsleeve at its TE, turnover, cash", "under its limits alone", "TE used",
    "turnover used", "cash left", "audit",
)  # fmt: skip


@dataclass(frozen=True)
class _Way:
    """A way of choosing trades, and the limits that it knows beside tracking error and turnover."""

    name: str
    trades: Callable[[Case], pd.DataFrame | None]
    loss_per_name: float | None
    cash: tuple[float, float]
    # Whether it bounds cash from above by itself; otherwise what it leaves idle bounds ours.
    keeps_cash: bool


@dataclass(frozen=True)
class _Compared:
    """One account: the rival's list, ours at what it used, ours under its limits, and processor seconds."""

    rival: Judged
    equal: Judged
    free: Judged
    rival_seconds: float
    our_seconds: float


def measure(request: Request) -> Table:
    """Compare with every way that is there."""
    sizes = size(request, (100, 300, 500), (40,))
    seeds = size(request, _SEEDS, _SEEDS[:1])
    rows: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    notes, faults = list(_NOTES), 0
    ways = list(_ways())
    if not any(way.name == "taxrebalance" for way in ways):
        notes.append("taxrebalance is not installed and was skipped.")
    for way in ways:
        for names in sizes:
            tried = [_compared(way, judged_account(names, seed=seed)) for seed in seeds]
            found = [one for one in tried if one is not None]
            if len(found) < len(tried):
                notes.append(f"{way.name}, {names} names: no trades within the limits on {len(tried) - len(found)}.")
            if found:
                rows.append(_row(way, names, found))
                figures |= _figures(f"{way.name}, {names}", found)
                faults += sum(sum(own.faults.values()) for one in found for own in (one.equal, one.free))
    notes.append(f"Faults that the auditor finds in our own lists: {faults}.")
    seeds_words = f"example accounts, 5 purchases a name, seeds {', '.join(map(str, seeds))}"
    return Table(_COLUMNS, tuple(rows), tuple(notes), seeds_words, figures)


_NOTES = (
    "Bp of NAV, tax saved on losses that count less tax on gains and trading costs, all by the independent auditor "
    "(`audit/`) from the lists themselves; means of two accounts. Equal in the fourth column: limits on tracking "
    "error, turnover and cash are what the rival used, and its own bounds on loss a name; the fifth gives ours the "
    f"limits that both were given ({_TE:.0%}, {_TURNOVER:.0%}). Audit: faults in the rival's list. Same prices, lots, "
    "rates, costs, locks, risk model, fractions of shares.",
    f"Threshold rule and sell-only pattern: loss a name at most {LOSS_PER_NAME:.2%}, cash {LEAST_CASH:.1%} to "
    f"{MOST_CASH:.0%}. taxrebalance knows neither: its loss a name is free and cash only not below zero, and so are "
    "ours beside it. It takes one cost for all names (the mean by value), must not trade at all what may not be "
    "bought, and does not know that two share classes are substantially identical.",
    "Threshold rule: sells every lot down more than x%, most loss first up to the cap of its name, and spreads the "
    "proceeds by benchmark weight over the names not sold; x is the best of all within TE and turnover.",
    "Sell-only: every group with a loss worth its round trip may be sold and not bought; our engine, no search.",
)


def _ways() -> Iterator[_Way]:
    bounded = {"loss_per_name": LOSS_PER_NAME, "cash": (LEAST_CASH, MOST_CASH), "keeps_cash": True}
    yield _Way("threshold rule", _threshold, **bounded)  # type: ignore[arg-type]
    yield _Way("sell-only pattern", _sell_only, **bounded)  # type: ignore[arg-type]
    if installed("taxrebalance"):
        yield _Way("taxrebalance", _taxrebalance, None, (0.0, np.inf), keeps_cash=False)


def _threshold(case: Case) -> pd.DataFrame | None:
    found = threshold_rule(case)
    return None if found is None else trade_table(case, *found)


def _sell_only(case: Case) -> pd.DataFrame | None:
    found = NewtonEngine().solve(case.problem, case.limits, worthwhile_pattern(case.problem))
    return None if found is None else trade_table(case, found.sell, found.buy)


def _taxrebalance(case: Case) -> pd.DataFrame:
    from bench.peer_taxrebalance import taxrebalance_trades

    p = case.problem
    cost = float(np.average(p.cost, weights=p.held + p.benchmark))
    return taxrebalance_trades(case, _TE, _TURNOVER, cost)


def _compared(way: _Way, account: JudgedAccount) -> _Compared | None:
    case = account.case(_limits(way, _TE, _TURNOVER, way.cash))
    lists: list[pd.DataFrame | None] = []
    rival_seconds = seconds(lambda: lists.append(way.trades(case)))
    if lists[0] is None:
        return None
    rival = _judged(account, lists[0], way, _TE, _TURNOVER, way.cash)
    cash = way.cash if way.keeps_cash else (way.cash[0], rival.cash + _HAIR)
    te, turnover = rival.tracking_error + _HAIR, rival.turnover + _HAIR
    equal = _ours(account, way, te, turnover, cash)
    ours: list[Judged] = []
    our_seconds = seconds(lambda: ours.append(_ours(account, way, _TE, _TURNOVER, way.cash)))
    return _Compared(rival, equal, ours[0], rival_seconds, our_seconds)


def _ours(account: JudgedAccount, way: _Way, te: float, turnover: float, cash: tuple[float, float]) -> Judged:
    case = account.case(_limits(way, te, turnover, cash))
    trades = rebalance(case.account, case.mandate, case.risk).trades
    return _judged(account, trades, way, te, turnover, cash)


def _limits(way: _Way, te: float, turnover: float, cash: tuple[float, float]) -> list[Limit]:
    limits: list[Limit] = [TrackingErrorLimit(te), TurnoverLimit(turnover)]
    if way.loss_per_name is not None:
        limits.append(LossPerNameLimit(way.loss_per_name))
    return [*limits, CashLimit(*cash)]


def _judged(
    account: JudgedAccount, trades: pd.DataFrame, way: _Way, te: float, turnover: float, cash: tuple[float, float]
) -> Judged:
    limits = {"tracking_error": te, "turnover": turnover}
    if way.loss_per_name is not None:
        limits["loss_per_name"] = way.loss_per_name
    return account.judge(trades, limits, (cash[0], min(cash[1], 1.0)))


def _row(way: _Way, names: int, found: Sequence[_Compared]) -> tuple[str, ...]:
    mean = partial(_mean, found)
    rival, equal = mean("rival", "saved"), mean("equal", "saved")
    faults = sum((one.rival.faults for one in found), Counter[str]())
    return (
        way.name,
        str(names),
        f"{1e4 * rival:.1f}",
        f"{1e4 * equal:.1f} ({equal / rival - 1:+.0%})",
        f"{1e4 * mean('free', 'saved'):.1f}",
        f"{mean('rival', 'tracking_error'):.2%}",
        f"{mean('rival', 'turnover'):.1%}",
        f"{mean('rival', 'cash'):.2%}",
        "; ".join(f"{count} {code}" for code, count in sorted(faults.items())) or "clean",
    )


def _mean(found: Sequence[_Compared], which: str, what: str) -> float:
    return float(np.mean([getattr(getattr(one, which), what) for one in found]))


def _figures(label: str, found: Sequence[_Compared]) -> dict[str, float]:
    figures = {}
    for which in ("rival", "equal", "free"):
        for what in ("saved", "losses", "gains", "disallowed", "tracking_error", "turnover", "cash"):
            figures[f"{label}: {which}, {what}"] = _mean(found, which, what)
    figures[f"{label}: rival, seconds"] = float(np.mean([one.rival_seconds for one in found]))
    figures[f"{label}: ours, seconds with the audit"] = float(np.mean([one.our_seconds for one in found]))
    return figures


RIVALS = Part(
    name="quality-rivals",
    group="quality",
    shows="Tax saved in one rebalance, beside other ways of choosing trades",
    measure=measure,
    peers=("taxrebalance",),
    minutes=8,
    in_readme=True,
)
