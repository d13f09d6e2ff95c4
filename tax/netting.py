"""Netting of a year's capital gains and losses, the loss limit and the carryovers (I.R.C. s.1211, 1212(b), 1222)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tax.brackets import filing_status
from tax.money import Money, exact
from taxsleeve_errors import TaxError

__all__ = ["NetGains", "YearGains", "capital_loss_limit", "carry_forward", "net_gains"]


@dataclass(frozen=True)
class NetGains:
    """Outcome of a year's netting, in exact dollars.

    Parameters
    ----------
    net_short, net_long : Fraction
        Net short- and long-term gain with the carryover in; losses are negative (Schedule D lines 7 and 15).
    ordinary : Fraction
        Net short-term gain left, taxed at ordinary rates.
    preferential : Fraction
        Net capital gain, taxed at 0/15/20%.
    deduction : Fraction
        Net loss deducted from other income this year, at most the limit (Schedule D line 21).
    absorbed : Fraction
        Part of the deduction that taxable income could use: only this reduces the carryover.
    short_carryover, long_carryover : Fraction
        Losses carried to next year by character, zero or more.
    """

    net_short: Fraction
    net_long: Fraction
    ordinary: Fraction
    preferential: Fraction
    deduction: Fraction
    absorbed: Fraction
    short_carryover: Fraction
    long_carryover: Fraction


@dataclass(frozen=True)
class YearGains:
    """Gains and losses realised in one year, all zero or more, in dollars.

    Parameters
    ----------
    short_gains, short_losses, long_gains, long_losses : number
        Sums of the year's gains and of its allowed losses, by character.
    taxable_income_after_deduction : number, optional
        See `net_gains`.
    """

    short_gains: Money = 0
    short_losses: Money = 0
    long_gains: Money = 0
    long_losses: Money = 0
    taxable_income_after_deduction: Money | None = None


def net_gains(
    *,
    short_gains: Money = 0,
    short_losses: Money = 0,
    long_gains: Money = 0,
    long_losses: Money = 0,
    short_carryover: Money = 0,
    long_carryover: Money = 0,
    limit: Money = 3000,
    taxable_income_after_deduction: Money | None = None,
) -> NetGains:
    """Net a year's gains and losses, in the order of Schedule D and its Capital Loss Carryover Worksheet.

    s = ST gains - ST losses - ST carryover, l = LT gains - LT losses - LT carryover. If s + l < 0 the deduction is
    D = min(limit, -(s + l)), of which A = min(D, max(0, taxable income after the deduction + D)) is absorbed, from
    short-term losses first. Carried on: ST max(0, s- - A - l+) and LT max(0, l- - s+ - max(0, A - s-)), where x+ and x-
    are the positive and the negative part of x. Taxed at ordinary rates: max(0, s+ - l-); at 0/15/20%: max(0, l+ - s-).

    Parameters
    ----------
    short_gains, short_losses, long_gains, long_losses : number
        Zero or more; losses already without what the wash-sale rule disallowed.
    short_carryover, long_carryover : number
        Losses carried in from the year before, zero or more.
    limit : number
        3,000, or 1,500 for a married person filing separately (`capital_loss_limit`).
    taxable_income_after_deduction : number, optional
        Taxable income with the whole deduction taken, negative where deductions exceed income. Not given: the income
        is large enough to absorb the deduction.

    Raises
    ------
    TaxError
        An amount is negative or not finite.
    """
    s = _amount(short_gains, "short_gains") - _amount(short_losses, "short_losses")
    s -= _amount(short_carryover, "short_carryover")
    l = _amount(long_gains, "long_gains") - _amount(long_losses, "long_losses")  # noqa: E741 (the formula's letter)
    l -= _amount(long_carryover, "long_carryover")  # noqa: E741
    deduction = min(_amount(limit, "limit"), _positive(-(s + l)))
    absorbed = deduction
    if taxable_income_after_deduction is not None:
        income = exact(taxable_income_after_deduction, "taxable_income_after_deduction")
        absorbed = min(deduction, _positive(income + deduction))
    short_loss, long_loss = _positive(-s), _positive(-l)
    return NetGains(
        net_short=s,
        net_long=l,
        ordinary=_positive(_positive(s) - long_loss),
        preferential=_positive(_positive(l) - short_loss),
        deduction=deduction,
        absorbed=absorbed,
        short_carryover=_positive(short_loss - absorbed - _positive(l)),
        long_carryover=_positive(long_loss - _positive(s) - _positive(absorbed - short_loss)),
    )


def carry_forward(
    years: Iterable[YearGains], *, limit: Money = 3000, short_carryover: Money = 0, long_carryover: Money = 0
) -> tuple[NetGains, ...]:
    """Net several years in a row, each year's carryovers going into the next.

    Parameters
    ----------
    years : iterable of YearGains
        In order.
    limit : number
        Loss limit of every year.
    short_carryover, long_carryover : number
        Losses carried into the first year.

    Raises
    ------
    TaxError
        As `net_gains`.
    """
    results: list[NetGains] = []
    for year in years:
        result = net_gains(
            short_gains=year.short_gains,
            short_losses=year.short_losses,
            long_gains=year.long_gains,
            long_losses=year.long_losses,
            short_carryover=short_carryover,
            long_carryover=long_carryover,
            limit=limit,
            taxable_income_after_deduction=year.taxable_income_after_deduction,
        )
        short_carryover, long_carryover = result.short_carryover, result.long_carryover
        results.append(result)
    return tuple(results)


def capital_loss_limit(filing: str) -> Fraction:
    """Largest net capital loss deducted in a year: 3,000, or 1,500 for a married person filing separately.

    Source: I.R.C. s.1211(b), not indexed. Raises TaxError on an unknown filing status.
    """
    return Fraction(1500 if filing_status(filing) == "mseparate" else 3000)


def _amount(value: Money, name: str) -> Fraction:
    amount = exact(value, name)
    if amount < 0:
        raise TaxError(f"{name}: found {value}, expected zero or more (a loss is given as a positive amount)")
    return amount


def _positive(x: Fraction) -> Fraction:
    return max(Fraction(0), x)
