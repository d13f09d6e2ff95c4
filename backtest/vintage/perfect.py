"""The bound: every loss is harvested the moment it is there, because what is sold is bought straight back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.vintage.allocation import Board, Floats, Relief, buys, sells_down_to
from backtest.vintage.holdings import in_shares
from backtest.vintage.strategy import Decision, Situation
from taxsleeve_errors import InputError

__all__ = ["PerfectHarvest", "bought_back"]


@dataclass(frozen=True)
class PerfectHarvest:
    """Replicate the index, sell every lot at a loss and buy it straight back: what no wash-sale rule would allow.

    Parameters
    ----------
    tolerance : float
        As in `PassiveReplication`.
    relief : Relief
        Which lots go first where a name is sold for another reason.
    """

    tolerance: float = 0.05
    relief: Relief = Relief.HIFO
    name: str = "perfect"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        """Trade back to the index, and reset the basis of every loss.

        Raises
        ------
        InputError
            The vintage keeps the wash-sale rule.
        """
        if situation.settings.wash_rule:
            raise InputError.of("wash_rule", f"false: the strategy {self.name} buys back what it sells", value=True)
        laid = Board(situation)
        tolerance = self.tolerance if situation.account.cash >= 0 else 0.0
        keeps = np.where(laid.held > laid.target * (1 + tolerance), laid.target, laid.held)
        index = sells_down_to(situation, laid, keeps, self.relief)
        losing = laid.lot_free & (laid.lot_gain < 0)
        sell = np.where(losing, situation.account.lots.shares, index)
        buy = buys(situation, laid, index, self.tolerance)
        return Decision(sell, bought_back(situation, laid, sell, sell - index, buy))


def bought_back(situation: Situation, laid: Board, sell: Floats, back: Floats, buy: Floats) -> Floats:
    """Add to purchases (S,) the shares of lots (L,) that are bought back, all cut where cash does not reach.

    Parameters
    ----------
    situation : Situation
    laid : Board
    sell : array (L,)
        Everything sold.
    back : array (L,)
        The part of it to be bought again.
    buy : array (S,)
        Bought beside.
    """
    account, costs = situation.account, situation.settings.costs
    rates = costs.rates(account.securities.spread_bps)
    again = laid.by_security(back)
    whole = buy + again
    sold = laid.by_security(sell * laid.price[laid.row])
    orders = int(((whole > 0) | (sold > 0)).sum())
    cash = account.cash + float((1 - rates) @ sold) - costs.commission * orders
    needed = float((1 + rates) @ (whole * laid.price))
    return in_shares(whole * min(1.0, max(cash, 0.0) / needed)) if needed > 0 else whole
