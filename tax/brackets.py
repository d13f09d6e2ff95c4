"""The federal figures of a year and a filing status: brackets, thresholds and limits, kept as data."""

from __future__ import annotations

import csv
import importlib.resources
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from tax.money import Money, exact
from taxsleeve_errors import TaxError

__all__ = ["GAIN_RATES", "NIIT_RATE", "ORDINARY_RATES", "Brackets", "federal_brackets", "filing_status"]

ORDINARY_RATES = tuple(Fraction(percent, 100) for percent in (10, 12, 22, 24, 32, 35, 37))
"""Rates on ordinary income, lowest bracket first (I.R.C. s.1(j); the same in 2024, 2025 and 2026)."""

GAIN_RATES = tuple(Fraction(percent, 100) for percent in (0, 15, 20))
"""Rates on net capital gain and qualified dividends, lowest band first (I.R.C. s.1(h))."""

NIIT_RATE = Fraction(38, 1000)
"""Net investment income tax (I.R.C. s.1411)."""

_STATUS = {
    "single": "single",
    "joint": "mjoint",
    "mjoint": "mjoint",
    "separate": "mseparate",
    "mseparate": "mseparate",
    "head": "headhh",
    "headhh": "headhh",
}


@dataclass(frozen=True)
class Brackets:
    """Federal figures of one year and one filing status, in dollars.

    Parameters
    ----------
    year : int
        The tax year.
    filing : str
        single, mjoint, mseparate or headhh.
    ordinary_tops : tuple of Fraction, length 6
        Taxable income up to which each of the first six of `ORDINARY_RATES` applies.
    gain_tops : tuple of Fraction, length 2
        Taxable income up to which a gain is taxed at 0%, and at 15%.
    standard_deduction : Fraction
    niit_threshold : Fraction
        Modified adjusted gross income above which net investment income is taxed; not indexed.
    capital_loss_limit : Fraction
        Largest net capital loss deducted from ordinary income in a year (I.R.C. s.1211(b)).

    Notes
    -----
    Figures: Rev. Proc. 2023-34, 2024-40 and 2025-32, as in PSLmodels/Tax-Calculator policy_current_law.json (78f3574).
    """

    year: int
    filing: str
    ordinary_tops: tuple[Fraction, ...]
    gain_tops: tuple[Fraction, ...]
    standard_deduction: Fraction
    niit_threshold: Fraction
    capital_loss_limit: Fraction

    def ordinary_rate(self, income: Money) -> Fraction:
        """Rate on the last dollar of this taxable income; a bracket's top still belongs to the bracket."""
        return _rate_of_last_dollar(income, self.ordinary_tops, ORDINARY_RATES)

    def gain_rate(self, income: Money) -> Fraction:
        """Rate on a long-term gain that is the last dollar of this taxable income (0, 15 or 20%)."""
        return _rate_of_last_dollar(income, self.gain_tops, GAIN_RATES)

    def niit_rate(self, magi: Money) -> Fraction:
        """Net investment income tax on the last dollar: 3.8% above the threshold, else nothing."""
        return NIIT_RATE if exact(magi, "magi") > self.niit_threshold else Fraction(0)


def filing_status(name: object) -> str:
    """Resolve a filing status, in any case, to the name the tables use.

    Raises
    ------
    TaxError
        The name is none of single, joint (mjoint), separate (mseparate), head (headhh).
    """
    status = _STATUS.get(name.strip().lower()) if isinstance(name, str) else None
    if status is None:
        raise TaxError(
            f"filing: found {name!r}, expected one of single, joint (= mjoint), separate (= mseparate), head (= headhh)"
        )
    return status


def federal_brackets(filing: str, year: int) -> Brackets:
    """Federal figures of a filing status and year.

    Raises
    ------
    TaxError
        The filing status is unknown, or the table does not hold the year.
    """
    status = filing_status(filing)
    table = _table()
    if isinstance(year, bool) or (year, status) not in table:
        years = ", ".join(str(known) for known in sorted({known for known, _ in table}))
        raise TaxError(f"year: found {year!r}, expected one of {years}; for another year give two plain rates")
    return table[year, status]


@cache
def _table() -> dict[tuple[int, str], Brackets]:
    source = importlib.resources.files("tax") / "data" / "federal_brackets.csv"
    lines = source.read_text(encoding="utf-8").splitlines()
    brackets = [_from_row(row) for row in csv.DictReader(lines)]
    return {(entry.year, entry.filing): entry for entry in brackets}


def _from_row(row: dict[str, str]) -> Brackets:
    return Brackets(
        year=int(row["year"]),
        filing=row["filing"],
        ordinary_tops=tuple(Fraction(row[f"top_of_{percent}pct"]) for percent in (10, 12, 22, 24, 32, 35)),
        gain_tops=(Fraction(row["ltcg_0pct_max"]), Fraction(row["ltcg_15pct_max"])),
        standard_deduction=Fraction(row["standard_deduction"]),
        niit_threshold=Fraction(row["niit_threshold"]),
        capital_loss_limit=Fraction(row["capital_loss_limit"]),
    )


def _rate_of_last_dollar(income: Money, tops: tuple[Fraction, ...], rates: tuple[Fraction, ...]) -> Fraction:
    amount = exact(income, "income")
    return rates[sum(amount > top for top in tops)]
