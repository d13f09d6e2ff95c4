"""How the optimizer's benchmarks print: what the figures were measured with, and each beside its target."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bench.machine import installed, processor

__all__ = ["Figure", "Section", "print_header", "print_section"]

_TOOLS = ("taxsleeve", "numpy", "numba", "cvxpy", "clarabel", "osqp", "highspy", "pyscipopt")


@dataclass(frozen=True)
class Figure:
    """One figure; `met` is None where there is no target, `timing` where it depends on the machine."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    timing: bool = False

    @property
    def missed(self) -> bool:
        """Whether there is a target that is not met, also where numpy says so, whose False is another object."""
        return self.met is not None and not self.met


@dataclass(frozen=True)
class Section:
    """A table of figures, further tables, and every account on which something is to be looked at."""

    title: str
    figures: list[Figure]
    tables: tuple[Table, ...] = ()
    remarks: tuple[str, ...] = ()


def print_header(console: Console, seeds: str) -> None:
    """Print machine, versions, seeds and date."""
    table = Table(title="taxsleeve optimizer: engines, speed, gaps, quality", show_header=False)
    table.add_row("date", dt.datetime.now().astimezone().isoformat(timespec="seconds"))
    table.add_row("machine", f"{processor()}, {os.cpu_count()} cores, {platform.system()}; one thread")
    table.add_row("python", platform.python_version())
    table.add_row("versions", ", ".join(f"{tool} {installed(tool) or 'missing'}" for tool in _TOOLS))
    table.add_row("seeds", seeds)
    table.add_row("times", "processor seconds (time.process_time); read the ratios where the machine is shared")
    console.print(table)


def print_section(console: Console, section: Section) -> None:
    """Print a section."""
    table = Table(title=section.title, title_justify="left")
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("target", justify="right")
    table.add_column("")
    for figure in section.figures:
        met = "MISSED" if figure.missed else "met" if figure.met else ""
        table.add_row(figure.what, figure.measured, figure.target, met)
    console.print(table)
    for more in section.tables:
        console.print(more)
    _print_remarks(console, section.remarks)


def _print_remarks(console: Console, remarks: Iterable[str]) -> None:
    for remark in remarks:
        console.print(f"  {remark}", highlight=False, markup=False)
