"""account.toml: what each key takes, and what is said where it does not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from optimizer import (
    TRANSITION_RISK_AVERSION,
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    Deferral,
    FactorActiveLimit,
    HarvestOffsetsLimit,
    LiquidityLimit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    YearToDate,
    soft,
)
from tax import TaxRates
from taxsleeve.account_settings import AccountSettings, checked_settings, read_settings
from taxsleeve.tables import Findings

SHARE, UNQUOTED = "a fraction from 0 to 1 (0.01 is 1%)", "without quotes"

BAD = [
    ("as_of", 'as_of = "2024-06-28"', "as_of: found '2024-06-28'", "a TOML date, as 2024-06-28 without quotes"),
    ("as_of", "as_of = 20240628", "as_of: found '20240628'", "a TOML date"),
    ("as_of", "as_of = 2024-06-28T16:00:00", "as_of: found '2024-06-28 16:00:00'", "a TOML date"),
    ("as_of", "as_of = 2024-02-30", "account.toml: found", "well-formed TOML"),
    ("as_of", "", "as_of: found 'nothing'", "a value"),
    ("cash", "", "cash: found 'nothing'", "a value"),
    ("cash", 'cash = "25000"', "cash: found '25000'", UNQUOTED),
    ("cash", 'cash = "lots"', "cash: found 'lots'", UNQUOTED),
    ("cash", "cash = nan", "cash: found 'nan'", "a number"),
    ("cash", "cash = inf", "cash: found 'inf'", "a number"),
    ("cash", "cash = true", "cash: found 'True'", "a number"),
    ("cash", f"cash = 1{'0' * 400}", "cash: found '1000", "a number"),
    ("cash", "cash = 25,000.00", "account.toml: found", "well-formed TOML"),
    ("cash_flow", "cash_flow = [1]", "cash_flow: found '[1]'", "a number"),
    ("cash_flow", "cahs_flow = 1.0", "cahs_flow: found '1.0'", "(did you mean cash_flow?)"),
    ("[taxes]", "[taxs]", "taxs", "(did you mean taxes?)"),
    ("[taxes]", "[limits.deep]", "limits.deep", "one of tracking_error,"),
    ("[taxes]", "[extra]\nnote = 1\n[taxes]", "extra", "one of as_of, cash,"),
    ("[taxes]", "taxes = 0.4\n[shelf]", "taxes: found '0.4'", "expected"),
    ("short_term", "short_term = 40.8", "taxes.short_term: found '40.8'", SHARE),
    ("short_term", 'short_term = "0.408"', "taxes.short_term: found '0.408'", UNQUOTED),
    ("short_term", "", "taxes", "either short_term and long_term, or filing, income and year"),
    ("short_term", 'short_term = 0.4\nfiling = "joint"', "taxes", "either short_term and long_term, or filing"),
    ("losses", 'losses = "all"', "taxes.losses: found 'all'", "'unlimited', 'long_term' or 'netting'"),
    ("losses", 'losses = "netting"', "taxes", "year_to_date = { short = ..., long = ... } beside netting"),
    ("losses", 'harvest = "offsets"', "taxes", "year_to_date = { short = ..., long = ... } beside"),
    ("losses", 'harvest = "some"', "taxes.harvest: found 'some'", "'everything' or 'offsets'"),
    ("losses", "year_to_date = { short = 1 }", "taxes.year_to_date.long: found 'nothing'", "a value"),
    (
        "losses",
        "year_to_date = { short = 1, long = 0, carry_short = -1 }",
        "taxes.year_to_date.carry_short: found '-1'",
        "a number >= 0",
    ),
    (
        "losses",
        "year_to_date = { short = 1, long = 0, carry = 1 }",
        "taxes.year_to_date.carry: found '1'",
        "one of short, long,",
    ),
    ("losses", "deferral = { rate = 0.2 }", "taxes.deferral.years: found 'nothing'", "a value"),
    ("losses", "deferral = { rate = 20, years = 5 }", "taxes.deferral.rate: found '20'", SHARE),
    ("tracking_error", "tracking_eror = 0.01", "limits.tracking_eror: found '0.01'", "did you mean tracking_error?"),
    ("tracking_error", "te = 0.01", "limits.te: found '0.01'", "one of tracking_error, loss_per_name, turnover"),
    ("tracking_error", "tracking_error = 1.5", "limits.tracking_error: found '1.5'", SHARE),
    ("tracking_error", "tracking_error = 0.0", "limits.tracking_error: found '0.0'", "greater than 0"),
    ("tracking_error", "tracking_error = -0.01", "limits.tracking_error: found '-0.01'", SHARE),
    ("tracking_error", 'tracking_error = "1%"', "limits.tracking_error: found '1%'", UNQUOTED),
    ("tracking_error", "tracking_error = nan", "limits.tracking_error: found 'nan'", SHARE),
    ("turnover", "turnover = 3", "limits.turnover: found '3'", "less than or equal to 2"),
    ("turnover", "turnover = -0.1", "limits.turnover: found '-0.1'", "a number >= 0"),
    ("active_weight", "active_weight = 1.01", "limits.active_weight: found '1.01'", SHARE),
    ("loss_per_name", "loss_per_name = -1", "limits.loss_per_name: found '-1'", SHARE),
    ("realized_gain", "realized_gain = 2", "limits.realized_gain: found '2'", SHARE),
    ("realized_gain", "realized_gain_short = 2", "limits.realized_gain_short: found '2'", SHARE),
    ("realized_gain", "realized_gain_long = -0.1", "limits.realized_gain_long: found '-0.1'", SHARE),
    ("realized_gain", "net_gain = nan", "limits.net_gain: found 'nan'", "a number"),
    ("realized_gain", 'net_gain_long = "0"', "limits.net_gain_long: found '0'", UNQUOTED),
    ("realized_gain", "liquidity = -0.1", "limits.liquidity: found '-0.1'", "a number >= 0"),
    ("realized_gain", "beta_active = -0.1", "limits.beta_active: found '-0.1'", "a number >= 0"),
    ("min_trade", "min_trade = 100.0", "limits.min_trade: found '100.0'", SHARE),
    ("names", "names = [40, 1]", "limits", "names = [least, greatest], the least first"),
    ("names", "names = [-5, 40]", "limits.names.0: found '-5'", "greater than or equal to 0"),
    ("names", "names = [1.5, 40]", "limits.names.0: found '1.5'", "a whole number"),
    ("names", "names = [1, 2, 3]", "limits.names: found '[1, 2, 3]'", "2 items"),
    ("names", "names = 40", "limits.names: found '40'", "expected"),
    ("names", "factor_active = { size = -0.1 }", "limits.factor_active.size: found '-0.1'", "a number >= 0"),
    ("names", "factor_active = 0.2", "limits.factor_active: found '0.2'", "expected"),
    ("strict", "soft = { turnover = 0.0 }", "limits.soft.turnover: found '0.0'", "greater than 0"),
    ("strict", "soft = { net_gain = 0.5 }", "limits", "of limits that are given here; 'net_gain' is not"),
    ("strict", 'strict = "yes"', "limits.strict: found 'yes'", "true or false"),
    ("strict", "strict = 1", "limits.strict: found '1'", "true or false"),
    ("spread_bps", "spread_bps = -1.0", "costs.spread_bps: found '-1.0'", "a number >= 0"),
    ("commission", 'commission = "$5"', "costs.commission: found '$5'", UNQUOTED),
    ("commission", "impact = -1", "costs.impact: found '-1'", "a number >= 0"),
    ("harvest_threshold", "minimum_loss = -1", "limits.minimum_loss: found '-1'", "a number >= 0"),
    ("[shares]", "[objective]\nalpha_horizon = -1\n[shares]", "objective.alpha_horizon: found '-1'", "a number >= 0"),
    ("fractional", "fractional = 0", "shares.fractional: found '0'", "true or false"),
    (
        "fractional",
        "fractinal = true",
        "shares.fractinal: found 'True'",
        "(did you mean fractional?)",
    ),
]


@pytest.mark.parametrize(("key", "line", "place", "expected"), BAD)
def test_a_bad_setting(key: str, line: str, place: str, expected: str, account: Any, refused: Any) -> None:
    account.setting(key, line)
    refused(account, place if place.startswith("account.toml") else f"  account.toml, {place}", expected)


@pytest.mark.parametrize(
    ("cash", "words"),
    [
        ("cash = [0.01, 0.001]", "cash = [least, greatest], the least first"),
        ("cash = [0.01]", "limits.cash.1: found 'nothing', expected a value"),
        ("cash = [0.0, 1.5]", SHARE),
        ('cash = ["0.0", 0.01]', UNQUOTED),
        ("cash = 0.01", "expected"),
    ],
)
def test_a_bad_cash_band(cash: str, words: str, account: Any, refused: Any) -> None:
    account.write("account.toml", account.text("account.toml").replace("cash = [0.0, 0.05]", cash))
    refused(account, "account.toml, limits", words)


@pytest.mark.parametrize(
    ("taxes", "words"),
    [
        ('filing = "couple"\nincome = 900_000\nyear = 2026', "tax figures that the tables know"),
        ('filing = "joint"\nincome = 900_000\nyear = 1913', "tax figures that the tables know"),
        ('filing = "joint"\nincome = 900_000', "either short_term and long_term, or filing, income and year"),
        ('filing = "joint"\nincome = -1\nyear = 2026', "a number >= 0"),
        ('filing = "joint"\nincome = 900_000\nyear = 2026.0', "a whole number"),
        ('filing = "joint"\nincome = 900_000\nyear = 2026\nstate = 9.3', SHARE),
    ],
)
def test_a_bad_filing(taxes: str, words: str, account: Any, refused: Any) -> None:
    account.setting("short_term", taxes)
    account.setting("long_term", "")
    refused(account, "account.toml, taxes", words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "a file that is not empty"),
        ("  \n\n", "a file that is not empty"),
        ("as_of = \n", "well-formed TOML"),
        ("as_of = 2024-06-28\nas_of = 2024-06-28\n", "well-formed TOML"),
        (b"as_of = 2024-06-28 # \xff\n", "UTF-8 text"),
    ],
)
def test_a_file_that_is_not_toml(content: str | bytes, words: str, account: Any, refused: Any) -> None:
    account.write("account.toml", content)
    refused(account, "  account.toml: found", words)


def test_the_file_is_missing_or_a_directory(account: Any, refused: Any) -> None:
    (account.path / "account.toml").unlink()
    refused(account, "  account.toml: found 'no such file', expected the file account.toml in the account folder")
    (account.path / "account.toml").mkdir()
    refused(account, "  account.toml: found 'a directory'")


def test_every_setting_at_fault_is_named(account: Any, refused: Any) -> None:
    account.setting("turnover", "turnover = 3")
    account.setting("active_weight", "active_wait = 0.01")
    account.setting("fractional", 'fractional = "no"')
    refused(account, "3 faults", "limits.turnover", "did you mean active_weight?", "shares.fractional")


def settings(tmp_path: Path, text: str) -> Any:
    (tmp_path / "account.toml").write_text(text, encoding="utf-8")
    findings = Findings()
    read = read_settings(tmp_path / "account.toml", findings)
    assert findings.faults == []
    return read


def test_only_the_day_the_cash_and_the_taxes_need_be_given(tmp_path: Path) -> None:
    read = settings(tmp_path, "as_of = 2024-06-28\ncash = 5\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n")
    mandate = read.mandate({"A": 1.0})
    assert (read.as_of, read.cash, read.cash_flow) == (dt.date(2024, 6, 28), 5.0, 0.0)
    assert mandate.limits == []
    assert mandate.rates == TaxRates(short_term=0.4, long_term=0.2)
    assert (mandate.fractional, mandate.min_trade, mandate.names, mandate.harvest_threshold) == (False, 0.0, None, 0.0)
    assert (mandate.costs.spread_bps, mandate.costs.commission, mandate.losses) == (5.0, 0.0, "unlimited")


def test_a_filing_gives_the_rates_of_the_tables(tmp_path: Path) -> None:
    taxes = 'filing = "joint"\nincome = 900_000\nyear = 2026\nstate = 0.093\nlosses = "long_term"\n'
    read = settings(tmp_path, f"as_of = 2024-06-28\ncash = 5\n[taxes]\n{taxes}")
    # 37% + 3.8% + 9.3%, and 20% + 3.8% + 9.3%.
    assert read.taxes.rates().short_term == pytest.approx(0.501)
    assert read.taxes.rates().long_term == pytest.approx(0.331)
    assert read.mandate({"A": 1.0}).losses == "long_term"


def test_limits_become_those_of_the_optimizer(tmp_path: Path) -> None:
    limits = "tracking_error = 0.01\ncash = [0.001, 0.01]\nfactor_active = { size = 0.2 }\nstrict = true\n"
    text = f"as_of = 2024-06-28\ncash = 5\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n[limits]\n{limits}"
    made = settings(tmp_path, text).mandate({"A": 1.0}).limits
    assert made == [TrackingErrorLimit(0.01), FactorActiveLimit({"size": 0.2}, strict=True), CashLimit(0.001, 0.01)]


def test_the_year_so_far_and_what_a_loss_costs_later(tmp_path: Path) -> None:
    taxes = (
        'losses = "netting"\nharvest = "offsets"\nyear_to_date = { short = 5000, long = -250.5, carry_long = 12 }\n'
        "deferral = { rate = 0.238, years = 10 }\n"
    )
    year = YearToDate(5000.0, -250.5, 0.0, 12.0)
    text = f"as_of = 2024-06-28\ncash = 5\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n{taxes}"
    mandate = settings(tmp_path, text).mandate({"A": 1.0})
    assert (mandate.losses, mandate.year_to_date, mandate.limits) == ("netting", year, [HarvestOffsetsLimit(year)])
    assert mandate.deferral == Deferral(0.238, 10.0, 0.05)
    filed = text.replace("short_term = 0.4\nlong_term = 0.2", 'filing = "separate"\nincome = 90_000\nyear = 2026')
    assert settings(tmp_path, filed).mandate({"A": 1.0}).year_to_date.deduction == 1500.0
    named = filed.replace("short = 5000", "deduction = 0, carried = 0.1, short = 5000")
    assert settings(tmp_path, named).mandate({"A": 1.0}).year_to_date == YearToDate(5000, -250.5, 0, 12, 0.0, 0.1)


def test_a_transition_has_a_gain_budget(tmp_path: Path, account: Any, refused: Any) -> None:
    text = "as_of = 2024-06-28\ncash = 5\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n[objective]\ntransition = true\n"
    budget = "[limits]\ntracking_error = 0.01\nactive_weight = 0.1\nstrict = true\nnet_gain_long = 0.02\n"
    mandate = settings(tmp_path, text + budget).mandate({"A": 1.0})
    assert mandate.limits == [ActiveWeightLimit(0.1), NetLongGainLimit(0.02)]
    assert mandate.risk_aversion == TRANSITION_RISK_AVERSION
    account.write("account.toml", text)
    refused(account, "account.toml", "a gain budget in [limits] (realized_gain, net_gain) beside objective.transition")


def test_a_price_makes_a_limit_soft(tmp_path: Path) -> None:
    limits = "tracking_error = 0.01\ncash = [0, 0.01]\nturnover = 0.2\nsoft = { tracking_error = 2, turnover = 0.01 }\n"
    text = f"as_of = 2024-06-28\ncash = 5\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n[limits]\n{limits}"
    made = settings(tmp_path, text).mandate({"A": 1.0}).limits
    assert made == [soft(TrackingErrorLimit(0.01), 2.0), soft(TurnoverLimit(0.2), 0.01), CashLimit(0.0, 0.01)]


def test_budgets_liquidity_and_beta_become_limits(tmp_path: Path) -> None:
    limits = (
        "realized_gain = 0.03\nrealized_gain_short = 0.0\nrealized_gain_long = 0.02\nnet_gain = -0.01\n"
        "net_gain_short = 0\nnet_gain_long = 0.5\nliquidity = 0.1\nbeta_active = 0.05\n"
    )
    text = f"as_of = 2024-06-28\ncash = 5\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n[limits]\n{limits}"
    made = settings(tmp_path, text).mandate({"A": 1.0}).limits
    assert made == [
        BetaActiveLimit(0.05),
        RealizedGainLimit(0.03),
        RealizedShortGainLimit(0.0),
        RealizedLongGainLimit(0.02),
        NetGainLimit(-0.01),
        NetShortGainLimit(0.0),
        NetLongGainLimit(0.5),
        LiquidityLimit(0.1),
    ]


def test_sections_of_one_content_are_one_object_and_others_are_not() -> None:
    def settings(**values: object) -> AccountSettings:
        given = {"as_of": dt.date(2024, 6, 28), "cash": 5.0, "taxes": {"short_term": 0.4, "long_term": 0.2}, **values}
        found = checked_settings("accounts", given, Findings())
        assert found is not None
        return found

    one, other = settings(limits={"turnover": 0.4}), settings(limits={"turnover": 0.4}, cash=7.0)
    assert all(a is b for a, b in zip(one.sections, other.sections, strict=True))
    assert (one.cash, other.cash) == (5.0, 7.0)
    assert settings(limits={"turnover": 0.5}).limits.turnover == 0.5
    # 1 and true are equal, and true is no number.
    assert settings(costs={"impact": 1}).costs.impact == 1.0
    findings = Findings()
    spoilt = {"as_of": dt.date(2024, 6, 28), "cash": 5.0, "taxes": {"short_term": 0.4}, "costs": {"impact": True}}
    assert checked_settings("accounts", spoilt, findings) is None
    assert {fault.column for fault in findings.faults} == {"taxes", "costs.impact"}
