"""The trade list: a row for each lot sold and for each name bought, and the orders that go to the desk."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.problem import Problem
from optimizer.share_trades import ShareTrades
from optimizer.significant_digits import significant
from optimizer.table_columns import Columns, frame_of
from optimizer.trade_columns import TRADE_COLUMNS, TradeColumns, words
from optimizer.trade_reasons import reasons_to_buy, reasons_to_sell

__all__ = ["order_columns", "orders", "trade_list"]


_NUMBERS = ("shares", "price", "amount", "gain")


def trade_list(problem: Problem, account: Account, trades: ShareTrades) -> TradeColumns:
    """Write trades as a list.

    Parameters
    ----------
    problem : Problem
    account : Account
    trades : ShareTrades

    Returns
    -------
    TradeColumns
        `TRADE_COLUMNS`; dollars unrounded. Sells by asset and lot first, then buys by asset; `term` is "short" or
        "long" and empty for a buy, `gain` negative for a loss, not a number for a buy.
    """
    sells, buys = _sells(problem, account, trades), _buys(problem, trades)
    told = [part[column] for column in _NUMBERS for part in (sells, buys)]
    together: dict[str, Any] = dict(zip(_NUMBERS, significant(np.concatenate(told)).reshape(4, -1), strict=True))
    for column in TRADE_COLUMNS:
        if column not in _NUMBERS:
            together[column] = words([*sells[column], *buys[column]])
    untold = np.full(len(together["asset"]), np.nan)
    return TradeColumns(**together, disallowed=untold, names=tuple(TRADE_COLUMNS))


def _sells(problem: Problem, account: Account, trades: ShareTrades) -> dict[str, Any]:
    lots = account.lots
    some = np.flatnonzero(trades.sell > 0)
    ids = dict(zip(some.tolist(), lots.said("lot_id", some), strict=True))
    by_id = np.array(sorted(ids, key=ids.__getitem__), dtype=np.intp)
    # A problem's names are sorted.
    sold = by_id[np.argsort(problem.lot_asset[by_id], kind="stable")]
    in_order = sold.tolist()
    shares, name = trades.sell[sold], problem.lot_asset[sold]
    price = problem.price[name]
    reasons = reasons_to_sell(problem, trades)
    return {
        "asset": [problem.assets[i] for i in name.tolist()],
        "side": ["SELL"] * len(sold),
        "lot_id": [ids[lot] for lot in in_order],
        "shares": shares,
        "price": price,
        "amount": shares * price,
        "term": np.where(problem.lot_long[sold], "long", "short").tolist(),
        "gain": shares * (price - lots.basis[sold]),
        "reason": [reasons[lot] for lot in in_order],
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


def orders(trades: pd.DataFrame | TradeColumns) -> pd.DataFrame:
    """What goes to the desk: one row a name, columns asset, side, shares."""
    return frame_of(order_columns(trades))


def order_columns(trades: pd.DataFrame | TradeColumns) -> Columns:
    """Return the columns of `orders`."""
    columns = TradeColumns.of(trades)
    rows = [*zip(columns.asset.tolist(), columns.side.tolist(), strict=True)]
    orders = sorted(dict.fromkeys(rows))
    number = dict(zip(orders, range(len(orders)), strict=True))
    of_row = np.fromiter(map(number.__getitem__, rows), dtype=np.intp, count=len(rows))
    return {
        "asset": [asset for asset, _ in orders],
        "side": [side for _, side in orders],
        "shares": significant(_exact_sums(of_row, columns.shares, len(orders))),
    }


def _exact_sums(place: NDArray[np.intp], shares: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Sum shares at each place, without what binary fractions lose; whole numbers lose nothing."""
    if (shares == np.rint(shares)).all():
        return np.bincount(place, weights=shares, minlength=size).astype(float, copy=False)
    parts: list[list[float]] = [[] for _ in range(size)]
    for at, amount in zip(place.tolist(), shares.tolist(), strict=True):
        parts[at].append(amount)
    return np.array([math.fsum(one) for one in parts])
