"""One run's measures, held to numbers worked out by hand and to `tax.measurement`."""

import numpy as np
import pandas as pd
import pytest

from backtest.study_measures import MEASURES, prepare, run_contributions, run_summary, run_years, without_outside_gains
from backtest.study_measures.index_account import index_account
from tax.measurement import BenchmarkDay, shadow_benchmark
from taxsleeve_errors import InputError, TaxError

YEAR_ENDS = ["2010-12-31", "2011-12-30", "2012-12-31"]


def test_savings_are_net_and_over_the_value_at_each_years_start(made):
    months = made.months_of(
        YEAR_ENDS, value=[1000.0, 1200.0, 1500.0], loss_short=[0.0, -100.0, -30.0], gain_long=[0.0, 20.0, 60.0]
    )
    got = run_summary(prepare(months, made.FACTS))
    # Year 1: 0.4 x 100 - 0.2 x 20 = 36 of 1,000; year 2: 0.4 x 30 - 0.2 x 60 = 0 of 1,200.
    assert got["tax_savings"] == pytest.approx((36 / 1000 + 0 / 1200) / 2)
    assert got["saved_on_losses"] == pytest.approx((40 / 1000 + 12 / 1200) / 2)
    assert got["tax_on_gains"] == pytest.approx((4 / 1000 + 12 / 1200) / 2)
    assert got["tax_savings_short"] + got["tax_savings_long"] == pytest.approx(got["tax_savings"])
    assert (got["losses"], got["gains"]) == (pytest.approx(0.13), pytest.approx(0.08))
    assert got["net_losses"] == pytest.approx(0.05)
    assert got["short_term_share"] == 1.0


def test_where_outside_gains_are_long_term_every_loss_saves_the_long_term_rate(made):
    months = made.months_of(YEAR_ENDS, loss_short=[0.0, -100.0, 0.0])
    got = run_summary(prepare(months, made.FACTS | {"losses": "long_term"}))
    assert got["tax_savings"] == pytest.approx(0.2 * 100 / 1000 / 2)


def test_tax_alpha_is_the_excess_after_tax_less_the_excess_before(made):
    # One year: account 8% with a benefit of 40 - 4 on dividends of 20 taxed at 0.2; index 8.1% with dividends of 20.
    months = made.months_of(
        ["2010-12-31", "2011-12-30"], value=[1000.0, 1080.0], benchmark=[1000.0, 1081.0], loss_short=[0.0, -100.0],
        dividends=[0.0, 20.0], benchmark_income=[0.0, 20.0], unrealised_short=[0.0, 0.0], unrealised_long=[0.0, 200.0],
    )  # fmt: skip
    got = run_summary(prepare(months, made.FACTS))
    assert got["pre_tax_return"] == pytest.approx(0.08)
    assert got["after_tax_return"] == pytest.approx(0.08 + 0.04 - 0.004)
    assert got["index_after_tax_return"] == pytest.approx(0.081 - 0.004)
    assert got["tracking_difference"] == pytest.approx(-0.001)
    assert got["tax_alpha"] == pytest.approx(0.04)
    # Sold on 30 December the index lot of one year less a day is short-term: gain 1081 - 20 - 1000 = 61.
    own = 1.116 * (1 - 0.2 * 200 / 1080) - 1
    index = 1.077 * (1 - 0.4 * 61 / 1081) - 1
    assert got["tax_alpha_liquidated"] == pytest.approx((own - index) - (0.08 - 0.081))


def test_a_zero_rate_account_has_no_tax_alpha_at_all(made):
    run = made.drawn_run("large", 2000, years=5)
    rates = dict.fromkeys(("short_term", "long_term", "qualified_dividends"), 0.0)
    got = run_summary(prepare(run.months, run.facts | rates))
    assert got["tax_alpha"] == 0.0
    assert got["tax_alpha_liquidated"] == 0.0
    assert got["tax_savings"] == 0.0
    assert run_summary(prepare(run.months, run.facts))["tax_alpha"] != 0.0


def test_an_account_that_is_the_index_has_no_tax_alpha(made):
    run = made.drawn_run("large", 2000, years=5)
    lots = index_account(run.months)
    months = run.months.assign(
        value=run.months["benchmark"], unrealised_short=lots["unrealised_short"],
        unrealised_long=lots["unrealised_long"],
        **dict.fromkeys(("loss_short", "loss_long", "gain_short", "gain_long"), 0.0),
    )  # fmt: skip
    got = run_summary(prepare(months, run.facts))
    assert got["tax_alpha"] == pytest.approx(0.0, abs=1e-15)
    assert got["tax_alpha_liquidated"] == pytest.approx(0.0, abs=1e-12)


def test_taxes_that_move_cash_are_no_return(made):
    months = made.months_of(YEAR_ENDS, value=[1000.0, 1100.0, 1320.0], tax_paid=[0.0, 100.0, 0.0])
    assert run_summary(prepare(months, made.FACTS))["pre_tax_return"] == pytest.approx((1.1 * 1.1) ** 0.5 - 1)


def test_flows_are_no_return(made):
    months = made.months_of(YEAR_ENDS, value=[1000.0, 1100.0, 660.0], flow=[0.0, -500.0, 0.0],
                            benchmark=[1000.0, 1100.0, 660.0])  # fmt: skip
    got = run_summary(prepare(months, made.FACTS))
    assert got["pre_tax_return"] == pytest.approx((1.1 * 1.1) ** 0.5 - 1)
    assert got["index_return"] == pytest.approx(got["pre_tax_return"])


@pytest.mark.parametrize("flow", [0.0, 15.0, -15.0])
def test_the_index_account_is_the_shadow_benchmark(made, flow):
    run = made.drawn_run("large", 2000, years=3)
    months = run.months.assign(flow=flow)
    # The index account itself must hold the flows: grow it step by step.
    grown = run.months["benchmark"].pct_change().fillna(0.0).to_numpy()
    value, values = 1000.0, []
    for step in grown:
        value = value * (1 + step)
        values.append(value)
        value += flow
    months = months.assign(benchmark=values, benchmark_income=0.001 * np.array(values))
    months.loc[months.index[0], "benchmark_income"] = 0.0
    got = index_account(months)
    units, days = values[0] + flow, [BenchmarkDay(months.index[0].date(), 1.0, flow=values[0] + flow)]
    for date, total, income in zip(months.index[1:], values[1:], months["benchmark_income"].iloc[1:], strict=True):
        price = (total - income) / units
        days.append(BenchmarkDay(date.date(), price, income / units, flow))
        units += (income + flow) / price
    for period, row in zip(shadow_benchmark(days), got.iloc[1:].itertuples(), strict=True):
        assert row.dividends == pytest.approx(period.income.qualified_dividends)
        assert row.short == pytest.approx(period.income.short, abs=1e-9)
        assert row.long == pytest.approx(period.income.long, abs=1e-9)
        assert row.unrealised_short == pytest.approx(period.unrealized_short, abs=1e-9)
        assert row.unrealised_long == pytest.approx(period.unrealized_long, abs=1e-9)


def test_more_than_the_index_account_holds_cannot_be_withdrawn(made):
    months = made.months_of(YEAR_ENDS, flow=[0.0, -1001.0, 0.0])
    with pytest.raises(TaxError, match="2011-12-30"):
        index_account(months)


def test_without_outside_gains_losses_are_netted_and_carried(made):
    months = made.months_of(YEAR_ENDS, value=1e6, loss_short=[0.0, -50_000.0, 0.0], gain_long=[0.0, 10_000.0, 20_000.0])
    run = prepare(months, made.FACTS | {"capital": 1e6})
    got = without_outside_gains(months, run.terms, run.clock.years)
    # 2011: 40,000 of net loss, 3,000 of it deducted at 40%; 2012: 20,000 of gains meet 37,000 carried.
    assert got.savings == pytest.approx((1200 + 1200) / 1e6 / 2)
    assert got.carryforward == pytest.approx(14_000 / 1e6)
    assert got.used == pytest.approx(36_000 / 50_000)


def test_years_since_inception_are_twelve_months_each(made):
    run = made.drawn_run("large", 2000, years=3)
    years = run_years(prepare(run.months, run.facts))
    assert years["year"].tolist() == [1, 2, 3]
    assert years["length"].tolist() == [1.0, 1.0, 1.0]
    whole = run_summary(prepare(run.months, run.facts))
    assert years["tax_savings"].mean() == pytest.approx(whole["tax_savings"])
    assert years["cumulative_net_losses"].iloc[-1] == pytest.approx(whole["net_losses"])
    first = run.months.iloc[1:13]
    lost = -(first["loss_short"] + first["loss_long"]).sum()
    assert years["losses"].iloc[0] == pytest.approx(lost / 1000)
    assert years["losses_of_value"].iloc[0] == pytest.approx(lost / run.months["value"].iloc[:13].mean())
    assert years["te_ratio"].tolist() == pytest.approx([1.2] * 3)


def test_a_last_year_cut_short_counts_for_its_months(made):
    run = made.drawn_run("large", 2000, years=2)
    months = run.months.iloc[:-6]
    got = run_summary(prepare(months, run.facts))
    years = run_years(prepare(months, run.facts))
    assert got["years"] == 1.5
    assert years["length"].tolist() == [1.0, 0.5]
    assert got["tax_savings"] == pytest.approx(years["tax_savings"].sum() / 1.5)


def test_contributions_add_up_to_the_measures(made):
    run = made.drawn_run("small", 2000, years=4)
    got = run_summary(prepare(run.months, run.facts))
    sums = run_contributions(prepare(run.months, run.facts)).sum()
    exact = ["tax_savings", "saved_on_losses", "tax_on_gains", "losses", "gains", "net_losses", "turnover", "cost"]
    assert sums[exact].tolist() == pytest.approx([got[name] for name in exact])
    assert sums["tax_alpha"] == pytest.approx(got["tax_alpha"], rel=0.1)
    assert sums["net harvest"] + sums["net index change"] == pytest.approx(got["net_losses"])


def test_every_measure_is_described_and_every_description_measured(made):
    run = made.drawn_run("large", 2000)
    assert {*run_summary(prepare(run.months, run.facts))} == {"years", *(one.name for one in MEASURES)}


@pytest.mark.parametrize("missing", ["capital", "short_term", "long_term"])
def test_a_missing_fact_is_named(made, missing):
    run = made.drawn_run("large", 2000)
    facts = {name: value for name, value in run.facts.items() if name != missing}
    with pytest.raises(InputError, match=missing):
        prepare(run.months, facts)


def test_a_missing_column_is_named(made):
    run = made.drawn_run("large", 2000)
    with pytest.raises(InputError, match="benchmark_income"):
        prepare(run.months.drop(columns="benchmark_income"), run.facts)


def test_dividends_held_too_short_a_time_meet_the_ordinary_rate(made):
    months = made.months_of(["2010-12-31", "2011-12-30"], dividends=[0.0, 20.0])
    plain = run_summary(prepare(months, made.FACTS))["after_tax_return"]
    months["ordinary_dividends"] = [0.0, 5.0]
    less = run_summary(prepare(months, made.FACTS))["after_tax_return"]
    assert plain - less == pytest.approx(5 * (0.4 - 0.2) / 1000)
    assert isinstance(months, pd.DataFrame)
