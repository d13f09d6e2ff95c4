"""Pre-tax return of a period by Modified Dietz, and the linking of periods."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass

from tax.measurement._numbers import above_zero, finite, not_negative
from taxsleeve_errors import TaxError

__all__ = ["Flow", "Period", "annualize", "dietz_weight", "link", "pre_tax_return"]


@dataclass(frozen=True)
class Flow:
    """Money that the client put in (above zero) or took out (below zero).

    Parameters
    ----------
    amount : float
        Dollars.
    weight : float
        Fraction of the period during which the money was in the account, from 0 to 1 (`dietz_weight`).
    """

    amount: float
    weight: float

    def __post_init__(self) -> None:
        finite(amount=self.amount, weight=self.weight)
        if not 0 <= self.weight <= 1:
            raise TaxError(f"weight: found {self.weight}, expected the fraction of the period, from 0 to 1")


@dataclass(frozen=True)
class Period:
    """A measurement period.

    Parameters
    ----------
    begin_value, end_value : float
        Market value in dollars (BMV, EMV), zero or more.
    flows : tuple of Flow
        External flows (CF).
    """

    begin_value: float
    end_value: float
    flows: tuple[Flow, ...] = ()

    def __post_init__(self) -> None:
        not_negative(begin_value=self.begin_value, end_value=self.end_value)

    @property
    def net_flow(self) -> float:
        """Net external flow, sum CF_i."""
        return math.fsum(flow.amount for flow in self.flows)

    @property
    def weighted_flow(self) -> float:
        """Weighted external flow, sum W_i CF_i."""
        return math.fsum(flow.weight * flow.amount for flow in self.flows)

    @property
    def gain(self) -> float:
        """EMV - BMV - sum CF_i, before tax."""
        return self.end_value - self.begin_value - self.net_flow

    @property
    def base(self) -> float:
        """Average capital at work, BMV + sum W_i CF_i, above zero.

        Raises
        ------
        TaxError
            There was no capital at work, so no return is defined.
        """
        base = self.begin_value + self.weighted_flow
        if base <= 0:
            raise TaxError(f"period: average capital BMV + sum W CF is {base}, expected more than zero")
        return base


def pre_tax_return(period: Period) -> float:
    """Modified Dietz return R = (EMV - BMV - sum CF) / (BMV + sum W CF)."""
    return period.gain / period.base


def dietz_weight(date: dt.date, start: dt.date, end: dt.date) -> float:
    """Modified Dietz weight (end - date) / (end - start) of a flow at the end of the day `date`.

    Raises
    ------
    TaxError
        The period has no length, or the date is outside it.
    """
    if not start <= date <= end or start == end:
        raise TaxError(f"flow on {date}: expected a date from {start} to {end}, in a period of at least a day")
    return (end - date).days / (end - start).days


def link(returns: Iterable[float]) -> float:
    """Link sub-period returns geometrically: prod(1 + R_k) - 1.

    Raises
    ------
    TaxError
        A return is not finite or below -100%.
    """
    growth = 1.0
    for value in returns:
        finite(period_return=value)
        if value < -1:
            raise TaxError(f"period return: found {value}, expected -1 (a total loss) or more")
        growth *= 1.0 + value
    return growth - 1.0


def annualize(total_return: float, years: float) -> float:
    """Return a year that compounds to a total return: (1 + R)^(1/years) - 1.

    Raises
    ------
    TaxError
        The return is below -100%, or the number of years is not above zero.
    """
    above_zero(years=years)
    return float((1.0 + link([total_return])) ** (1.0 / years) - 1.0)
