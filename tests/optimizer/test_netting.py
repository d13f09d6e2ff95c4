"""Losses netted with the year so far: regions against the statute's netting, and whole rebalances against search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import (
    CashLimit,
    Costs,
    Deferral,
    HarvestOffsetsLimit,
    RealizedGainLimit,
    TurnoverLimit,
    YearToDate,
    check_trades,
    rebalance,
    regions,
    tax_value,
)
from optimizer.netting import _pieces, marginal_rates
from tax import TaxRates
from taxsleeve_errors import InfeasibleError, InputError

RATES = TaxRates(short_term=0.4, long_term=0.2, ordinary=0.35)
YEARS = [
    YearToDate(),
    YearToDate(short=6000.0, long=2000.0),
    YearToDate(short=-1000.0, long=5000.0),
    YearToDate(long=4000.0, carry_short=2500.0),
    YearToDate(short=4000.0, carry_long=2500.0),
    YearToDate(short=-2000.0),
    YearToDate(carry_short=9000.0, carry_long=500.0, carried=0.1),
    YearToDate(short=-1200.0, deduction=1500.0),
]


def year_tax(year: YearToDate, S: np.ndarray, L: np.ndarray) -> np.ndarray:
    """Tax by the formulas of TAX_RULES 1.7 for net gains S and L, carryovers in."""
    v = 0.8 / 1.05**3 * RATES.long_term if year.carried is None else year.carried
    deducted = np.minimum(year.deduction, np.maximum(0, -S - L))
    carry_short = np.maximum(0, np.maximum(0, -S) - deducted - np.maximum(0, L))
    left = np.maximum(0, deducted - np.maximum(0, -S))
    carry_long = np.maximum(0, np.maximum(0, -L) - np.maximum(0, S) - left)
    ordinary = np.where(S > 0, np.maximum(0, S + np.minimum(0, L)), 0)
    preferential = np.where(L > 0, np.maximum(0, L + np.minimum(0, S)), 0)
    return np.asarray(
        RATES.short_term * ordinary
        + RATES.long_term * preferential
        - RATES.ordinary * deducted
        - v * (carry_short + carry_long)
    )


@pytest.mark.parametrize("year", YEARS, ids=range(len(YEARS)))
def test_the_pieces_cover_every_year_and_each_says_what_netting_says(mandate_of: Any, year: YearToDate) -> None:
    mandate = mandate_of({"A": 1.0}, rates=RATES, losses="netting", year_to_date=year)
    rng = np.random.default_rng(0)
    S0, L0 = year.net
    for s, l in rng.normal(0, 6000, (200, 2)).tolist():  # noqa: E741
        S, L = S0 + s, L0 + l
        here = [p for p in _pieces(mandate) if all(a * S + b * L <= c + 1e-9 for a, b, c in p.sides)]
        assert here
        for piece in here:
            assert piece.short * S + piece.long * L + piece.fixed == pytest.approx(year.tax(RATES, s, l), abs=1e-6)
        assert year.tax(RATES, s, l) == pytest.approx(float(year_tax(year, np.array(S), np.array(L))), abs=1e-6)


def test_the_next_dollar_is_taxed_by_where_the_year_stands(mandate_of: Any) -> None:
    expected = [(0.4, 0.2), (0.4, 0.2), (0.2, 0.2), (0.2, 0.2), (0.4, 0.4), (0.35, 0.35), (0.1, 0.1), (0.35, 0.35)]
    for year, rates in zip(YEARS, expected, strict=True):
        assert marginal_rates(mandate_of({"A": 1.0}, rates=RATES, losses="netting", year_to_date=year)) == rates


LOTS = [
    ("SG", 100, 50.0, "2025-01-15", "short gain"),
    ("LG", 100, 40.0, "2020-01-15", "long gain"),
    ("SL", 100, 145.0, "2025-01-15", "short loss"),
    ("LL", 100, 160.0, "2020-01-15", "long loss"),
]
GAIN = np.array([50.0, 60.0, -45.0, -60.0])  # of each share of $100


@pytest.mark.parametrize("year", YEARS, ids=range(len(YEARS)))
@pytest.mark.parametrize("turnover", [0.1, 0.6])
def test_the_best_trades_are_those_that_a_search_over_all_finds(
    account_of: Any, mandate_of: Any, risk_of: Any, year: YearToDate, turnover: float
) -> None:
    """Sell within a turnover at 20 basis points, nothing to buy: the grid has every tenth share of four lots."""
    price = dict.fromkeys(["SG", "LG", "SL", "LL"], 100.0)
    mandate = mandate_of(
        dict.fromkeys(price, 0.25), TurnoverLimit(turnover), rates=RATES, losses="netting", year_to_date=year,
        costs=Costs(20.0), risk_aversion=0.0,
    )  # fmt: skip
    result = rebalance(account_of(price, LOTS), mandate, risk_of(price))
    grid = np.stack(np.meshgrid(*[np.linspace(0, 100, 26)] * 4, indexing="ij"), axis=-1).reshape(-1, 4)
    grid = grid[grid.sum(axis=1) <= turnover * 400 + 1e-9]
    gains = grid * GAIN
    S0, L0 = year.net
    before = year_tax(year, np.array(S0), np.array(L0))
    value = before - year_tax(year, S0 + gains[:, 0] + gains[:, 2], L0 + gains[:, 1] + gains[:, 3])
    best = float((value - 0.002 * 100 * grid.sum(axis=1)).max())
    assert result.certificate.value >= best - 0.01
    # Between the grid's points a rebalance can be better by what four shares are worth.
    assert result.certificate.value <= best + 4 * 60 * 0.4
    assert result.certificate.bound >= result.certificate.value - 0.01
    assert result.certificate.gap <= 5e-5
    by_hand = tax_value(mandate, result.trades) - result.check.outcome.cost
    assert result.certificate.value == pytest.approx(by_hand)


def test_a_long_term_loss_shelters_short_term_gains_first(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """$6,000 of loss against $4,000 of short-term gain: 40 cents, then 35 from ordinary income."""
    account = account_of({"A": 100.0}, [("A", 100, 160.0, "2020-01-15")])
    mandate = mandate_of(
        {"A": 1.0}, rates=RATES, losses="netting", year_to_date=YearToDate(short=4000.0), risk_aversion=0.0
    )
    result = rebalance(account, mandate, risk_of("A"))
    assert result.certificate.value == pytest.approx(0.4 * 4000 + 0.35 * 2000, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_the_value_of_each_region_s_problem_is_the_tax_saved(
    small_case: Any, problem_of: Any, trades_of: Any, seed: int
) -> None:
    """Random trades: wherever the totals lie in a region, its problem says what the netting of the rows says."""
    rng = np.random.default_rng(seed)
    year = YearToDate(short=float(rng.normal(0, 800)), long=float(rng.normal(0, 800)), deduction=700.0)
    case = small_case(
        seed=seed, rates=RATES, losses="netting", year_to_date=year, costs=Costs(3.0), harvest_threshold=0.1,
        minimum_loss=200.0, deferral=Deferral(0.2, 10.0),
    )  # fmt: skip
    problem = problem_of(case.account, case.mandate, case.risk)
    lots, met = case.account.lots, 0
    for _ in range(60):
        sold = np.where(rng.random(12) < 0.4, np.floor(lots.shares * rng.random(12)), 0.0)
        trades = trades_of(
            case.account, *[("SELL", i, q) for i, q in zip(lots.lot_id.tolist(), sold, strict=True) if q > 0]
        )
        sell = sold * problem.price[problem.lot_asset] / problem.nav
        saved = tax_value(case.mandate, trades, case.account)
        for region in regions(problem, case.mandate):
            rows = region.limits[0].rows(problem)  # type: ignore[attr-defined]
            if (rows.sell @ sell <= rows.upper + 1e-12).all():
                met += 1
                later = region.problem.lot_credit + case.mandate.later_rate * np.where(
                    region.limits[0].counted, -problem.lot_gain, 0.0  # type: ignore[attr-defined]
                )  # fmt: skip
                assert (later @ sell + region.problem.constant) * problem.nav == pytest.approx(saved, abs=1e-6)
    assert met >= 60


@pytest.mark.parametrize("seed", range(4))
def test_random_accounts_keep_the_certificate_and_do_nothing_where_nothing_pays(small_case: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    year = YearToDate(short=float(rng.normal(0, 3000)), long=float(rng.normal(0, 3000)))
    case = small_case(
        RealizedGainLimit(0.02), CashLimit(0.0, 0.03), seed=seed, rates=RATES, losses="netting", year_to_date=year,
        costs=Costs(5.0), fractional=False,
    )  # fmt: skip
    result = rebalance(case.account, case.mandate, case.risk)
    assert result.check.passed
    assert result.certificate.bound >= result.certificate.value
    assert set(result.prices) <= {"cash", "realized_gain"}
    unlimited = small_case(RealizedGainLimit(0.02), CashLimit(0.0, 0.03), seed=seed, rates=RATES, costs=Costs(5.0))
    other = rebalance(unlimited.account, unlimited.mandate, unlimited.risk)
    swapped = check_trades(case.account, case.mandate, case.risk, other.trades)
    value = tax_value(case.mandate, other.trades) - swapped.outcome.cost
    value -= case.mandate.risk_aversion * swapped.outcome.tracking_error_after**2 * swapped.outcome.nav
    assert value <= result.certificate.bound + 1e-2


def test_limits_that_cannot_be_met_are_named_without_the_regions(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    account = account_of({"A": 10.0}, [("A", 1000, 5.0, "2020-01-02")], cash_flow=-2000.0)
    mandate = mandate_of({"A": 1.0}, RealizedGainLimit(0.0), rates=RATES, losses="netting")
    with pytest.raises(InfeasibleError) as error:
        rebalance(account, mandate, risk_of("A"))
    assert {s.name for s in error.value.shortfalls} <= {"realized_gain", "cash"}


@pytest.mark.parametrize(
    ("figures", "column"),
    [
        ({"short": np.nan}, "short"),
        ({"long": np.inf}, "long"),
        ({"carry_short": -1.0}, "carry_short"),
        ({"carry_long": np.nan}, "carry_long"),
        ({"deduction": -1.0}, "deduction"),
        ({"carried": -0.1}, "carried"),
    ],
)
def test_figures_of_the_year_that_cannot_be_are_refused(figures: dict[str, float], column: str) -> None:
    with pytest.raises(InputError, match=rf"taxes, year_to_date.{column}: found"):
        YearToDate(**figures)


@pytest.mark.parametrize(
    ("figures", "column"), [((1.1, 5.0), "rate"), ((0.2, -1.0), "years"), ((0.2, 5.0, np.nan), "discount_rate")]
)
def test_a_deferral_that_cannot_be_is_refused(figures: tuple[float, ...], column: str) -> None:
    with pytest.raises(InputError, match=rf"taxes, deferral.{column}: found"):
        Deferral(*figures)


LOSERS = [("S", 100, 120.0, "2025-01-15"), ("L", 100, 120.0, "2020-01-15"), ("G", 100, 50.0, "2020-01-15")]


def test_a_deferral_takes_off_what_the_lower_basis_costs_later(account_of: Any, mandate_of: Any, risk_of: Any) -> None:
    """theta = 0.4 - 0.2/1.05^10 of a short-term loss, 0.2 - 0.2/1.05^10 of a long-term one."""
    price = dict.fromkeys("SLG", 100.0)
    mandate = mandate_of(
        dict.fromkeys("SLG", 1 / 3), rates=RATES, deferral=Deferral(0.2, 10.0, 0.05), risk_aversion=0.0
    )
    result = rebalance(account_of(price, LOSERS), mandate, risk_of(price))
    later = 0.2 / 1.05**10
    assert tax_value(mandate, result.trades) == pytest.approx(0.4 * 2000 + 0.2 * 2000)
    assert result.certificate.value == pytest.approx((0.4 - later) * 2000 + (0.2 - later) * 2000)
    dear = mandate_of(
        dict.fromkeys("SLG", 1 / 3), RealizedGainLimit(0.0), rates=RATES, costs=Costs(1.0),
        deferral=Deferral(0.35, 1.0), risk_aversion=0.0,
    )  # fmt: skip
    trades = rebalance(account_of(price, LOSERS), dear, risk_of(price)).trades
    assert trades.loc[trades["side"] == "SELL", "asset"].tolist() == ["S"]


@pytest.mark.parametrize(
    ("year", "most"),
    [
        (YearToDate(), 3000.0),
        (YearToDate(short=500.0, long=-1000.0), 2500.0),
        (YearToDate(short=-5000.0), 0.0),
        (YearToDate(long=500.0, carry_short=2500.0, deduction=1500.0), 0.0),
        (YearToDate(long=50_000.0), 4000.0),
    ],
)
@pytest.mark.parametrize("losses", ["unlimited", "netting"])
def test_no_more_is_harvested_than_the_year_can_use(
    account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any, year: YearToDate, most: float, losses: str
) -> None:
    price = dict.fromkeys("SLG", 100.0)
    limits = (HarvestOffsetsLimit(year), RealizedGainLimit(0.0))
    mandate = mandate_of(
        dict.fromkeys("SLG", 1 / 3), *limits, rates=RATES, losses=losses, year_to_date=year, risk_aversion=0.0
    )
    account = account_of(price, LOSERS)
    result = rebalance(account, mandate, risk_of(price))
    assert -result.check.outcome.gains().sum() == pytest.approx(most, abs=0.05)
    everything = trades_of(account, ("SELL", "L000", 100), ("SELL", "L001", 100))
    planted = check_trades(account, mandate, risk_of(price), everything)
    assert planted.passed is (most == 4000.0)


def test_a_position_that_may_only_go_whole_reaches_its_region_too(
    account_of: Any, mandate_of: Any, risk_of: Any
) -> None:
    # 500 + 160 of loss in a name bought of late: the 160 alone or all of it, and all of it is beyond the 200 deducted.
    price = {"A": 10.0, "B": 10.0}
    lots = [
        ("A", 100, 15.0, "2020-01-02", "old"),
        ("A", 40, 14.0, "2025-05-20", "new"),
        ("B", 300, 5.0, "2020-01-02", "b"),
    ]
    account = account_of(price, lots, cash=500.0)
    year = YearToDate(deduction=200.0)
    mandate = mandate_of({"A": 0.3, "B": 0.7}, losses="netting", year_to_date=year)
    result = rebalance(account, mandate, risk_of(price))
    sold = result.trades[result.trades["side"] == "SELL"]
    assert sold["lot_id"].tolist() == ["new", "old"]
    assert sold["gain"].sum() == pytest.approx(-660.0)
    assert result.certificate.value <= result.certificate.bound * (1 + 1e-9)
    assert result.certificate.gap < 2e-3
