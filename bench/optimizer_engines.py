"""What issue 5 asks of the optimizer, measured: `python bench/optimizer_engines.py [--quick] [--sections 1,2,3,4]`.

1. Agreement of the engines on one pattern of random accounts, and the independent check of whole rebalances.
2. Speed of one pattern, of whole searches and of the phases of a rebalance.
3. Gap between the value found and the proven bound, and SCIP on small accounts.
4. Tax saved beside a threshold rule and a sell-only pattern.

Accounts are what `taxsleeve example` writes, with mandates, restrictions and cash flows drawn by seed. Times are of the
processor, one thread. Exits with 1 where a figure misses its target; `--quick` uses few small accounts and does not
judge times.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# One thread, so that figures can be compared; it has to be said before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console  # noqa: E402

from bench.optimizer_accounts import Base, Case, base_account, random_case, tight_case  # noqa: E402
from bench.optimizer_agreement import agreement  # noqa: E402
from bench.optimizer_gaps import gaps  # noqa: E402
from bench.optimizer_report import Section, print_header, print_section  # noqa: E402
from bench.optimizer_rivals import rivals  # noqa: E402
from bench.optimizer_timing import speed  # noqa: E402
from optimizer.engines import OsqpEngine  # noqa: E402


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Parameters
    ----------
    bases : tuple of (int, int)
        Names and seed of the example accounts that mandates are drawn for.
    accounts, tight_accounts, gap_accounts, scip_accounts : int
    timed : tuple of (int, int)
        Names and purchases of each.
    draws, repeats : int
        Searches timed on each account; how often one thing is timed.
    rival_names : tuple of int
    """

    bases: tuple[tuple[int, int], ...]
    accounts: int
    tight_accounts: int
    gap_accounts: int
    scip_accounts: int
    timed: tuple[tuple[int, int], ...]
    draws: int
    repeats: int
    rival_names: tuple[int, ...]


_SMALL = 300
_LARGE = ((500, 1), (500, 2), (500, 3), (800, 1), (1500, 1))
_FULL = Sizes(
    # Few of the largest: OSQP takes up to twenty seconds on one.
    bases=(*((n, seed) for n in (100, 200, 300) for seed in (1, 2, 3, 4, 5)), *_LARGE),
    accounts=200,
    tight_accounts=60,
    gap_accounts=100,
    scip_accounts=15,
    timed=((500, 12), (3000, 12)),
    draws=21,
    repeats=3,
    rival_names=(100, 300, 500),
)
_QUICK = Sizes(
    bases=((60, 1), (100, 1)),
    accounts=6,
    tight_accounts=6,
    gap_accounts=6,
    scip_accounts=3,
    timed=((100, 5),),
    draws=3,
    repeats=1,
    rival_names=(100,),
)


def sections(sizes: Sizes, chosen: str) -> Iterator[Section]:
    """Measure one section after the other."""
    others = [OsqpEngine()]
    bases = [base_account(names, seed=seed) for names, seed in sizes.bases]
    draw = _drawer(bases)
    if "1" in chosen:
        cases = [draw(seed) for seed in range(sizes.accounts)]
        yield agreement(f"1a. Agreement on {len(cases)} random accounts", cases, others)
        small = [base for base in bases if base.names <= _SMALL]
        edge = [tight_case(small[seed % len(small)], 30_000 + seed) for seed in range(sizes.tight_accounts)]
        yield agreement(f"1b. Agreement on {len(edge)} accounts about the edge of what can be met", edge, others)
    if "2" in chosen:
        yield speed([base_account(n, seed=7, lots=lots) for n, lots in sizes.timed], others, sizes.draws, sizes.repeats)
    if "3" in chosen:
        small = [base_account(names, seed=3) for names in (12, 25, 40)]
        beside = [random_case(small[seed % len(small)], 20_000 + seed) for seed in range(sizes.scip_accounts)]
        yield gaps(lambda seed: draw(10_000 + seed), sizes.gap_accounts, beside)
    if "4" in chosen:
        rival_bases = [base_account(names, seed=seed) for names in sizes.rival_names for seed in (11, 12)]
        yield rivals(rival_bases, (0.005, 0.01, 0.02, 0.04), (0.1, 0.3, 1.0))


def _drawer(bases: list[Base]) -> Callable[[int], Case]:
    return lambda seed: random_case(bases[seed % len(bases)], seed)


def main() -> int:
    """Measure and print; return 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few small accounts; times are printed and not judged")
    parser.add_argument("--sections", default="1,2,3,4", help="which of the four to run")
    arguments = parser.parse_args()
    sizes = _QUICK if arguments.quick else _FULL
    console = Console(width=max(150, Console().width))
    examples = ", ".join(f"{names}/{seed}" for names, seed in sizes.bases)
    print_header(console, f"examples (names/seed) {examples}; draws count from 0, 5,000, 10,000, 20,000 and 30,000")
    missed = 0
    for section in sections(sizes, arguments.sections):
        print_section(console, section)
        missed += sum(f.missed and not (f.timing and arguments.quick) for f in section.figures)
    console.print(f"{missed} targets missed" if missed else "every target met", highlight=False)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
