"""The band that cash must be in after trading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.limits.base import End, LinearLimit, Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
from optimizer.outcome import Outcome
from optimizer.problem import Floats, Problem
from taxsleeve_errors import InputError

__all__ = ["CashLimit"]


@dataclass(frozen=True)
class CashLimit(LinearLimit):
    """least <= c + (1 - k)'Ms - (1 + k)'b - commission <= greatest: cash after trading and its costs k, over NAV.

    Market impact is not linear: the rows take the problem's reserve for it, which is solved again until it fits.
    """

    least: float
    greatest: float
    name = "cash"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.least) and self.least <= self.greatest):
            raise InputError.of(
                "limits", "two numbers, least <= greatest", column=self.name, value=[self.least, self.greatest]
            )

    def rows(self, problem: Problem) -> Rows:
        """Return one row an end that is there."""
        from_sells = Coefficients.one_row((1 - problem.cost)[problem.lot_asset])
        for_buys = Coefficients.one_row(1 + problem.cost)
        least, upper = End(self.least, "least", lower=True), self.right_sides(problem)
        if np.isinf(self.greatest):
            return Rows(upper, (least,), buy=for_buys, sell=-from_sells)
        return Rows(
            upper,
            (least, End(self.greatest, "greatest")),
            buy=for_buys.and_negative(),
            sell=(-from_sells).and_negative(),
        )

    def right_sides(self, problem: Problem) -> Floats:
        """Return `upper` of the rows alone."""
        start = problem.cash - problem.commission - problem.reserve
        ends = [start - self.least, *([] if np.isinf(self.greatest) else [self.greatest - start])]
        return np.array(ends)

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return cash in dollars over NAV against both ends."""
        cash = outcome.cash_after / outcome.nav
        readings = [self.reading(cash, self.least, lower=True, where="least")]
        if np.isfinite(self.greatest):
            readings.append(self.reading(cash, self.greatest, where="greatest"))
        return readings
