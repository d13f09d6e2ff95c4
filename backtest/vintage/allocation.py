"""Simple trading rules shared by the strategies that do not optimise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.holdings import in_shares
from backtest.vintage.strategy import Situation

__all__ = ["Board", "board", "buys", "sells_down_to"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Board:
    """Securities and lots of a situation as arrays, S securities and L lots.

    Parameters
    ----------
    situation : Situation

    Attributes
    ----------
    target, held : array (S,)
        Dollars in the index's weights, dollars held.
    lot_gain : array (L,)
        Gain over basis of each lot, as a fraction of basis.
    lot_free : array of bool (L,)
        Lots that may be sold: priced today, and at a gain or not locked.
    tradable : array of bool (S,)
    """

    def __init__(self, situation: Situation) -> None:
        account = situation.account
        assets, price = account.securities.asset, account.securities.price
        self.price, self.row = price, account.lot_position
        self.weight = np.array([situation.benchmark.get(asset, 0.0) for asset in assets])
        self.target = self.weight * account.nav
        self.held = np.bincount(self.row, weights=account.lots.shares * price[self.row], minlength=len(assets))
        still = account.rules("no_trade")
        self.tradable = np.array([asset not in still for asset in assets], dtype=bool)
        self.lot_gain = price[self.row] / account.lots.basis - 1
        free = situation.locks.may_sell_at_loss(account.lots) | (self.lot_gain >= 0)
        self.lot_free: Bools = free & self.tradable[self.row]
        self.group = np.array(account.securities.group, dtype=object)


def board(situation: Situation) -> Board:
    """Lay out a situation."""
    return Board(situation)


def sells_down_to(situation: Situation, laid: Board, dollars: Floats) -> Floats:
    """Shares (L,) of lots that sell each name down to these dollars (S,), highest basis first."""
    lots = situation.account.lots
    sell = np.zeros(len(lots))
    excess = np.maximum(laid.held - dollars, 0.0) / laid.price
    for lot in np.argsort(-lots.basis, kind="stable").tolist():
        name = laid.row[lot]
        if laid.lot_free[lot] and excess[name] > 0:
            sell[lot] = min(float(lots.shares[lot]), float(excess[name]))
            excess[name] -= sell[lot]
    whole = sell >= lots.shares - 1e-9
    rounded: Floats = np.where(whole, lots.shares, in_shares(sell))
    return rounded


def buys(situation: Situation, laid: Board, sell: Floats, least: float) -> Floats:
    """Shares (S,) that put all cash to work: deficits first, the rest spread by index weight.

    Parameters
    ----------
    situation : Situation
    laid : Board
    sell : array (L,)
        Sold at the same close; a group sold at a loss is not bought.
    least : float
        Deficits below this fraction of a name's target are no deficit; cash below it, of NAV, stays.
    """
    account, costs = situation.account, situation.settings.costs
    rates = costs.rates(account.securities.spread_bps)
    sold = np.bincount(laid.row, weights=sell * laid.price[laid.row], minlength=len(laid.price))
    losing = {*account.lots.group[(sell > 0) & (laid.lot_gain < 0)].tolist()}
    allowed = np.array(
        [group not in losing and situation.locks.may_buy(group) for group in laid.group.tolist()], dtype=bool
    )
    allowed &= laid.tradable & (laid.weight > 0) & (sold == 0)
    orders = int((sold > 0).sum()) + int(allowed.sum())
    cash = account.cash + float(((1 - rates) * sold).sum()) - costs.commission * orders
    room = cash / (1 + rates.max())
    if room <= 0 or not allowed.any():
        return np.zeros(len(laid.price))
    deficit = np.where(allowed, np.maximum(laid.target - laid.held, 0.0), 0.0)
    deficit[deficit < least * laid.target] = 0.0
    spent = deficit * min(1.0, room / max(deficit.sum(), 1e-9))
    left = room - spent.sum()
    if left > least * 0.1 * account.nav:
        weight = np.where(allowed, laid.weight, 0.0)
        spent = spent + left * weight / weight.sum()
    return in_shares(spent / laid.price)
