"""The budgets of gains that may be realised: gross and net, all together and by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from optimizer.limits.base import End, LinearLimit, Rows
from optimizer.limits.coefficients import Coefficients
from optimizer.limits.readings import Reading
from optimizer.limits.validation import require_finite, require_not_negative
from optimizer.outcome import Outcome
from optimizer.problem import Problem

__all__ = [
    "NetGainLimit",
    "NetLongGainLimit",
    "NetShortGainLimit",
    "RealizedGainLimit",
    "RealizedLongGainLimit",
    "RealizedShortGainLimit",
]

Term = Literal["short", "long", ""]


def _of_term(problem: Problem, term: Term) -> NDArray[np.float64]:
    """Gain of each dollar sold of each lot of the term ("" is both), zero for the others, shape (L,)."""
    if not term:
        return problem.lot_gain
    return np.where(problem.lot_long if term == "long" else ~problem.lot_long, problem.lot_gain, 0.0)


@dataclass(frozen=True)
class RealizedGainLimit(LinearLimit):
    """sum of gain_l s_l over lots with a gain <= limit: gross gains realised by this rebalance, losses not set off."""

    limit: float
    name = "realized_gain"
    term: ClassVar[Term] = ""

    def __post_init__(self) -> None:
        require_not_negative(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return one row."""
        gains = Coefficients.one_row(np.maximum(_of_term(problem, self.term), 0.0))
        return Rows(np.array([self.limit]), (End(self.limit),), sell=gains)

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return gross gains in dollars over NAV."""
        gross = float(np.maximum(outcome.gains(self.term), 0.0).sum())
        return [self.reading(gross / outcome.nav, self.limit)]


@dataclass(frozen=True)
class RealizedShortGainLimit(RealizedGainLimit):
    """As `RealizedGainLimit`, of short-term gains alone."""

    name = "realized_gain_short"
    term = "short"


@dataclass(frozen=True)
class RealizedLongGainLimit(RealizedGainLimit):
    """As `RealizedGainLimit`, of long-term gains alone."""

    name = "realized_gain_long"
    term = "long"


@dataclass(frozen=True)
class NetGainLimit(LinearLimit):
    """sum of gain_l s_l over all lots <= limit: gains less losses realised by this rebalance.

    A limit below zero asks for a net loss of at least so much; where the lots do not hold one, nothing meets it.
    """

    limit: float
    name = "net_gain"
    term: ClassVar[Term] = ""

    def __post_init__(self) -> None:
        require_finite(self.name, self.limit)

    def rows(self, problem: Problem) -> Rows:
        """Return one row."""
        gains = _of_term(problem, self.term)
        upper = np.array([self.limit + gains @ problem.washed])
        return Rows(upper, (End(self.limit),), sell=Coefficients.one_row(gains))

    def readings(self, outcome: Outcome) -> list[Reading]:
        """Return gains less losses in dollars over NAV."""
        return [self.reading(float(outcome.gains(self.term).sum()) / outcome.nav, self.limit)]


@dataclass(frozen=True)
class NetShortGainLimit(NetGainLimit):
    """As `NetGainLimit`, of short-term gains and losses alone."""

    name = "net_gain_short"
    term = "short"


@dataclass(frozen=True)
class NetLongGainLimit(NetGainLimit):
    """As `NetGainLimit`, of long-term gains and losses alone."""

    name = "net_gain_long"
    term = "long"
