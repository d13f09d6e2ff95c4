"""The after-tax benchmark: same flows, same rates, the index instead of the account."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax import TaxRates
from tax.measurement import (
    BenchmarkDay,
    link,
    pre_liquidation_return,
    pre_tax_return,
    realized_tax,
    relieve_pro_rata,
    shadow_benchmark,
)
from taxsleeve_errors import TaxError

START = dt.date(2023, 1, 3)


def day(offset: int, price: float, dividend: float = 0.0, flow: float = 0.0) -> BenchmarkDay:
    return BenchmarkDay(START + dt.timedelta(days=offset), price, dividend, flow)


def test_an_index_that_pays_nothing_earns_its_price_return() -> None:
    first, second = shadow_benchmark([day(0, 100, flow=1_000_000), day(200, 108), day(400, 97.2)])
    assert pre_tax_return(first.period) == pytest.approx(0.08)
    assert pre_tax_return(second.period) == pytest.approx(-0.1)
    assert (first.unrealized_short, first.unrealized_long) == (pytest.approx(80_000), 0.0)
    assert (second.unrealized_short, second.unrealized_long) == (0.0, pytest.approx(-28_000))


def test_dividends_are_taxed_and_reinvested() -> None:
    (only,) = shadow_benchmark([day(0, 100, flow=1_000), day(100, 110, dividend=2)], qualified_share=0.75)
    assert only.period.end_value == pytest.approx(1_120)
    assert (only.income.qualified_dividends, only.income.other) == (pytest.approx(15), pytest.approx(5))
    assert only.unrealized_short == pytest.approx(100)
    bill = realized_tax(only.income, TaxRates(0.4, 0.2))
    assert pre_liquidation_return(only.period, bill).after_tax == pytest.approx(0.12 - (3 + 2) / 1_000)


def test_a_withdrawal_sells_the_highest_cost_first() -> None:
    history = [day(0, 100, flow=1_000), day(300, 120, flow=600), day(400, 110, flow=-1_100)]
    sold = shadow_benchmark(history)[-1]
    assert sold.income.short == pytest.approx(5 * (110 - 120))
    assert sold.income.long == pytest.approx(5 * (110 - 100))
    assert sold.unrealized_long == pytest.approx(5 * (110 - 100))
    assert sold.period.end_value == pytest.approx(550)


def test_a_withdrawal_pro_rata_sells_of_every_lot() -> None:
    history = [day(0, 100, flow=1_000), day(300, 120, flow=600), day(400, 110, flow=-825)]
    sold = shadow_benchmark(history, relieve_pro_rata)[-1]
    assert (sold.income.short, sold.income.long) == (pytest.approx(-25), pytest.approx(50))
    assert (sold.unrealized_short, sold.unrealized_long) == (pytest.approx(-25), pytest.approx(50))


def test_the_tax_a_withdrawal_forced_scales_with_the_benchmarks_own_gain() -> None:
    (only,) = shadow_benchmark([day(0, 100, flow=1_000), day(400, 125, flow=-250)])
    assert only.forced_tax(0.2) == pytest.approx(250 * 0.2 * (250 / 1_250))
    bill = realized_tax(only.income, TaxRates(0.4, 0.2))
    adjusted = pre_liquidation_return(only.period, bill, only.forced_tax(0.2))
    assert adjusted.after_tax == pytest.approx(adjusted.pre_tax)


def test_everything_can_be_withdrawn() -> None:
    (only,) = shadow_benchmark([day(0, 3, flow=1_000), day(10, 7, flow=-1_000 / 3 * 7)])
    assert only.period.end_value == pytest.approx(0, abs=1e-9)


@given(
    st.lists(st.tuples(st.floats(50, 200), st.floats(0, 3), st.floats(-300, 500)), min_size=1, max_size=8),
    st.booleans(),
)
def test_flows_move_no_pre_tax_return_and_gains_add_up(steps: list[tuple[float, float, float]], pro_rata: bool) -> None:
    flowing = [day(0, 100, flow=10_000), *(day(30 * k, *step) for k, step in enumerate(steps, 1))]
    resting = [day(0, 100, flow=10_000), *(day(30 * k, step[0], step[1]) for k, step in enumerate(steps, 1))]
    relief = {"relief": relieve_pro_rata} if pro_rata else {}
    periods = shadow_benchmark(flowing, **relief)
    still = shadow_benchmark(resting)
    assert link(pre_tax_return(one.period) for one in periods) == pytest.approx(
        link(pre_tax_return(one.period) for one in still), abs=1e-9
    )
    realized = sum(one.income.short + one.income.long for one in periods)
    dividends = sum(one.income.qualified_dividends for one in periods)
    unrealized = periods[-1].unrealized_short + periods[-1].unrealized_long
    earned = sum(one.period.gain for one in periods)
    assert realized + dividends + unrealized == pytest.approx(earned, abs=1e-6)


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([day(0, 100, flow=1)], "two or more"),
        ([day(1, 100, flow=1), day(0, 100)], "after the one before"),
        ([day(0, 100), day(1, 100)], "first_flow"),
        ([day(0, 100, flow=1_000), day(1, 90, flow=-901)], "withdrawal of 901, expected at most 900"),
    ],
)
def test_a_senseless_history_is_refused(history: list[BenchmarkDay], message: str) -> None:
    with pytest.raises(TaxError, match=message):
        shadow_benchmark(history)


@pytest.mark.parametrize(("price", "dividend", "flow"), [(0, 0, 0), (1, -1, 0), (1, 0, math.nan)])
def test_a_senseless_day_is_refused(price: float, dividend: float, flow: float) -> None:
    with pytest.raises(TaxError):
        day(0, price, dividend, flow)


def test_a_share_of_qualified_dividends_above_one_is_refused() -> None:
    with pytest.raises(TaxError, match="ordinary_share"):
        shadow_benchmark([day(0, 1, flow=1), day(1, 1)], qualified_share=1.5)
