"""Random households: nothing wrong gets out.

Each seed makes a household folder of two to four sleeves, which is read, rebalanced as one and written, and the
independent auditor judges transfers, lists and summaries as they stand in the files. Exit status 1 where anything is
wrong; `--first SEED --households 1` shows a household again.

    python bench/fuzz_households.py --households 500 --workers 2
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.fuzz_household_judging import judge_household
from bench.fuzz_household_making import HOUSEHOLD_KINDS, write_household
from bench.fuzz_run import Fuzz, run_fuzz

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Judge the households and print the table; return the exit status."""
    fuzz = Fuzz("fuzz_households", "households", judge_household, write_household, HOUSEHOLD_KINDS, 500, 40)
    return run_fuzz(fuzz, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
