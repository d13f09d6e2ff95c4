"""Federal tax of whole returns, against sums done by hand from the rate schedules."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax.brackets import Brackets, federal_brackets
from tax.federal_tax import capital_gain_tax, federal_income_tax, net_investment_income_tax, ordinary_tax
from tax.netting import capital_loss_limit
from taxsleeve_errors import TaxError

YEARS = (2024, 2025, 2026)
FILINGS = ("single", "joint", "separate", "head")
any_brackets = st.builds(federal_brackets, st.sampled_from(FILINGS), st.sampled_from(YEARS))
dollars = st.integers(-50_000, 2_000_000)


@pytest.mark.parametrize(
    ("filing", "year", "income", "tax"),
    [
        ("single", 2024, 0, "0"),
        ("single", 2024, -5_000, "0"),
        ("single", 2024, 11_600, "1160"),
        ("single", 2024, 100_000, "17053"),  # 1,160 + 12% of 35,550 + 22% of 52,850
        ("joint", 2025, 100_000, "11828"),  # 2,385 + 12% of 73,100 + 22% of 3,050
        ("joint", 2026, 768_700, "206583.5"),  # Rev. Proc. 2025-32: 206,583.50 plus 37% of the excess
        ("joint", 2026, 900_000, "255164.5"),
        ("separate", 2026, 400_000, "109082.25"),  # half the joint schedule: 103,291.75 + 37% of 15,650
        ("head", 2024, 70_000, "8759"),  # 1,655 + 12% of 46,550 + 22% of 6,900
    ],
)
def test_ordinary_tax(filing: str, year: int, income: int, tax: str) -> None:
    assert ordinary_tax(income, federal_brackets(filing, year)) == Fraction(tax)


@pytest.mark.parametrize(
    ("filing", "year", "ordinary", "gain", "tax"),
    [
        ("joint", 2025, 80_000, 600_000, "91492.5"),  # 16,700 at 0, 503,350 at 15%, 79,950 at 20%
        ("joint", 2025, 80_000, 16_700, "0"),
        ("single", 2024, 47_000, 1_000, "146.25"),  # 25 at 0, 975 at 15%
        ("single", 2024, 47_025, 125, "15"),  # the 12% bracket reaches 125 above the 0% band: as ordinary income
        ("single", 2024, -10_000, 60_000, "446.25"),  # deductions left over shelter 10,000 of the gain
        ("single", 2026, 700_000, 10_000, "2000"),
        ("single", 2026, 700_000, 0, "0"),
        ("single", 2026, 700_000, -10_000, "0"),
    ],
)
def test_gains_stack_on_top_of_ordinary_income(filing: str, year: int, ordinary: int, gain: int, tax: str) -> None:
    assert capital_gain_tax(gain, ordinary, federal_brackets(filing, year)) == Fraction(tax)


@pytest.mark.parametrize(
    ("filing", "income", "magi", "tax"),
    [
        ("single", 50_000, 200_000, "0"),
        ("single", 50_000, 230_000, "1140"),  # 3.8% of the 30,000 above the threshold
        ("single", 50_000, 400_000, "1900"),  # 3.8% of the income itself
        ("joint", 600_000, 711_500, "17537"),
        ("separate", 10_000, 125_000, "0"),
        ("head", 10_000, 205_000, "190"),
        ("head", -10_000, 205_000, "0"),
    ],
)
def test_net_investment_income_tax(filing: str, income: int, magi: int, tax: str) -> None:
    assert net_investment_income_tax(income, magi, federal_brackets(filing, 2025)) == Fraction(tax)


def test_a_whole_return_adds_up() -> None:
    tax = federal_income_tax(80_000, 600_000, 600_000, 711_500, federal_brackets("joint", 2025))
    assert tax.ordinary == Fraction("9123")  # 2,385 + 12% of 56,150 = 9,123
    assert tax.total == Fraction("9123") + Fraction("91492.5") + Fraction("17537")


@pytest.mark.parametrize("year", YEARS)
def test_the_table_is_in_order_and_agrees_with_the_statute(year: int) -> None:
    for filing in FILINGS:
        brackets = federal_brackets(filing, year)
        assert all(low < high for low, high in pairwise(brackets.ordinary_tops))
        assert brackets.gain_tops[0] < brackets.gain_tops[1]
        assert brackets.capital_loss_limit == capital_loss_limit(filing)
    thresholds = [federal_brackets(filing, year).niit_threshold for filing in FILINGS]
    assert thresholds == [200_000, 250_000, 125_000, 200_000]


@given(any_brackets, dollars, st.integers(1, 10_000))
def test_ordinary_tax_rises_continuously_at_no_more_than_the_top_rate(
    brackets: Brackets, income: int, more: int
) -> None:
    step = ordinary_tax(income + more, brackets) - ordinary_tax(income, brackets)
    assert 0 <= step <= Fraction(37, 100) * more


@given(any_brackets, dollars, st.integers(0, 2_000_000), st.integers(1, 10_000))
def test_gain_tax_rises_continuously_in_the_gain(brackets: Brackets, ordinary: int, gain: int, more: int) -> None:
    step = capital_gain_tax(gain + more, ordinary, brackets) - capital_gain_tax(gain, ordinary, brackets)
    assert 0 <= step <= Fraction(20, 100) * more


@given(any_brackets, dollars, st.integers(0, 2_000_000), st.integers(1, 10_000))
def test_total_tax_rises_continuously_in_ordinary_income(
    brackets: Brackets, ordinary: int, gain: int, more: int
) -> None:
    before = ordinary_tax(ordinary, brackets) + capital_gain_tax(gain, ordinary, brackets)
    after = ordinary_tax(ordinary + more, brackets) + capital_gain_tax(gain, ordinary + more, brackets)
    assert 0 <= after - before <= Fraction(57, 100) * more


@given(any_brackets, st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_a_gain_is_never_taxed_harder_than_as_ordinary_income(brackets: Brackets, ordinary: int, gain: int) -> None:
    as_ordinary = ordinary_tax(ordinary + gain, brackets) - ordinary_tax(ordinary, brackets)
    assert capital_gain_tax(gain, ordinary, brackets) <= as_ordinary


@given(any_brackets, st.integers(1, 2_000_000))
def test_the_marginal_rate_is_the_slope_of_the_tax(brackets: Brackets, income: int) -> None:
    slope = ordinary_tax(income, brackets) - ordinary_tax(Fraction(income) - Fraction(1, 100), brackets)
    assert slope * 100 == brackets.ordinary_rate(income)


@pytest.mark.parametrize("bad", [math.nan, math.inf, "much"])
def test_a_senseless_amount_is_refused(bad: float) -> None:
    brackets = federal_brackets("single", 2025)
    with pytest.raises(TaxError, match="taxable_income: found"):
        ordinary_tax(bad, brackets)
    with pytest.raises(TaxError, match=r"^gain: found"):
        federal_income_tax(1, bad, 1, 1, brackets)
