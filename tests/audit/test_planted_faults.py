"""Faults planted in a good list, in what stands beside it, and in the account: each is found under its own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from audit import CODES

TEN_DAYS_AGO, TWENTY_DAYS_AGO = "2024-06-18", "2024-06-08"
PLANTED: dict[str, Callable[[Any], None]] = {}
SPREADS: set[str] = set()


def plants(code: str, *, spreads: bool = False) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Enlist a way to plant a fault, under the code that must be found; alone, unless it spreads to other figures."""

    def enlist(plant: Callable[[Any], None]) -> Callable[[Any], None]:
        name = f"{code}: {plant.__name__}"
        PLANTED[name] = plant
        if spreads:
            SPREADS.add(name)
        return plant

    return enlist


def a_loss(case: Any) -> pd.Series:
    """A sale at a loss of more than one share, of a name that is not bought."""
    sold = case.sales()
    return sold[sold["shares"].astype(float) > 1].iloc[0]


def furthest(case: Any, name: str) -> Any:
    """The largest value, sign aside, that the list gives any entry of a limit."""
    return max(abs(reading.value) for reading in case.audit().audit.readings if reading.name == name)


def a_buy(case: Any) -> str:
    """A name that the list buys and the household did not of late."""
    lots, past = case.table("lots.csv"), case.table("trades.csv")
    young = {*lots[lots["acquired"] > "2024-05-01"]["asset"], *past["asset"]}
    return next(asset for asset in case.buys()["asset"] if asset not in young)


def truthful_sale(case: Any, lot: pd.Series, shares: float, term: str) -> None:
    """Sell shares of a lot that the list does not sell, with every figure right."""
    price = case.prices[lot["asset"]]
    gain = shares * (price - float(lot["cost_per_share"]))
    case.trade(
        asset=lot["asset"], side="SELL", lot_id=lot["lot_id"], shares=shares, price=price, amount=shares * price,
        term=term, gain=gain, reason="planted",
    )  # fmt: skip


def truthful_buy(case: Any, asset: str, shares: float) -> None:
    price = case.prices[asset]
    case.trade(asset=asset, side="BUY", shares=shares, price=price, amount=shares * price, reason="planted")


def unsold_lot(case: Any, *, young: bool) -> pd.Series:
    """A lot that the list leaves alone, of a name that it trades nothing of."""
    lots, trades = case.table("lots.csv"), case.result()
    rated = set(pd.read_csv(case.account / "risk" / "loadings.csv")["asset"])
    free = lots[~lots["asset"].isin(trades["asset"]) & lots["asset"].isin(rated)]
    return free[(free["acquired"] > "2023-07-01") == young].iloc[0]


def gain_of(case: Any, *, short: bool, share: float = 0.01) -> None:
    """Have the list realise a gain of one term worth a share of NAV, by a basis far below the price."""
    lot = unsold_lot(case, young=short)
    lots = case.table("lots.csv")
    price = case.prices[lot["asset"]]
    shares = max(1.0, round(share * 450_000 / (0.9 * price)))
    at = lots.index[lots["lot_id"] == lot["lot_id"]][0]
    lots.loc[at, ["shares", "cost_per_share"]] = [str(2 * shares), f"{0.1 * price:.4f}"]
    case.put("lots.csv", lots)
    truthful_sale(case, lots.loc[at], shares, "short" if short else "long")


# --- rows of trades.csv


@plants("unknown-side", spreads=True)
def a_side_that_is_none(case: Any) -> None:
    case.cell(0, "side", "SHORT")


@plants("unknown-side", spreads=True)
def a_side_left_empty(case: Any) -> None:
    case.cell(0, "side", "")


@plants("unknown-asset", spreads=True)
def a_name_without_a_price(case: Any) -> None:
    case.cell(0, "asset", "NOSUCH")


@plants("shares-unreadable", spreads=True)
def shares_left_empty(case: Any) -> None:
    case.cell(0, "shares", "")


@plants("shares-unreadable", spreads=True)
def shares_that_are_nan(case: Any) -> None:
    case.cell(0, "shares", "NaN")


@plants("shares-unreadable", spreads=True)
def shares_that_are_words(case: Any) -> None:
    case.cell(0, "shares", "all of it")


@plants("shares-unreadable", spreads=True)
def infinite_shares(case: Any) -> None:
    case.cell(0, "shares", "inf")


@plants("negative-shares", spreads=True)
def fewer_than_no_shares(case: Any) -> None:
    case.cell(0, "shares", "-3")


@plants("zero-shares", spreads=True)
def no_shares(case: Any) -> None:
    case.cell(0, "shares", "0")


@plants("fractional-shares", spreads=True)
def half_a_share_more(case: Any) -> None:
    row = case.buys().index[0]
    case.cell(row, "shares", float(case.result().loc[row, "shares"]) + 0.5)


@plants("price-unreadable")
def a_price_left_empty(case: Any) -> None:
    case.cell(0, "price", "")


@plants("price-differs")
def yesterdays_price(case: Any) -> None:
    case.cell(0, "price", 1.01 * float(case.result().loc[0, "price"]))


@plants("price-differs")
def a_price_off_by_a_tenth_of_a_cent(case: Any) -> None:
    case.cell(0, "price", float(case.result().loc[0, "price"]) + 0.001)


@plants("amount-misstated")
def a_digit_lost_in_an_amount(case: Any) -> None:
    case.cell(0, "amount", float(case.result().loc[0, "amount"]) / 10)


@plants("amount-misstated")
def an_amount_left_empty(case: Any) -> None:
    case.cell(0, "amount", "")


@plants("duplicate-row", spreads=True)
def a_row_pasted_twice(case: Any) -> None:
    case.put_result(pd.concat([case.result(), case.result().iloc[[0]]]))


@plants("lot-oversold", spreads=True)
def the_same_shares_sold_twice(case: Any) -> None:
    case.put_result(pd.concat([case.result(), case.result().iloc[[0]]]))


@plants("lot-oversold", spreads=True)
def one_share_more_than_the_lot(case: Any) -> None:
    row = a_loss(case)
    held = case.table("lots.csv").set_index("lot_id").loc[row["lot_id"], "shares"]
    case.cell(row.name, "shares", float(held) + 1)


@plants("short-position", spreads=True)
def more_sold_than_is_held(case: Any) -> None:
    case.cell(0, "shares", 1e6)


@plants("date-differs")
def yesterdays_trades(case: Any) -> None:
    case.put_result(case.result().assign(date="2024-06-27"))


@plants("lot-missing", spreads=True)
def a_sale_of_no_lot(case: Any) -> None:
    case.cell(0, "lot_id", "")


@plants("unknown-lot", spreads=True)
def a_lot_that_was_closed(case: Any) -> None:
    case.cell(0, "lot_id", "L99999")


@plants("lot-of-other-name", spreads=True)
def lots_of_two_names_swapped(case: Any) -> None:
    table = case.sales()
    other = table[table["asset"] != table.iloc[0]["asset"]].iloc[0]
    case.cell(0, "lot_id", other["lot_id"])


@plants("lot-of-other-account", spreads=True)
def a_lot_of_the_ira(case: Any) -> None:
    row = a_loss(case)
    case.add(
        "lots.csv", lot_id="IRA1", asset=row["asset"], shares=50, cost_per_share=9, acquired="2020-01-02",
        account="her-ira", account_type="ira",
    )  # fmt: skip
    lots = case.table("lots.csv")
    own = lots["lot_id"] != "IRA1"
    lots.loc[own, ["account", "account_type"]] = "taxable"
    case.put("lots.csv", lots)
    case.cell(row.name, "lot_id", "IRA1")


@plants("lot-on-buy")
def a_purchase_into_an_old_lot(case: Any) -> None:
    case.cell(case.buys().index[0], "lot_id", "L00001")


@plants("gain-missing")
def a_gain_left_empty(case: Any) -> None:
    case.cell(0, "gain", "")


@plants("gain-misstated")
def a_loss_with_its_sign_lost(case: Any) -> None:
    row = a_loss(case)
    case.cell(row.name, "gain", -float(row["gain"]))


@plants("gain-misstated")
def a_gain_off_by_a_dollar(case: Any) -> None:
    row = a_loss(case)
    case.cell(row.name, "gain", float(row["gain"]) + 1)


@plants("gain-on-buy")
def a_gain_on_a_purchase(case: Any) -> None:
    case.cell(case.buys().index[0], "gain", "5.0")


@plants("term-misstated")
def terms_swapped(case: Any) -> None:
    row = a_loss(case)
    case.cell(row.name, "term", "short" if row["term"] == "long" else "long")


@plants("term-misstated")
def a_term_left_empty(case: Any) -> None:
    case.cell(0, "term", "")


@plants("term-misstated", spreads=True)
def a_lot_that_a_wash_sale_made_older(case: Any) -> None:
    sold = case.sales()
    row = sold[sold["term"] == "short"].iloc[0]
    lots = case.table("lots.csv").assign(holding_start="")
    lots.loc[lots["lot_id"] == row["lot_id"], "holding_start"] = "2020-01-02"
    case.put("lots.csv", lots)


@plants("disallowed-misstated")
def a_loss_disallowed_for_no_reason(case: Any) -> None:
    table = case.result().assign(disallowed="0.0")
    table.loc[a_loss(case).name, "disallowed"] = "100.0"
    case.put_result(table)


@plants("round-trip", spreads=True)
def a_name_sold_at_a_gain_and_bought(case: Any) -> None:
    gain_of(case, short=False)
    truthful_buy(case, case.result().iloc[-1]["asset"], 1)


# --- what may be traded


@plants("no-buy")
def a_purchase_forbidden_today(case: Any) -> None:
    case.add("restrictions.csv", asset=case.buys().iloc[0]["asset"], rule="no_buy", until="2024-06-28")


@plants("no-sell")
def a_sale_forbidden(case: Any) -> None:
    case.add("restrictions.csv", asset=a_loss(case)["asset"], rule="no_sell")


@plants("no-trade")
def a_trade_forbidden(case: Any) -> None:
    case.add("restrictions.csv", asset=case.buys().iloc[0]["asset"], rule="no_trade")


@plants("excluded-bought")
def an_excluded_name_bought(case: Any) -> None:
    case.add("restrictions.csv", asset=case.buys().iloc[0]["asset"], rule="exclude")


@plants("outside-benchmark", spreads=True)
def a_name_that_left_the_benchmark(case: Any) -> None:
    asset, table = case.buys().iloc[0]["asset"], case.table("benchmark.csv")
    weight = table["weight"].astype(float)
    weight[table["asset"] == asset] = 0.0
    case.put("benchmark.csv", table.assign(weight=(weight / weight.sum()).map("{:.12f}".format)))


@plants("unrated-traded", spreads=True)
def a_name_that_the_model_lost(case: Any) -> None:
    asset = case.buys().iloc[0]["asset"]
    for file in ("risk/loadings.csv", "risk/specific_variance.csv"):
        table = case.table(file)
        case.put(file, table[table["asset"] != asset])


@plants("untradable", spreads=True)
def a_name_without_volume(case: Any) -> None:
    table = case.table("securities.csv")
    table.loc[table["asset"] == case.buys().iloc[0]["asset"], "adv"] = "0"
    case.put("securities.csv", table)
    case.setting("impact", "1.0", "costs")


# --- wash sales


@plants("wash-sale-recent-buy", spreads=True)
def a_lot_bought_ten_days_ago(case: Any) -> None:
    row = a_loss(case)
    case.add("lots.csv", lot_id="NEW1", asset=row["asset"], shares=5, cost_per_share=9, acquired=TEN_DAYS_AGO)


@plants("wash-sale-recent-buy", spreads=True)
def a_dividend_reinvested_thirty_days_ago(case: Any) -> None:
    row = a_loss(case)
    case.add("lots.csv", lot_id="DRIP", asset=row["asset"], shares=0.01, cost_per_share=9, acquired="2024-05-29")


@plants("wash-sale-household-ira", spreads=True)
def a_purchase_in_the_ira(case: Any) -> None:
    case.add(
        "trades.csv", date=TEN_DAYS_AGO, side="BUY", asset=a_loss(case)["asset"], shares=1, price=9, account="ira",
        account_type="ira",
    )  # fmt: skip


@plants("wash-sale-household-ira", spreads=True)
def a_roth_lot_of_the_household(case: Any) -> None:
    lots = case.table("lots.csv").assign(account="taxable", account_type="taxable")
    case.put("lots.csv", lots)
    case.add(
        "lots.csv", lot_id="ROTH1", asset=a_loss(case)["asset"], shares=1, cost_per_share=9, acquired=TEN_DAYS_AGO,
        account="roth", account_type="roth",
    )  # fmt: skip


@plants("wash-sale-household", spreads=True)
def a_purchase_of_the_spouse(case: Any) -> None:
    case.add(
        "trades.csv", date=TEN_DAYS_AGO, side="BUY", asset=a_loss(case)["asset"], shares=1, price=9, account="his",
        account_type="spouse",
    )  # fmt: skip


@plants("wash-sale-household", spreads=True)
def a_purchase_of_a_sister_class(case: Any) -> None:
    case.add(
        "trades.csv", date=TEN_DAYS_AGO, side="BUY", asset="SISTER", shares=1, price=9, account="other",
        account_type="taxable", group=a_loss(case)["asset"],
    )  # fmt: skip


@plants("wash-sale-within-list", spreads=True)
def a_loss_bought_back_at_once(case: Any) -> None:
    truthful_buy(case, a_loss(case)["asset"], 1)


@plants("group-sold-and-bought", spreads=True)
def a_sister_class_bought_at_once(case: Any) -> None:
    table = case.table("securities.csv")
    names = [a_loss(case)["asset"], case.buys().iloc[0]["asset"]]
    table.loc[table["asset"].isin(names), "group"] = "ONE ISSUER"
    case.put("securities.csv", table)


@plants("wash-sale-earlier-loss")
def a_loss_of_ten_days_ago_bought_back(case: Any) -> None:
    case.add(
        "trades.csv", date=TEN_DAYS_AGO, side="SELL", asset=a_buy(case), shares=5, price=9,
        realized_gain=-20,
    )  # fmt: skip


@plants("wash-sale-earlier-loss")
def a_sale_of_unknown_result_29_days_ago(case: Any) -> None:
    case.add(
        "trades.csv", date="2024-05-30", side="SELL", asset=a_buy(case), shares=5, price=9,
        account="his", account_type="spouse",
    )  # fmt: skip


@plants("window-loss-sale")
def a_loss_after_a_purchase_that_was_sold_again(case: Any) -> None:
    case.add("trades.csv", date=TEN_DAYS_AGO, side="BUY", asset=a_loss(case)["asset"], shares=1, price=9)


@plants("window-buy")
def a_purchase_after_a_loss_replaced_already(case: Any) -> None:
    asset = a_buy(case)
    for date, side, gain, who in ((TWENTY_DAYS_AGO, "SELL", "-20", "taxable"), (TEN_DAYS_AGO, "BUY", "", "ira")):
        case.add(
            "trades.csv", date=date, side=side, asset=asset, shares=5, price=9, realized_gain=gain, account=who,
            account_type=who,
        )  # fmt: skip


# --- limits


@plants("te-exceeded")
def a_tighter_tracking_error(case: Any) -> None:
    case.setting("tracking_error", f"{0.97 * furthest(case, 'tracking_error')}")


@plants("loss-cap")
def a_tighter_loss_cap(case: Any) -> None:
    case.setting("loss_per_name", f"{0.97 * furthest(case, 'loss_per_name')}")


@plants("turnover")
def less_turnover(case: Any) -> None:
    case.setting("turnover", f"{0.99 * furthest(case, 'turnover')}")


@plants("active-weight")
def a_tighter_band_on_names(case: Any) -> None:
    case.setting("active_weight", f"{0.99 * furthest(case, 'active_weight')}")


@plants("sector-active")
def a_tighter_band_on_sectors(case: Any) -> None:
    case.setting("sector_active", f"{0.99 * furthest(case, 'sector_active')}")


@plants("sector-active")
def names_moved_to_another_sector(case: Any) -> None:
    table = case.table("securities.csv")
    table.loc[table["asset"].isin(case.buys()["asset"]), "sector"] = "All that was bought"
    case.put("securities.csv", table)


@plants("factor-active")
def a_band_on_a_factor(case: Any) -> None:
    factor = pd.read_csv(case.account / "risk" / "factor_covariance.csv")["factor"].iloc[0]
    case.setting("factor_active", f'{{ "{factor}" = 1.0 }}')
    case.setting("factor_active", f'{{ "{factor}" = {0.5 * furthest(case, "factor_active")} }}')


@plants("beta-active")
def a_tighter_band_on_beta(case: Any) -> None:
    case.setting("beta_active", f"{0.5 * furthest(case, 'beta_active')}")


@plants("liquidity")
def half_the_volume(case: Any) -> None:
    nav = case.audit().summary["figures"]["nav"]
    case.setting("liquidity", f"{0.97 * furthest(case, 'liquidity') * nav / 200_000}")


@plants("gain-budget")
def no_gains_at_all(case: Any) -> None:
    case.setting("realized_gain", "0.0")


@plants("gain-budget-short", spreads=True)
def no_short_gains(case: Any) -> None:
    gain_of(case, short=True)
    case.setting("realized_gain_short", "0.005")


@plants("gain-budget-long", spreads=True)
def no_long_gains(case: Any) -> None:
    gain_of(case, short=False)
    case.setting("realized_gain_long", "0.005")


@plants("net-gain")
def a_net_loss_asked_for(case: Any) -> None:
    case.setting("net_gain", "0.5")
    case.setting("net_gain", f"{-furthest(case, 'net_gain') - 0.0001}")


@plants("net-gain-short")
def a_net_short_loss_asked_for(case: Any) -> None:
    case.setting("net_gain_short", "0.5")
    case.setting("net_gain_short", f"{-furthest(case, 'net_gain_short') - 0.0001}")


@plants("net-gain-long")
def a_net_long_loss_asked_for(case: Any) -> None:
    case.setting("net_gain_long", "0.5")
    case.setting("net_gain_long", f"{-furthest(case, 'net_gain_long') - 0.0001}")


@plants("harvest-beyond-offsets")
def losses_that_the_year_cannot_use(case: Any) -> None:
    case.setting("harvest", '"offsets"', "taxes")
    case.setting("year_to_date", "{ short = 5000.0, long = -1000.0, carry_long = 500.0 }", "taxes")


@plants("cash-negative", spreads=True)
def a_purchase_without_the_cash(case: Any) -> None:
    case.cell(case.buys().index[0], "shares", 1000)


@plants("cash-negative", spreads=True)
def overdrawn_without_a_band(case: Any) -> None:
    case.setting("cash", None)
    case.setting("cash", "-20_000.0", "")


@plants("cash-too-low")
def a_fee_taken_from_cash(case: Any) -> None:
    case.setting("cash", f"[{furthest(case, 'cash') + 0.0001}, 0.05]")


@plants("cash-too-high", spreads=True)
def a_purchase_left_out(case: Any) -> None:
    case.put_result(case.result().drop(index=case.buys().index[0]))


@plants("too-few-names")
def more_names_asked_for(case: Any) -> None:
    case.setting("names", f"[{furthest(case, 'names') + 1}, 99]")


@plants("too-many-names")
def fewer_names_allowed(case: Any) -> None:
    case.setting("names", f"[1, {furthest(case, 'names') - 1}]")


@plants("order-too-small")
def orders_below_the_least(case: Any) -> None:
    least = min(abs(reading.value) for reading in case.audit().audit.readings if reading.name == "min_trade")
    case.setting("min_trade", f"{1.05 * least}")


# --- what stands beside the list


@plants("order-missing")
def an_order_left_out(case: Any) -> None:
    case.put_result(case.result("orders.csv").iloc[1:], "orders.csv")


@plants("order-missing", spreads=True)
def a_row_of_the_list_left_in(case: Any) -> None:
    truthful_sale(case, unsold_lot(case, young=False), 1, "long")


@plants("order-unexpected", spreads=True)
def a_row_of_the_list_lost(case: Any) -> None:
    case.put_result(case.result().drop(index=case.buys().index[0]))


@plants("order-shares")
def an_order_with_a_digit_more(case: Any) -> None:
    case.cell(0, "shares", float(case.result("orders.csv").loc[0, "shares"]) * 10, "orders.csv")


@plants("lot-after-missing")
def a_lot_left_out(case: Any) -> None:
    case.put_result(case.result("lots_after.csv").iloc[1:], "lots_after.csv")


@plants("lot-after-unexpected")
def a_lot_sold_whole_and_kept(case: Any) -> None:
    row = case.result("lots_after.csv").iloc[[0]].assign(lot_id="X", acquired="2001-02-03", holding_start="2001-02-03")
    case.put_result(pd.concat([case.result("lots_after.csv"), row]), "lots_after.csv")


@plants("lot-after-shares")
def a_lot_with_the_shares_sold(case: Any) -> None:
    case.cell(0, "shares", float(case.result("lots_after.csv").loc[0, "shares"]) + 1, "lots_after.csv")


@plants("lot-after-basis")
def a_basis_off_by_a_cent_a_share(case: Any) -> None:
    table = case.result("lots_after.csv")
    row = table["shares"].astype(float).idxmax()
    case.cell(row, "cost_per_share", float(table.loc[row, "cost_per_share"]) + 0.01, "lots_after.csv")


@plants("nav-misstated")
def another_value(case: Any) -> None:
    case.figure(500_000.0, "nav")


@plants("cash-misstated")
def cash_before_costs(case: Any) -> None:
    audit = case.audit().audit
    case.figure(audit.after.cash + audit.after.cost, "cash_after")


@plants("cost-misstated")
def no_costs(case: Any) -> None:
    case.figure(0.0, "cost")


@plants("turnover-misstated")
def one_way_turnover(case: Any) -> None:
    case.figure(case.audit().audit.after.turnover / 2, "turnover")


@plants("te-misstated")
def a_tracking_error_a_month(case: Any) -> None:
    case.figure(furthest(case, "tracking_error") / 12**0.5, "tracking_error", "after")


@plants("te-misstated")
def a_tracking_error_before_from_another_model(case: Any) -> None:
    told = case.audit().summary["figures"]["tracking_error"]["before"]
    case.figure(1.001 * told, "tracking_error", "before")


@plants("gains-misstated")
def gains_left_out(case: Any) -> None:
    told = case.audit().summary["figures"]["gains"]["long"]
    case.figure(told - 10, "gains", "long")


@plants("losses-misstated")
def losses_of_the_wrong_term(case: Any) -> None:
    case.figure(20_000.0, "harvested", "short")


@plants("limit-misstated")
def a_limit_told_wider_than_it_is(case: Any) -> None:
    case.figure(0.06, "limits", 0, "limit")


@plants("limit-misstated")
def a_limit_that_the_account_has_not(case: Any) -> None:
    case.figure("esg_score", "limits", 0, "name")


@plants("order-count-misstated")
def an_order_too_many(case: Any) -> None:
    case.figure(99, "orders")


def test_the_list_itself_is_clean(base: Any) -> None:
    run = base.audit()
    assert run.audit.findings == ()
    assert run.summary["verdict"] == "clean"


def test_fifty_kinds_are_planted_and_every_code_but_one() -> None:
    planted = {name.split(":")[0] for name in PLANTED}
    assert len(planted) >= 50
    # The ledger has nothing to refuse in what a file can hold; `test_wash_sales` gives it something.
    assert set(CODES) - planted == {"ledger-refused"}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_fault_is_found(name: str, case: Any) -> None:
    code = name.split(":")[0]
    PLANTED[name](case)
    audit = case.audit().audit
    codes = {finding.code for finding in audit.findings}
    assert code in codes
    if name not in SPREADS:
        # The summary tells a limit as it was before account.toml was changed.
        assert codes <= {code, "limit-misstated"}
    assert all(finding.words and finding.code in CODES for finding in audit.findings)
    assert not audit.is_clean
