"""Time ten-year vintages on a simulated market, one thread: what issue 7 asks for.

    python bench/vintage_speed.py [--names 250,500,1000] [--vintages 1,2,4] [--years 10] [--repeat 2]
        [--keep FOLDER]

A 10-year monthly vintage of 500 names by the optimizer (tracking error 1%, its solution alone) takes at most 4 s of the
processor once the risk models are fitted; the simple strategies under 2 s. Sleeves are the 250, 500 and 1,000 largest
of a seeded simulated market of 2,000 names, with two years before the first funding for its risk model. The tape is cut
anew for every vintage and counted in. Risk models (statistical, 20 factors) are fitted before and not counted;
`--keep` stores them. Compilation of the kernels is not counted either. Each figure is the least of `--repeat` runs:
the same work takes up to twice as long on a machine that others use.

The time of V vintages, funded a month apart, has to be at most 1.15 times V the time of one; the exponent p of
time ~ names^p says how cost grows with names.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# One thread, so that figures can be compared; it has to be said before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numba  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy  # noqa: E402

from backtest import CapBands, CapSegment, Market, Sleeve, SleeveIndex, sleeve_index  # noqa: E402
from backtest.simulated import SimulatedMarket  # noqa: E402
from backtest.vintage import (  # noqa: E402
    FittedRisk,
    OptimizedHarvest,
    PassiveReplication,
    Strategy,
    ThresholdHarvest,
    TrailingUniverse,
    VintageSettings,
    run_vintage,
    statistical,
)
from risk import FactorRisk, StatisticalRiskModel  # noqa: E402
from risk.evaluate import History  # noqa: E402

SEED, NAMES, START, FIRST = 1, 2000, dt.date(2000, 1, 3), dt.date(2002, 2, 1)
STRATEGIES: dict[str, Strategy] = {
    "passive": PassiveReplication(),
    "threshold": ThresholdHarvest(),
    "optimizer": OptimizedHarvest(checked=False),
}
ASKED = {("optimizer", 500): 4.0, ("passive", 500): 2.0, ("threshold", 500): 2.0}
MOST_OVER_LINEAR = 1.15


@dataclass(frozen=True, eq=False)
class Fitted:
    """Models of all days, fitted before; a vintage only looks them up."""

    models: Mapping[pd.Timestamp, FactorRisk]

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Model of a day."""
        return self.models[date]


def fit(market: Market, indices: Mapping[int, SleeveIndex], days: list[pd.Timestamp], keep: Path | None) -> Fitted:
    """Fit the models of these days, or load them."""
    history = History(market.returns.iloc[1:], market.caps, market.securities["sector"])
    model = statistical(StatisticalRiskModel(n_factors=20))
    source = FittedRisk(history, model, TrailingUniverse.of(indices.values()))
    models = {}
    for day in days:
        path = None if keep is None else keep / f"{day.date()}.npz"
        if path is not None and path.is_file():
            models[day] = FactorRisk.load(path)
            continue
        models[day] = source.fitted(day)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            models[day].save(path)
    return Fitted(models)


def settings(number: int, years: int) -> VintageSettings:
    """The vintage that is funded so many months after the first."""
    funded = pd.Timestamp(FIRST) + pd.DateOffset(months=number)
    return VintageSettings(funded.date(), (funded + pd.DateOffset(years=years, days=14)).date())


def seconds(index: SleeveIndex, strategy: Strategy, source: Fitted, vintages: int, years: int) -> float:
    """Processor time of some vintages, tapes and all."""
    started = time.process_time()
    for number in range(vintages):
        run_vintage(index, strategy, settings(number, years), source if strategy.needs_risk else None)
    return time.process_time() - started


def main() -> int:
    """Run and print; exit 1 where a limit is missed."""
    arguments = _arguments()
    print(_versions())
    market = SimulatedMarket(names=NAMES, years=arguments.years + 3, start=START, seed=SEED).simulate()
    indices = {count: sleeve_index(market, largest(count)) for count in arguments.names}
    ends = market.calendar[np.flatnonzero(np.diff(market.calendar.month) != 0)]
    days = [day for day in ends if day >= pd.Timestamp(FIRST)]
    source = fit(market, indices, days, arguments.keep)
    for strategy in STRATEGIES.values():  # kernels are compiled, and what a market keeps of itself is there
        run_vintage(indices[arguments.names[0]], strategy, settings(0, 1), source)
    missed = 0
    print(f"\n{'strategy':<11}{'names':>6}  " + "".join(f"{f'{v} vintage(s)':>15}" for v in arguments.vintages))
    for name, strategy in STRATEGIES.items():
        ones = []
        for count in arguments.names:
            rounds = [
                [seconds(indices[count], strategy, source, v, arguments.years) for v in arguments.vintages]
                for _ in range(arguments.repeat)
            ]
            times = np.min(rounds, axis=0).tolist()
            ones.append(times[0] / arguments.vintages[0])
            worst = max(t / v / ones[-1] for t, v in zip(times, arguments.vintages, strict=True))
            asked = ASKED.get((name, count), np.inf) if arguments.years == 10 else np.inf
            late, bent = ones[-1] > asked, worst > MOST_OVER_LINEAR
            missed += late + bent
            words = f"   asked: at most {asked:g} s{'   MISSED' if late else ''}" if np.isfinite(asked) else ""
            words += f"   {worst:.2f} times linear   MISSED" if bent else ""
            print(f"{name:<11}{count:>6}  " + "".join(f"{t:>13.2f} s" for t in times) + words, flush=True)
        if len(arguments.names) > 1:
            power = np.polyfit(np.log(arguments.names), np.log(ones), 1)[0]
            print(f"{'':<11}time ~ names^{power:.2f}")
    return 1 if missed else 0


def largest(count: int) -> Sleeve:
    """Sleeve of the largest names."""
    return Sleeve(f"largest {count}", CapSegment(CapBands(("top",), (count,), (0.1,)), ("top",)))


def _versions() -> str:
    modules = ", ".join(f"{m.__name__} {m.__version__}" for m in (np, pd, scipy, numba))
    return f"Python {platform.python_version()}, {modules}; {platform.machine()}; one thread; market seed {SEED}"


def _arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", type=numbers, default=[250, 500, 1000])
    parser.add_argument("--vintages", type=numbers, default=[1, 2, 4])
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--keep", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
