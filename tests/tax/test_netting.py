"""Netting, the loss limit and carryovers: the vectors, the worksheet's identities, bad input."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax.netting import YearGains, capital_loss_limit, carry_forward, net_gains
from taxsleeve_errors import TaxError

with (Path(__file__).parent / "data" / "netting_cases.csv").open(encoding="utf-8", newline="") as _lines:
    CASES = list(csv.DictReader(_lines))

INPUTS = {
    "short_gains": "st_gains",
    "short_losses": "st_losses",
    "long_gains": "lt_gains",
    "long_losses": "lt_losses",
    "short_carryover": "st_carryover_in",
    "long_carryover": "lt_carryover_in",
    "limit": "limit",
}
OUTPUTS = {
    "net_short": "exp_net_st",
    "net_long": "exp_net_lt",
    "ordinary": "exp_st_taxed_ordinary",
    "preferential": "exp_net_capital_gain_preferential",
    "deduction": "exp_deduction",
    "short_carryover": "exp_st_carryover_out",
    "long_carryover": "exp_lt_carryover_out",
}
money = st.decimals(0, 100_000, places=2).map(Fraction)
years = st.builds(YearGains, money, money, money, money, st.none() | st.integers(-20_000, 20_000))


@pytest.mark.parametrize("case", CASES, ids=[case["case_id"] for case in CASES])
def test_every_vector(case: dict[str, str]) -> None:
    income = case["taxable_income_after_deduction"]
    inputs = {name: Fraction(case[column]) for name, column in INPUTS.items()}
    result = net_gains(**inputs, taxable_income_after_deduction=Fraction(income) if income else None)
    for name, column in OUTPUTS.items():
        assert getattr(result, name) == Fraction(case[column]), name


def test_the_vectors_are_there() -> None:
    assert len(CASES) >= 10


def test_married_filing_separately_deducts_half() -> None:
    result = net_gains(short_losses=10_000, limit=capital_loss_limit("separate"))
    assert (result.deduction, result.short_carryover) == (1_500, 8_500)
    assert capital_loss_limit("joint") == 3_000


@pytest.mark.parametrize(
    ("income", "absorbed", "carried"),
    [(None, 3_000, 7_000), (0, 3_000, 7_000), (-1_000, 2_000, 8_000), (-3_000, 0, 10_000), (-9_000, 0, 10_000)],
)
def test_only_what_income_could_absorb_leaves_the_carryover(income: int | None, absorbed: int, carried: int) -> None:
    result = net_gains(short_losses=10_000, taxable_income_after_deduction=income)
    assert (result.deduction, result.absorbed, result.short_carryover) == (3_000, absorbed, carried)


def test_short_losses_are_deducted_before_long_ones() -> None:
    result = net_gains(short_losses=2_000, long_losses=6_000)
    assert (result.short_carryover, result.long_carryover) == (0, 5_000)


def test_a_large_loss_is_carried_through_the_years() -> None:
    results = carry_forward([YearGains(short_losses=12_000), YearGains(2_000, 0, 4_000, 0), YearGains(short_gains=500)])
    assert [result.short_carryover for result in results] == [9_000, 0, 0]
    assert [result.deduction for result in results] == [3_000, 3_000, 0]
    assert results[2].ordinary == 500


def test_carryovers_come_in_from_before_the_first_year() -> None:
    (result,) = carry_forward([YearGains(long_gains=10_000)], short_carryover=3_000, long_carryover=1_000)
    assert (result.net_short, result.net_long, result.preferential) == (-3_000, 9_000, 6_000)


def test_cents_stay_exact() -> None:
    result = net_gains(short_gains=0.1, short_losses=0.3, long_losses=Fraction(1, 3))
    assert result.deduction == Fraction(1, 5) + Fraction(1, 3)


@given(years, money, money, st.sampled_from([1_500, 3_000]))
def test_every_dollar_is_taxed_deducted_or_carried(
    year: YearGains, short: Fraction, long: Fraction, limit: int
) -> None:
    (result,) = carry_forward([year], limit=limit, short_carryover=short, long_carryover=long)
    carried = result.short_carryover + result.long_carryover
    assert result.net_short + result.net_long == result.ordinary + result.preferential - result.absorbed - carried
    assert 0 <= result.absorbed <= result.deduction <= limit
    assert min(result.ordinary, result.preferential, result.short_carryover, result.long_carryover) >= 0
    assert result.short_carryover <= max(Fraction(0), -result.net_short)
    assert result.long_carryover <= max(Fraction(0), -result.net_long)
    assert (result.ordinary + result.preferential) * (result.deduction + carried) == 0


@given(st.lists(years, max_size=6))
def test_over_the_years_nothing_is_lost(history: list[YearGains]) -> None:
    results = carry_forward(history)
    realized = sum(
        (Fraction(y.short_gains) - Fraction(y.short_losses) + Fraction(y.long_gains) - Fraction(y.long_losses))
        for y in history
    )
    settled = sum(result.ordinary + result.preferential - result.absorbed for result in results)
    left = results[-1].short_carryover + results[-1].long_carryover if results else 0
    assert realized == settled - left


@given(years, money)
def test_a_greater_loss_never_raises_what_is_taxed(year: YearGains, more: Fraction) -> None:
    worse = YearGains(year.short_gains, Fraction(year.short_losses) + more, year.long_gains, year.long_losses)
    (first,), (second,) = carry_forward([year]), carry_forward([worse])
    assert second.ordinary + second.preferential <= first.ordinary + first.preferential


@pytest.mark.parametrize("name", [*INPUTS])
@pytest.mark.parametrize("bad", [-1, math.nan, math.inf, "5"])
def test_a_negative_or_senseless_amount_is_refused(name: str, bad: float) -> None:
    with pytest.raises(TaxError, match=f"^{name}: found"):
        net_gains(**{name: bad})


def test_a_senseless_income_is_refused() -> None:
    with pytest.raises(TaxError, match="taxable_income_after_deduction: found nan"):
        net_gains(short_losses=1, taxable_income_after_deduction=math.nan)
