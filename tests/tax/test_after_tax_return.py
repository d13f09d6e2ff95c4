"""Modified Dietz, realised tax under the three assumptions, and the after-tax returns."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax import LossUse, TaxRates
from tax.measurement import (
    Flow,
    LossCarryover,
    Period,
    RealizedIncome,
    TaxBill,
    annualize,
    dietz_weight,
    flow_adjustment,
    link,
    liquidation_tax,
    mark_to_liquidation_return,
    post_liquidation_return,
    post_liquidation_value,
    pre_liquidation_return,
    pre_tax_return,
    realized_tax,
    tax_cost_ratio,
)
from taxsleeve_errors import TaxError

RATES = TaxRates(0.408, 0.238, ordinary=0.37)
NO_TAX = TaxBill(0.0, LossUse.UNLIMITED)
gains = st.floats(-1e6, 1e6).map(lambda x: round(x, 2))
incomes = st.builds(RealizedIncome, gains, gains)
uses = st.sampled_from(list(LossUse))


def test_modified_dietz_weighs_the_flows() -> None:
    start, end = dt.date(2024, 1, 1), dt.date(2024, 1, 31)
    weight = dietz_weight(dt.date(2024, 1, 11), start, end)
    period = Period(1_000.0, 1_350.0, (Flow(300.0, weight), Flow(-30.0, 0.5)))
    assert weight == pytest.approx(20 / 30)
    assert pre_tax_return(period) == pytest.approx((1_350 - 1_000 - 270) / (1_000 + 200 - 15))


def test_a_flow_on_the_last_day_weighs_nothing_and_on_the_first_everything() -> None:
    start, end = dt.date(2024, 1, 1), dt.date(2024, 1, 31)
    assert (dietz_weight(end, start, end), dietz_weight(start, start, end)) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("losses", "tax", "carried"),
    [
        ("unlimited", -0.408 * 50_000 + 0.238 * 20_000 + 0.238 * 15_000 + 0.37 * 1_000, LossCarryover()),
        ("long_term", -0.238 * 50_000 + 0.238 * 20_000 + 0.238 * 15_000 + 0.37 * 1_000, LossCarryover()),
        ("netting", -0.37 * 3_000 + 0.238 * 15_000 + 0.37 * 1_000, LossCarryover(short=27_000)),
    ],
)
def test_the_assumption_on_losses_decides_the_tax_and_is_named(losses: str, tax: float, carried: LossCarryover) -> None:
    bill = realized_tax(RealizedIncome(-50_000, 20_000, 15_000, 1_000), RATES, losses)
    assert bill.tax == pytest.approx(tax)
    assert (bill.losses, bill.carryover) == (LossUse(losses), carried)


@pytest.mark.parametrize("losses", LossUse)
def test_gains_without_losses_are_taxed_alike_under_every_assumption(losses: LossUse) -> None:
    bill = realized_tax(RealizedIncome(10_000, 20_000), RATES, losses)
    assert bill.tax == pytest.approx(0.408 * 10_000 + 0.238 * 20_000)


def test_netting_takes_the_carryover_in_and_the_limit() -> None:
    bill = realized_tax(RealizedIncome(1_000, 0), RATES, "netting", carryover=LossCarryover(4_000, 500), limit=1_500)
    assert bill.tax == pytest.approx(-0.37 * 1_500)
    assert bill.carryover == LossCarryover(short=1_500, long=500)
    assert bill.carryover.total == 2_000


@given(incomes)
def test_losses_are_worth_most_with_unlimited_outside_gains(income: RealizedIncome) -> None:
    rates = TaxRates(0.408, 0.238)
    tax = {use: realized_tax(income, rates, use).tax for use in LossUse}
    assert tax[LossUse.UNLIMITED] <= tax[LossUse.LONG_TERM] + 1e-6
    if income.short <= 0 and income.long <= 0:
        assert tax[LossUse.UNLIMITED] <= tax[LossUse.NETTING] + 0.17 * 3_000


@given(incomes)
def test_netting_never_pays_out_more_than_the_limit_is_worth(income: RealizedIncome) -> None:
    bill = realized_tax(income, RATES, "netting")
    assert bill.tax >= -0.37 * 3_000 - 1e-9
    if bill.carryover.total > 0:
        assert bill.tax == pytest.approx(-0.37 * 3_000)


def test_an_unknown_assumption_lists_those_known() -> None:
    with pytest.raises(TaxError, match="found 'some', expected one of unlimited, long_term, netting"):
        realized_tax(RealizedIncome(), RATES, "some")


def test_pre_liquidation_names_its_assumption() -> None:
    bill = realized_tax(RealizedIncome(-50_000), RATES, "long_term")
    result = pre_liquidation_return(Period(1_000_000, 1_080_000), bill)
    assert (result.losses, result.tax) == (LossUse.LONG_TERM, pytest.approx(-11_900))
    assert result.after_tax == pytest.approx(0.0919)
    assert result.tax_cost_ratio == pytest.approx(1 - 1.0919 / 1.08)


def test_the_tax_a_withdrawal_forced_is_added_back() -> None:
    forced = flow_adjustment(100_000, 0.238, 20_000, 180_000, 900_000)
    assert forced == pytest.approx(100_000 * 0.238 * 0.2)
    period = Period(1_000_000, 900_000, (Flow(-100_000, 0.0),))
    bill = TaxBill(4_760.0, LossUse.UNLIMITED)
    assert pre_liquidation_return(period, bill, forced).after_tax == pytest.approx(0.0)
    assert pre_liquidation_return(period, bill).after_tax == pytest.approx(-0.00476)


@pytest.mark.parametrize("deposit", [0.0, -50_000.0])
def test_a_deposit_forces_no_tax(deposit: float) -> None:
    assert flow_adjustment(deposit, 0.238, 1.0, 1.0, 100.0) == 0.0


def test_mark_to_liquidation_with_flows() -> None:
    begin, end = liquidation_tax(1_000, 10_000, RATES), liquidation_tax(-500, 12_000, RATES)
    period = Period(100_000, 130_000, (Flow(20_000, 0.25),))
    result = mark_to_liquidation_return(period, TaxBill(700.0, LossUse.UNLIMITED), begin, end)
    before, after = 0.408 * 1_000 + 2_380, -0.408 * 500 + 0.238 * 12_000
    assert result.after_tax == pytest.approx(
        ((130_000 - after) - (100_000 - before) - 20_000 - 700) / (100_000 - before + 5_000)
    )


def test_mark_to_liquidation_of_an_account_sold_out_every_year_is_the_pre_liquidation_return() -> None:
    period, bill = Period(100.0, 110.0), realized_tax(RealizedIncome(long=10.0), RATES)
    marked = mark_to_liquidation_return(period, bill, NO_TAX, NO_TAX)
    assert marked == pre_liquidation_return(period, bill)


def test_bills_under_different_assumptions_do_not_mix() -> None:
    with pytest.raises(TaxError, match="one assumption"):
        mark_to_liquidation_return(
            Period(100.0, 110.0), NO_TAX, liquidation_tax(0, 1, RATES, "netting"), liquidation_tax(0, 1, RATES)
        )


def test_post_liquidation_sells_at_the_end_only() -> None:
    returns = [0.1, 0.2, -0.05]
    growth = 1.1 * 1.2 * 0.95
    assert post_liquidation_value(1_254.0, 0.2, 0.238) == pytest.approx(1_254 * (1 - 0.0476))
    assert post_liquidation_return(returns, 0.2, 0.238, 3) == pytest.approx((growth * (1 - 0.0476)) ** (1 / 3) - 1)


def test_post_liquidation_without_a_gain_is_the_linked_return() -> None:
    assert post_liquidation_return([0.1, 0.2], 0.0, 0.238, 1) == pytest.approx(link([0.1, 0.2]))


@given(st.lists(st.floats(-0.9, 2.0), min_size=1, max_size=12))
def test_annualising_a_linked_return_and_compounding_gives_it_back(returns: list[float]) -> None:
    total = link(returns)
    yearly = annualize(total, len(returns))
    assert link([yearly] * len(returns)) == pytest.approx(total, rel=1e-9, abs=1e-9)
    assert min(returns) - 1e-12 <= yearly <= max(returns) + 1e-12


@given(st.floats(1.0, 1e6), st.floats(0.0, 1e6), gains)
def test_tax_lowers_the_return_by_its_share_of_the_base(begin: float, end: float, tax: float) -> None:
    result = pre_liquidation_return(Period(begin, end), TaxBill(tax, LossUse.UNLIMITED))
    assert result.pre_tax - result.after_tax == pytest.approx(tax / begin, rel=1e-6, abs=1e-6)


def test_nothing_linked_is_no_return() -> None:
    assert link([]) == 0.0


def test_tax_cost_ratio_is_negative_where_taxes_added() -> None:
    assert tax_cost_ratio(0.08, 0.07) == pytest.approx(0.01 / 1.08)
    assert tax_cost_ratio(0.08, 0.09) < 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Period(-1.0, 1.0), "begin_value"),
        (lambda: Period(1.0, math.nan), "end_value"),
        (lambda: Flow(math.inf, 0.5), "amount"),
        (lambda: Flow(1.0, 1.5), "weight: found 1.5"),
        (lambda: RealizedIncome(short=math.nan), "short"),
        (lambda: LossCarryover(short=-1.0), "short"),
        (lambda: pre_tax_return(Period(0.0, 1.0)), "average capital"),
        (lambda: pre_tax_return(Period(1.0, 1.0, (Flow(-2.0, 1.0),))), "average capital"),
        (lambda: link([0.1, -1.01]), "found -1.01"),
        (lambda: link([math.nan]), "period_return"),
        (lambda: annualize(0.1, 0.0), "years"),
        (lambda: dietz_weight(dt.date(2024, 2, 1), dt.date(2024, 1, 1), dt.date(2024, 1, 31)), "2024-02-01"),
        (lambda: dietz_weight(dt.date(2024, 1, 1), dt.date(2024, 1, 1), dt.date(2024, 1, 1)), "at least a day"),
        (lambda: tax_cost_ratio(-1.0, -1.0), "growth_before_tax"),
        (lambda: pre_liquidation_return(Period(1.0, 1.0), TaxBill(math.nan, LossUse.NETTING)), "tax"),
        (lambda: flow_adjustment(1.0, math.nan, 0, 0, 1.0), "rate"),
        (lambda: flow_adjustment(1.0, 0.2, 0, 0, -1.0), "end_value_before_withdrawal"),
        (lambda: post_liquidation_value(1.0, math.nan, 0.2), "gain_share"),
        (lambda: realized_tax(RealizedIncome(), RATES, "netting", limit=-1), "limit"),
    ],
)
def test_senseless_input_is_refused_by_name(call: object, message: str) -> None:
    with pytest.raises(TaxError, match=message):
        call()  # type: ignore[operator]
