"""The trade list: a row for each lot sold and for each name bought, and what is left when it fills."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.costs import Costs
from optimizer.problem import Problem
from optimizer.share_trades import ShareTrades
from optimizer.trade_reasons import reasons_to_buy, reasons_to_sell
from optimizer.washed_trades import with_replacements

__all__ = ["TRADE_COLUMNS", "lots_after", "orders", "significant", "trade_list"]

TRADE_COLUMNS = ["asset", "side", "lot_id", "shares", "price", "amount", "term", "gain", "reason"]
_DIGITS = 12


def significant(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers rounded to twelve significant digits: no binary noise in a file, and every scale is treated alike."""
    rounded: NDArray[np.float64] = np.array([float(f"{x:.{_DIGITS}g}") for x in numbers], dtype=float)
    return rounded


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
    table = pd.concat([_sells(problem, account, trades), _buys(problem, trades)], ignore_index=True)
    for column in ("shares", "price", "amount", "gain"):
        table[column] = significant(table[column].to_numpy(dtype=float))
    return table[TRADE_COLUMNS]


def _sells(problem: Problem, account: Account, trades: ShareTrades) -> pd.DataFrame:
    lots = account.lots
    sold = np.flatnonzero(trades.sell > 0)
    sold = sold[np.lexsort((lots.lot_id[sold], lots.asset[sold]))]
    shares, name = trades.sell[sold], problem.lot_asset[sold]
    price = problem.price[name]
    term = np.where(lots.long_term(account.as_of)[sold], "long", "short")
    gain = shares * (price - lots.basis[sold])
    reasons = reasons_to_sell(problem, trades)
    return pd.DataFrame(
        {
            "asset": lots.asset[sold],
            "side": "SELL",
            "lot_id": lots.lot_id[sold],
            "shares": shares,
            "price": price,
            "amount": shares * price,
            "term": term,
            "gain": gain,
            "reason": [reasons[lot] for lot in sold.tolist()],
        }
    )


def _buys(problem: Problem, trades: ShareTrades) -> pd.DataFrame:
    bought = np.flatnonzero(trades.buy > 0)
    shares, price = trades.buy[bought], problem.price[bought]
    reasons = reasons_to_buy(problem, trades)
    return pd.DataFrame(
        {
            "asset": [problem.assets[i] for i in bought],
            "side": "BUY",
            "lot_id": "",
            "shares": shares,
            "price": price,
            "amount": shares * price,
            "term": "",
            "gain": np.nan,
            "reason": [reasons[name] for name in bought.tolist()],
        }
    )


def orders(trades: pd.DataFrame) -> pd.DataFrame:
    """What goes to the desk: one row a name, columns asset, side, shares."""
    if trades.empty:
        return pd.DataFrame(columns=["asset", "side", "shares"])
    shares = trades.groupby(["asset", "side"], sort=True)["shares"].sum()
    table = shares.index.to_frame(index=False)
    table["shares"] = significant(shares.to_numpy(dtype=float))
    return table


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
    sold = trades[trades["side"] == "SELL"].set_index("lot_id")["shares"]
    lots = account.lots
    left = lots.shares - sold.reindex(lots.lot_id.tolist(), fill_value=0.0).to_numpy(dtype=float)
    kept = left > 1e-9 * lots.shares
    old = pd.DataFrame(
        {
            "lot_id": lots.lot_id,
            "asset": lots.asset,
            "shares": significant(left),
            "cost_per_share": lots.basis,
            "acquired": lots.acquired.astype(str),
            "holding_start": lots.holding_start.astype(str),
            "account": lots.account,
        }
    )[kept]
    if "disallowed" in trades:
        old = with_replacements(account, trades, old, taken_ids)
        for column in ("shares", "cost_per_share"):
            old[column] = significant(old[column].to_numpy(dtype=float))
    bought = trades[trades["side"] == "BUY"]
    day = account.as_of.isoformat()
    new = pd.DataFrame(
        {
            "lot_id": _new_ids(bought["asset"].tolist(), day, {*lots.lot_id.tolist(), *old["lot_id"], *taken_ids}),
            "asset": bought["asset"],
            "shares": bought["shares"],
            "cost_per_share": significant(
                ((bought["amount"] + costs.commission) / bought["shares"]).to_numpy(dtype=float)
            ),
            "acquired": day,
            "holding_start": day,
            "account": lots.account[0] if len(lots) else "taxable",
        }
    )
    after: pd.DataFrame = pd.concat([old, new], ignore_index=True) if len(new) else old.reset_index(drop=True)
    return after


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
