"""Limits of an account of two lots and a list of three rows, every reading counted by hand."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import (
    Audit,
    AuditedAccount,
    AuditedMandate,
    AuditedTaxes,
    LimitReading,
    OpenLot,
    Security,
    YearSoFar,
    audit_trades,
    tracking_error,
)
from audit.limit_findings import limit_findings
from audit.tax_bill import tax_saved
from risk import FactorRisk
from tax import TaxRates
from taxsleeve_errors import InputError

TODAY = dt.date(2025, 6, 16)
LONG_AGO, SPRING = dt.date(2020, 1, 2), dt.date(2025, 3, 3)
OLD = OpenLot("OLD", "X", 100, 10.0, LONG_AGO, LONG_AGO)
YOUNG = OpenLot("YOUNG", "Z", 10, 12.0, SPRING, SPRING)
SECURITIES = {
    "X": Security("X", 8.0, sector="tech", adv=2000.0),
    "Y": Security("Y", 5.0),
    "Z": Security("Z", 20.0, sector="tech", adv=400.0, spread_bps=10.0),
}
RISK = FactorRisk(("X", "Y", "Z"), ("M",), np.ones((3, 1)), np.array([[0.04]]), np.full(3, 0.01))
# NAV 800 + 200 + 1100 - 100 = 2000; orders of 400, 100 and 100 dollars; a long loss of 100, a short gain of 40.
ROWS = [("X", "SELL", "OLD", 50, 8.0), ("Z", "SELL", "YOUNG", 5, 20.0), ("Y", "BUY", "", 20, 5.0)]


def audit(
    *rows: tuple[Any, ...], securities: dict[str, Security] = SECURITIES, risk: FactorRisk = RISK, **mandate: Any
) -> Audit:
    account = AuditedAccount(
        TODAY, 1100.0, (OLD, YOUNG), securities, {"X": 0.5, "Y": 0.25, "Z": 0.25}, cash_flow=-100.0
    )
    table = pd.DataFrame(list(rows or ROWS), columns=["asset", "side", "lot_id", "shares", "price"])
    return audit_trades(account, AuditedMandate(**{"commission": 1.0, **mandate}), risk, table)


def readings(**mandate: Any) -> dict[tuple[str, str], tuple[float, float, bool]]:
    found = audit(**mandate).readings
    return {(r.name, r.where): (r.value, r.limit, r.lower) for r in found}


def about(*numbers: float) -> Any:
    return pytest.approx(numbers, rel=1e-12)


def test_turnover_and_orders() -> None:
    found = readings(limits={"turnover": 0.4, "liquidity": 0.5}, min_trade=0.01, names=(2, 9))
    assert found.pop(("cash", "least"))[2]
    assert found == {
        ("turnover", ""): about(0.3, 0.4, False),
        # Half of a day's volume of 2000 and of 400 dollars; that of Y is not known.
        ("liquidity", "X"): about(0.2, 0.5, False),
        ("liquidity", "Z"): about(0.05, 0.1, False),
        ("min_trade", "X"): about(0.2, 0.01, True),
        ("min_trade", "Y"): about(0.05, 0.01, True),
        ("min_trade", "Z"): about(0.05, 0.01, True),
        ("names", "least"): (3, 2, True),
        ("names", "greatest"): (3, 9, False),
    }


def test_a_name_sold_whole_is_not_held() -> None:
    found = audit(("X", "SELL", "OLD", 100, 8.0), names=(1, 2))
    assert [reading.value for reading in found.readings if reading.name == "names"] == [1, 1]
    half = audit(("X", "SELL", "OLD", 99.5, 8.0), names=(1, 2), fractional=True)
    assert [reading.value for reading in half.readings if reading.name == "names"] == [2, 2]


@pytest.mark.parametrize(
    ("mandate", "expected"),
    [
        ({}, [("least", 0.0, True)]),
        ({"cash": (0.1, 0.2)}, [("least", 0.1, True), ("greatest", 0.2, False)]),
        (
            {"cash": (0.1, 0.2), "soft": {"cash": 1.0}},
            [("least", 0.1, True), ("greatest", 0.2, False), ("least", 0.0, True)],
        ),
    ],
)
def test_cash_is_what_trades_and_costs_leave(mandate: dict[str, Any], expected: list[tuple[str, float, bool]]) -> None:
    # Spreads of 5 bp of 500 dollars and 10 bp of 100, three commissions.
    cash = 1100 - 100 + 400 + 100 - 100 - (0.25 + 0.1 + 3)
    found = [reading for reading in audit(**mandate).readings if reading.name == "cash"]
    assert [(r.where, r.limit, r.lower) for r in found] == expected
    assert [r.value for r in found] == pytest.approx([cash / 2000] * len(found), rel=1e-12)


def test_market_impact_by_the_square_root_law() -> None:
    daily = math.sqrt(0.05 / 252)
    impact = 0.5 * daily * (400 * math.sqrt(400 / 2000) + 100 * math.sqrt(100 / 400))
    assert audit(impact=0.5).after.cost == pytest.approx(3.35 + impact, rel=1e-12)
    none = {**SECURITIES, "Z": Security("Z", 20.0, sector="tech", adv=0.0)}
    found = audit(impact=0.5, securities=none).findings
    assert [(f.code, f.name, f.limit) for f in found] == [("untradable", "Z", 0.0)]
    assert [f.code for f in audit(securities=none).findings] == []


def test_gains_and_losses() -> None:
    names = [f"{kind}{term}" for kind in ("realized_gain", "net_gain") for term in ("", "_short", "_long")]
    found = readings(limits=dict.fromkeys([*names, "loss_per_name"], 0.06), usable_losses=50.0)
    found.pop(("cash", "least"))
    assert found == {
        ("realized_gain", ""): about(0.02, 0.06, False),
        ("realized_gain_short", ""): about(0.02, 0.06, False),
        ("realized_gain_long", ""): about(0.0, 0.06, False),
        ("net_gain", ""): about(-0.03, 0.06, False),
        ("net_gain_short", ""): about(0.02, 0.06, False),
        ("net_gain_long", ""): about(-0.05, 0.06, False),
        ("loss_per_name", "X"): about(0.05, 0.06, False),
        ("harvest_offsets", ""): about(0.03, 0.025, False),
    }


def test_gains_and_losses_by_term() -> None:
    after = audit().after
    terms = [(long, losses) for long in (False, True) for losses in (False, True)]
    found = {term: after.realised(long=term[0], losses=term[1]) for term in terms}
    assert found == {(False, False): 40.0, (False, True): 0.0, (True, False): 0.0, (True, True): 100.0}


def test_a_loss_of_cents_is_a_loss_and_a_sale_at_cost_is_none() -> None:
    securities = {**SECURITIES, "X": Security("X", 9.995), "Z": Security("Z", 12.0)}
    found = audit(("X", "SELL", "OLD", 100, 9.995), ROWS[1], securities=securities, limits={"loss_per_name": 0.1})
    readings = [reading for reading in found.readings if reading.name == "loss_per_name"]
    assert [(reading.where, reading.value) for reading in readings] == [("X", pytest.approx(0.5 / 2119.5))]


def test_an_order_worth_nothing_costs_nothing() -> None:
    assert audit(securities={**SECURITIES, "Y": Security("Y", 0.0)}).after.cost == pytest.approx(0.2 + 0.1 + 2)


LIMITS = {"tracking_error": 0.2, "active_weight": 0.12, "sector_active": 0.2, "beta_active": 0.3}


def test_active_weights_and_bands_that_drift_has_broken() -> None:
    found = readings(limits=LIMITS, factor_active={"M": 0.3})
    found.pop(("cash", "least"))
    # Before -0.1, -0.25 and -0.15, after -0.3, -0.2 and -0.2.
    variance = 0.04 + 0.01 * (0.5**2 + 0.25**2 + 0.25**2)
    beta_x, beta_y = (0.04 + 0.01 * 0.5) / variance, (0.04 + 0.01 * 0.25) / variance
    assert found == {
        ("tracking_error", ""): about(math.sqrt(0.04 * 0.7**2 + 0.01 * (0.09 + 0.04 + 0.04)), 0.2, False),
        ("active_weight", "X"): about(-0.3, -0.12, True),
        ("active_weight", "Y"): about(-0.2, -0.25, True),
        ("active_weight", "Z"): about(-0.2, -0.15, True),
        ("sector_active", "tech"): about(-0.5, -0.25, True),
        ("sector_active", "(no sector)"): about(-0.2, -0.25, True),
        ("factor_active", "M"): about(-0.7, -0.5, True),
        ("beta_active", ""): about(-0.3 * beta_x - 0.4 * beta_y, -0.1 * beta_x - 0.4 * beta_y, True),
    }


def test_what_the_model_does_not_rate_has_no_beta_and_factors_without_a_limit_no_reading() -> None:
    loadings = np.array([[1.0, 0.5], [1.0, -1.0]])
    risk = FactorRisk(("X", "Y"), ("M", "S"), loadings, np.diag([0.04, 0.01]), np.full(2, 0.01))
    audited = audit(risk=risk, limits={"beta_active": 1.0}, factor_active={"S": 9.0})
    found = {(reading.name, reading.where): reading.value for reading in audited.readings}
    # Of the benchmark only X and Y are rated: M 0.75, S 0.25 - 0.25 = 0.
    variance = 0.04 * 0.75**2 + 0.01 * (0.5**2 + 0.25**2)
    beta_x, beta_y = (0.04 * 0.75 + 0.01 * 0.5) / variance, (0.04 * 0.75 + 0.01 * 0.25) / variance
    assert found.pop(("cash", "least")) > 0
    assert found == {
        ("factor_active", "S"): pytest.approx(0.5 * -0.3 - 1.0 * -0.2),
        ("beta_active", ""): pytest.approx(-0.3 * beta_x - 0.2 * beta_y),
    }


def test_strict_bands_do_not_reach_to_where_drift_stood() -> None:
    found = readings(limits=LIMITS, factor_active={"M": 0.3}, strict=True)
    assert [found[key][1] for key in (("active_weight", "Y"), ("sector_active", "tech"), ("factor_active", "M"))] == [
        -0.12, -0.2, -0.3,
    ]  # fmt: skip
    assert found["beta_active", ""][1] == -0.3


@pytest.mark.parametrize(
    ("off", "lower", "soft", "kept"),
    [
        (0.9e-6, False, None, True),
        (1.1e-6, False, None, False),
        (-0.9e-6, True, None, True),
        (-1.1e-6, True, None, False),
        (1.0, False, 2.0, True),
        (-1.0, False, None, True),
        (1.0, True, None, True),
    ],
)
def test_a_limit_is_kept_to_a_millionth(off: float, lower: bool, soft: float | None, kept: bool) -> None:
    reading = LimitReading("turnover", "", 0.5 + off, 0.5, lower=lower, soft=soft)
    assert reading.kept is kept
    assert bool(list(limit_findings([reading]))) is not kept


@pytest.mark.parametrize(
    ("reading", "code", "words"),
    [
        (LimitReading("turnover", "", 0.75, 0.5), "turnover", "turnover is 0.75, 0.25 above 0.5 (fraction of NAV)"),
        (
            LimitReading("sector_active", "tech", -0.75, -0.5, lower=True),
            "sector-active",
            "sector_active of tech is -0.75, 0.25 below -0.5 (fraction of NAV)",
        ),
        (
            LimitReading("active_weight", "X", 0.75, 0.5),
            "active-weight",
            "active_weight of X is 0.75, 0.25 above 0.5 (fraction of NAV)",
        ),
        (LimitReading("cash", "least", -0.25, 0.0, lower=True), "cash-negative", "cash is -0.25, 0.25 below 0 "),
        (LimitReading("cash", "least", 0.0, 0.25, lower=True), "cash-too-low", "cash is 0, 0.25 below 0.25 "),
        (LimitReading("cash", "greatest", 0.75, 0.5), "cash-too-high", "cash is 0.75, 0.25 above 0.5 "),
        (LimitReading("names", "least", 1, 3, "names", lower=True), "too-few-names", "names is 1, 2 below 3 (names)"),
        (LimitReading("names", "greatest", 5, 3, "names"), "too-many-names", "names is 5, 2 above 3 (names)"),
    ],
)
def test_what_is_said_of_a_limit_that_is_passed(reading: LimitReading, code: str, words: str) -> None:
    (finding,) = limit_findings([reading])
    assert finding.code == code
    assert finding.words.startswith(words)
    assert (finding.name, finding.value, finding.limit) == (reading.where, reading.value, reading.limit)
    assert finding.excess == abs(reading.value - reading.limit)


RATES = TaxRates(0.4, 0.2)


@pytest.mark.parametrize(
    ("taxes", "saved"),
    [
        (AuditedTaxes(RATES), 100 * 0.2 - 40 * 0.4),
        (AuditedTaxes(RATES, harvest_threshold=0.2), 100 * 0.2 - 40 * 0.4),
        (AuditedTaxes(RATES, harvest_threshold=0.21), -40 * 0.4),
        # Half of the lot is sold; the whole has a loss of 200.
        (AuditedTaxes(RATES, minimum_loss=200.0), 100 * 0.2 - 40 * 0.4),
        (AuditedTaxes(RATES, minimum_loss=201.0), -40 * 0.4),
        # The loss is set off against the gain, 60 dollars are left against other income.
        (AuditedTaxes(RATES, "netting"), 60 * 0.4),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(deduction=0.0)), 60 * 0.2 * 0.8 / 1.05**3),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(deduction=0.0, carried=0.1)), 60 * 0.1),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(short=1000.0)), 60 * 0.4),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(long=1000.0)), 100 * 0.2 - 40 * 0.4),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(short=-3000.0, carried=0.1)), 60 * 0.1),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(long=-3000.0, carried=0.1)), 60 * 0.1),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(carry_short=3000.0, carried=0.1)), 60 * 0.1),
        (AuditedTaxes(RATES, "netting", year=YearSoFar(carry_long=3000.0, carried=0.1)), 60 * 0.1),
    ],
)
def test_tax_that_the_list_saves(taxes: AuditedTaxes, saved: float) -> None:
    assert tax_saved([(audit().after, taxes)]) == pytest.approx(saved, rel=1e-9)


def test_short_losses_count_as_long_ones_where_the_mandate_says_so() -> None:
    young_loss = OpenLot("YOUNG", "Z", 10, 22.0, SPRING, SPRING)
    account = AuditedAccount(TODAY, 1000.0, (young_loss,), SECURITIES, {"Z": 1.0})
    table = pd.DataFrame([ROWS[1]], columns=["asset", "side", "lot_id", "shares", "price"])
    after = audit_trades(account, AuditedMandate(), RISK, table).after
    assert tax_saved([(after, AuditedTaxes(RATES))]) == pytest.approx(10 * 0.4)
    assert tax_saved([(after, AuditedTaxes(RATES, "long_term"))]) == pytest.approx(10 * 0.2)


def test_what_a_mandate_does_not_say_limits_nothing_and_costs_the_spread_alone() -> None:
    """Defaults of FORMATS, `[limits]` and `[costs]`."""
    silent = AuditedMandate()
    assert (silent.min_trade, silent.cash, silent.names, silent.strict) == (0.0, None, None, False)
    assert (silent.spread_bps, silent.commission, silent.impact) == (5.0, 0.0, 0.0)
    assert (silent.fractional, silent.priced_washes, silent.usable_losses) == (False, False, None)


def test_every_limit_that_is_passed_is_found_after_those_that_are_kept() -> None:
    told = [LimitReading("turnover", "", value, 0.3) for value in (0.2, 0.4, 0.3, 0.5)]
    assert [finding.value for finding in limit_findings(told)] == [0.4, 0.5]


def test_a_loss_of_cents_counts_where_nothing_else_is_said() -> None:
    small = OpenLot("OLD", "X", 0.25, 10.0, LONG_AGO, LONG_AGO)
    account = AuditedAccount(TODAY, 1100.0, (small,), SECURITIES, {"X": 1.0})
    table = pd.DataFrame([("X", "SELL", "OLD", 0.25, 8.0)], columns=["asset", "side", "lot_id", "shares", "price"])
    after = audit_trades(account, AuditedMandate(), RISK, table).after
    assert tax_saved([(after, AuditedTaxes(RATES))]) == pytest.approx(0.2 * 0.5)


@pytest.mark.parametrize(
    ("lot", "kept", "held"), [(100.0, 0.9e-7, 0), (100.0, 1.1e-7, 1), (0.3, 0.9e-9, 0), (0.3, 1.1e-9, 1)]
)
def test_what_rounding_leaves_of_a_position_is_nothing(lot: float, kept: float, held: int) -> None:
    """A billionth of it, and of a share where it is less than one."""
    own = OpenLot("OLD", "X", lot, 10.0, LONG_AGO, LONG_AGO)
    account = AuditedAccount(TODAY, 1100.0, (own,), SECURITIES, {"X": 1.0})
    table = pd.DataFrame(
        [("X", "SELL", "OLD", lot - kept, 8.0)], columns=["asset", "side", "lot_id", "shares", "price"]
    )
    after = audit_trades(account, AuditedMandate(names=(0, 9), fractional=True), RISK, table)
    assert [reading.value for reading in after.readings if reading.name == "names"] == [held] * 2


def test_a_limit_that_is_none_is_refused_by_its_name() -> None:
    with pytest.raises(InputError, match=r"^limits, aaa: expected one of .*tracking_error"):
        AuditedMandate({"zzz": 0.1, "turnover": 0.1, "aaa": 0.1})


@pytest.mark.parametrize("cash", [0.01, 0.9, 5.0])
def test_an_account_of_cents_is_worth_something(cash: float) -> None:
    assert AuditedAccount(TODAY, cash, (), SECURITIES, {"X": 1.0}).nav == cash
    with pytest.raises(InputError, match="more than nothing"):
        AuditedAccount(TODAY, cash, (), SECURITIES, {"X": 1.0}, cash_flow=-cash)


def test_names_that_are_rated_and_have_no_weight_count_for_nothing() -> None:
    assert tracking_error(RISK, {"X": 0.3}) == pytest.approx(math.sqrt(0.04 * 0.3**2 + 0.01 * 0.3**2))
    assert tracking_error(RISK, {"X": 0.3, "unrated": 5.0}) == tracking_error(RISK, {"X": 0.3, "Y": 0.0, "Z": 0.0})
