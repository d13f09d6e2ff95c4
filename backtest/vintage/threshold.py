"""The simple monthly rule: sell what is down, hold the rest of the index meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.vintage.allocation import Board, Floats, Relief, buys, in_turn, sells_down_to
from backtest.vintage.holdings import in_shares
from backtest.vintage.leavers import wait_for_long_term
from backtest.vintage.perfect import bought_back
from backtest.vintage.strategy import Decision, Situation
from taxsleeve_errors import Fault, InputError

__all__ = ["ThresholdHarvest"]


@dataclass(frozen=True)
class ThresholdHarvest:
    """Sell every lot that is down enough, spread the proceeds over the rest of the index, buy back after the window.

    Names that left the index are sold whatever their gain. Names bought back come first when there is cash. Without
    the wash-sale rule what is sold at a loss is bought straight back.

    Parameters
    ----------
    threshold : float
        A lot goes when its loss over basis is at least this.
    most_loss : float
        Loss realised in one name at one close, at most, as a fraction of NAV.
    least : float
        Deficits below this fraction of a name's target are left.
    relief : Relief
        Which lots go first where a name is sold for another reason.
    defer_gains : bool
        Whether lots of names that left the index wait, while they are at a short-term gain, until they are long-term.

    Raises
    ------
    InputError
        A number out of range.
    """

    threshold: float = 0.05
    most_loss: float = np.inf
    least: float = 0.05
    relief: Relief = Relief.HIFO
    defer_gains: bool = False
    name: str = "threshold"
    needs_risk: bool = False

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.threshold < 1:
            faults.append(Fault("threshold", "at least 0 and under 1", value=str(self.threshold)))
        if not self.most_loss > 0:
            faults.append(Fault("most_loss", "more than 0", value=str(self.most_loss)))
        if faults:
            raise InputError(faults)

    def decide(self, situation: Situation) -> Decision:
        """Harvest, drop what left, reinvest."""
        laid = Board(situation)
        keeps = np.where(laid.weight > 0, laid.held, 0.0)
        if situation.account.cash < 0:
            keeps = np.minimum(keeps, laid.target)
        elif self.defer_gains:
            wait_for_long_term(situation, laid)
        down_to = sells_down_to(situation, laid, keeps, self.relief)
        sell = np.maximum(down_to, self._harvest(situation, laid))
        if situation.settings.wash_rule:
            return Decision(sell, buys(situation, laid, sell, self.least))
        buy = buys(situation, laid, down_to, self.least)
        return Decision(sell, bought_back(situation, laid, sell, sell - down_to, buy))

    def _harvest(self, situation: Situation, laid: Board) -> Floats:
        lots = situation.account.lots
        loss = np.maximum(lots.basis - laid.price[laid.row], 0.0)
        down = laid.lot_free & (laid.lot_gain < 0) & (laid.lot_gain <= -self.threshold)
        whole = np.where(down, loss * lots.shares, 0.0)
        room = np.full(len(laid.price), self.most_loss * situation.account.nav)
        taken = in_turn(laid.row, laid.lot_gain, whole, room)
        part = np.divide(taken, whole, out=np.zeros(len(lots)), where=whole > 0)
        return np.where(part >= 1, lots.shares, in_shares(part * lots.shares))
