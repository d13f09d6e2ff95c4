"""Lots as they stand once every trade of a list has filled."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.costs import Costs
from optimizer.significant_digits import significant
from optimizer.table_columns import Column, Columns, frame_of, plain_cells
from optimizer.trade_columns import TradeColumns
from optimizer.washed_trades import with_replacements
from tax import CodedText, Lots

__all__ = ["lot_columns", "lots_after"]


def lots_after(
    account: Account, costs: Costs, trades: pd.DataFrame | TradeColumns, taken_ids: Collection[str] = ()
) -> pd.DataFrame:
    """Lots as they stand once every trade has filled.

    Parameters
    ----------
    account : Account
    costs : Costs
        A buy's commission is part of its basis.
    trades : DataFrame or TradeColumns
        With a column `disallowed`, washed losses go into the lots that replace what is sold.
    taken_ids : collection of str
        Ids that lots elsewhere in the household have.

    Returns
    -------
    DataFrame
        Columns lot_id, asset, shares, cost_per_share, acquired, holding_start, account; a new lot's id is
        "<date>-<asset>", with a number behind it where that id is taken.
    """
    return frame_of(lot_columns(account, costs, TradeColumns.of(trades), taken_ids))


def lot_columns(account: Account, costs: Costs, trades: TradeColumns, taken_ids: Collection[str] = ()) -> Columns:
    """Return the columns of `lots_after`, days as days."""
    old, bought, lots = _left(account, trades), trades.buys, account.lots
    washed = "disallowed" in trades.names
    if washed:
        old = _with_washed(account, trades, old, taken_ids)
    count, day = len(bought), np.datetime64(account.as_of, "D")
    taken = {*taken_ids, *(plain_cells(old["lot_id"]) if washed else ())}
    new: dict[str, list[str] | NDArray[Any]] = {
        "lot_id": _new_ids(bought.asset.tolist(), account.as_of.isoformat(), lots, taken),
        "asset": bought.asset.tolist(),
        "shares": bought.shares,
        "cost_per_share": significant((bought.amount + costs.commission) / bought.shares),
        "acquired": np.full(count, day),
        "holding_start": np.full(count, day),
        "account": [lots.holder or (lots.accounts[0] if len(lots) else "taxable")] * count,
    }
    return {name: _joined(old[name], own) for name, own in new.items()}


def _joined(old: Column, new: list[str] | NDArray[Any]) -> Column:
    if isinstance(old, CodedText):
        return old.followed_by(list(new))
    return [*old, *new] if isinstance(old, list) else np.concatenate([old, new])


def _left(account: Account, trades: TradeColumns) -> dict[str, Column]:
    """Lots of which something is left after the sales."""
    lots, sells = account.lots, trades.sells
    place = lots.places(sells.lot_id.tolist())
    touched = place[place >= 0]
    left = lots.shares.copy()
    left[touched] = significant(left[touched] - sells.shares[place >= 0])
    kept = left > 1e-9 * lots.shares
    return {
        "lot_id": _kept(lots, "lot_id", kept),
        "asset": _kept(lots, "asset", kept),
        "shares": left[kept],
        "cost_per_share": lots.basis[kept],
        "acquired": lots.acquired[kept],
        "holding_start": lots.holding_start[kept],
        "account": _kept(lots, "account", kept) if lots.holder is None else [lots.holder] * int(kept.sum()),
    }


def _kept(lots: Lots, name: str, kept: NDArray[np.bool_]) -> list[str] | CodedText:
    if name in lots.coded:
        return lots.coded[name].take(kept)
    cells: list[str] = getattr(lots, name)[kept].tolist()
    return cells


def _with_washed(account: Account, trades: TradeColumns, old: Columns, taken_ids: Collection[str]) -> dict[str, Column]:
    """Put washed losses into the lots that replace what is sold."""
    table = with_replacements(account, trades, frame_of(old), taken_ids)
    made: dict[str, Column] = {}
    for name in old:
        if name in ("shares", "cost_per_share"):
            made[name] = significant(table[name].to_numpy(dtype=float))
        elif name in ("acquired", "holding_start"):
            made[name] = np.array(table[name].tolist(), dtype="datetime64[D]")
        else:
            made[name] = table[name].tolist()
    return made


def _new_ids(assets: list[str], day: str, lots: Lots, taken: set[str]) -> list[str]:
    """Ids that neither lots nor what is taken beside them have."""
    ids = []
    for asset in assets:
        base = lot_id = f"{day}-{asset}"
        number = 2
        while lot_id in taken or lot_id in lots:
            lot_id, number = f"{base}-{number}", number + 1
        taken.add(lot_id)
        ids.append(lot_id)
    return ids
