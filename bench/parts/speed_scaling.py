"""How time and memory of a rebalance grow with names, lots and factors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from bench.one_size import Measured
from bench.part import ROOT, Part, Request, Table, environment, size

__all__ = ["SCALING"]

_FULL: Mapping[str, tuple[tuple[int, int, int], ...]] = {
    "names": ((100, 5, 20), (300, 5, 20), (1000, 5, 20), (3000, 5, 20)),
    "lots": ((500, 2, 20), (500, 5, 20), (500, 15, 20), (500, 40, 20)),
    "factors": ((500, 5, 5), (500, 5, 20), (500, 5, 60), (500, 5, 120)),
}
_QUICK: Mapping[str, tuple[tuple[int, int, int], ...]] = {"names": ((30, 3, 5), (60, 3, 5))}


def measure(request: Request) -> Table:
    """Rebalance each size in a process of its own."""
    rows: list[tuple[str, ...]] = []
    figures: dict[str, float] = {}
    for what, sizes in size(request, _FULL, _QUICK).items():
        found = [_one(*one) for one in sizes]
        for (names, _, _), one in zip(sizes, found, strict=True):
            cells = (f"{names:,}", f"{one.lots:,}", str(one.factors), f"{one.search:.0f}", f"{one.rebalance:.0f}")
            rows.append((what, *cells, f"{one.megabytes:.0f}"))
            label = f"{names} names, {one.lots} lots, {one.factors} factors"
            figures |= {f"{label}: {name}": float(value) for name, value in vars(one).items()}
        number = {"names": 0, "lots": 1, "factors": 2}[what]
        scale = [one.lots if what == "lots" else each[number] for each, one in zip(sizes, found, strict=True)]
        powers = [_power(scale, [getattr(one, field) for one in found]) for field in ("search", "rebalance")]
        figures |= {f"search ~ {what}^": powers[0], f"rebalance ~ {what}^": powers[1]}
        rows.append((f"  ~ {what}^p, p =", "", "", "", *(f"{p:.2f}" for p in powers), ""))
    notes = (
        "Example accounts under their own mandate, processor milliseconds, least of three; search: which names to sell "
        "at a loss, the trades and the proven bound; rebalance: all from account to checked trade list in whole "
        "shares. Memory is the process's greatest, Python and libraries included. Risk models are drawn.",
    )
    columns = ("grows", "names", "lots", "factors", "search ms", "rebalance ms", "MB")
    return Table(columns, tuple(rows), notes, "example accounts and models, seed 7", figures)


def _one(names: int, lots: int, factors: int) -> Measured:
    words = [sys.executable, "-m", "bench.one_size", str(names), str(lots), str(factors)]
    ran = subprocess.run(words, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True)  # noqa: S603
    return Measured(**json.loads(ran.stdout))


def _power(scale: Sequence[float], times: Sequence[float]) -> float:
    return float(np.polyfit(np.log(scale), np.log(times), 1)[0])


SCALING = Part(
    name="speed-scaling",
    group="speed",
    shows="How time and memory of a rebalance grow",
    measure=measure,
    minutes=4,
)
