"""What stands beside the list and does not follow from it: orders, lots after, the summary."""

from __future__ import annotations

from typing import Any

import pandas as pd
from planting import furthest, plants, truthful_sale, unsold_lot


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
