"""Replication of an index, without regard to tax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backtest.vintage.allocation import Board, Relief, buys, sells_down_to
from backtest.vintage.leavers import wait_for_long_term
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
    relief : Relief
        Which lots go first.
    defer_gains : bool
        Whether lots of names that left the index wait, while they are at a short-term gain, until they are long-term.
    """

    tolerance: float = 0.05
    relief: Relief = Relief.HIFO
    defer_gains: bool = False
    name: str = "passive"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        """Trade back to the index."""
        laid = Board(situation)
        if self.defer_gains and situation.account.cash >= 0:
            wait_for_long_term(situation, laid)
        tolerance = self.tolerance if situation.account.cash >= 0 else 0.0
        keeps = np.where(laid.held > laid.target * (1 + tolerance), laid.target, laid.held)
        sell = sells_down_to(situation, laid, keeps, self.relief)
        return Decision(sell, buys(situation, laid, sell, self.tolerance))
