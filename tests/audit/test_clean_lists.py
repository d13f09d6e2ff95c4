"""Lists that `taxsleeve rebalance` makes under many kinds of mandates: the audit finds nothing in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import ONE_NUMBER

PLAIN = "as_of = 2024-06-28\ncash = 2000.00\n\n[taxes]\nshort_term = 0.408\nlong_term = 0.238\n"
SOFT = """as_of = 2024-06-28
cash = 1500.00
cash_flow = -9000.00

[taxes]
filing = "separate"
income = 400_000
year = 2024
losses = "netting"
harvest = "offsets"
year_to_date = { short = 6000.0, long = -200.0, carry_long = 50.0 }

[limits]
tracking_error = 0.02
turnover = 0.10
sector_active = 0.005
cash = [0.0, 0.004]
realized_gain = 0.01
net_gain_long = -0.001
soft = { turnover = 0.05, sector_active = 0.2, cash = 0.01 }

[costs]
spread_bps = 2.0
impact = 0.8

[shares]
fractional = true
"""
EVERY = """as_of = 2024-06-28
cash = 1000.00
cash_flow = 15000.00

[taxes]
short_term = 0.408
long_term = 0.238
partly_washed = "price"

[limits]
tracking_error = 0.03
loss_per_name = 0.01
turnover = 0.60
active_weight = 0.02
sector_active = 0.03
factor_active = { PC1 = 0.002, PC2 = 0.001 }
beta_active = 0.1
liquidity = 0.4
cash = [0.0, 0.05]
realized_gain = 0.02
realized_gain_short = 0.01
realized_gain_long = 0.02
net_gain = 0.01
net_gain_short = 0.01
net_gain_long = 0.01
min_trade = 0.0003
names = [5, 60]

[costs]
commission = 2.0
"""
MOVING = """as_of = 2024-06-28
cash = 1000.00

[taxes]
short_term = 0.408
long_term = 0.238

[limits]
tracking_error = 0.0001
active_weight = 0.001
realized_gain = 0.004
turnover = 0.3
strict = true

[objective]
transition = true
"""


def busy_household(case: Any) -> None:
    """Recent trades of everyone, an IRA's lots, a spouse's, groups of share classes, restrictions, reinvestments."""
    rng = np.random.default_rng(5)
    assets = rng.permutation(case.table("securities.csv")["asset"].to_numpy()).tolist()
    for number, asset in enumerate(assets[:9]):
        who = (("taxable", "taxable"), ("his", "spouse"), ("hers", "ira"))[number % 3]
        gain = ("", "-30.5", "12.0")[number // 3]
        day = f"2024-06-{3 + 2 * number:02d}"
        side = "BUY" if number % 2 else "SELL"
        case.add(
            "trades.csv", date=day, side=side, asset=asset, shares=4, price=10, account=who[0], account_type=who[1],
            realized_gain=gain if side == "SELL" else "",
        )  # fmt: skip
    table = case.table("securities.csv")
    table.loc[table["asset"].isin(assets[9:11]), "group"] = assets[9]
    case.put("securities.csv", table)
    for asset, rule in zip(assets[11:15], ("no_buy", "no_sell", "no_trade", "exclude"), strict=True):
        case.add("restrictions.csv", asset=asset, rule=rule)
    lots = case.table("lots.csv").assign(account="taxable", account_type="taxable", holding_start="")
    drips = lots.drop_duplicates("asset").sample(12, random_state=1)
    drips = drips.assign(
        lot_id="drip-" + drips["asset"], shares="2", acquired="2024-06-20", cost_per_share="0.01",
        holding_start=["2023-01-05", *[""] * 11],
    )  # fmt: skip
    ira = lots.drop_duplicates("asset").sample(3, random_state=2)
    ira = ira.assign(lot_id="ira-" + ira["asset"], account="hers", account_type="ira", acquired="2024-06-10")
    case.put("lots.csv", pd.concat([lots, drips, ira], ignore_index=True))


@pytest.fixture(scope="module", params=["plain", "soft", "every", "moving"])
def run(request: Any, made: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings = {"plain": PLAIN, "soft": SOFT, "every": EVERY, "moving": MOVING}[request.param]
    case = made(tmp_path_factory.mktemp(request.param), settings, seed=4, change=busy_household)
    return request.param, case, case.audit()


def test_nothing_is_found(run: Any) -> None:
    _, _, audited = run
    assert audited.audit.findings == ()


def test_every_limit_of_the_mandate_is_read(run: Any) -> None:
    kind, _, audited = run
    read = {reading.name for reading in audited.audit.readings}
    wanted = {
        "plain": {"cash"},
        "soft": {
            "tracking_error",
            "turnover",
            "sector_active",
            "cash",
            "realized_gain",
            "net_gain_long",
            "harvest_offsets",
        },
        "every": {*ONE_NUMBER, "factor_active", "cash", "min_trade", "names"},
        "moving": {"active_weight", "realized_gain", "turnover", "cash"},
    }[kind]
    assert read == wanted


def test_figures_are_those_of_the_summary(run: Any) -> None:
    _, case, audited = run
    import json

    told = json.loads((case.out / "summary.json").read_text(encoding="utf-8"))
    figures = audited.summary["figures"]
    assert figures["nav"] == pytest.approx(told["nav"], rel=1e-11)
    assert figures["cash_after"] == pytest.approx(told["cash_after"], abs=1e-6)
    assert figures["cost"] == pytest.approx(told["cost"], rel=1e-9)
    assert figures["tracking_error"]["after"] == pytest.approx(told["tracking_error"]["after"], rel=1e-9)
    assert sum(figures["losses"].values()) > 0


def test_partly_washed_losses_are_told_and_priced(run: Any) -> None:
    kind, case, audited = run
    washed = [wash for wash in audited.audit.washes if wash.is_priced]
    if kind != "every":
        assert washed == []
        return
    told = case.result()["disallowed"].replace("", "0").astype(float).sum()
    assert told > 0
    assert audited.summary["figures"]["disallowed"] == pytest.approx(told, rel=1e-9)


def test_soft_limits_are_read_and_may_be_exceeded(run: Any) -> None:
    kind, _, audited = run
    soft = [reading for reading in audited.audit.readings if reading.soft is not None]
    assert {reading.name for reading in soft} == ({"turnover", "sector_active", "cash"} if kind == "soft" else set())
    assert all(reading.kept for reading in soft)
    # A band on cash that may be exceeded still does not overdraw.
    hard = [reading for reading in audited.audit.readings if reading.name == "cash" and reading.soft is None]
    assert next(reading.limit for reading in hard) == 0.0


def test_the_model_of_prices_is_the_one_that_the_optimizer_fits(base: Any, tmp_path: Any) -> None:
    import shutil

    from taxsleeve.rebalance_run import run_rebalance

    case = base.copy(tmp_path)
    shutil.rmtree(case.account / "risk")
    assert run_rebalance(case.account, case.out).failure is None
    audited = case.audit()
    assert audited.audit.findings == ()
    assert audited.summary["risk_model"] == "statistical"
