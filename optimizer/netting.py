"""The year's capital gains tax as regions on each of which it is linear, so that each is an ordinary rebalance.

With S and L the year's net short- and long-term gains, carryovers and this rebalance included, and n = S + L:

    S >= 0, L >= 0           T = tS S + tL L
    S >= 0, L <= 0, n >= 0   T = tS n
    S <= 0, L >= 0, n >= 0   T = tL n
    -D <= n <= 0             T = tO n               the part of a net loss deducted from other income
    n <= -D                  T = -tO D + v (n + D)  the rest is carried on, worth v a dollar

(TAX_RULES, sections 1.7 and 4; I.R.C. s.1211, 1212(b), 1222.) T is continuous, with concave kinks at L = 0 < S and,
where tO > tL, at n = 0: the best trades are the best over regions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from optimizer.limits.base import End, Limit, LinearLimit, Rows
from optimizer.limits.readings import Reading
from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from optimizer.problem import Problem
from optimizer.year_to_date import YearToDate
from tax import LossUse

__all__ = ["Region", "RegionLimit", "marginal_rates", "regions"]

Signs: TypeAlias = tuple[tuple[float, float, float], ...]
_NEAR = 1e-9


@dataclass(frozen=True, eq=False)
class Region:
    """One linear piece of the year's tax, as a rebalance of its own.

    Parameters
    ----------
    name : str
        Which piece: "both gain", "short gain", "long gain", "deducted", "carried".
    problem : Problem
        With the piece's rates in `lot_credit` and `constant`.
    limits : tuple of Limit
        What keeps the year's totals in the piece, to be added to the mandate's.
    """

    name: str
    problem: Problem
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class _Piece:
    """T = short S + long L + fixed wherever every (a, b, c) of `sides` has a S + b L <= c; dollars."""

    name: str
    short: float
    long: float
    fixed: float
    sides: Signs


@dataclass(frozen=True, eq=False)
class RegionLimit(LinearLimit):
    """a S + b L <= c of the year's net gains in dollars, this rebalance included."""

    year: YearToDate
    counted: NDArray[np.bool_]
    sides: Signs
    name = "tax_region"

    def rows(self, problem: Problem) -> Rows:
        """Return one row a side."""
        gain = np.where(self.counted, problem.lot_gain, 0.0)
        short, long = np.where(problem.lot_long, 0.0, gain), np.where(problem.lot_long, gain, 0.0)
        before = self.year.net
        matrix = np.array([a * short + b * long for a, b, _ in self.sides])
        upper = np.array([(c - a * before[0] - b * before[1]) / problem.nav for a, b, c in self.sides])
        upper = upper + matrix @ problem.washed
        return Rows(upper, tuple(End(value) for value in upper.tolist()), sell=sp.csr_array(matrix))

    def readings(self, outcome: Outcome) -> list[Reading]:  # noqa: ARG002
        """Return nothing: a region is a choice of the search, not a promise of the mandate."""
        return []


def regions(problem: Problem, mandate: Mandate) -> list[Region]:
    """Split a rebalance where losses are netted with the year's figures into ordinary ones; others are one region.

    Regions that no sale of the lots at hand can reach are left out.
    """
    if mandate.losses is not LossUse.NETTING:
        return [Region("all", problem)]
    year = mandate.year_to_date
    return [
        Region(piece.name, _priced(problem, mandate, piece), (RegionLimit(year, problem.lot_counted, piece.sides),))
        for piece in _pieces(mandate)
        if _reachable(problem, year, piece)
    ]


def marginal_rates(mandate: Mandate) -> tuple[float, float]:
    """Tax on one more dollar of short- and of long-term gain where the year stands before this rebalance."""
    S, L = mandate.year_to_date.net
    here = next(piece for piece in _pieces(mandate) if all(a * S + b * L <= c for a, b, c in piece.sides))
    return here.short, here.long


def _pieces(mandate: Mandate) -> Iterator[_Piece]:
    t_short, t_long, t_other = mandate.rates.short_term, mandate.rates.long_term, mandate.rates.ordinary
    D, v = mandate.year_to_date.deduction, mandate.year_to_date.carried_value(mandate.rates)
    yield _Piece("both gain", t_short, t_long, 0.0, ((-1, 0, 0), (0, -1, 0)))
    yield _Piece("short gain", t_short, t_short, 0.0, ((-1, 0, 0), (0, 1, 0), (-1, -1, 0)))
    yield _Piece("long gain", t_long, t_long, 0.0, ((1, 0, 0), (0, -1, 0), (-1, -1, 0)))
    yield _Piece("deducted", t_other, t_other, 0.0, ((1, 1, 0), (-1, -1, D)))
    yield _Piece("carried", v, v, (v - t_other) * D, ((1, 1, -D),))


def _priced(problem: Problem, mandate: Mandate, piece: _Piece) -> Problem:
    rate = np.where(problem.lot_long, piece.long, piece.short) - mandate.later_rate
    year = mandate.year_to_date
    S, L = year.net
    saved = year.tax(mandate.rates) - (piece.short * S + piece.long * L + piece.fixed)
    credit = np.where(problem.lot_counted, -rate * problem.lot_gain, 0.0)
    return replace(problem, lot_credit=credit, constant=problem.constant + saved / problem.nav)


def _reachable(problem: Problem, year: YearToDate, piece: _Piece) -> bool:
    """Whether selling some of each lot that may be sold could bring the year's totals to each side of the piece."""
    # Lots of a group bought of late may go too, all of them together.
    sellable = problem.lot_sellable | problem.liquidable[problem.lot_group]
    gain = np.where(problem.lot_counted & sellable, problem.lot_gain, 0.0) * problem.nav
    amount, washed = gain * problem.lot_value, gain * problem.washed
    short, long = np.where(problem.lot_long, 0.0, amount), np.where(problem.lot_long, amount, 0.0)
    S, L = year.net
    S, L = S - washed[~problem.lot_long].sum(), L - washed[problem.lot_long].sum()
    return all(
        a * S + b * L + np.minimum(a * short + b * long, 0.0).sum() <= c + _NEAR * problem.nav
        for a, b, c in piece.sides
    )
