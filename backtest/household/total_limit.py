"""The limit on a household's tracking error as each sleeve meets it in its turn at a close."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.holdings import Holdings
from backtest.vintage.lot_table import by_name
from backtest.vintage.tape import Tape
from optimizer.household.total_risk import TotalTrackingErrorLimit, tracking_error_of
from risk import FactorRisk

__all__ = ["TotalLimit"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TotalLimit:
    """Limit on the tracking error of all sleeves together, at one close.

    Parameters
    ----------
    tracking_error : float
        A year, fraction of the household's value.
    tapes : mapping of str to Tape
        By sleeve.
    blend : Tape
        Of the blended benchmark.
    number : int
        The rebalance.
    risk : FactorRisk
    """

    tracking_error: float
    tapes: Mapping[str, Tape]
    blend: Tape
    number: int
    risk: FactorRisk

    def as_met_by(
        self, name: str, holdings: Mapping[str, Holdings], to_come: Collection[str]
    ) -> TotalTrackingErrorLimit:
        """Return the limit for a sleeve, the others as they are held now; one of cash alone counts as its benchmark.

        While others are still to come, what they bring is theirs to mend: the limit is then no tighter than what the
        household would have were this sleeve its benchmark. The last sleeve meets it whole.

        Parameters
        ----------
        name : str
        holdings : mapping of str to Holdings
            Of every sleeve, those that have traded as they left it.
        to_come : collection of str
            Sleeves that trade after this one.
        """
        worth = {one: self._worth(held) for one, held in holdings.items()}
        whole = sum(worth.values())
        dollars = {one: self._dollars(one, held, worth[one]) for one, held in holdings.items() if one != name}
        blended = self.blend.weights[self.number]
        rest = np.sum([*dollars.values(), np.zeros(len(blended))], axis=0) / whole - blended / blended.sum()
        share, limit = worth[name] / whole, self.tracking_error
        if to_come:
            weight = self.tapes[name].weights[self.number]
            as_benchmark = self._by_asset(rest + share * weight / weight.sum())
            limit = max(limit, tracking_error_of(as_benchmark, self.risk))
        return TotalTrackingErrorLimit(limit, share, self._by_asset(rest), self.risk)

    @property
    def _price(self) -> Floats:
        return np.asarray(np.nan_to_num(self.blend.last_price[int(self.blend.rebalances[self.number])]), dtype=float)

    def _worth(self, held: Holdings) -> float:
        return held.cash + float(held.lots.shares @ self._price[held.lots.name])

    def _dollars(self, name: str, held: Holdings, worth: float) -> Floats:
        if not len(held.lots.name):
            weight = self.tapes[name].weights[self.number]
            return np.asarray(worth * weight / weight.sum(), dtype=float)
        shares = by_name(held.lots.name, held.lots.shares, len(self.blend.assets))
        return np.asarray(shares * self._price, dtype=float)

    def _by_asset(self, active: Floats) -> dict[str, float]:
        return {self.blend.assets[i]: float(active[i]) for i in np.flatnonzero(active).tolist()}
