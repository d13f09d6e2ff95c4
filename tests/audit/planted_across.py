"""Lists of several sleeves that do not go together: lots sold that moved, lists swapped, wash sales across accounts."""

from __future__ import annotations

import shutil
from typing import Any

from household_planting import plants

TEN_DAYS_AGO = "2024-06-18"


def sold_at_a_loss(case: Any, sleeve: str, *, of: str) -> Any:
    """A sale of a sleeve at a loss, of a name in the benchmark of another one that sells nothing of it."""
    wanted, theirs = case.table(f"{of}/benchmark.csv"), case.listed(f"{of}/trades.csv")
    names = set(wanted["asset"]) - set(theirs[theirs["side"] == "SELL"]["asset"])
    sold = case.losses(sleeve)
    return sold[sold["asset"].isin(names)].iloc[0]


@plants("lot-moved-and-sold", spreads=True)
def a_lot_moved_in_part_and_sold_whole(case: Any) -> None:
    row = case.moved().iloc[0]
    lots = case.table(f"{row['from_sleeve']}/lots.csv").set_index("lot_id")
    shares = float(lots.loc[row["lot_id"], "shares"])
    assert shares > float(row["shares"])
    gain = shares * (float(row["price"]) - float(row["cost_per_share"]))
    case.trade(
        row["from_sleeve"], asset=row["asset"], side="SELL", lot_id=row["lot_id"], shares=shares, term="long", gain=gain
    )


@plants("lot-moved-and-sold", spreads=True)
def a_lot_moved_whole_and_sold(case: Any) -> None:
    moved = case.moved()
    for _, row in moved.iterrows():
        lots = case.table(f"{row['from_sleeve']}/lots.csv").set_index("lot_id")
        if float(lots.loc[row["lot_id"], "shares"]) == float(row["shares"]):
            case.trade(
                row["from_sleeve"], asset=row["asset"], side="SELL", lot_id=row["lot_id"], shares=1, term="long", gain=1
            )
            return
    raise AssertionError("no lot moves whole")


@plants("list-of-other-sleeve", spreads=True)
def two_lists_swapped(case: Any) -> None:
    for file in ("trades.csv", "orders.csv", "lots_after.csv", "summary.json"):
        mid, large = case.out / "mid" / file, case.out / "large" / file
        aside = case.out / "aside"
        shutil.move(mid, aside)
        shutil.move(large, mid)
        shutil.move(aside, large)


@plants("wash-sale-across-lists-ira", spreads=True)
def a_loss_bought_by_the_ira_today(case: Any) -> None:
    case.trade("ira", asset=sold_at_a_loss(case, "large", of="ira")["asset"], side="BUY", shares=1)


@plants("wash-sale-across-lists", spreads=True)
def a_loss_bought_by_the_spouse_today(case: Any) -> None:
    """Of a name that the spouse's benchmark does not have, which is found too."""
    row = case.losses("large").iloc[0]
    price = case.price("large", row["asset"])
    case.add("small/securities.csv", asset=row["asset"], price=price, group=row["asset"])
    case.trade("small", asset=row["asset"], side="BUY", shares=1)


@plants("wash-sale-across-lists", spreads=True)
def a_sister_class_bought_by_another_sleeve(case: Any) -> None:
    bought = case.listed("mid/trades.csv")
    names = {case.losses("large").iloc[0]["asset"], bought[bought["side"] == "BUY"].iloc[0]["asset"]}
    for sleeve in ("large", "mid", "small", "ira"):
        table = case.table(f"{sleeve}/securities.csv")
        table.loc[table["asset"].isin(names), "group"] = "ONE ISSUER"
        case.put(f"{sleeve}/securities.csv", table)


@plants("window-across-lists", spreads=True)
def a_second_loss_beside_a_purchase_that_the_first_used_up(case: Any) -> None:
    sold = case.losses("large")
    twice = sold[sold["asset"].duplicated() & sold["asset"].isin(case.table("ira/benchmark.csv")["asset"])]
    case.trade("ira", asset=twice.iloc[0]["asset"], side="BUY", shares=1)


@plants("wash-sale-household-ira", spreads=True)
def a_lot_that_the_ira_bought_ten_days_ago(case: Any) -> None:
    asset = sold_at_a_loss(case, "large", of="ira")["asset"]
    case.add("ira/lots.csv", lot_id="NEW", asset=asset, shares=1, cost_per_share=9, acquired=TEN_DAYS_AGO)


@plants("wash-sale-household", spreads=True)
def a_lot_that_another_sleeve_bought_ten_days_ago(case: Any) -> None:
    asset = case.losses("large").iloc[0]["asset"]
    price = case.price("large", asset)
    case.add("small/securities.csv", asset=asset, price=price, group=asset)
    case.add("small/lots.csv", lot_id="NEW", asset=asset, shares=1, cost_per_share=9, acquired=TEN_DAYS_AGO)


@plants("wash-sale-earlier-loss")
def a_loss_of_the_spouse_ten_days_ago_bought_back(case: Any) -> None:
    bought = case.listed("large/trades.csv")
    asset = bought[bought["side"] == "BUY"].iloc[0]["asset"]
    case.add(
        "small/trades.csv", date=TEN_DAYS_AGO, side="SELL", asset=asset, shares=5, price=9, realized_gain=-20,
        account="taxable", account_type="spouse",
    )  # fmt: skip


@plants("wash-sale-earlier-loss", spreads=True)
def a_loss_of_another_sleeve_that_the_ira_bought_back(case: Any) -> None:
    asset = case.listed("ira/trades.csv").iloc[0]["asset"]
    case.add(
        "mid/trades.csv", date=TEN_DAYS_AGO, side="SELL", asset=asset, shares=5, price=9, realized_gain=-20,
        account="taxable", account_type="taxable",
    )  # fmt: skip


@plants("window-loss-sale")
def a_purchase_of_the_ira_that_was_sold_again(case: Any) -> None:
    asset = sold_at_a_loss(case, "large", of="ira")["asset"]
    case.add(
        "ira/trades.csv", date=TEN_DAYS_AGO, side="BUY", asset=asset, shares=5, price=9, account="taxable",
        account_type="ira",
    )  # fmt: skip


@plants("gain-misstated", spreads=True)
def a_loss_told_of_the_ira(case: Any) -> None:
    lot = case.table("ira/lots.csv").iloc[0]
    case.trade("ira", asset=lot["asset"], side="SELL", lot_id=lot["lot_id"], shares=1, term="long", gain="-5")
