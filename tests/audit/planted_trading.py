"""Trades that a restriction, the benchmark, the risk model or the wash-sale rule forbids."""

from __future__ import annotations

from typing import Any

from planting import TEN_DAYS_AGO, TWENTY_DAYS_AGO, a_buy, a_loss, plants, truthful_buy


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
