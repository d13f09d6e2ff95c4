"""Limits on active exposure: to sectors, and to the factors of the risk model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import LinearLimit, Rows, band, both_sides
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
from optimizer.limits.validation import require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from taxsleeve_errors import InputError

__all__ = ["FactorActiveLimit", "SectorActiveLimit"]

Floats = NDArray[np.float64]
_NO_SECTOR = "(no sector)"


@lru_cache(maxsize=32)
def _sector_matrix(sector: tuple[str, ...]) -> tuple[list[str], Coefficients]:
    names = sorted({s or _NO_SECTOR for s in sector})
    place, n = {name: row for row, name in enumerate(names)}, len(sector)
    rows = np.fromiter((place[s or _NO_SECTOR] for s in sector), dtype=np.intp, count=n)
    return names, Coefficients(rows, np.arange(n), np.ones(n), (len(names), n))


@dataclass(frozen=True)
class SectorActiveLimit(LinearLimit):
    """|sum of a_i over a sector| <= limit; not `strict`: where drift has broken it, no worse than before."""

    limit: float
    strict: bool = False
    name = "sector_active"

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return two rows a sector."""
        names, matrix = _sector_matrix(problem.sector)
        lower, upper = band(self.limit, matrix @ problem.active, strict=self.strict)
        return both_sides(matrix, lower, upper, names)

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the end of the band that each sector is nearer to."""
        names, matrix = _sector_matrix(outcome.sector)
        lower, upper = band(self.limit, matrix @ outcome.active_before, strict=self.strict)
        return _nearer_ends(self, names, matrix @ outcome.active_after, lower, upper)


@dataclass(frozen=True)
class FactorActiveLimit(LinearLimit):
    """|(B'a)_k| <= limits[k] in the model's units; not `strict`: where drift has broken it, no worse than before."""

    limits: Mapping[str, float]
    strict: bool = False
    name = "factor_active"
    unit = "exposure in the risk model's units"

    def __post_init__(self) -> None:
        for factor, limit in self.limits.items():
            require_not_negative(f"factor_active.{factor}", limit)

    @property
    def _ends(self) -> Floats:
        return np.array(list(self.limits.values()), dtype=float)

    def _columns(self, factors: tuple[str, ...]) -> list[int]:
        unknown = [factor for factor in self.limits if factor not in factors]
        if unknown:
            raise InputError.of(
                "limits", f"a factor of the risk model ({', '.join(factors)})", column=self.name, value=unknown[0]
            )
        return [factors.index(factor) for factor in self.limits]

    def rows(self, problem: Problem) -> Rows:
        """Return two rows a factor."""
        matrix = Coefficients.of(problem.loadings[:, self._columns(problem.factors)].T)
        lower, upper = band(self._ends, matrix @ problem.active, strict=self.strict)
        return both_sides(matrix, lower, upper, list(self.limits))

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return the end of the band that each factor is nearer to."""
        self._columns(outcome.risk.factors)
        lower, upper = band(self._ends, self._exposures(outcome, outcome.active_before), strict=self.strict)
        return _nearer_ends(self, list(self.limits), self._exposures(outcome, outcome.active_after), lower, upper)

    def _exposures(self, outcome: Outcome, active: Floats) -> Floats:
        exposures = outcome.exposures(active)
        return np.array([exposures[factor] for factor in self.limits])


def _nearer_ends(limit: LinearLimit, names: list[str], after: Floats, lower: Floats, upper: Floats) -> list[Reading]:
    near_lower = lower - after > after - upper
    return [
        limit.reading(after[i], lower[i] if near_lower[i] else upper[i], lower=bool(near_lower[i]), where=names[i])
        for i in range(len(names))
    ]
