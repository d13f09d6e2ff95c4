"""The simple monthly rule: sell what is down, hold the rest of the index meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.vintage.allocation import Board, Floats, board, buys, sells_down_to
from backtest.vintage.strategy import Decision, Situation
from taxsleeve_errors import Fault, InputError

__all__ = ["ThresholdHarvest"]


@dataclass(frozen=True)
class ThresholdHarvest:
    """Sell every lot that is down enough, spread the proceeds over the rest of the index, buy back after the window.

    Names that left the index are sold whatever their gain. Names bought back come first when there is cash.

    Parameters
    ----------
    threshold : float
        A lot goes when its loss over basis is at least this.
    most_loss : float
        Loss realised in one name at one close, at most, as a fraction of NAV.
    least : float
        Deficits below this fraction of a name's target are left.

    Raises
    ------
    InputError
        A number out of range.
    """

    threshold: float = 0.05
    most_loss: float = np.inf
    least: float = 0.05
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
        laid = board(situation)
        keeps = np.where(laid.weight > 0, laid.held, 0.0)
        if situation.account.cash < 0:
            keeps = np.minimum(keeps, laid.target)
        sell = np.maximum(sells_down_to(situation, laid, keeps), self._harvest(situation, laid))
        return Decision(sell, buys(situation, laid, sell, self.least))

    def _harvest(self, situation: Situation, laid: Board) -> Floats:
        lots = situation.account.lots
        sell = np.zeros(len(lots))
        room = np.full(len(laid.price), self.most_loss * situation.account.nav)
        down = laid.lot_free & (laid.lot_gain < 0) & (laid.lot_gain <= -self.threshold)
        for lot in np.argsort(laid.lot_gain, kind="stable").tolist():
            if not down[lot]:
                continue
            name = laid.row[lot]
            loss = float(lots.basis[lot] - laid.price[name])
            part = min(1.0, float(room[name]) / (loss * float(lots.shares[lot])))
            sell[lot] = float(lots.shares[lot]) * part if part < 1 else float(lots.shares[lot])
            room[name] -= loss * sell[lot]
        rounded: Floats = np.round(np.floor(sell * 1e6 + 1e-3) / 1e6, 6)
        return rounded
