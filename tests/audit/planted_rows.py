"""Faults in the rows of trades.csv."""

from __future__ import annotations

from typing import Any

import pandas as pd
from planting import a_loss, gain_of, plants, truthful_buy


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
