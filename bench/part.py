"""What a part of the bench is, what it is asked, and the table that it answers with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

__all__ = ["MARKET", "ROOT", "NotHere", "Part", "Request", "Table", "environment", "size"]

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]
MARKET = ROOT.parent / "shared" / "data" / "us_equities"
"""A market folder of real prices; not part of the project."""


class NotHere(Exception):  # noqa: N818 nothing has failed
    """What a part needs is not on this machine; the words say what, and how to get it."""


@dataclass(frozen=True)
class Request:
    """How a part shall be run.

    Parameters
    ----------
    quick : bool
        Small sizes and few repetitions, to see that everything runs; such figures are not for publishing.
    market : Path
        Folder of real prices.
    study, real_study, real_frontier : Path or None
        Finished studies to be read instead of being run: simulated, real, and real by tracking error.
    """

    quick: bool = False
    market: Path = MARKET
    study: Path | None = None
    real_study: Path | None = None
    real_frontier: Path | None = None


@dataclass(frozen=True)
class Table:
    """A finished table.

    Parameters
    ----------
    columns : tuple of str
    rows : tuple of tuple of str
        As printed.
    notes : tuple of str
        What is equal, what is not, what was left out and why. The first stands below the README's table.
    seeds : str
        What random numbers were drawn from.
    figures : mapping of str to float
        Numbers behind the cells, unrounded.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    seeds: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One thing that is measured.

    Parameters
    ----------
    name, group : str
        What it is called by; all parts of a group are run by the group's name.
    shows : str
        The table's title.
    measure : callable
    peers : tuple of str
        Distributions that it compares with; those that are missing are skipped with a note.
    minutes : float
        Rough time of the full size.
    in_readme : bool
        Whether the README shows the table.
    """

    name: str
    group: str
    shows: str
    measure: Callable[[Request], Table]
    peers: tuple[str, ...] = ()
    minutes: float = 1.0
    in_readme: bool = False


def size(request: Request, full: T, quick: T) -> T:
    """One of two sizes."""
    return quick if request.quick else full


def environment() -> dict[str, str]:
    """Environment of a process of our own, which finds this checkout first."""
    found = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *([found] if found else [])])}
