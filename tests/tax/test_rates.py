"""Marginal rates: two plain ones, or those of a filing status, income, year and state."""

from __future__ import annotations

import dataclasses
import math

import pytest

from tax.rates import TaxRates
from taxsleeve_errors import TaxError


def test_two_plain_rates_fill_in_the_others() -> None:
    rates = TaxRates(short_term=0.408, long_term=0.238)
    assert (rates.short_term, rates.long_term, rates.qualified_dividends, rates.ordinary) == (
        0.408,
        0.238,
        0.238,
        0.408,
    )


def test_a_rate_of_nothing_and_of_everything_are_rates() -> None:
    rates = TaxRates(short_term=1.0, long_term=0.0)
    assert (rates.short_term, rates.long_term) == (1.0, 0.0)


def test_dividend_and_ordinary_rates_can_differ() -> None:
    rates = TaxRates(0.408, 0.238, qualified_dividends=0.15, ordinary=0.37)
    assert (rates.qualified_dividends, rates.ordinary) == (0.15, 0.37)
    assert dataclasses.replace(rates, long_term=0.2) == TaxRates(0.408, 0.2, 0.15, 0.37)


def test_rates_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TaxRates(0.4, 0.2).short_term = 0.1  # type: ignore[misc]


@pytest.mark.parametrize("bad", [-0.01, 1.01, 40.8, math.nan, math.inf, "0.4", None, True])
@pytest.mark.parametrize("name", ["short_term", "long_term"])
def test_a_rate_outside_zero_to_one_is_refused(name: str, bad: object) -> None:
    with pytest.raises(TaxError, match=f"{name}: found .*rate from 0 to 1"):
        TaxRates(**{"short_term": 0.4, "long_term": 0.2, name: bad})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filing", "income", "year", "state", "short_term", "long_term"),
    [
        ("joint", 900_000, 2026, 0.0, 0.408, 0.238),  # the top: 37 + 3.8 and 20 + 3.8
        ("joint", 900_000, 2026, 0.093, 0.501, 0.331),
        ("single", 700_000, 2024, 0.0, 0.408, 0.238),
        ("single", 609_350, 2024, 0.0, 0.388, 0.238),  # the top of 35% still is 35%
        ("single", 609_351, 2024, 0.0, 0.408, 0.238),
        ("single", 518_900, 2024, 0.0, 0.388, 0.188),  # the 15% band's last dollar
        ("single", 518_901, 2024, 0.0, 0.388, 0.238),
        ("joint", 250_000, 2025, 0.0, 0.24, 0.15),  # at the threshold there is no net investment income tax
        ("joint", 250_001, 2025, 0.0, 0.278, 0.188),
        ("joint", 96_700, 2025, 0.05, 0.17, 0.05),  # 12% and 0%, plus the state
        ("joint", 96_951, 2025, 0.0, 0.22, 0.15),
        ("separate", 125_001, 2026, 0.0, 0.278, 0.188),
        ("head", 66_200, 2026, 0.0, 0.12, 0.0),
        ("head", 240_000, 2026, 0.0, 0.358, 0.188),
        ("single", 0, 2026, 0.0, 0.10, 0.0),
    ],
)
def test_marginal_rates_of_a_filing(
    filing: str, income: float, year: int, state: float, short_term: float, long_term: float
) -> None:
    rates = TaxRates.from_filing(filing, income, year, state)
    assert rates.short_term == pytest.approx(short_term, abs=1e-15)
    assert rates.long_term == pytest.approx(long_term, abs=1e-15)
    assert rates.qualified_dividends == rates.long_term
    assert rates.ordinary == rates.short_term


def test_modified_adjusted_gross_income_decides_the_net_investment_income_tax() -> None:
    assert TaxRates.from_filing("single", 190_000, 2026, magi=206_100).long_term == pytest.approx(0.188)
    assert TaxRates.from_filing("single", 190_000, 2026).long_term == pytest.approx(0.15)


@pytest.mark.parametrize(
    "names", [("joint", "mjoint", "MJoint", " JOINT "), ("separate", "mseparate"), ("head", "headhh")]
)
def test_each_filing_status_goes_by_several_names(names: tuple[str, ...]) -> None:
    assert len({TaxRates.from_filing(name, 300_000, 2025) for name in names}) == 1


@pytest.mark.parametrize("filing", ["widow", "", "married", None, 3])
def test_an_unknown_filing_status_lists_those_accepted(filing: object) -> None:
    with pytest.raises(
        TaxError, match=r"found .*single, joint \(= mjoint\), separate \(= mseparate\), head \(= headhh\)"
    ):
        TaxRates.from_filing(filing, 100_000, 2025)  # type: ignore[arg-type]


@pytest.mark.parametrize("year", [2023, 2027, 0, "2025", True])
def test_a_year_outside_the_table_lists_the_years(year: object) -> None:
    with pytest.raises(TaxError, match=r"year: found .*2024, 2025, 2026"):
        TaxRates.from_filing("joint", 100_000, year)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"income": -1.0}, "income"),
        ({"income": math.nan}, "income"),
        ({"income": "lots"}, "income"),
        ({"income": 1.0, "state": -0.1}, "state"),
        ({"income": 1.0, "state": 9.3}, "state"),
        ({"income": 1.0, "magi": math.inf}, "magi"),
    ],
)
def test_a_senseless_number_is_refused(arguments: dict[str, float], name: str) -> None:
    with pytest.raises(TaxError, match=f"^{name}: found"):
        TaxRates.from_filing("joint", year=2025, **arguments)


def test_a_state_rate_that_leaves_less_than_nothing_is_refused() -> None:
    with pytest.raises(TaxError, match="short_term"):
        TaxRates.from_filing("joint", 900_000, 2025, state=0.6)
