"""Set the simulated market against its targets, and time it, one thread.

    python bench/simulated_market.py [--seeds 6] [--first-seed 0] [--only calibration|speed|long]

Prints both eras' calibration tables (means over seeds); the processor's seconds and the peak memory of 1,500 names x
10 years (asked for: under 10 s), of 60 to 200 names x 3 years (under a second) and of the size for studies, 2,600
names x 30 years (under 60 s and 3 GB); and over those 30 years what has no target of its own: style cycles,
concentration, payers and listings by year.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path

# One thread, so that figures can be compared; it has to be said before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from backtest.market import Market  # noqa: E402
from backtest.simulated import CALM_ERA, RECENT_ERA, SimulatedMarket, calibration_table  # noqa: E402
from backtest.simulated.measures import index_figures, years_of_segments  # noqa: E402

SIZES = ((60, 3), (200, 3), (1500, 10), (2600, 30))


def calibration(seeds: range) -> None:
    """Print both eras' tables."""
    for era in (RECENT_ERA, CALM_ERA):
        table = calibration_table(era, seeds)
        print(f"\n{era.name}, seeds {seeds.start} to {seeds.stop - 1}: {table['inside'].sum()} of {len(table)} inside")
        print(table.round(3).to_string())


def speed() -> None:
    """Print seconds of the processor and peak memory so far, by size."""
    print(f"\n{'names':>6} {'years':>6} {'seconds':>8} {'peak MB':>8}")
    # The exchange's calendar is loaded once a session.
    SimulatedMarket(names=20, years=1).simulate()
    for names, years in SIZES:
        start = time.process_time()
        market = SimulatedMarket(names=names, years=years, start=dt.date(2026 - years, 1, 1)).simulate()
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{names:>6} {years:>6} {seconds:>8.2f} {peak:>8}")
        del market


def long_run(seeds: range) -> None:
    """Print what thirty years show."""
    wins, total = 0, 0
    for seed in seeds:
        spec = SimulatedMarket(years=30, start=dt.date(1996, 1, 1), seed=seed)
        market = spec.simulate()
        years = years_of_segments(market, spec.segments)
        spread = np.array(yearly_value(market, years))
        rolling = np.array([spread[i : i + 10].sum() for i in range(len(spread) - 9)])
        wins, total = wins + int((rolling < 0).sum()), total + len(rolling)
        large = [1.0 / (y.weights**2).sum() for y in years if y.segment == "large"]
        alive = market.prices.notna().sum(axis=1)
        print(f"\nseed {seed}: deviation of value less growth a year {np.std(spread):.3f}")
        print("effective number, large, every third year:", " ".join(f"{n:.0f}" for n in large[::3]))
        print(f"names alive {alive.min()} to {alive.max()}, {len(market.assets)} in all")
        print(ends_by_segment(market, spec.segments).round(3).to_string())
    print(f"\ngrowth ahead of value in {wins} of {total} ten-year periods (large names)")


def yearly_value(market: Market, years: list) -> list[float]:
    """Large value less growth, by calendar year."""
    out = []
    for year in (y for y in years if y.segment == "large"):
        value = {year.year: market.book_to_price_at(pd.Timestamp(year.year, 1, 1))}
        same = [y for y in years if y.year == year.year]
        figures = index_figures(same, value)
        out.append(figures["value_return", "large"])
    return out


def ends_by_segment(market: Market, segments: tuple[int, int, int]) -> pd.Series:
    """Rate of endings a year, by rank at the year's start."""
    bounds = np.cumsum((0, *segments, 10**6))
    rates = []
    for year in sorted(set(market.calendar.year))[1:]:
        eve = pd.Timestamp(year - 1, 12, 31)
        caps = market.caps_at(eve)[market.listed_at(eve).to_numpy()].dropna().sort_values(ascending=False)
        dead = ~market.listed_at(pd.Timestamp(year, 12, 31))[caps.index].to_numpy()
        rates.append([dead[a:b].mean() for a, b in pairwise(bounds)])
    return pd.Series(np.mean(rates, axis=0), index=["large", "mid", "small", "below"])


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--only", choices=("calibration", "speed", "long"))
    asked = parser.parse_args()
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    if asked.only in (None, "speed"):
        speed()
    if asked.only in (None, "calibration"):
        calibration(seeds)
    if asked.only in (None, "long"):
        long_run(range(asked.first_seed, asked.first_seed + 2))


if __name__ == "__main__":
    main()
