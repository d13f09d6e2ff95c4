"""One account rebalanced in a process of its own, for its time and memory: `python -m bench.one_size 500 5 20`.

Prints JSON: lots, factors, the least processor milliseconds of a search and of a whole rebalance, and greatest resident
megabytes before and after.
"""

from __future__ import annotations

import bench.one_thread  # noqa: F401 before numpy

import argparse  # isort: skip
import json  # isort: skip
from dataclasses import dataclass, replace  # isort: skip

import numpy as np  # isort: skip

from bench.optimizer_accounts import base_account, case_of  # isort: skip
from bench.peak_memory import peak_megabytes  # isort: skip
from bench.stopwatch import seconds  # isort: skip
from optimizer import rebalance  # isort: skip
from optimizer.pattern_search import search_pattern  # isort: skip
from risk import FactorRisk  # isort: skip

__all__ = ["Measured", "measured"]

_SEED = 7
_TIMES = 3


@dataclass(frozen=True)
class Measured:
    """What one size takes; milliseconds of the processor, megabytes of resident memory."""

    lots: int
    factors: int
    search: float
    rebalance: float
    megabytes_before: float
    megabytes: float


def measured(names: int, lots: int, factors: int | None) -> Measured:
    """Measure this process: one size each."""
    base = base_account(names, seed=_SEED, lots=lots)
    risk = base.risk if factors is None else _drawn(base.risk, factors)
    case = case_of("", base.account, base.mandate, risk)
    rebalance(case.account, case.mandate, risk)
    before = peak_megabytes()
    search = min(seconds(lambda: search_pattern(case.problem, case.limits)) for _ in range(_TIMES))
    whole = min(seconds(lambda: rebalance(case.account, case.mandate, risk)) for _ in range(_TIMES))
    size = len(case.problem.lot_asset), case.problem.root.shape[1]
    return Measured(*size, 1000 * search, 1000 * whole, before, peak_megabytes())


def _drawn(risk: FactorRisk, factors: int) -> FactorRisk:
    """A model of the same names with that many factors: a market and others of the same variance in all."""
    rng = np.random.default_rng(_SEED)
    loadings = np.column_stack([np.ones(len(risk.assets)), rng.standard_normal((len(risk.assets), factors - 1))])
    variance = np.r_[0.03, np.full(factors - 1, 0.02 / max(factors - 1, 1))]
    names = tuple(f"F{k}" for k in range(factors))
    return replace(risk, factors=names, loadings=loadings, factor_covariance=np.diag(variance))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", type=int)
    parser.add_argument("lots", type=int, help="purchases of each name")
    parser.add_argument("factors", type=int, nargs="?")
    given = parser.parse_args()
    print(json.dumps(vars(measured(given.names, given.lots, given.factors))))


if __name__ == "__main__":
    main()
