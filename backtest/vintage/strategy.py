"""What every strategy is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.settings import VintageSettings
from optimizer import Account, Limit
from risk import FactorRisk
from tax import WashLocks

__all__ = ["Decision", "Situation", "Strategy"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Situation:
    """An account on the close of a rebalance, and what is known then; S securities, L lots.

    Parameters
    ----------
    account : optimizer.Account
        Its securities are what is held and what is in the index; names without a price that day are restricted.
        Its cash has the day's taxes and flow in it. Without the wash-sale rule no trade is told of, and no lot is so
        young that a window would see it.
    weight : array (S,)
        Index weights with which the index goes into the next day, sum 1.
    tradable, may_buy : array of bool (S,)
        Names with a price today; names that no wash-sale lock keeps from being bought.
    may_sell_at_loss : array of bool (L,)
        Lots that no wash-sale lock keeps from being sold at a loss.
    locks : WashLocks
        The same locks by name of group and lot.
    settings : VintageSettings
    risk : FactorRisk or None
        None where the vintage has no risk model.
    former_weight, months_out : array (S,)
        Of a name that left the index: its weight at the last rebalance at which it was in it, zero for all others, and
        the months since the first at which it was not.
    shared : tuple of Limit
        What a household asks of the account beyond its strategy's own limits; only the optimizer heeds them.
    """

    account: Account
    weight: Floats
    tradable: Bools
    may_buy: Bools
    may_sell_at_loss: Bools
    locks: WashLocks
    settings: VintageSettings
    risk: FactorRisk | None
    former_weight: Floats
    months_out: Floats
    shared: tuple[Limit, ...] = ()

    @cached_property
    def benchmark(self) -> Mapping[str, float]:
        """Weights of the index by name, those above zero."""
        assets = self.account.securities.asset
        return {assets[i]: float(self.weight[i]) for i in np.flatnonzero(self.weight).tolist()}


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
    over_budget : bool
        Whether the budget of gains had to be given up.
    """

    sell: Floats
    buy: Floats
    relaxed: float = 1.0
    over_budget: bool = False


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
