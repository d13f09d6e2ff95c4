"""Random and adversarial accounts: nothing wrong gets out.

Each seed makes an account folder, which is read, rebalanced and written, and the independent auditor judges the list as
it stands in the files. Gaps are to the bound before rounding to shares. Exit status 1 where anything is wrong;
`--first SEED --accounts 1` shows an account again.

    python bench/fuzz_accounts.py --accounts 10000 --workers 2
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.fuzz_judging import judge_account
from bench.fuzz_making import KINDS, write_account
from bench.fuzz_run import Fuzz, run_fuzz

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Judge the accounts and print the table; return the exit status."""
    fuzz = Fuzz("fuzz_accounts", "accounts", judge_account, write_account, KINDS, 10_000, 60)
    return run_fuzz(fuzz, __doc__, arguments)


if __name__ == "__main__":
    sys.exit(main())
