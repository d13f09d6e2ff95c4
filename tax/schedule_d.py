"""Schedule D: the year's capital gains and losses summed up, netted and carried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tax.form_8949 import Form8949, Form8949Row, Form8949Total
from tax.money import Money, exact
from tax.netting import NetGains, YearGains, net_gains
from taxsleeve_errors import TaxError

__all__ = ["ScheduleD", "fill_schedule_d"]


@dataclass(frozen=True)
class ScheduleD:
    """Schedule D of one year.

    Parameters
    ----------
    short_term, long_term : Form8949Total
        Totals of the form's two parts (lines 1b to 3 and 8b to 10).
    gains : YearGains
        The same by sign, with the capital gain distributions (line 13) among the long-term gains.
    short_carryover_in, long_carryover_in : Fraction
        Lines 6 and 14, as positive amounts.
    net : NetGains
        Line 7 (`net_short`), line 15 (`net_long`), line 21 (`deduction`) and next year's carryovers.
    """

    short_term: Form8949Total
    long_term: Form8949Total
    gains: YearGains
    short_carryover_in: Fraction
    long_carryover_in: Fraction
    net: NetGains

    @property
    def line_16(self) -> Fraction:
        """Net short- and long-term gain together."""
        return self.net.net_short + self.net.net_long


def fill_schedule_d(
    form: Form8949,
    *,
    capital_gain_distributions: Money = 0,
    short_carryover: Money = 0,
    long_carryover: Money = 0,
    limit: Money = 3000,
    taxable_income_after_deduction: Money | None = None,
) -> ScheduleD:
    """Sum a year's Form 8949 up and net it.

    Parameters
    ----------
    form : Form8949
        Rows of one year.
    capital_gain_distributions : number
        Paid by funds, always long-term, zero or more.
    short_carryover, long_carryover, limit, taxable_income_after_deduction : number
        As in `net_gains`.

    Raises
    ------
    TaxError
        The rows are of more than one year, or an amount is negative or not finite.
    """
    years = sorted({row.date_sold.year for row in form.rows})
    if len(years) > 1:
        raise TaxError(
            f"Schedule D: the rows are of the years {years}, expected one year (fill_form_8949(sales, year=...))"
        )
    distributions = exact(capital_gain_distributions, "capital_gain_distributions")
    if distributions < 0:
        raise TaxError(f"capital_gain_distributions: found {capital_gain_distributions}, expected zero or more")
    short_gains, short_losses = _by_sign(form.part("I"))
    long_gains, long_losses = _by_sign(form.part("II"))
    gains = YearGains(
        short_gains, short_losses, long_gains + distributions, long_losses, taxable_income_after_deduction
    )
    net = net_gains(
        short_gains=gains.short_gains,
        short_losses=gains.short_losses,
        long_gains=gains.long_gains,
        long_losses=gains.long_losses,
        short_carryover=short_carryover,
        long_carryover=long_carryover,
        limit=limit,
        taxable_income_after_deduction=taxable_income_after_deduction,
    )
    return ScheduleD(
        short_term=form.total("I"),
        long_term=form.total("II"),
        gains=gains,
        short_carryover_in=exact(short_carryover, "short_carryover"),
        long_carryover_in=exact(long_carryover, "long_carryover"),
        net=net,
    )


def _by_sign(rows: Iterable[Form8949Row]) -> tuple[Fraction, Fraction]:
    results = [Fraction(row.gain_loss) for row in rows]
    gains = sum((result for result in results if result > 0), Fraction(0))
    return gains, gains - sum(results, Fraction(0))
