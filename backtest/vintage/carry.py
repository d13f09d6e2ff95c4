"""From one rebalance to the next: prices move, dividends come in cash, names that leave are paid out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.holdings import Holdings
from backtest.vintage.sales import DELISTING, Sales, sales_of
from backtest.vintage.tape import Tape
from tax import TradeHistory, wash_locks
from taxsleeve_errors import TaxError

__all__ = ["Carried", "carry"]

Floats = NDArray[np.float64]
_CENT = 0.005


@dataclass(frozen=True, eq=False)
class Carried:
    """An account after some days without trading.

    Parameters
    ----------
    holdings : Holdings
    values : array (D + 1,)
        Net asset value at each close, the first before anything moved.
    dividends : float
        Dollars received.
    sales : list of Sales
        Lots of names that left.
    """

    holdings: Holdings
    values: Floats
    dividends: float
    sales: list[Sales]


def carry(tape: Tape, holdings: Holdings, start: int, end: int) -> Carried:
    """Hold from the close of row `start` to the close of row `end`.

    Cash earns nothing. A name without a price is carried at its last until it has left the market.

    Raises
    ------
    TaxError
        Cash and value do not add up to the cent.
    """
    shares = holdings.shares()
    columns, held = tape.positions(list(shares)), np.array(list(shares.values()))
    days = slice(start, end + 1)
    gone = np.logical_or.accumulate(tape.market.departed[days, columns], axis=0)
    there = np.vstack([np.ones((1, len(columns)), dtype=bool), ~gone[:-1]])  # before this close
    leaves = there & gone
    paid = np.where(there, tape.dividends[days, columns], 0.0)
    paid[0] = 0.0
    income = paid @ held
    payouts = np.where(leaves, tape.payout[days, columns], 0.0) @ held
    invested = np.where(gone, 0.0, tape.last_price[days, columns]) @ held
    values = holdings.cash + np.cumsum(income + payouts) + invested
    after, sales = _paid_out(tape, holdings, columns, leaves, start)
    after = replace(after, cash=after.cash + float(income.sum()))
    left = after.shares()
    worth = np.array(list(left.values())) @ tape.last_price[end, tape.positions(list(left))] if left else 0.0
    if abs(after.cash + worth - values[-1]) > _CENT:
        raise TaxError(f"vintage, {tape.market.calendar[end].date()}: worth {after.cash + worth}, path {values[-1]}")
    return Carried(after, values, float(income.sum()), sales)


def _paid_out(
    tape: Tape, holdings: Holdings, columns: NDArray[np.intp], leaves: NDArray[np.bool_], start: int
) -> tuple[Holdings, list[Sales]]:
    sales = []
    names = tape.market.assets
    for offset in np.flatnonzero(leaves.any(axis=1)).tolist():
        day = tape.market.calendar[start + offset]
        leaving = columns[leaves[offset]]
        prices = {str(names[c]): float(tape.payout[start + offset, c]) for c in leaving}
        holdings, sold = _realise(holdings, prices, day)
        sales.append(sold)
    return holdings, sales


def _realise(holdings: Holdings, prices: dict[str, float], day: pd.Timestamp) -> tuple[Holdings, Sales]:
    lots = holdings.lots
    locks = wash_locks(holdings.recent, lots, day.date())
    going = np.isin(lots.asset, list(prices))
    price = np.array([prices.get(asset, 0.0) for asset in lots.asset.tolist()])
    sold = sales_of(lots, np.where(going, lots.shares, 0.0), price, day, np.full(len(lots), DELISTING))
    groups = set(lots.group[going].tolist())
    staying = set(lots.group[~going].tolist())
    washed = {group for group in groups if group in staying or not locks.may_liquidate(group)}
    washed &= {group for group in groups if group in locks.loss_sales}
    sold = sold.without_losses(washed)
    trades = TradeHistory.build(
        date=[day.date()] * len(sold.gain),
        side=["SELL"] * len(sold.gain),
        asset=sold.asset.tolist(),
        group=sold.group.tolist(),
        shares=sold.shares,  # type: ignore[arg-type]
        realized_gain=sold.gain,  # type: ignore[arg-type]
    )
    cash = holdings.cash + float(sold.shares @ sold.price)
    return Holdings(cash, lots.take(~going), holdings.windowed(trades, day)), sold
