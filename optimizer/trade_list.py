"""The trade list: a row for each lot sold and for each name bought, and what is left when it fills."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.costs import Costs
from optimizer.problem import Problem
from optimizer.share_trades import ShareTrades
from optimizer.trade_columns import TradeColumns
from optimizer.trade_reasons import reasons_to_buy, reasons_to_sell
from optimizer.washed_trades import with_replacements

__all__ = ["TRADE_COLUMNS", "lots_after", "orders", "significant", "text_table", "trade_list"]

TRADE_COLUMNS = ["asset", "side", "lot_id", "shares", "price", "amount", "term", "gain", "reason"]
_DIGITS = 12


def significant(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers rounded to twelve significant digits: no binary noise in a file, and every scale is treated alike."""
    rounded: NDArray[np.float64] = np.array(numbers, dtype=float)
    # Whole numbers below a trillion have no more than twelve digits as they are.
    rest = ~((rounded == np.rint(rounded)) & (np.abs(rounded) < 10.0**_DIGITS))
    rounded[rest] = [float(f"{x:.{_DIGITS}g}") for x in rounded[rest].tolist()]
    return rounded


def text_table(columns: Mapping[str, list[str] | NDArray[Any]]) -> pd.DataFrame:
    """Make a table whose text is Python's own strings under every pandas: it is read far more often than made."""
    made = {
        name: pd.Series(cells, dtype=object if isinstance(cells, list) else cells.dtype)
        for name, cells in columns.items()
    }
    return pd.DataFrame(made)


def trade_list(problem: Problem, account: Account, trades: ShareTrades) -> pd.DataFrame:
    """Write trades as a table.

    Parameters
    ----------
    problem : Problem
    account : Account
    trades : ShareTrades

    Returns
    -------
    DataFrame
        Columns `TRADE_COLUMNS`; dollars unrounded. Sells by asset and lot first, then buys by asset; `term` is
        "short" or "long" and empty for a buy, `gain` negative for a loss, not a number for a buy.
    """
    sells, buys = _sells(problem, account, trades), _buys(problem, trades)
    together: dict[str, list[str] | NDArray[Any]] = {}
    for column in TRADE_COLUMNS:
        if column in ("shares", "price", "amount", "gain"):
            together[column] = significant(np.concatenate([sells[column], buys[column]]))
        else:
            together[column] = [*sells[column], *buys[column]]
    return text_table(together)


def _sells(problem: Problem, account: Account, trades: ShareTrades) -> dict[str, Any]:
    lots = account.lots
    sold = np.flatnonzero(trades.sell > 0)
    sold = sold[np.lexsort((lots.lot_id[sold], lots.asset[sold]))]
    shares, name = trades.sell[sold], problem.lot_asset[sold]
    price = problem.price[name]
    term = ["long" if is_long else "short" for is_long in lots.long_term(account.as_of)[sold].tolist()]
    gain = shares * (price - lots.basis[sold])
    reasons = reasons_to_sell(problem, trades)
    return {
        "asset": lots.asset[sold].tolist(),
        "side": ["SELL"] * len(sold),
        "lot_id": lots.lot_id[sold].tolist(),
        "shares": shares,
        "price": price,
        "amount": shares * price,
        "term": term,
        "gain": gain,
        "reason": [reasons[lot] for lot in sold.tolist()],
    }


def _buys(problem: Problem, trades: ShareTrades) -> dict[str, Any]:
    bought = np.flatnonzero(trades.buy > 0)
    shares, price = trades.buy[bought], problem.price[bought]
    reasons = reasons_to_buy(problem, trades)
    count = len(bought)
    return {
        "asset": [problem.assets[i] for i in bought.tolist()],
        "side": ["BUY"] * count,
        "lot_id": [""] * count,
        "shares": shares,
        "price": price,
        "amount": shares * price,
        "term": [""] * count,
        "gain": np.full(count, np.nan),
        "reason": [reasons[name] for name in bought.tolist()],
    }


def orders(trades: pd.DataFrame) -> pd.DataFrame:
    """What goes to the desk: one row a name, columns asset, side, shares."""
    if trades.empty:
        return pd.DataFrame(columns=["asset", "side", "shares"])
    columns = TradeColumns.of(trades)
    order: dict[tuple[str, str], list[float]] = {}
    for asset, side, shares in zip(columns.asset, columns.side, columns.shares.tolist(), strict=True):
        order.setdefault((asset, side), []).append(shares)
    keys = sorted(order)
    return text_table(
        {
            "asset": [asset for asset, _ in keys],
            "side": [side for _, side in keys],
            "shares": significant(np.array([math.fsum(order[key]) for key in keys])),
        }
    )


def lots_after(account: Account, costs: Costs, trades: pd.DataFrame, taken_ids: Collection[str] = ()) -> pd.DataFrame:
    """Lots as they stand once every trade has filled.

    Parameters
    ----------
    account : Account
    costs : Costs
        A buy's commission is part of its basis.
    trades : DataFrame
        As from `trade_list`; with a column `disallowed`, washed losses go into the lots that replace what is sold.
    taken_ids : collection of str
        Ids that lots elsewhere in the household have.

    Returns
    -------
    DataFrame
        Columns lot_id, asset, shares, cost_per_share, acquired, holding_start, account; a new lot's id is
        "<date>-<asset>", with a number behind it where that id is taken.
    """
    columns, ids, day = TradeColumns.of(trades), account.lots.lot_id.tolist(), account.as_of.isoformat()
    old, bought = _left(account, columns), columns.buys
    if "disallowed" in trades:
        old = _with_washed(account, trades, old, taken_ids)
    count, whose = len(bought), str(account.lots.account[0]) if ids else "taxable"
    new: dict[str, list[str] | NDArray[Any]] = {
        "lot_id": _new_ids(bought.asset.tolist(), day, {*ids, *old["lot_id"], *taken_ids}),
        "asset": bought.asset.tolist(),
        "shares": bought.shares,
        "cost_per_share": significant((bought.amount + costs.commission) / bought.shares),
        "acquired": [day] * count,
        "holding_start": [day] * count,
        "account": [whose] * count,
    }
    return text_table(
        {
            name: np.concatenate([old[name], own]) if isinstance(own, np.ndarray) else [*old[name], *own]
            for name, own in new.items()
        }
    )


def _left(account: Account, columns: TradeColumns) -> dict[str, list[str] | NDArray[Any]]:
    """Lots of which something is left after the sales."""
    lots = account.lots
    place = {lot_id: i for i, lot_id in enumerate(lots.lot_id.tolist())}
    sold = [
        (place[lot_id], shares)
        for lot_id, shares in zip(columns.sells.lot_id.tolist(), columns.sells.shares.tolist(), strict=True)
        if lot_id in place
    ]
    left, touched = lots.shares.copy(), [lot for lot, _ in sold]
    left[touched] = significant(left[touched] - np.array([shares for _, shares in sold]))
    kept = left > 1e-9 * lots.shares
    old = lots.take(kept)
    return {
        "lot_id": old.lot_id.tolist(),
        "asset": old.asset.tolist(),
        "shares": left[kept],
        "cost_per_share": old.basis,
        "acquired": np.datetime_as_string(old.acquired).tolist(),
        "holding_start": np.datetime_as_string(old.holding_start).tolist(),
        "account": old.account.tolist(),
    }


def _with_washed(
    account: Account, trades: pd.DataFrame, old: dict[str, list[str] | NDArray[Any]], taken_ids: Collection[str]
) -> dict[str, list[str] | NDArray[Any]]:
    """Put washed losses into the lots that replace what is sold."""
    table = with_replacements(account, trades, text_table(old), taken_ids)
    numbers = ("shares", "cost_per_share")
    return {
        name: significant(table[name].to_numpy(dtype=float)) if name in numbers else table[name].tolist()
        for name in old
    }


def _new_ids(assets: list[str], day: str, taken: set[str]) -> list[str]:
    ids = []
    for asset in assets:
        base = lot_id = f"{day}-{asset}"
        number = 2
        while lot_id in taken:
            lot_id, number = f"{base}-{number}", number + 1
        taken.add(lot_id)
        ids.append(lot_id)
    return ids
