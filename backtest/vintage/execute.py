"""Trades of a rebalance, filled at the close, with everything that must add up checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.decision_checks import check_decision, check_washes
from backtest.vintage.holdings import SHARE_DIGITS, Holdings, RecentTrades
from backtest.vintage.lot_table import LotTable, by_name
from backtest.vintage.moment import Moment
from backtest.vintage.sales import CASH, CAUSES, HARVEST, INDEX_CHANGE, RISK, Sales, sales_of
from backtest.vintage.strategy import Decision
from taxsleeve_errors import OptimizerError, TaxError

__all__ = ["Filled", "execute"]

Floats = NDArray[np.float64]
_CENT = 0.005
# Of NAV; what the optimizer's own check lets pass.
_OVERDRAFT = 1e-6


@dataclass(frozen=True, eq=False)
class Filled:
    """What a rebalance left.

    Parameters
    ----------
    holdings : Holdings
    sales : Sales
    bought : LotTable
    cost : float
        Spread and commission, dollars.
    traded : float
        Dollars sold and bought.
    """

    holdings: Holdings
    sales: Sales
    bought: LotTable
    cost: float
    traded: float


def execute(at: Moment, decision: Decision) -> Filled:
    """Fill a decision.

    Raises
    ------
    OptimizerError
        The decision is nonsense: wrong shapes, more sold than held, a name bought that has no price today, cash that is
        not there.
    TaxError
        A loss would be washed, or cash, shares or basis do not add up to the cent.
    """
    check_decision(at.situation, decision)
    account, lots = at.situation.account, at.holdings.lots
    price = account.securities.price
    lot_price = price[at.place[lots.name]]
    sales = sales_of(lots, decision.sell, lot_price, at.row, np.datetime64(at.day, "D"), _causes(at, decision.sell))
    bought = _bought(at, decision.buy)
    if at.situation.settings.wash_rule:
        check_washes(at, decision, sales, bought)
    sold_amount = float(sales.shares @ sales.price)
    bought_amount = float(bought.shares @ bought.basis)
    cost = _cost(at, decision)
    cash = account.cash + sold_amount - bought_amount - cost
    if cash < min(account.cash, 0.0) - _CENT - _OVERDRAFT * account.nav:
        raise OptimizerError(f"{account.as_of}: the trades need {-cash:,.2f} more cash than there is")
    left = np.round(lots.shares - decision.sell, SHARE_DIGITS)
    trades = _recent(sales, bought, at.day)
    after = Holdings(cash, lots.with_shares(left).joined(bought), at.holdings.recent.and_then(trades, at.day))
    _check_conserved(at, after, sales, bought, cost)
    return Filled(after, sales, bought, cost, sold_amount + bought_amount)


def _causes(at: Moment, sell: Floats) -> NDArray[np.int64]:
    """Why each lot goes; what raises cash is told from the rest by amount, sales at a gain first."""
    situation, lots = at.situation, at.holdings.lots
    place = at.place[lots.name]
    price = situation.account.securities.price[place]
    member, loss = situation.weight[place] > 0, lots.basis > price
    harvest, index_change, risk, raised = (CAUSES.index(c) for c in (HARVEST, INDEX_CHANGE, RISK, CASH))
    causes = np.where(~member, index_change, np.where(loss, harvest, risk))
    needed = -situation.account.cash
    if needed > 0:
        amount = np.where(member, sell * price, 0.0)
        order = np.argsort(loss, kind="stable")
        before = np.cumsum(amount[order]) - amount[order]
        causes[order[(amount[order] > 0) & (before < needed)]] = raised
    return causes


def _bought(at: Moment, buy: Floats) -> LotTable:
    rows = np.flatnonzero(buy > 0)
    names, day = at.names[rows], np.full(len(rows), at.day)
    account, assets = at.situation.account, at.tape.asset_array[at.names[rows]]
    return LotTable(
        lot_id=np.char.add(f"{account.as_of}-", assets),
        name=names.astype(np.int64),
        shares=buy[rows],
        basis=account.securities.price[rows],
        acquired=day,
        start=day,
        paid=np.zeros(len(rows)),
    )


def _cost(at: Moment, decision: Decision) -> float:
    account, costs = at.situation.account, at.situation.settings.costs
    sold = by_name(at.place[at.holdings.lots.name], decision.sell, len(at.names))
    traded = decision.buy + sold
    amounts = traded * account.securities.price
    return float(costs.rates(account.securities.spread_bps) @ amounts) + costs.commission * int((traded > 0).sum())


def _recent(sales: Sales, bought: LotTable, day: int) -> RecentTrades:
    number = len(sales.name) + len(bought)
    return RecentTrades(
        name=np.concatenate([sales.name, bought.name]),
        day=np.full(number, day),
        shares=np.concatenate([-sales.shares, bought.shares]),
        gain=np.concatenate([sales.gain, np.full(len(bought), np.nan)]),
    )


def _check_conserved(at: Moment, after: Holdings, sales: Sales, bought: LotTable, cost: float) -> None:
    """Recompute value, basis and shares, name by name, from what was there and what was traded."""
    account, before = at.situation.account, at.holdings
    price, size = account.securities.price, len(at.names)

    def held(lots: LotTable | Sales) -> Floats:
        return by_name(at.place[lots.name], lots.shares, size)

    given_up = float((sales.shares * sales.price - sales.gain).sum())
    differences = {
        "value": account.nav - cost - after.cash - float(held(after.lots) @ price),
        "basis": before.lots.total_basis() - given_up + bought.total_basis() - after.lots.total_basis(),
        "shares": float(np.abs(held(before.lots) + held(bought) - held(sales) - held(after.lots)) @ price),
    }
    for what, difference in differences.items():
        if not abs(difference) <= _CENT:
            raise TaxError(f"{account.as_of}: {what} is out by {difference:.6f} dollars after the trades")
