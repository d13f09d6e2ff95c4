"""Transfers that may not be made, or whose figures are not those of the lot."""

from __future__ import annotations

import shutil
from typing import Any

import pandas as pd
from household_planting import plants

FILE = "transfers.csv"


def moved_row(case: Any) -> Any:
    """The first lot that moves."""
    return case.moved().iloc[0]


@plants("transfer-unknown-kind", spreads=True)
def a_kind_that_is_none(case: Any) -> None:
    case.cell(FILE, 0, "kind", "stock")


@plants("transfer-unknown-sleeve", spreads=True)
def a_sleeve_that_is_not_there(case: Any) -> None:
    case.cell(FILE, 0, "to_sleeve", "bonds")


@plants("transfer-unknown-sleeve", spreads=True)
def a_lot_that_goes_to_where_it_is(case: Any) -> None:
    case.cell(FILE, 0, "to_sleeve", moved_row(case)["from_sleeve"])


@plants("transfer-not-allowed")
def moves_that_the_household_does_not_make(case: Any) -> None:
    case.edit("household.toml", "transfers = true", "transfers = false")


@plants("transfer-other-owner")
def a_lot_to_a_sleeve_of_another_owner(case: Any) -> None:
    case.edit("household.toml", 'name = "mid"', 'name = "mid"\nowner = "brother"')
    case.figure("brother", "sleeves", "mid", "owner")


@plants("transfer-other-owner", spreads=True)
def a_lot_that_goes_to_the_ira(case: Any) -> None:
    case.cell(FILE, 0, "to_sleeve", "ira")


@plants("transfer-other-owner", spreads=True)
def a_lot_that_goes_to_the_spouse(case: Any) -> None:
    case.cell(FILE, 0, "to_sleeve", "small")


@plants("transfer-unknown-lot", spreads=True)
def a_lot_that_the_sleeve_does_not_have(case: Any) -> None:
    case.cell(FILE, 0, "lot_id", "L99999")


@plants("transfer-lot-of-other-name", spreads=True)
def a_lot_under_another_name(case: Any) -> None:
    case.cell(FILE, 0, "asset", case.moved().iloc[-1]["asset"])


@plants("transfer-shares", spreads=True)
def shares_that_are_no_number(case: Any) -> None:
    case.cell(FILE, 0, "shares", "all")


@plants("transfer-shares", spreads=True)
def part_of_a_share(case: Any) -> None:
    case.cell(FILE, 0, "shares", float(moved_row(case)["shares"]) - 0.5)


@plants("transfer-lot-oversent", spreads=True)
def more_than_the_lot_has(case: Any) -> None:
    case.cell(FILE, 0, "shares", 100 * float(moved_row(case)["shares"]))


@plants("transfer-duplicate", spreads=True)
def a_lot_sent_twice(case: Any) -> None:
    table = case.listed(FILE)
    case.put_listed(FILE, pd.concat([table.iloc[:1], table], ignore_index=True))


@plants("transfer-basis")
def a_basis_stepped_up_on_the_way(case: Any) -> None:
    case.cell(FILE, 0, "cost_per_share", moved_row(case)["price"])


@plants("transfer-acquired")
def a_day_acquired_of_today(case: Any) -> None:
    case.cell(FILE, 0, "acquired", "2024-06-28")


@plants("transfer-acquired")
def a_holding_period_that_begins_anew(case: Any) -> None:
    case.cell(FILE, 0, "holding_start", "2024-06-28")


@plants("transfer-price")
def a_price_of_yesterday(case: Any) -> None:
    case.cell(FILE, 0, "price", 1.01 * float(moved_row(case)["price"]))


@plants("transfer-amount")
def an_amount_off_by_a_dollar(case: Any) -> None:
    case.cell(FILE, 0, "amount", float(moved_row(case)["amount"]) + 1)


@plants("transfer-amount", spreads=True)
def cash_that_is_no_number(case: Any) -> None:
    table = case.listed(FILE)
    case.cell(FILE, int(table.index[table["kind"] == "cash"][0]), "amount", "some")


@plants("transfer-lot-id")
def an_id_that_a_lot_has(case: Any) -> None:
    target = moved_row(case)["to_sleeve"]
    case.cell(FILE, 0, "new_lot_id", case.table(f"{target}/lots.csv")["lot_id"].iloc[-1])


@plants("transfer-recent-lot", spreads=True)
def a_lot_bought_ten_days_ago(case: Any) -> None:
    row = moved_row(case)
    lots = case.table(f"{row['from_sleeve']}/lots.csv")
    lots.loc[lots["lot_id"] == row["lot_id"], "acquired"] = "2024-06-18"
    case.put(f"{row['from_sleeve']}/lots.csv", lots)
    for column in ("acquired", "holding_start"):
        case.cell(FILE, 0, column, "2024-06-18")


@plants("transfer-restricted", spreads=True)  # the giver sells some of it too
def a_name_that_the_giver_may_not_sell(case: Any) -> None:
    row = moved_row(case)
    case.add(f"{row['from_sleeve']}/restrictions.csv", asset=row["asset"], rule="no_sell")


@plants("transfer-restricted")
def a_name_that_the_receiver_excludes(case: Any) -> None:
    traded = {name: set(case.listed(f"{name}/trades.csv")["asset"]) for name in ("large", "mid", "small")}
    row = next(row for _, row in case.moved().iterrows() if row["asset"] not in traded[row["to_sleeve"]])
    case.add(f"{row['to_sleeve']}/restrictions.csv", asset=row["asset"], rule="exclude", until="2024-06-28")


@plants("transfer-outside-benchmark", spreads=True)
def a_name_that_left_the_benchmark(case: Any) -> None:
    row = moved_row(case)
    table = case.table(f"{row['to_sleeve']}/benchmark.csv")
    weight = table["weight"].astype(float)
    weight[table["asset"] == row["asset"]] = 0.0
    case.put(f"{row['to_sleeve']}/benchmark.csv", table.assign(weight=(weight / weight.sum()).map("{:.12f}".format)))


@plants("transfer-unrated", spreads=True)
def a_name_that_the_model_lost(case: Any) -> None:
    for file in ("risk/loadings.csv", "risk/specific_variance.csv"):
        table = case.table(file)
        case.put(file, table[table["asset"] != moved_row(case)["asset"]])


@plants("transfer-unsettled", spreads=True)
def cash_that_does_not_settle(case: Any) -> None:
    table = case.listed(FILE)
    row = int(table.index[table["kind"] == "cash"][0])
    case.cell(FILE, row, "amount", float(table.loc[row, "amount"]) - 100)


@plants("transfer-unsettled", spreads=True)
def cash_left_out(case: Any) -> None:
    table = case.listed(FILE)
    case.put_listed(FILE, table[table["kind"] != "cash"])


@plants("lot-after-shares", spreads=True)
def share_counts_that_do_not_match(case: Any) -> None:
    """Sent and settled in full, but one share fewer than the lists beside count on."""
    row, table = moved_row(case), case.listed(FILE)
    cash = int(table.index[table["kind"] == "cash"][0])
    price, shares = float(row["price"]), float(row["shares"]) - 1
    case.cell(FILE, 0, "shares", shares)
    case.cell(FILE, 0, "amount", shares * price)
    sign = 1 if table.loc[cash, "from_sleeve"] == row["from_sleeve"] else -1
    case.cell(FILE, cash, "amount", float(table.loc[cash, "amount"]) + sign * price)


@plants("lot-after-basis")
def a_basis_that_changes_where_it_arrives(case: Any) -> None:
    row = moved_row(case)
    file = f"{row['to_sleeve']}/lots_after.csv"
    table = case.listed(file)
    place = int(table.index[table["lot_id"] == row["new_lot_id"]][0])
    case.cell(file, place, "cost_per_share", row["price"])


@plants("lot-after-missing")
def a_lot_that_never_arrives(case: Any) -> None:
    row = moved_row(case)
    file = f"{row['to_sleeve']}/lots_after.csv"
    table = case.listed(file)
    case.put_listed(file, table[table["lot_id"] != row["new_lot_id"]])


@plants("unknown-lot", spreads=True)
def transfers_left_out(case: Any) -> None:
    """The receiving sleeve sells what has not come."""
    row = moved_row(case)
    case.trade(
        row["to_sleeve"], asset=row["asset"], side="SELL", lot_id=row["new_lot_id"], shares=1, term="long", gain="0"
    )
    (case.out / FILE).unlink()


@plants("list-of-no-sleeve")
def a_list_too_many(case: Any) -> None:
    shutil.copytree(case.out / "mid", case.out / "bonds")
