"""What trading costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import InputError

__all__ = ["Costs"]


@dataclass(frozen=True)
class Costs:
    """What trading costs.

    Parameters
    ----------
    spread_bps : float
        Basis points of the amount, each side, where the security itself gives none.
    commission : float
        Dollars an order (one order a name).

    Raises
    ------
    InputError
        A cost is negative or not finite.
    """

    spread_bps: float = 5.0
    commission: float = 0.0

    def __post_init__(self) -> None:
        for name in ("spread_bps", "commission"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError.of("costs", "a finite number >= 0", column=name, value=value)

    def rates(self, spread_bps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Cost as a fraction of the amount, each side, of securities with these spreads (NaN: the default)."""
        filled: NDArray[np.float64] = np.where(np.isnan(spread_bps), self.spread_bps, spread_bps) / 1e4
        return filled
