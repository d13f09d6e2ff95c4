"""What a trade list's washed losses do to its rows, and to the lots that replace the shares sold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.account import Account
from optimizer.trade_columns import TradeColumns, words
from tax import BatchWash, batch_washes

__all__ = ["with_disallowed", "with_replacements"]

_DUST = 1e-9


def with_disallowed(account: Account, trades: TradeColumns) -> TradeColumns:
    """Add the column `disallowed`, and say in the reason of a washed sale what replaces it.

    Parameters
    ----------
    account : Account
    trades : TradeColumns
        As from `trade_list`.

    Returns
    -------
    TradeColumns
        `disallowed` in dollars, zero or more for a sale and not a number for a buy.
    """
    washes: dict[str, list[BatchWash]] = {}
    for wash in _washes(account, trades):
        washes.setdefault(str(account.lots.lot_id[wash.sold]), []).append(wash)
    rows = zip(trades.lot_id.tolist(), trades.is_sell.tolist(), strict=True)
    of_row = [washes.get(lot, []) if sale else None for lot, sale in rows]
    disallowed = [np.nan if own is None else sum(wash.disallowed for wash in own) for own in of_row]
    reasons = zip(trades.reason, of_row, strict=True)
    return replace(
        trades,
        disallowed=np.array(disallowed, dtype=float),
        reason=words([reason + _because(account, own) if own else reason for reason, own in reasons]),
        names=tuple(dict.fromkeys((*trades.names, "disallowed"))),
    )


def _because(account: Account, washes: list[BatchWash]) -> str:
    dollars, shares = sum(wash.disallowed for wash in washes), sum(wash.shares for wash in washes)
    days = ", ".join(dict.fromkeys(str(account.lots.acquired[wash.replacement]) for wash in washes))
    return f"; {dollars:,.2f} disallowed, moved to {shares:,.6g} shares bought {days}"


def with_replacements(
    account: Account, trades: TradeColumns, lots: pd.DataFrame, taken_ids: Collection[str] = ()
) -> pd.DataFrame:
    """Give lots that replace shares sold at a loss their basis and holding period, in parts where only some do.

    Parameters
    ----------
    account : Account
    trades : TradeColumns
        Sales of which losses are washed.
    lots : DataFrame
        Lots left after the trades, the columns of `lots_after`.
    taken_ids : collection of str
        Ids that no part may get, beside those of the lots.

    Returns
    -------
    DataFrame
        Of a lot used in part, the part not used comes first and keeps the id; others get "/2", "/3" behind it.
    """
    by_lot: dict[str, list[BatchWash]] = {}
    for wash in _washes(account, trades):
        by_lot.setdefault(str(account.lots.lot_id[wash.replacement]), []).append(wash)
    taken = {*lots["lot_id"], *account.lots.lot_id.tolist(), *taken_ids}
    rows = []
    for row in lots.to_dict("records"):
        washes = by_lot.get(str(row["lot_id"]), [])
        parts = [_adjusted(row, wash) for wash in washes]
        left = row["shares"] - sum(wash.shares for wash in washes)
        if left > _DUST * row["shares"] or not parts:
            parts.insert(0, {**row, "shares": left})
        for number, part in enumerate(parts[1:], start=2):
            part["lot_id"] = _free_id(str(row["lot_id"]), number, taken)
        rows += parts
    return pd.DataFrame(rows, columns=lots.columns)


def _adjusted(row: dict[Hashable, Any], wash: BatchWash) -> dict[Hashable, Any]:
    start = dt.date.fromisoformat(str(row["holding_start"])) - dt.timedelta(days=wash.days)
    basis = float(str(row["cost_per_share"])) + wash.loss_per_share
    return {**row, "shares": wash.shares, "cost_per_share": basis, "holding_start": start.isoformat()}


def _free_id(lot_id: str, number: int, taken: set[str]) -> str:
    while (name := f"{lot_id}/{number}") in taken:
        number += 1
    taken.add(name)
    return name


def _washes(account: Account, trades: TradeColumns) -> tuple[BatchWash, ...]:
    sells, lots = trades.sells, account.lots
    place = lots.places(sells.lot_id.tolist())
    known = place >= 0
    sold = np.bincount(place[known], weights=sells.shares[known], minlength=len(lots)).astype(float)
    return batch_washes(lots, account.as_of, sold, account.securities.price[account.lot_position])
