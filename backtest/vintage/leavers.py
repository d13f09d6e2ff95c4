"""Names that left the index: how long they are kept, so that their gains need not be realised at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.allocation import Board
from backtest.vintage.strategy import Situation
from optimizer import Account, Restriction
from taxsleeve_errors import InputError

__all__ = ["LeaverTolerance", "wait_for_long_term"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LeaverTolerance:
    """Let the benchmark that the optimizer tracks keep names that left the index, fading them out.

    A name that left stays at its last weight, at most what is held of it, less one part in `months` for each month
    since; the others make room in proportion. It cannot be bought. The tracking error that a vintage records is
    against the true index all the same.

    Parameters
    ----------
    months : float
        Months after which nothing is left.

    Raises
    ------
    InputError
        The number is not above zero.
    """

    months: float = 12.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.months) and self.months > 0):
            raise InputError.of("leavers", "a finite number of months above 0", column="months", value=self.months)

    def tolerated(self, situation: Situation) -> Floats:
        """Weights (S,) of names that left and are kept for now."""
        account = situation.account
        value = account.lots.shares * account.securities.price[account.lot_position]
        held = np.bincount(account.lot_position, weights=value, minlength=len(situation.weight)) / account.nav
        faded = situation.former_weight * np.maximum(1 - situation.months_out / self.months, 0.0)
        kept: Floats = np.minimum(faded, held)
        return kept

    def benchmark(self, situation: Situation) -> Mapping[str, float]:
        """Weights by name of the benchmark to be tracked, sum 1."""
        kept = self.tolerated(situation)
        weight = situation.weight * (1 - kept.sum()) + kept
        assets = situation.account.securities.asset
        return {assets[i]: float(weight[i]) for i in np.flatnonzero(weight).tolist()}

    def account(self, situation: Situation) -> Account:
        """Forbid that a name which left be bought."""
        account = situation.account
        left = np.flatnonzero(self.tolerated(situation)).tolist()
        barred = [Restriction(account.securities.asset[i], "no_buy", reason="left the index") for i in left]
        return replace(account, restrictions=[*account.restrictions, *barred]) if barred else account


def wait_for_long_term(situation: Situation, laid: Board) -> None:
    """Bar the sale of lots at a short-term gain of names that left the index."""
    lots = situation.account.lots
    waits = (laid.weight == 0)[laid.row] & (laid.lot_gain > 0) & ~lots.long_term(situation.account.as_of)
    laid.lot_free &= ~waits
