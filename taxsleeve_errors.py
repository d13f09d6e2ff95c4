"""Every error that taxsleeve raises on purpose, in one tree.

::

    TaxsleeveError
    ├── InputError            what was handed in is not good; lists every fault found
    ├── RiskModelError        a risk model cannot be fitted, or its arrays do not fit together
    ├── TaxError              a tax rule cannot be applied to these lots or events
    │   └── LedgerError       one event of a history is in error; names it, and the ledger stands as it was
    └── OptimizerError
        ├── InfeasibleError   no trade list can meet the limits; says which fail and by how much
        ├── SolverError       an engine gave up, or its answer is not to be trusted
        └── CheckFailedError  a trade list broke a limit when recomputed; it is never written as good

The module stands below the six packages, because `risk` and `tax` know nothing of each other and still share one root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = [
    "CheckFailedError",
    "Fault",
    "InfeasibleError",
    "InputError",
    "LedgerError",
    "OptimizerError",
    "RiskModelError",
    "Shortfall",
    "SolverError",
    "TaxError",
    "TaxsleeveError",
]

_LONGEST_SHOWN = 300


class TaxsleeveError(Exception):
    """Root of every error that taxsleeve raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one input.

    Parameters
    ----------
    file : str
        Name of the file, or of the argument where there is no file.
    expected : str
        What would have been accepted.
    row : int or None
        Line of the file as a text editor counts (the header is line 1), or None where the fault is not in one row.
    column : str or None
        Column, TOML key or None.
    value : str or None
        The value found, or None where nothing was found.
    """

    file: str
    expected: str
    row: int | None = None
    column: str | None = None
    value: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", {self.column}"
        found = "" if self.value is None else f"found {_shortened(self.value)!r}, "
        return f"{place}: {found}expected {self.expected}"


def _shortened(value: str) -> str:
    """What is shown of a value: a cell may hold a hundred thousand characters."""
    return value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}..."


class InputError(TaxsleeveError, ValueError):
    """What was handed in is not good.

    Parameters
    ----------
    faults : iterable of Fault
        Every fault found, so that all can be mended at once.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    @classmethod
    def of(
        cls, file: str, expected: str, *, row: int | None = None, column: str | None = None, value: object = None
    ) -> InputError:
        """Make the error of a single fault; the arguments are those of `Fault`."""
        return cls([Fault(file, expected, row, column, None if value is None else str(value))])


class RiskModelError(TaxsleeveError, ValueError):
    """A risk model cannot be fitted, or its arrays do not fit together."""


class TaxError(TaxsleeveError, ValueError):
    """A tax rule cannot be applied to these lots or events."""


class LedgerError(TaxError):
    """One event of a history is in error; the ledger stands as it was before it.

    Parameters
    ----------
    event : str
        The event, as its kind, id and date.
    problem : str
        What is wrong with it, and what was expected.
    """

    def __init__(self, event: str, problem: str) -> None:
        self.event = event
        super().__init__(f"{event}: {problem}")


class OptimizerError(TaxsleeveError):
    """Root of what can go wrong while a trade list is made."""


@dataclass(frozen=True)
class Shortfall:
    """By how much one limit would have to give way.

    Parameters
    ----------
    name : str
        Name of the limit.
    limit : float
        The limit as the mandate states it, in `unit`.
    needed : float
        The value at which all limits together can be met, in `unit`.
    unit : str
        Unit of both, for example "fraction of NAV".
    where : str
        The name, sector or factor concerned, "" where the limit is one number.
    """

    name: str
    limit: float
    needed: float
    unit: str
    where: str = ""

    def __str__(self) -> str:
        of = f" of {self.where}" if self.where else ""
        return f"{self.name}{of} would have to be {self.needed:.6g} instead of {self.limit:.6g} ({self.unit})"


class InfeasibleError(OptimizerError):
    """No trade list can meet the limits.

    Parameters
    ----------
    message : str
        The answer in one sentence.
    shortfalls : iterable of Shortfall, or function that returns one
        The limits that fail, and by how much, taken together. A function is called when they are first asked for: most
        of these errors only tell a search to look elsewhere.
    """

    def __init__(self, message: str, shortfalls: Iterable[Shortfall] | Callable[[], Iterable[Shortfall]] = ()) -> None:
        self.message = message
        self._found = shortfalls if callable(shortfalls) else tuple(shortfalls)
        super().__init__(message)

    @property
    def shortfalls(self) -> tuple[Shortfall, ...]:
        """The limits that fail; empty where a solver could not say."""
        if callable(self._found):
            try:
                self._found = tuple(self._found())
            except SolverError:
                self._found = ()
        return self._found

    def __str__(self) -> str:
        return "; ".join([self.message, *map(str, self.shortfalls)])

    def __reduce__(self) -> tuple[type[InfeasibleError], tuple[str, tuple[Shortfall, ...]]]:
        return type(self), (self.message, self.shortfalls)


class SolverError(OptimizerError):
    """An engine gave up, or its answer is not to be trusted."""


class CheckFailedError(OptimizerError):
    """A trade list broke a limit when it was recomputed from the trades alone."""
