"""The rates at which one more dollar of gain is taxed, or one more dollar of loss saves tax."""

from __future__ import annotations

import numbers
from dataclasses import dataclass

from tax.brackets import federal_brackets
from tax.money import exact
from taxsleeve_errors import TaxError

__all__ = ["TaxRates"]


@dataclass(frozen=True, init=False)
class TaxRates:
    """Marginal tax rates of a household, as fractions (0.238 is 23.8%).

    Parameters
    ----------
    short_term : float
        On short-term capital gains.
    long_term : float
        On long-term capital gains.
    qualified_dividends : float, default `long_term`
        On qualified dividends (I.R.C. s.1(h)(11)).
    ordinary : float, default `short_term`
        On interest and dividends that are not qualified, and what a deduction from ordinary income saves.

    Raises
    ------
    TaxError
        A rate is not a number from 0 to 1.

    Examples
    --------
    >>> TaxRates(short_term=0.408, long_term=0.238).qualified_dividends
    0.238
    """

    short_term: float
    long_term: float
    qualified_dividends: float
    ordinary: float

    def __init__(
        self,
        short_term: float,
        long_term: float,
        qualified_dividends: float | None = None,
        ordinary: float | None = None,
    ) -> None:
        values = {
            "short_term": short_term,
            "long_term": long_term,
            "qualified_dividends": long_term if qualified_dividends is None else qualified_dividends,
            "ordinary": short_term if ordinary is None else ordinary,
        }
        for name, value in values.items():
            object.__setattr__(self, name, _fraction(value, name))

    @classmethod
    def from_filing(
        cls, filing: str, income: float, year: int, state: float = 0.0, *, magi: float | None = None
    ) -> TaxRates:
        """Marginal rates of a household with this taxable income.

        Federal bracket (s.1(j)) or 0/15/20% band (s.1(h)) of the last dollar, plus 3.8% net investment income tax
        (s.1411) where modified adjusted gross income is above the threshold, plus the state's rate. Gains stack on top
        of ordinary income, so the band is that of the whole taxable income, gains included.

        Parameters
        ----------
        filing : str
            single, joint (= mjoint), separate (= mseparate) or head (= headhh), in any case.
        income : float
            Taxable income in dollars, capital gains included, zero or more.
        year : int
            A tax year of the table (2024 to 2026).
        state : float
            The state's marginal rate on all four kinds of income, as a fraction.
        magi : float, optional
            Modified adjusted gross income in dollars; `income` where not given, which leaves out the deductions.

        Raises
        ------
        TaxError
            The filing status or year is unknown, or a number is not sensible.
        """
        brackets = federal_brackets(filing, year)
        taxable = exact(income, "income")
        if taxable < 0:
            raise TaxError(f"income: found {income!r}, expected taxable income in dollars, zero or more")
        added = brackets.niit_rate(income if magi is None else magi) + exact(_fraction(state, "state"), "state")
        short_term = float(brackets.ordinary_rate(taxable) + added)
        long_term = float(brackets.gain_rate(taxable) + added)
        return cls(short_term=short_term, long_term=long_term)


def _fraction(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0.0 <= float(value) <= 1.0:
        raise TaxError(f"{name}: found {value!r}, expected a rate from 0 to 1 (0.238 means 23.8%)")
    return float(value)
