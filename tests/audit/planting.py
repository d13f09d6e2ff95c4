"""How a fault is planted, and what a good list offers for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

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
