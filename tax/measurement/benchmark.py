"""After-tax benchmark: a shadow portfolio that holds the index with the account's own flows and rates."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tax.holding_period import is_long_term
from tax.measurement._numbers import above_zero, finite, not_negative
from tax.measurement.after_tax_return import flow_adjustment
from tax.measurement.returns import Flow, Period
from tax.measurement.tax_bill import RealizedIncome
from taxsleeve_errors import TaxError

__all__ = [
    "BenchmarkDay",
    "BenchmarkLot",
    "BenchmarkPeriod",
    "Relief",
    "relieve_highest_cost",
    "relieve_pro_rata",
    "shadow_benchmark",
]


@dataclass(frozen=True)
class BenchmarkDay:
    """A day on which the index is valued.

    Parameters
    ----------
    date : date
    price : float
        Level of the price index, or an index fund's price, above zero.
    dividend : float
        Paid a unit since the day before, reinvested at `price`; zero where the level is of total return.
    flow : float
        Client's money in (above zero) or out (below zero) at the end of the day, dollars.
    """

    date: dt.date
    price: float
    dividend: float = 0.0
    flow: float = 0.0

    def __post_init__(self) -> None:
        above_zero(price=self.price)
        not_negative(dividend=self.dividend)
        finite(flow=self.flow)


@dataclass(frozen=True)
class BenchmarkLot:
    """Units of the index bought on one day: date, units, and cost a unit."""

    acquired: dt.date
    units: float
    cost: float


@dataclass(frozen=True)
class BenchmarkPeriod:
    """The shadow portfolio between two days.

    Parameters
    ----------
    start, end : date
    period : Period
        Values and flows, for the returns; the flow at the end has the weight 0.
    income : RealizedIncome
        Gains that withdrawals realised, and dividends.
    unrealized_short, unrealized_long : float
        At the end by character, dollars.
    """

    start: dt.date
    end: dt.date
    period: Period
    income: RealizedIncome
    unrealized_short: float
    unrealized_long: float

    def forced_tax(self, rate: float) -> float:
        """Tax that the withdrawal forced, by the benchmark's own gain ratio (`flow_adjustment`)."""
        return flow_adjustment(
            net_withdrawal=-self.period.net_flow,
            rate=rate,
            realized_gain=self.income.short + self.income.long,
            unrealized_gain=self.unrealized_short + self.unrealized_long,
            end_value=self.period.end_value,
        )


Relief = Callable[[Sequence[BenchmarkLot], float], list[float]]
"""Says how many units of each lot a withdrawal of so many units takes."""


def relieve_highest_cost(lots: Sequence[BenchmarkLot], units: float) -> list[float]:
    """Take the units of the highest cost first (HIFO)."""
    taken = [0.0] * len(lots)
    for i in sorted(range(len(lots)), key=lambda i: -lots[i].cost):
        taken[i] = min(lots[i].units, units)
        units -= taken[i]
    return taken


def relieve_pro_rata(lots: Sequence[BenchmarkLot], units: float) -> list[float]:
    """Take the same fraction of every lot."""
    held = math.fsum(lot.units for lot in lots)
    return [lot.units * units / held for lot in lots]


def shadow_benchmark(
    days: Iterable[BenchmarkDay], relief: Relief = relieve_highest_cost, qualified_share: float = 1.0
) -> tuple[BenchmarkPeriod, ...]:
    """Carry a shadow portfolio through the days.

    The first day's flow buys in. Dividends are taxed and reinvested, deposits buy, withdrawals sell by `relief`. Taxes
    are paid from outside, as for the account; wash sales of the benchmark are not looked at.

    Parameters
    ----------
    days : iterable of BenchmarkDay
        In order, two or more.
    relief : Relief
        `relieve_highest_cost` or `relieve_pro_rata`.
    qualified_share : float
        Fraction of the dividends that is qualified.

    Returns
    -------
    tuple of BenchmarkPeriod
        One for each pair of neighbouring days.

    Raises
    ------
    TaxError
        Days are out of order, nothing is bought on the first, or more is withdrawn than is held.
    """
    history = tuple(days)
    not_negative(qualified_share=qualified_share, ordinary_share=1.0 - qualified_share)
    if len(history) < 2 or any(before.date >= after.date for before, after in pairwise(history)):
        raise TaxError("benchmark days: expected two or more, each after the one before")
    first = history[0]
    above_zero(first_flow=first.flow)
    lots = [BenchmarkLot(first.date, first.flow / first.price, first.price)]
    periods = []
    for before, day in pairwise(history):
        begin_value = before.price * _units(lots)
        income, lots = _pass_day(lots, day, relief, qualified_share)
        short, long = _by_term(lots, [lot.units for lot in lots], day)
        flows = (Flow(day.flow, 0.0),) if day.flow else ()
        period = Period(begin_value, day.price * _units(lots), flows)
        periods.append(BenchmarkPeriod(before.date, day.date, period, income, short, long))
    return tuple(periods)


def _pass_day(
    lots: list[BenchmarkLot], day: BenchmarkDay, relief: Relief, qualified_share: float
) -> tuple[RealizedIncome, list[BenchmarkLot]]:
    dividends = day.dividend * _units(lots)
    bought = dividends + max(0.0, day.flow)
    if day.dividend or day.flow > 0:
        lots = [*lots, BenchmarkLot(day.date, bought / day.price, day.price)]
    units_out = max(0.0, -day.flow) / day.price
    if units_out > _units(lots) * (1 + 1e-12):
        raise TaxError(
            f"benchmark on {day.date}: withdrawal of {-day.flow}, expected at most {day.price * _units(lots)}"
        )
    taken = relief(lots, min(units_out, _units(lots))) if units_out else [0.0] * len(lots)
    short, long = _by_term(lots, taken, day)
    income = RealizedIncome(short, long, dividends * qualified_share, dividends * (1.0 - qualified_share))
    left = [replace(lot, units=lot.units - out) for lot, out in zip(lots, taken, strict=True)]
    return income, [lot for lot in left if lot.units > 0]


def _units(lots: Sequence[BenchmarkLot]) -> float:
    return math.fsum(lot.units for lot in lots)


def _by_term(lots: Sequence[BenchmarkLot], units: Sequence[float], day: BenchmarkDay) -> tuple[float, float]:
    """Gain on so many units of each lot at the day's price: short-term, long-term."""
    short = long = 0.0
    for lot, count in zip(lots, units, strict=True):
        gain = count * (day.price - lot.cost)
        if is_long_term(lot.acquired, day.date):
            long += gain
        else:
            short += gain
    return short, long
