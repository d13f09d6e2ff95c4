"""A ten-year backtest beside other programs, and what lots and taxes add."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from backtest import sleeve_index
from backtest.simulated import SimulatedMarket
from backtest.vintage import OptimizedHarvest, run_vintage
from bench.machine import installed
from bench.part import Part, Request, Table, size
from bench.stopwatch import seconds, side_by_side
from bench.vintage_speed import FIRST, SEED, START, fit, largest, settings
from bench.weights_market import Walk, simulated, taxsleeve_walk

__all__ = ["BACKTEST"]

_REFERENCE = "taxsleeve, weights alone"
_MARKET_SEED = 0
_LOTS = "taxsleeve, every lot, tax and wash sale"


def measure(request: Request) -> Table:
    """Run the same backtest of weights by every program that is there, then one of lots by ours."""
    names, years, rounds = size(request, 500, 40), size(request, 10, 1), size(request, 2, 1)
    market = simulated(names, 12 * years, _MARKET_SEED)
    found: dict[str, Walk] = {}
    # Kernels are compiled, and libraries loaded, on a small one.
    small = simulated(20, 2, _MARKET_SEED)
    for run in _programs().values():
        run(small)
    kept = {
        label: (lambda label=label, run=run: found.update({label: run(market)})) for label, run in _programs().items()
    }
    times = side_by_side(kept, _REFERENCE, rounds)
    base = found[_REFERENCE].worth(market)
    rows: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    for label, one in times.items():
        worth = found[label].worth(market)
        ratio = f"{one.median:.2f} s" if label == _REFERENCE else one.words
        rows.append((label, ratio, f"{worth / base - 1:+.0e}", _DOES[label]))
        figures |= {f"{label}: seconds": one.median, f"{label}: ratio": one.ratio, f"{label}: objective": worth}
    lots = _with_lots(names, years)
    rows.append((_LOTS, f"{lots / times[_REFERENCE].median:.1f} x", "another problem", _DOES[_LOTS]))
    figures[f"{_LOTS}: seconds"] = lots
    notes = [
        f"{names} names, {years} years of months: each month the best of alpha less a price of active variance (20 "
        "factors) less cost of trading, long-only and invested. Processor time over the reference's (range of rounds "
        "in brackets); second column: how far the sum of the objective differs. The others know weights only, no "
        "lots: what ours takes with lots is the last row, on a simulated market with index changes, dividends and "
        "mergers, risk models fitted before. skfolio has no variance against a benchmark in factor form: it gets the "
        "N x N covariance, and is refitted month by month with the weights that returns have left.",
    ]
    notes += [
        f"{peer} is not installed and was skipped." for peer in ("cvxportfolio", "skfolio") if not installed(peer)
    ]
    seeds = f"weights {_MARKET_SEED}, market of lots {SEED}"
    return Table(("program", "time", "objective differs", "what it does"), tuple(rows), tuple(notes), seeds, figures)


_DOES = {
    _REFERENCE: "dual Newton, each position one lot",
    "cvxportfolio": "its simulator and single-period policy, factor risk, Clarabel",
    "skfolio": "MeanRisk each month, Clarabel",
    _LOTS: "tracking error 1%, losses harvested monthly",
}


def _programs() -> dict[str, Callable[..., Walk]]:
    programs: dict[str, Callable[..., Walk]] = {_REFERENCE: taxsleeve_walk}
    if installed("cvxportfolio"):
        from bench.peer_cvxportfolio import cvxportfolio_walk

        programs["cvxportfolio"] = cvxportfolio_walk
    if installed("skfolio"):
        from bench.peer_skfolio import skfolio_walk

        programs["skfolio"] = skfolio_walk
    return programs


def _with_lots(names: int, years: int) -> float:
    """Processor seconds of a vintage of the optimizer, the lesser of two, risk models not counted."""
    market = SimulatedMarket(names=2 * names, years=years + 3, start=START, seed=SEED).simulate()
    index = sleeve_index(market, largest(names))
    ends = market.calendar[np.flatnonzero(np.diff(market.calendar.month) != 0)]
    source = fit(market, {names: index}, [day for day in ends if day.date() >= FIRST], None)
    strategy, terms = OptimizedHarvest(), settings(0, years)
    return min(seconds(lambda: run_vintage(index, strategy, terms, source)) for _ in range(2))


BACKTEST = Part(
    name="speed-backtest",
    group="speed",
    shows="A ten-year backtest",
    measure=measure,
    peers=("cvxportfolio", "skfolio"),
    minutes=8,
    in_readme=True,
)
