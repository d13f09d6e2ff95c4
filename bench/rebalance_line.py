"""The first line from end to end: `python bench/rebalance_line.py [REAL_ACCOUNT]`.

Writes example accounts of 100, 500 and 1,500 names, rebalances each (and the real-priced account, where its folder is
given or stands in ../shared), and prints what the independent check found and the CPU seconds of each phase.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from taxsleeve.example_account import write_example
from taxsleeve.rebalance_run import run_rebalance

REAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "account_2019"


def main() -> None:
    """Run every account and print one table."""
    table = Table(title=f"Python {platform.python_version()}, cvxpy {version('cvxpy')}, clarabel {version('clarabel')}")
    for heading in ("account", "lots", "value $", "bound gap", "rounding $", "worst excess", "solve s", "check s"):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as work:
        folders = {}
        for names in (100, 500, 1500):
            folders[f"{names} names"] = folder = Path(work) / str(names)
            write_example(folder, names=names, lots=5, seed=7)
        real = Path(sys.argv[1]) if len(sys.argv) > 1 else REAL
        if real.is_dir():
            folders["real prices"] = real
        for label, folder in folders.items():
            run = run_rebalance(folder, Path(work) / "out")
            s = run.summary
            table.add_row(
                label,
                str(len(run.folder.account.lots)),
                f"{s['objective']:,.0f}",
                f"{s['gap']:.2%}",
                f"{s['rounding_cost']:,.2f}",
                f"{max(s['worst_excess'], 0.0):.1e}",
                f"{s['seconds']['solve']:.2f}",
                f"{s['seconds']['check']:.2f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
