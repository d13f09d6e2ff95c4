"""Tax alpha, tax benefit, harvest yield, embedded gain, terminal wealth, turnover and dates of credit."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax import LossUse, TaxRates
from tax.measurement import (
    AfterTaxReturn,
    active_tax_benefit,
    annualized_daily_yield,
    annualized_savings,
    annualized_tax_alpha,
    capture_ratio,
    donation_deduction_value,
    embedded_gain,
    estimated_payment_date,
    harvest_yield,
    liquidation_drag,
    return_due_date,
    split_tax_benefit,
    tax_alpha,
    terminal_wealth,
    turnover,
)
from taxsleeve_errors import TaxError

RATES = TaxRates(0.408, 0.238)


def test_the_benchmark_itself_has_no_tax_alpha() -> None:
    same = AfterTaxReturn(0.08, 0.07, 10.0, LossUse.NETTING)
    result = tax_alpha(same, same)
    assert (result.tax_alpha, result.losses) == (0.0, LossUse.NETTING)


def test_tax_alpha_under_two_assumptions_is_refused() -> None:
    with pytest.raises(TaxError, match="portfolio under unlimited, benchmark under netting"):
        tax_alpha(AfterTaxReturn(0.08, 0.07, 0.0, LossUse.UNLIMITED), AfterTaxReturn(0.08, 0.07, 0.0, LossUse.NETTING))


def test_savings_are_averaged_over_the_years() -> None:
    assert annualized_savings([20_000, 0, -1_000], [1_000_000, 1_100_000, 1_000_000]) == pytest.approx(0.019 / 3)


def test_active_tax_benefit_is_the_tax_not_paid() -> None:
    assert active_tax_benefit(-12_000, 3_000, 1_000_000) == pytest.approx(0.015)


def test_a_benefit_is_split_into_character_and_deferral() -> None:
    split = split_tax_benefit(20_400, 50_000, RATES)
    assert split.character == pytest.approx(8_500)
    assert split.deferral == pytest.approx(11_900)


def test_a_daily_yield_is_annualised_over_252_days() -> None:
    assert annualized_daily_yield([0.001, 0.0, 0.0005]) == pytest.approx(0.126)


def test_capture_is_the_share_of_losses_used() -> None:
    assert capture_ratio(30_000, 75_000) == pytest.approx(0.4)


def test_embedded_gain_and_its_drag() -> None:
    embedded = embedded_gain(600_000, 1_500_000, loss_carryforward=150_000)
    assert embedded == pytest.approx(0.3)
    assert liquidation_drag(embedded, RATES) == pytest.approx(0.0714)


def test_terminal_wealth_three_ways() -> None:
    deduction = donation_deduction_value(2_000_000, 0, 0.37)
    wealth = terminal_wealth(2_000_000, 1_200_000, RATES, loss_carryforward=50_000, deduction_value=deduction)
    assert wealth.liquidated == pytest.approx(2_000_000 - 0.238 * 750_000)
    assert wealth.stepped_up == 2_000_000
    assert wealth.donated == pytest.approx(2_740_000)


@pytest.mark.parametrize(("basis", "carryforward"), [(3_000, 0), (900, 100), (900, 5_000)])
def test_a_liquidation_without_a_gain_left_pays_nothing(basis: float, carryforward: float) -> None:
    assert terminal_wealth(1_000, basis, RATES, loss_carryforward=carryforward).liquidated == 1_000


@given(st.floats(0.01, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
def test_liquidation_never_leaves_more_than_the_step_up(value: float, basis: float, carry: float) -> None:
    wealth = terminal_wealth(value, basis, RATES, loss_carryforward=carry)
    assert wealth.liquidated <= wealth.stepped_up <= wealth.donated
    drag = liquidation_drag(max(0.0, embedded_gain(value - basis, value, carry)), RATES)
    assert wealth.liquidated == pytest.approx(value * (1 - drag), rel=1e-9, abs=1e-6)


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(1, 1e9))
def test_the_three_turnovers_are_in_order(buys: float, sells: float, value: float) -> None:
    result = turnover(buys, sells, value)
    assert result.one_way_min <= result.one_way_half * (1 + 1e-12)
    assert result.one_way_half <= result.two_way
    assert result.two_way == pytest.approx(2 * result.one_way_half)


@pytest.mark.parametrize(
    ("trade_date", "due"),
    [
        (dt.date(2025, 1, 2), dt.date(2025, 4, 15)),
        (dt.date(2025, 3, 31), dt.date(2025, 4, 15)),
        (dt.date(2025, 4, 1), dt.date(2025, 6, 15)),
        (dt.date(2025, 8, 31), dt.date(2025, 9, 15)),
        (dt.date(2025, 9, 1), dt.date(2026, 1, 15)),
        (dt.date(2025, 12, 31), dt.date(2026, 1, 15)),
    ],
)
def test_a_saving_is_credited_with_the_estimate_or_the_return(trade_date: dt.date, due: dt.date) -> None:
    assert estimated_payment_date(trade_date) == due
    assert return_due_date(trade_date) == dt.date(2026, 4, 15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: annualized_tax_alpha([]), "years"),
        (lambda: annualized_savings([], []), "0 savings"),
        (lambda: annualized_savings([1.0], [1.0, 2.0]), "1 savings, 2 begin values"),
        (lambda: annualized_savings([math.nan], [1.0]), "savings"),
        (lambda: annualized_savings([1.0], [0.0]), "begin_value"),
        (lambda: active_tax_benefit(1.0, 1.0, 0.0), "begin_value"),
        (lambda: split_tax_benefit(1.0, -1.0, RATES), "matched_short_losses"),
        (lambda: harvest_yield(-1.0, 0.0, 1.0), "losses: found -1.0"),
        (lambda: harvest_yield(1.0, 0.0, 0.0), "capital"),
        (lambda: annualized_daily_yield([]), "at least one day"),
        (lambda: capture_ratio(2.0, 1.0), "at most the 1.0 harvested"),
        (lambda: capture_ratio(0.0, 0.0), "losses_harvested"),
        (lambda: embedded_gain(1.0, 0.0), "market_value"),
        (lambda: liquidation_drag(math.inf, RATES), "embedded_gain"),
        (lambda: terminal_wealth(math.nan, 1.0, RATES), "value"),
        (lambda: terminal_wealth(1.0, -1.0, RATES), "basis"),
        (lambda: donation_deduction_value(1.0, 0.0, -0.1), "rate"),
        (lambda: turnover(1.0, 1.0, 0.0), "average_value"),
    ],
)
def test_senseless_input_is_refused_by_name(call: object, message: str) -> None:
    with pytest.raises(TaxError, match=message):
        call()  # type: ignore[operator]
