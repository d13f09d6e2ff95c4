"""Walk every risk model through real US equities and print what its promises were worth.

    python bench/risk_evaluation.py [MARKET] [--start 2011-01] [--end 2019-12] [--quick] [--long-short] [--out FOLDER]

MARKET is a market folder, by default ../shared/data/us_equities beside the project (not part of it). The default
setting refits monthly from 2011 to 2019 on 504 days and the 1,500 largest names; it is made to end within 15 minutes on
one core. `--quick` walks two years (2014 and 2015) with fewer random portfolios. `--long-short` lets
optimised portfolios go short, so that the limit on tracking error always binds. `--out` also writes the tables as CSV.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from pathlib import Path

# One thread, so that figures can be compared; it has to be said before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import pandas as pd  # noqa: E402

from risk.evaluate import WalkForwardSettings, by_month, default_families, summarise, walk_forward  # noqa: E402
from taxsleeve.market_files import read_market_folder  # noqa: E402

DEFAULT = ROOT.parent / "shared" / "data" / "us_equities"
COLUMNS = ["segment", "model", "months", "predicted", "bias", "in_band", "daily_ratio", "mrad", "qlike", "q", "dm_t"]


def main() -> int:
    """Run, print and say how long it took."""
    arguments = _arguments()
    if not (arguments.market / "market.toml").is_file():
        print(f"{arguments.market}: no market folder there (no market.toml). The data are not part of the project;")
        print("give the path of a market folder as FORMATS describes it.")
        return 0
    started = time.perf_counter()
    history = read_market_folder(arguments.market).history()
    count = 20 if arguments.quick else 100
    settings = WalkForwardSettings(random_portfolios=count, long_only=not arguments.long_short)
    start, end = (dt.date(2014, 1, 1), dt.date(2015, 12, 1)) if arguments.quick else (arguments.start, arguments.end)

    def progress(done: int, total: int) -> None:
        print(
            f"\r{done} of {total} months, {time.perf_counter() - started:,.0f} s", end="", file=sys.stderr, flush=True
        )

    evaluation = walk_forward(history, default_families(), start, end, settings, progress=progress)
    print(file=sys.stderr)
    table = summarise(evaluation, reference="Ledoit-Wolf")
    _show(table)
    print(f"{len(history.repairs)} returns taken out as implausible; names left out of the test a month: ", end="")
    print(evaluation.universe.groupby("segment", sort=False)["left_out"].mean().round(1).to_dict())
    print(f"{time.perf_counter() - started:,.0f} s in all, {time.process_time():,.0f} s of them computing, one thread")
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        table.to_csv(arguments.out / "summary.csv", index=False)
        by_month(evaluation).to_csv(arguments.out / "months.csv", index=False)
    return 0


def _arguments() -> argparse.Namespace:
    def month(text: str) -> dt.date:
        return dt.date.fromisoformat(f"{text}-01")

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("market", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--start", type=month, default=dt.date(2011, 1, 1))
    parser.add_argument("--end", type=month, default=dt.date(2019, 12, 1))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--long-short", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _show(table: pd.DataFrame) -> None:
    first = table.iloc[0]
    print(f"95% band of one portfolio's bias, if normal: {first.band_low:.2f} to {first.band_high:.2f}")
    print(f"perfect model, normal / t5: MRAD {first.mrad_floor:.3f} / {first.mrad_floor_t5:.3f}, ", end="")
    print(f"QLIKE {first.qlike_floor:.3f} / {first.qlike_floor_t5:.3f}, Q {first.q_floor:.2f} / {first.q_floor_t5:.2f}")
    for family, group in table.groupby("family", sort=False):
        print(f"\n{family} (mean over {group['portfolios'].max()} portfolios; dm_t against Ledoit-Wolf)")
        print(group[COLUMNS].to_string(index=False, float_format=lambda x: f"{x:.3f}"))


if __name__ == "__main__":
    raise SystemExit(main())
