"""Simple trading rules shared by the strategies that do not optimise."""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.holdings import in_shares
from backtest.vintage.strategy import Situation
from tax import rates_of

__all__ = ["Board", "Relief", "buys", "in_turn", "sells_down_to"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# A lot of which a hair is left goes whole.
_HAIR = 1e-9


class Relief(enum.StrEnum):
    """Which lots of a name go first where only some of it is sold.

    `HIFO`: highest basis; `FIFO`: oldest; `LIFO`: youngest; `MIN_TAX`: least tax a share at the settings' rates.
    """

    HIFO = "hifo"
    FIFO = "fifo"
    LIFO = "lifo"
    MIN_TAX = "min_tax"


class Board:
    """Securities and lots of a situation as arrays, S securities and L lots.

    Parameters
    ----------
    situation : Situation

    Attributes
    ----------
    weight, target, held : array (S,)
        Index weights, dollars in these weights, dollars held.
    row : array of int (L,)
        Security of each lot.
    lot_gain : array (L,)
        Gain over basis of each lot, as a fraction of basis; infinite for a basis of zero.
    lot_free : array of bool (L,)
        Lots that may be sold: priced today, and at a gain or not locked.
    """

    def __init__(self, situation: Situation) -> None:
        account = situation.account
        self.price, self.row = account.securities.price, account.lot_position
        self.weight = situation.weight
        # Raising cash costs too.
        rate = situation.settings.costs.rates(account.securities.spread_bps).max()
        self.target = self.weight * (account.nav - 2 * rate * max(-account.cash, 0.0))
        self.held = self.by_security(account.lots.shares * self.price[self.row])
        basis = account.lots.basis
        ratio = np.divide(self.price[self.row], basis, out=np.full(len(basis), np.inf), where=basis > 0)
        self.lot_gain = ratio - 1
        free = situation.may_sell_at_loss | (self.lot_gain >= 0)
        self.lot_free: Bools = free & situation.tradable[self.row]

    def by_security(self, lot_amounts: Floats) -> Floats:
        """Sum amounts of lots (L,) over securities (S,)."""
        summed: Floats = np.bincount(self.row, weights=lot_amounts, minlength=len(self.price)).astype(float)
        return summed


def in_turn(row: NDArray[np.intp], key: Floats, most: Floats, room: Floats) -> Floats:
    """Take from lots (L,) in order of a key, each at most `most`, until each security's room (S,) is used up."""
    order = np.lexsort((key, row))
    name, amount = row[order], most[order]
    before = np.cumsum(amount) - amount
    first = np.searchsorted(name, name)
    taken = np.empty(len(row))
    taken[order] = np.clip(room[name] - (before - before[first]), 0.0, amount) if len(row) else amount
    return taken


def sells_down_to(situation: Situation, laid: Board, dollars: Floats, relief: Relief = Relief.HIFO) -> Floats:
    """Shares (L,) of lots that sell each name down to these dollars (S,)."""
    shares = situation.account.lots.shares
    excess = np.maximum(laid.held - dollars, 0.0) / laid.price
    free = np.where(laid.lot_free, shares, 0.0)
    sell = in_turn(laid.row, _order(situation, laid, relief), free, excess)
    rounded: Floats = np.where((sell > 0) & (sell >= shares - _HAIR), shares, in_shares(sell))
    return rounded


def _order(situation: Situation, laid: Board, relief: Relief) -> Floats:
    """Sort key of each lot (L,), lowest first."""
    lots, settings = situation.account.lots, situation.settings
    acquired = lots.holding_start.astype("datetime64[D]").astype(float)
    if relief is Relief.FIFO:
        return acquired
    if relief is Relief.LIFO:
        return -acquired
    if relief is Relief.MIN_TAX:
        gain = laid.price[laid.row] - lots.basis
        long_term = lots.long_term(situation.account.as_of)
        return rates_of(settings.rates, settings.losses, long_term=long_term, is_loss=gain < 0) * gain
    return -lots.basis


def buys(situation: Situation, laid: Board, sell: Floats, least: float) -> Floats:
    """Shares (S,) that put all cash to work: deficits first, the rest spread by index weight.

    Parameters
    ----------
    situation : Situation
    laid : Board
    sell : array (L,)
        Sold at the same close; a name that is sold is not bought, nor any of a group sold at a loss.
    least : float
        Deficits below this fraction of a name's target are no deficit; cash below it, of NAV, stays.
    """
    account, costs = situation.account, situation.settings.costs
    rates = costs.rates(account.securities.spread_bps)
    sold = laid.by_security(sell * laid.price[laid.row])
    allowed = situation.may_buy & situation.tradable & (laid.weight > 0) & (sold == 0)
    if situation.settings.wash_rule:
        losing = {*account.lots.group[(sell > 0) & (laid.lot_gain < 0)].tolist()}
        allowed &= np.array([group not in losing for group in account.securities.group], dtype=bool)
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
