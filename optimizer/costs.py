"""What trading costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import InputError

__all__ = ["TRADING_DAYS", "Costs"]

TRADING_DAYS = 252


@dataclass(frozen=True)
class Costs:
    """What trading costs.

    Parameters
    ----------
    spread_bps : float
        Basis points of the amount, each side, where the security itself gives none.
    commission : float
        Dollars an order (one order a name).
    impact : float
        c of the square-root law: trading X dollars of a name costs c x sigma x X x sqrt(X / ADV) beside the spread,
        sigma its daily volatility by the risk model and ADV its average daily volume in dollars; a number of about 1.
        Names whose volume is not known are charged none, names of no volume are not traded. Source: Torre and Ferrari,
        BARRA Market Impact Model Handbook (1997); Almgren et al., Direct Estimation of Equity Market Impact (2005).

    Raises
    ------
    InputError
        A cost is negative or not finite.
    """

    spread_bps: float = 5.0
    commission: float = 0.0
    impact: float = 0.0

    def __post_init__(self) -> None:
        for name in ("spread_bps", "commission", "impact"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError.of("costs", "a finite number >= 0", column=name, value=value)

    def rates(self, spread_bps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cost as a fraction of the amount, each side, of securities with these spreads (NaN: the default)."""
        filled: NDArray[np.float64] = np.where(np.isnan(spread_bps), self.spread_bps, spread_bps) / 1e4
        return filled

    def impact_rates(self, variance: NDArray[np.float64], adv: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coefficient k of each security's market impact k X^(3/2): c sigma / sqrt(ADV), shape (N,).

        Parameters
        ----------
        variance : array (N,)
            Of returns, annual; a year has 252 trading days.
        adv : array (N,)
            Average daily volume in the unit of X, NaN where not known (k = 0); k is infinite where it is zero.
        """
        if not self.impact:
            return np.zeros(len(adv))
        daily = self.impact * np.sqrt(variance / TRADING_DAYS)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.isnan(adv), 0.0, np.where(adv > 0, daily / np.sqrt(adv), np.inf))
