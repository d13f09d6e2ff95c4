"""Without the wash-sale rule a loss costs only a round trip: taken and bought straight back, its basis is the price."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.allocation import in_turn
from backtest.vintage.holdings import in_shares
from backtest.vintage.strategy import Decision, Situation
from optimizer import LossPerNameLimit, Mandate
from optimizer.harvest import credited_lots
from tax import rates_of

__all__ = ["Reset", "reset_losses"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Reset:
    """A situation in which losses have been taken and bought back.

    Parameters
    ----------
    situation : Situation
        With the lots reset, less the cash that their round trips cost.
    back : array (L,)
        Shares of each lot that were sold and bought back.
    lot_row : array of int (L,)
        Security of each lot.
    """

    situation: Situation
    back: Floats
    lot_row: NDArray[np.intp]

    def undone(self, decision: Decision) -> Decision:
        """Say in trades of the situation as it was what was decided in this one.

        What is sold of a lot that was reset is not bought back.
        """
        sell = np.maximum(decision.sell, self.back)
        again = np.bincount(
            self.lot_row, weights=np.maximum(self.back - decision.sell, 0.0), minlength=len(decision.buy)
        )
        return replace(decision, sell=sell, buy=in_shares(decision.buy + again))


def reset_losses(situation: Situation, mandate: Mandate) -> Reset:
    """Take the losses worth their round trip, as far as the limit on the loss of a name allows."""
    account, settings = situation.account, situation.settings
    lots, row, price = account.lots, account.lot_position, account.securities.price
    each = price[row]
    loss = np.maximum(lots.basis - each, 0.0)
    long_term = lots.long_term(account.as_of)
    rate = rates_of(settings.rates, settings.losses, long_term=long_term, is_loss=np.full(len(lots), True))
    trip = 2 * settings.costs.rates(account.securities.spread_bps)[row] * each
    counted = credited_lots(mandate, 1 - lots.basis / each, lots.shares * each)
    worth = counted & ((rate - mandate.later_rate) * loss > trip) & situation.tradable[row]
    # A lot goes whole, because what is left of one that goes in part would be in need of an id of its own.
    whole = np.where(worth, loss * lots.shares, 0.0)
    caps = [limit.limit for limit in mandate.limits if isinstance(limit, LossPerNameLimit)]
    room = np.full(len(price), min([np.inf, *caps]) * account.nav)
    taken = in_turn(row, -loss, whole, room) >= whole
    back = np.where(worth & taken, lots.shares, 0.0)
    reset = replace(lots, basis=np.where(back > 0, each, lots.basis))
    cost = float(back @ trip)
    changed = replace(account, lots=reset, cash=account.cash - cost)
    return Reset(replace(situation, account=changed), back, row)
