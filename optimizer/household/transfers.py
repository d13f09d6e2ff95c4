"""Moving lots in kind between sleeves of one owner: no sale, no purchase, basis and dates travel with the shares.

A transfer between accounts of the same owner is no disposition, so no gain is realised, and no purchase, so no wash
sale is made (I.R.C. s.1001, 1091(a)). Every sleeve keeps its value: cash moves the other way for what lots do not
settle. Lots bought in the wash-sale window stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.household.household import Household, Sleeve
from optimizer.significant_digits import significant
from risk import FactorRisk
from tax import WASH_DAYS, Lots

__all__ = ["TRANSFER_COLUMNS", "LotMove", "after_transfers", "movable_lots", "transfer_table", "welcome_assets"]

TRANSFER_COLUMNS = [
    "kind", "from_sleeve", "to_sleeve", "asset", "lot_id", "shares", "price", "amount", "cost_per_share", "acquired",
    "holding_start", "new_lot_id",
]  # fmt: skip
_NUMBERS = ("shares", "price", "amount", "cost_per_share")
_CENT = 0.005


@dataclass(frozen=True)
class LotMove:
    """Shares of one lot that move from one sleeve to another."""

    source: str
    target: str
    lot_id: str
    shares: float


def movable_lots(sleeve: Sleeve, risk: FactorRisk) -> NDArray[np.bool_]:
    """Lots that may leave a sleeve in kind, shape (L,): rated, not restricted, not bought in the wash-sale window."""
    account = sleeve.account
    stuck = account.rules("no_sell", "no_trade")
    age = (np.datetime64(account.as_of, "D") - account.lots.acquired).astype(int)
    free = [asset not in stuck and asset in risk for asset in account.lots.asset.tolist()]
    movable: NDArray[np.bool_] = np.array(free, dtype=bool) & ~((age >= 0) & (age <= WASH_DAYS))
    return movable


def welcome_assets(sleeve: Sleeve, risk: FactorRisk) -> frozenset[str]:
    """Names that a sleeve may receive in kind: of its benchmark, rated, and not barred by a restriction."""
    barred = sleeve.account.rules("no_buy", "no_trade", "exclude")
    priced = sleeve.account.securities.position
    return frozenset(
        asset
        for asset, weight in sleeve.mandate.benchmark.items()
        if weight > 0 and asset not in barred and asset in risk and asset in priced
    )


def after_transfers(household: Household, moves: Sequence[LotMove]) -> Household:
    """Return the household once the lots have moved and cash has settled what they leave; no sleeve's value changes."""
    if not moves:
        return household
    table = transfer_table(household, moves)
    lots_in = table[table["kind"] == "lot"]
    accounts = {}
    for sleeve in household.sleeves:
        name, account = sleeve.name, sleeve.account
        out = table["from_sleeve"] == name
        in_ = table["to_sleeve"] == name
        cash = table["kind"] == "cash"
        moved_cash = float(table.loc[in_ & cash, "amount"].sum() - table.loc[out & cash, "amount"].sum())
        lots = _without(account.lots, lots_in[lots_in["from_sleeve"] == name])
        lots = _with(lots, lots_in[lots_in["to_sleeve"] == name], account, name)
        accounts[name] = replace(account, lots=lots, cash=account.cash + moved_cash)
    return replace(household, sleeves=tuple(replace(s, account=accounts[s.name]) for s in household.sleeves))


def transfer_table(household: Household, moves: Iterable[LotMove]) -> pd.DataFrame:
    """Write moves as a table with the cash that settles them.

    Returns
    -------
    DataFrame
        Columns `TRANSFER_COLUMNS`: a row for each lot, or part of one, with its basis and dates, then a row for each
        payment of cash; `kind` is "lot" or "cash".
    """
    taken = {sleeve.name: set(sleeve.account.lots.lot_id.tolist()) for sleeve in household.sleeves}
    rows: list[tuple[object, ...]] = []
    for move in sorted(moves, key=lambda m: (m.source, m.target, m.lot_id)):
        account = household.sleeve(move.source).account
        at = int(np.flatnonzero(account.lots.lot_id == move.lot_id)[0])
        price = float(account.securities.price[account.lot_position[at]])
        lots = account.lots
        rows.append(
            (
                "lot", move.source, move.target, str(lots.asset[at]), move.lot_id, move.shares, price,
                move.shares * price, float(lots.basis[at]), str(lots.acquired[at]), str(lots.holding_start[at]),
                _new_id(move, taken[move.target]),
            )
        )  # fmt: skip
    table = pd.DataFrame([*rows, *_settlement(household, rows)], columns=TRANSFER_COLUMNS)
    table = table.astype(dict.fromkeys(_NUMBERS, float) | {"lot_id": str, "new_lot_id": str})
    for column in ("shares", "amount"):
        table[column] = significant(table[column].to_numpy(dtype=float))
    return table


def _new_id(move: LotMove, taken: set[str]) -> str:
    base = lot_id = f"{move.source}:{move.lot_id}"
    number = 2
    while lot_id in taken:
        lot_id, number = f"{base}-{number}", number + 1
    taken.add(lot_id)
    return lot_id


def _settlement(household: Household, rows: Sequence[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """Cash from those that received more than they gave to those that gave more, owner by owner."""
    balance = {sleeve.name: 0.0 for sleeve in household.sleeves}
    for row in rows:
        amount = float(str(row[7]))
        balance[str(row[1])] += amount
        balance[str(row[2])] -= amount
    payments: list[tuple[object, ...]] = []
    for kind in dict.fromkeys((s.owner, s.kind) for s in household.sleeves):
        names = [s.name for s in household.sleeves if (s.owner, s.kind) == kind]
        for payer in names:
            for payee in names:
                amount = min(-balance[payer], balance[payee])
                if amount > _CENT / len(names):
                    balance[payer] += amount
                    balance[payee] -= amount
                    payments.append(("cash", payer, payee, "", "", np.nan, np.nan, amount, np.nan, "", "", ""))
    return payments


def _without(lots: Lots, gone: pd.DataFrame) -> Lots:
    if gone.empty:
        return lots
    shares = gone.groupby("lot_id")["shares"].sum().reindex(lots.lot_id.tolist(), fill_value=0.0).to_numpy(dtype=float)
    left = np.where(shares > 0, significant(lots.shares - shares), lots.shares)
    kept = left > 1e-9 * lots.shares
    return replace(lots, shares=np.where(kept, left, lots.shares)).take(kept)


def _with(lots: Lots, arrived: pd.DataFrame, account: Account, name: str) -> Lots:
    if arrived.empty:
        return lots
    group = [account.securities.group[account.securities.position[a]] for a in arrived["asset"]]
    return Lots.build(
        lot_id=[*lots.lot_id.tolist(), *arrived["new_lot_id"]],
        asset=[*lots.asset.tolist(), *arrived["asset"]],
        group=[*lots.group.tolist(), *group],
        account=[*lots.account.tolist(), *([name] * len(arrived))],
        shares=np.concatenate([lots.shares, arrived["shares"].to_numpy(dtype=float)]),
        basis=np.concatenate([lots.basis, arrived["cost_per_share"].to_numpy(dtype=float)]),
        acquired=np.concatenate([lots.acquired, arrived["acquired"].to_numpy().astype("datetime64[D]")]),
        holding_start=np.concatenate([lots.holding_start, arrived["holding_start"].to_numpy().astype("datetime64[D]")]),
    )
