"""A benchmark, its securities and a risk model as many accounts use them: checked and made into arrays once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from optimizer import Securities
from risk import FactorRisk
from taxsleeve.account_tables import AccountTables, BenchmarkRow, SecurityRow
from taxsleeve.cross_checks import cross_check
from taxsleeve.folder_tables import check_overlap
from taxsleeve.securities import expected_returns, groups_of, securities_of
from taxsleeve.shelf import Shelf
from taxsleeve.tables import Findings, Table, no_rows
from taxsleeve_errors import InputError

__all__ = ["Universe", "Universes"]

Made = TypeVar("Made")
# As many different mandates as a batch may have beside each other.
_MOST_KEPT = 1000


@dataclass(frozen=True, eq=False)
class Universe:
    """What accounts of one benchmark and one risk model share.

    Parameters
    ----------
    benchmark : Table of BenchmarkRow
    security_table : Table of SecurityRow
    risk : FactorRisk or None
    weights : dict of str to float
        The benchmark, summing to one; empty where something is wrong.
    faults : Findings
        What is wrong; accounts can be built quickly only where nothing is.
    """

    benchmark: Table[BenchmarkRow]
    security_table: Table[SecurityRow]
    risk: FactorRisk | None
    weights: dict[str, float]
    faults: Findings
    _kept: dict[tuple[int, ...], tuple[tuple[object, ...], Any]] = field(default_factory=dict, repr=False)

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with what is shared."""
        return not self.faults.faults and self.risk is not None

    @cached_property
    def securities(self) -> Securities:
        """Prices and facts as arrays."""
        return securities_of(self.security_table.rows)

    @cached_property
    def group(self) -> dict[str, str]:
        """Group of substantially identical securities of each asset."""
        return groups_of(self.security_table.rows)

    def knows(self, asset: str) -> bool:
        """Whether there is a security of this name."""
        return asset in self.group

    def group_of(self, asset: str) -> str:
        """Return the group of an asset, and of one that is not known the asset itself."""
        return self.group.get(asset, asset)

    def once(self, parts: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Return what was made of these very objects in this universe, or make and keep it."""
        key = tuple(map(id, parts))
        if key not in self._kept:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (parts, make())
        made: Made = self._kept[key][1]
        return made

    @cached_property
    def alpha(self) -> dict[str, float]:
        """Expected return over the benchmark of each asset that has one."""
        return expected_returns(self.security_table.rows)


@dataclass(frozen=True, eq=False)
class Universes:
    """Universes by the names of benchmark and risk model, each made once.

    Parameters
    ----------
    shelf : Shelf
    normalize : bool
        Scale each benchmark's weights to sum to one.
    """

    shelf: Shelf
    normalize: bool = False
    _made: dict[tuple[str, str], Universe] = field(default_factory=dict, repr=False)

    def named(self, benchmark: str, risk: str) -> Universe:
        """Return the universe of a benchmark and a risk model."""
        key = (benchmark, risk)
        if key not in self._made:
            self._made[key] = self._make(benchmark, risk)
        return self._made[key]

    def _make(self, benchmark: str, risk: str) -> Universe:
        findings = Findings()
        weights_table = self.shelf.benchmark(benchmark).noted(findings)
        securities = self.shelf.securities().noted(findings)
        model = self.shelf.risk(risk).noted(findings)
        weights: dict[str, float] = {}
        if not findings.faults and model is not None:
            empty = AccountTables(
                no_rows("lots"), weights_table, securities, no_rows("trades"), no_rows("restrictions")
            )
            weights = cross_check(empty, None, findings, normalize=self.normalize)
            try:
                check_overlap(model, securities)
            except InputError as error:
                findings.faults += error.faults
        return Universe(weights_table, securities, model, weights, findings)
