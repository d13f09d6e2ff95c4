"""Replication of an index, without regard to tax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.vintage.allocation import board, buys, sells_down_to
from backtest.vintage.strategy import Decision, Situation

__all__ = ["PassiveReplication"]


@dataclass(frozen=True)
class PassiveReplication:
    """Hold the index: sell what left it and what is above its weight, buy what is below.

    It keeps wash-sale windows too, so that its gains and losses compare: a name that left at a locked loss waits.

    Parameters
    ----------
    tolerance : float
        A name is traded when it is off its weight by more than this fraction of it.
    """

    tolerance: float = 0.05
    name: str = "passive"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        """Trade back to the index."""
        laid = board(situation)
        tolerance = self.tolerance if situation.account.cash >= 0 else 0.0
        keeps = np.where(laid.held > laid.target * (1 + tolerance), laid.target, laid.held)
        sell = sells_down_to(situation, laid, keeps)
        return Decision(sell, buys(situation, laid, sell, self.tolerance))
