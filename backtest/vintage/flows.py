"""Money that its owner puts into an account or takes out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from taxsleeve_errors import InputError

__all__ = ["Flows"]


@dataclass(frozen=True)
class Flows:
    """Contributions or withdrawals, in equal parts at every rebalance but the first.

    Parameters
    ----------
    yearly : float
        Dollars a year over the opening capital: 0.05 puts in 5% of it a year, -0.04 takes 4% out.

    Raises
    ------
    InputError
        The number is not finite.
    """

    yearly: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.yearly):
            raise InputError.of("flows", "a finite fraction of capital a year", value=self.yearly)

    def at_rebalance(self, capital: float, per_year: int) -> float:
        """Dollars that come in at one rebalance (below zero: go out)."""
        return round(capital * self.yearly / per_year, 2)
