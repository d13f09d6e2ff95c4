"""Partly washed sales priced exactly: by hand, against the ledger, against enumeration, and refused where they must be.

The older lots of a name bought of late are sold at a loss only where the mandate opts in; then what the law disallows,
the basis and holding period of the shares that replace them, and every figure that follows are the ledger's.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from washed_cases import BENCHMARK, LOTS, PRICE

from optimizer import (
    Account,
    ActiveWeightLimit,
    Costs,
    Deferral,
    LossPerNameLimit,
    Mandate,
    NetGainLimit,
    RealizedGainLimit,
    Rebalance,
    TrackingErrorLimit,
    TurnoverLimit,
    YearToDate,
    check_trades,
    frontier,
    lots_after,
    realised,
    rebalance,
    valuation,
    wash_search,
)
from optimizer.check import read_limits
from optimizer.explain import left_on_table, locked_names
from optimizer.trade_columns import TradeColumns
from optimizer.washed_sales import washable_groups, washed_branch
from optimizer.washed_trades import with_disallowed
from tax import Account as LedgerAccount
from tax import Buy, Ledger, Sell, SpecificIdentification, wash_locks
from taxsleeve_errors import InfeasibleError, InputError, SolverError


@pytest.fixture
def case(account_of: Any, mandate_of: Any, risk_of: Any) -> Any:
    def build(*trades: Any, lots: Any = LOTS, limits: Any = None, **rest: Any) -> Any:
        account = account_of(PRICE, lots, trades=trades, cash=10.0)
        chosen = (ActiveWeightLimit(0.2),) if limits is None else limits
        mandate = mandate_of(BENCHMARK, *chosen, **{"partly_washed": "price", "risk_aversion": 0.01, **rest})
        return account, mandate, risk_of(PRICE, specific=0.2)

    return build


def sold_of(result: Rebalance) -> dict[str, float]:
    sells = result.trades[result.trades["side"] == "SELL"]
    return dict(zip(sells["lot_id"], sells["shares"], strict=True))


def test_a_case_by_hand(case: Any) -> None:
    # NAV 3,110. A weighs 1,100 / 3,110 = 35.37%; its active weight may fall to -20%, so that 478 dollars may be sold
    # and bought elsewhere: 47.8 shares. The first 10 at a loss are washed; least is lost on the lot that loses 5 a
    # share (bought first, so that it is matched first); 37.8 then lose 8 a share: 302.40, at 40% 120.96.
    account, mandate, risk = case()
    result = rebalance(account, mandate, risk)
    assert sold_of(result) == pytest.approx({"old": 10.0, "older": 37.8}, abs=2e-3)
    assert realised(result.trades)["harvested"]["short"] == pytest.approx(302.4, abs=0.02)
    assert result.trades["disallowed"].sum() == pytest.approx(50.0, abs=0.02)
    worth = valuation(mandate, result.check.outcome, result.check.readings)
    assert worth.tax == pytest.approx(120.96, abs=0.01)
    assert result.certificate.value <= result.certificate.bound <= result.certificate.value * 1.001
    after = lots_after(account, mandate.costs, result.trades).set_index("lot_id")
    # 9 paid and 5 of loss; 182 days that "old" was held, before the purchase of 20 May.
    assert after.loc["new", "cost_per_share"] == pytest.approx(14.0)
    assert after.loc["new", "holding_start"] == "2024-11-19"
    assert after.loc["new", "acquired"] == "2025-05-20"
    avoiding = rebalance(account, replace(mandate, partly_washed="avoid"), risk)
    assert sold_of(avoiding) == {}
    assert avoiding.certificate.value < 1.0


def test_a_branch_that_no_engine_solves_offers_nothing_and_ends_nothing(
    case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, mandate, risk = case()
    solved = wash_search.best_trades

    def fails_on_branches(problem: Any, terms: Any, limits: Any, *rest: Any) -> Any:
        if len(limits) > len(mandate.all_limits()):
            raise SolverError("a branch")
        return solved(problem, terms, limits, *rest)

    bound = rebalance(account, mandate, risk).certificate.bound
    monkeypatch.setattr(wash_search, "best_trades", fails_on_branches)
    result = rebalance(account, mandate, risk)
    assert result.trades["disallowed"].sum() == 0
    assert result.certificate.bound == pytest.approx(bound, rel=1e-3)
    assert result.certificate.value < 1.0


def test_without_effort_the_bound_still_holds_for_lists_that_are_partly_washed(case: Any) -> None:
    account, mandate, risk = case()
    full, quick = rebalance(account, mandate, risk), rebalance(account, mandate, risk, effort=0.0)
    assert quick.trades["disallowed"].sum() == 0
    assert quick.certificate.value < full.certificate.value <= quick.certificate.bound + 1e-6
    with pytest.raises(InputError, match="effort"):
        rebalance(account, mandate, risk, effort=float("nan"))


def test_it_is_left_where_it_does_not_pay(case: Any) -> None:
    # 100 shares were bought: whatever is sold within the band of active weight is washed, and selling costs.
    lots = [*LOTS[:2], ("A", 100, 9.0, "2025-05-20", "new"), *LOTS[3:]]
    account, mandate, risk = case(lots=lots, limits=(ActiveWeightLimit(0.3), RealizedGainLimit(0.0)), costs=Costs(5.0))
    result = rebalance(account, mandate, risk)
    avoiding = rebalance(account, replace(mandate, partly_washed="avoid"), risk)
    assert result.trades["disallowed"].sum() == 0
    assert result.certificate.value == pytest.approx(avoiding.certificate.value, abs=1e-6)
    pd.testing.assert_frame_equal(result.trades.drop(columns="disallowed"), avoiding.trades)


def test_the_recent_purchase_may_go_with_older_lots_and_then_nothing_is_washed(case: Any) -> None:
    lots = [*LOTS[:2], ("A", 10, 11.0, "2025-05-20", "new"), *LOTS[3:]]
    result = rebalance(*case(lots=lots))
    assert sold_of(result) == pytest.approx({"new": 10.0, "older": 37.8}, abs=2e-3)
    assert result.trades["disallowed"].sum() == 0
    assert realised(result.trades)["harvested"]["short"] == pytest.approx(312.4, abs=0.02)
    assert result.certificate.value <= result.certificate.bound <= result.certificate.value * 1.001


def test_a_list_with_a_priced_wash_passes_only_where_the_mandate_asks_and_the_figure_is_right(
    case: Any, trades_of: Any
) -> None:
    account, mandate, risk = case(limits=())
    bare = trades_of(account, ("SELL", "old", 12))
    priced = with_disallowed(account, TradeColumns.of(bare)).frame
    assert priced["disallowed"].tolist() == [50.0]
    assert check_trades(account, mandate, risk, priced).passed
    for wrong in (bare, priced.assign(disallowed=49.99), priced.assign(disallowed=np.nan)):
        assert not check_trades(account, mandate, risk, wrong).passed
    avoiding = replace(mandate, partly_washed="avoid")
    assert not check_trades(account, avoiding, risk, bare).passed
    assert not check_trades(account, avoiding, risk, priced).passed
    bought = with_disallowed(account, TradeColumns.of(trades_of(account, ("SELL", "old", 12), ("BUY", "A", 1))))
    assert any("buying A washes" in fault for fault in check_trades(account, mandate, risk, bought).violations)


def test_a_priced_wash_of_half_a_share_is_a_wash_and_a_gain_beside_it_is_not(case: Any, trades_of: Any) -> None:
    account, mandate, risk = case(limits=())
    priced = with_disallowed(account, TradeColumns.of(trades_of(account, ("SELL", "old", 0.5), ("SELL", "b", 1))))
    assert priced.disallowed.tolist() == [2.5, 0.0]
    assert check_trades(account, mandate, risk, priced).passed
    for wrong in ([0.0, 0.0], [2.5, 1.0]):
        assert len(check_trades(account, mandate, risk, priced.frame.assign(disallowed=wrong)).violations) == 1


@pytest.mark.parametrize(
    "trade",
    [
        ("2025-05-30", "BUY", "A", 5, np.nan, "ira"),
        ("2025-05-30", "BUY", "A", 5, np.nan, "spouse"),
        ("2025-05-25", "SELL", "A", 5, -20.0),
    ],
)
def test_what_the_household_did_elsewhere_keeps_the_lots_locked(case: Any, trades_of: Any, trade: Any) -> None:
    account, mandate, risk = case(trade)
    result = rebalance(account, mandate, risk)
    assert not {"old", "older"} & set(sold_of(result))
    assert any("not priced" in name.why for name in locked_names(result) if not name.buying)
    priced = with_disallowed(account, TradeColumns.of(trades_of(account, ("SELL", "old", 12))))
    assert not check_trades(account, mandate, risk, priced).passed


def test_disallowed_losses_are_told_apart_in_the_explanation(case: Any) -> None:
    result = rebalance(*case())
    left = left_on_table(result)
    assert left.disallowed == pytest.approx(50.0, abs=0.02)
    assert left.lots["loss"].sum() == pytest.approx(left.harvestable - left.harvested - left.disallowed)
    assert "50.00 disallowed, moved to 10 shares bought 2025-05-20" in " ".join(result.trades["reason"])


def test_the_frontier_counts_them_too(case: Any) -> None:
    account, mandate, risk = case()
    point = frontier(account, mandate, risk, [0.5]).points[0]
    assert point.harvested == pytest.approx(302.4, abs=0.02)
    assert point.tax_saved == pytest.approx(120.96, abs=0.02)
    assert point.bound >= point.value


def test_another_word_is_refused(mandate_of: Any) -> None:
    with pytest.raises(InputError, match="partly_washed"):
        mandate_of(BENCHMARK, partly_washed="ignore")


@pytest.mark.parametrize("loss", [1.0, 6.0])
def test_no_list_in_whole_shares_is_worth_more_than_the_bound(loss: float, case: Any, trades_of: Any) -> None:
    lots = [
        ("A", 5, 10 + loss, "2024-12-02", "old"), ("A", 4, 14.0, "2024-12-05", "older"),
        ("A", 3, 9.5, "2025-05-20", "new"), ("B", 10, 9.0, "2024-12-02", "b"), ("C", 8, 9.0, "2024-12-02", "c"),
    ]  # fmt: skip
    limits = (ActiveWeightLimit(0.19), LossPerNameLimit(0.05))
    account, mandate, risk = case(lots=lots, limits=limits, fractional=False, risk_aversion=0.1)
    result = rebalance(account, mandate, risk)
    best = -np.inf
    for old, older, new, b, c in itertools.product(range(6), range(5), (0, 3), (0, 3, 6), (0, 2)):
        rows = [("SELL", "old", old), ("SELL", "older", older), ("SELL", "new", new), ("BUY", "B", b), ("BUY", "C", c)]
        if b + c > old + older + new + 1:
            continue
        table = with_disallowed(account, TradeColumns.of(trades_of(account, *[row for row in rows if row[2]])))
        outcome, readings = read_limits(account, mandate, risk, table)
        if max(reading.excess for reading in readings) <= 1e-9:
            best = max(best, valuation(mandate, outcome, readings).total)
    assert best <= result.certificate.bound + 1e-9
    assert result.certificate.value >= 0.97 * best


def random_case(rng: np.random.Generator, account_of: Any, mandate_of: Any, risk_of: Any, today: dt.date) -> Any:
    assets = [f"N{i}" for i in range(int(rng.integers(3, 6)))]
    price = {a: float(np.round(rng.uniform(5, 100), 2)) for a in assets}
    lots = []
    for a in assets:
        for ago in rng.choice([45, 120, 200, 380, 800], int(rng.integers(1, 4)), replace=False).tolist():
            basis = float(np.round(price[a] * np.exp(rng.normal(0.1, 0.2)), 2))
            lots.append((a, float(rng.integers(20, 80)), basis, today - dt.timedelta(days=ago)))
        for _ in range(int(rng.choice([0, 1, 2], p=[0.4, 0.4, 0.2]))):
            shares = float(np.round(rng.uniform(1, 15), int(rng.integers(0, 3))))
            basis = float(np.round(price[a] * np.exp(rng.normal(0, 0.05)), 2))
            lots.append((a, shares, basis, today - dt.timedelta(days=int(rng.integers(0, 31)))))
    lots.sort(key=lambda lot: lot[3])
    menu = [
        TrackingErrorLimit(float(rng.choice([0.02, 0.05, 0.1]))), LossPerNameLimit(float(rng.choice([0.01, 0.05]))),
        TurnoverLimit(float(rng.choice([0.2, 0.5]))), ActiveWeightLimit(0.1, strict=False),
        NetGainLimit(0.005), RealizedGainLimit(0.0),
    ]  # fmt: skip
    mandate = mandate_of(
        dict(zip(assets, rng.dirichlet(np.full(len(assets), 6.0)).tolist(), strict=True)),
        *[limit for limit in menu if rng.random() < 0.4],
        losses=str(rng.choice(["unlimited", "long_term", "netting"])),
        fractional=bool(rng.random() < 0.5),
        costs=Costs(5.0),
        year_to_date=YearToDate(short=float(rng.normal(0, 500)), long=float(rng.normal(0, 500))),
        harvest_threshold=float(rng.choice([0.0, 0.05])),
        deferral=Deferral(0.2, 10.0) if rng.random() < 0.3 else None,
        partly_washed="price",
    )
    return account_of(price, lots, cash=500.0), mandate, risk_of(assets, seed=int(rng.integers(100)))


@pytest.mark.parametrize("seed", range(1, 6))
def test_random_lists_are_worth_no_less_than_without_and_are_the_ledgers(
    seed: int, account_of: Any, mandate_of: Any, risk_of: Any, today: dt.date
) -> None:
    account, mandate, risk = random_case(np.random.default_rng(seed), account_of, mandate_of, risk_of, today)
    avoiding = None
    with contextlib.suppress(InfeasibleError):
        avoiding = rebalance(account, replace(mandate, partly_washed="avoid"), risk)
    try:
        result = rebalance(account, mandate, risk)
    except InfeasibleError:
        assert avoiding is None
        return
    value, bound = result.certificate.value, result.certificate.bound
    assert bound >= value - 1e-6 * abs(value)
    if avoiding is not None:
        assert value >= avoiding.certificate.value - 1e-9 * abs(value)
        assert bound >= avoiding.certificate.value - 1e-6 * abs(value)
    compare_with_the_ledger(account, mandate, result.trades)


@pytest.mark.parametrize("seed", range(100, 160))
def test_any_list_of_sales_is_priced_as_the_ledger_does(
    seed: int, account_of: Any, mandate_of: Any, risk_of: Any, trades_of: Any, today: dt.date
) -> None:
    rng = np.random.default_rng(seed)
    account, mandate, _ = random_case(rng, account_of, mandate_of, risk_of, today)
    lots = account.lots
    chosen = np.flatnonzero(rng.random(len(lots)) < 0.5)
    rows = [("SELL", str(lots.lot_id[i]), float(lots.shares[i] * rng.choice([0.25, 1.0]))) for i in chosen]
    compare_with_the_ledger(
        account, mandate, with_disallowed(account, TradeColumns.of(trades_of(account, *rows))).frame
    )


def compare_with_the_ledger(account: Account, mandate: Mandate, trades: pd.DataFrame) -> None:
    """Replay lots and trades, and compare disallowed losses, lots left, their basis and holding period."""
    lots, ledger, owner = account.lots, Ledger(), LedgerAccount("taxable")
    for i in range(len(lots)):
        day, lot_id = lots.acquired[i].item(), str(lots.lot_id[i])
        shares, basis = float(lots.shares[i]), float(lots.basis[i])
        ledger.apply(
            Buy(date=day, event_id=lot_id, symbol=str(lots.asset[i]), account=owner, shares=shares, price=basis)
        )
    for row in trades.itertuples():
        if row.side == "SELL":
            relief = SpecificIdentification(((row.lot_id, row.shares),))
            ledger.apply(
                Sell(
                    date=account.as_of, event_id=f"sale {row.lot_id}", symbol=row.asset, account=owner,
                    shares=row.shares, price=row.price, relief=relief,
                )
            )  # fmt: skip
    statement = ledger.statement()
    disallowed: dict[str, float] = defaultdict(float)
    for sale in statement.sales:
        disallowed[sale.lot_id] += float(sale.disallowed)
    for row in trades.itertuples():
        if row.side == "SELL":
            assert row.disallowed == pytest.approx(disallowed[row.lot_id], abs=0.005)
    after = lots_after(account, mandate.costs, trades)
    after = after[~after["acquired"].eq(account.as_of.isoformat()) | after["lot_id"].isin(lots.lot_id.tolist())]
    told = sorted(
        (lot.split("/")[0], start, shares, shares * cost)
        for lot, start, shares, cost in zip(
            after["lot_id"], after["holding_start"], after["shares"], after["cost_per_share"], strict=True
        )
    )
    exact = sorted(
        (lot.lot_id, lot.holding_start.isoformat(), float(lot.shares), float(lot.adjusted_basis))
        for lot in statement.lots
    )
    assert [row[:2] for row in told] == [row[:2] for row in exact]
    for ours, theirs in zip(told, exact, strict=True):
        assert ours[2:] == pytest.approx(theirs[2:], abs=0.005)


@pytest.mark.parametrize("older", [LOTS[:2], LOTS[:1]], ids=["two older lots", "one"])
def test_a_branch_holds_only_for_sales_that_it_prices(case: Any, problem_of: Any, older: Any) -> None:
    # Ten shares are replaced: what sells more, or less, is another branch, whose losses this one does not see.
    account, mandate, risk = case(lots=[*older, *LOTS[2:]])
    problem = problem_of(account, mandate, risk)
    (one,) = washable_groups(account, mandate, risk, wash_locks(account.trades, account.lots, account.as_of))
    first = np.zeros(len(problem.lot_value))
    first[one.older[0]] = 10.0 / problem.nav  # a share
    holds = {
        split: [washed_branch(problem, {one: split}).holds(n * first) for n in (5, 10, 15)] for split in (0, len(older))
    }
    assert holds[0] == [False, True, True]
    assert holds[len(older)] == [True, True, False]


def test_a_cap_that_the_washed_part_of_a_lot_would_not_see_is_kept(case: Any) -> None:
    # A must be cut by a third, of which ten shares are replaced: their loss is none, that of the rest is too large.
    limits = (ActiveWeightLimit(0.05, strict=True), LossPerNameLimit(0.002))
    account, mandate, risk = case(lots=[("A", 190, 15.0, "2024-12-02", "old"), *LOTS[2:]], limits=limits)
    with pytest.raises(InfeasibleError):
        rebalance(account, mandate, risk)
