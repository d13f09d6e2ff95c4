"""Federal tax of a whole return, exact: ordinary brackets, gains stacked on top, net investment income tax."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from tax.brackets import GAIN_RATES, NIIT_RATE, ORDINARY_RATES, Brackets
from tax.money import Money, exact

__all__ = ["FederalTax", "capital_gain_tax", "federal_income_tax", "net_investment_income_tax", "ordinary_tax"]


@dataclass(frozen=True)
class FederalTax:
    """Federal tax of one return by part, in exact dollars.

    Parameters
    ----------
    ordinary : Fraction
        On ordinary taxable income.
    capital_gain : Fraction
        On net capital gain and qualified dividends.
    net_investment_income : Fraction
        The 3.8% of I.R.C. s.1411.
    """

    ordinary: Fraction
    capital_gain: Fraction
    net_investment_income: Fraction

    @property
    def total(self) -> Fraction:
        """The three parts together."""
        return self.ordinary + self.capital_gain + self.net_investment_income


def ordinary_tax(taxable_income: Money, brackets: Brackets) -> Fraction:
    """Tax on ordinary taxable income by the rate schedules of I.R.C. s.1(j).

    sum over brackets of rate x income inside the bracket; nothing on an income below zero. The IRS's printed tables
    for incomes under 100,000 tax the middle of a 50-dollar step and may differ by a few dollars.
    """
    return _banded(Fraction(0), exact(taxable_income, "taxable_income"), brackets.ordinary_tops, ORDINARY_RATES)


def capital_gain_tax(gain: Money, ordinary_income: Money, brackets: Brackets) -> Fraction:
    """Tax on net capital gain plus qualified dividends, stacked on top of ordinary taxable income.

    The gain fills the 0/15/20% bands from `ordinary_income` upward (I.R.C. s.1(h); Qualified Dividends and Capital Gain
    Tax Worksheet), and is never taxed harder than as ordinary income (the worksheet's last line: the 15% band begins a
    little below the 22% bracket).

    Parameters
    ----------
    gain : number
        Net capital gain (net long-term gain less net short-term loss) plus qualified dividends, dollars.
    ordinary_income : number
        Taxable income without `gain`; below zero, the deductions left over shelter the gain.
    brackets : Brackets
    """
    low = exact(ordinary_income, "ordinary_income")
    high = low + max(Fraction(0), exact(gain, "gain"))
    stacked = _banded(low, high, brackets.gain_tops, GAIN_RATES)
    return min(stacked, _banded(low, high, brackets.ordinary_tops, ORDINARY_RATES))


def net_investment_income_tax(net_investment_income: Money, magi: Money, brackets: Brackets) -> Fraction:
    """3.8% of the smaller of net investment income and MAGI above the threshold (I.R.C. s.1411)."""
    income = exact(net_investment_income, "net_investment_income")
    above = exact(magi, "magi") - brackets.niit_threshold
    return NIIT_RATE * max(Fraction(0), min(income, above))


def federal_income_tax(
    ordinary_income: Money, gain: Money, net_investment_income: Money, magi: Money, brackets: Brackets
) -> FederalTax:
    """Tax of a return.

    Parameters
    ----------
    ordinary_income : number
        Taxable income without `gain`, after deductions; net short-term gains belong here.
    gain : number
        Net capital gain plus qualified dividends.
    net_investment_income, magi : number
        For the net investment income tax.
    brackets : Brackets
        Of the year and the filing status.

    Raises
    ------
    TaxError
        A number is not finite.
    """
    return FederalTax(
        ordinary=ordinary_tax(ordinary_income, brackets),
        capital_gain=capital_gain_tax(gain, ordinary_income, brackets),
        net_investment_income=net_investment_income_tax(net_investment_income, magi, brackets),
    )


def _banded(low: Fraction, high: Fraction, tops: tuple[Fraction, ...], rates: tuple[Fraction, ...]) -> Fraction:
    """Tax on the income between `low` and `high`; income below zero is not taxed."""
    tax = Fraction(0)
    floor = Fraction(0)
    for top, rate in zip((*tops, max(high, *tops)), rates, strict=True):
        tax += rate * max(Fraction(0), min(high, top) - max(low, floor))
        floor = top
    return tax
