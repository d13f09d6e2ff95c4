"""What several accounts share: benchmarks, securities and risk models, each read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from risk import FactorRisk
from taxsleeve.account_tables import BenchmarkRow, SecurityRow
from taxsleeve.tables import Findings, Table, find_table, no_rows, read_table
from taxsleeve.vendor_risk import read_vendor_risk

__all__ = ["FolderShelf", "Shared", "Shelf", "has_table"]

T = TypeVar("T")


@dataclass(frozen=True)
class Shared(Generic[T]):
    """Something that was read once for many accounts, and what was found wrong with it."""

    value: T
    findings: Findings = field(default_factory=Findings)

    def noted(self, findings: Findings) -> T:
        """Return the value, with everything found wrong noted for one more account."""
        findings.faults += self.findings.faults
        findings.warnings += self.findings.warnings
        return self.value


class Shelf(Protocol):
    """Where accounts find what they name."""

    def benchmark(self, name: str) -> Shared[Table[BenchmarkRow]]:
        """Return the weights of a benchmark, with a fault where there is none of that name."""

    def securities(self) -> Shared[Table[SecurityRow]]:
        """Return prices and facts of all securities."""

    def risk(self, name: str) -> Shared[FactorRisk | None]:
        """Return a risk model, with a fault where there is none of that name."""


@dataclass(frozen=True)
class FolderShelf:
    """Shared tables in a folder: benchmarks/NAME.csv, risk/NAME/ and securities.csv, each CSV or Parquet.

    Parameters
    ----------
    root : Path
        The folder in which the account folders are.
    """

    root: Path
    _read: dict[tuple[str, str], Shared[Any]] = field(default_factory=dict, repr=False, compare=False)

    def benchmark(self, name: str) -> Shared[Table[BenchmarkRow]]:
        """Return the weights in benchmarks/NAME.csv."""
        return self._once(("benchmark", name), lambda: _benchmark(self.root / "benchmarks", name))

    def securities(self) -> Shared[Table[SecurityRow]]:
        """Return prices and facts in securities.csv."""
        return self._once(("securities", ""), lambda: _securities(self.root))

    def risk(self, name: str) -> Shared[FactorRisk | None]:
        """Return the model in risk/NAME/."""
        return self._once(("risk", name), lambda: _risk(self.root / "risk", name))

    def _once(self, key: tuple[str, str], read: Callable[[], Shared[T]]) -> Shared[T]:
        if key not in self._read:
            self._read[key] = read()
        found: Shared[T] = self._read[key]
        return found


def has_table(folder: Path, stem: str) -> bool:
    """Whether a folder has a table of its own, CSV or Parquet."""
    return any((folder / f"{stem}.{ending}").exists() for ending in ("csv", "parquet"))


def _benchmark(folder: Path, name: str) -> Shared[Table[BenchmarkRow]]:
    findings = Findings()
    if _unknown(folder, name, "benchmark", "csv", findings):
        return Shared(no_rows(f"benchmarks/{name}.csv"), findings)
    path = find_table(folder, name, findings, required=True)
    table = no_rows(f"{name}.csv") if path is None else read_table(path, BenchmarkRow, findings)
    findings.faults[:] = [replace(fault, file=f"benchmarks/{fault.file}") for fault in findings.faults]
    return Shared(replace(table, file=f"benchmarks/{table.file}"), findings)


def _securities(folder: Path) -> Shared[Table[SecurityRow]]:
    findings = Findings()
    path = find_table(folder, "securities", findings, required=True)
    table = no_rows("securities.csv") if path is None else read_table(path, SecurityRow, findings)
    return Shared(table, findings)


def _risk(folder: Path, name: str) -> Shared[FactorRisk | None]:
    findings = Findings()
    if _unknown(folder, name, "risk", "", findings):
        return Shared(None, findings)
    risk = read_vendor_risk(folder / name, None, findings)
    findings.faults[:] = [replace(f, file=f"risk/{name}/{f.file.removeprefix('risk/')}") for f in findings.faults]
    return Shared(risk, findings)


def _unknown(folder: Path, name: str, key: str, ending: str, findings: Findings) -> bool:
    """Note a name that stands for nothing in a folder, or for something outside of it."""
    known = sorted(path.stem if ending else path.name for path in folder.iterdir()) if folder.is_dir() else []
    if name in known:
        return False
    some = ", ".join(known[:10]) or f"a name in {folder.name}/, which has none"
    findings.fault("account.toml", f"one of {some}", column=key, value=name)
    return True
