"""What every strategy is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.settings import VintageSettings
from optimizer import Account
from risk import FactorRisk
from tax import WashLocks

__all__ = ["Decision", "Situation", "Strategy"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Situation:
    """An account on the close of a rebalance, and what is known then.

    Parameters
    ----------
    account : optimizer.Account
        Its securities are what is held and what is in the index; names without a price that day are restricted.
    benchmark : mapping of str to float
        Index weights with which the index goes into the next day, sum 1.
    locks : WashLocks
    settings : VintageSettings
    risk : FactorRisk or None
        None where the vintage has no risk model.
    """

    account: Account
    benchmark: Mapping[str, float]
    locks: WashLocks
    settings: VintageSettings
    risk: FactorRisk | None = None


@dataclass(frozen=True, eq=False)
class Decision:
    """Shares to trade, fractions allowed to a millionth.

    Parameters
    ----------
    sell : array (L,)
        Of each of the account's lots.
    buy : array (S,)
        Of each of the account's securities.
    relaxed : float
        Factor by which the tracking-error limit had to give way; 1 where it held.
    """

    sell: Floats
    buy: Floats
    relaxed: float = 1.0


class Strategy(Protocol):
    """Says what to trade; a user's own strategy has this method and these names."""

    @property
    def name(self) -> str:
        """For reports."""

    @property
    def needs_risk(self) -> bool:
        """Whether `Situation.risk` must be there."""

    def decide(self, situation: Situation) -> Decision:
        """Trades of this close; fills are at the close's prices, costs on top."""
