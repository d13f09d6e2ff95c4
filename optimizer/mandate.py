"""What the manager has promised the client: benchmark, limits, tax rates, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from optimizer.costs import Costs
from optimizer.limits.base import Limit
from optimizer.limits.cash import CashLimit
from tax import TaxRates
from taxsleeve_errors import InputError

__all__ = ["LossUse", "Mandate"]

LossUse = Literal["unlimited", "long_term"]


@dataclass(frozen=True)
class Mandate:
    """Benchmark, limits, rates and costs of one account.

    Parameters
    ----------
    benchmark : mapping of str to float
        Weights by asset, none negative, sum 1 within 1e-6.
    limits : sequence of Limit
        Every limit must hold; a limit's name stands once.
    rates : TaxRates
        Marginal rates on gains.
    losses : {"unlimited", "long_term"}
        What a harvested loss is worth: the rate of its own term (enough gains of both terms elsewhere), or the
        long-term rate whatever its term (only long-term gains elsewhere).
    costs : Costs
    fractional : bool
        Whether fractions of a share may be traded.
    min_trade : float
        Least amount of an order, fraction of NAV; orders below it are not made.
    names : (int, int) or None
        Least and greatest number of names held after trading.
    harvest_threshold : float
        A lot whose loss over cost is below this earns no credit for its loss.
    risk_aversion : float
        Price of tracking variance, fraction of NAV per unit of annual variance: small, it only decides between trade
        lists that are otherwise as good as each other.
    """

    benchmark: Mapping[str, float]
    limits: Sequence[Limit]
    rates: TaxRates
    losses: LossUse = "unlimited"
    costs: Costs = field(default_factory=Costs)
    fractional: bool = False
    min_trade: float = 0.0
    names: tuple[int, int] | None = None
    harvest_threshold: float = 0.0
    risk_aversion: float = 0.1

    def __post_init__(self) -> None:
        weights = np.array(list(self.benchmark.values()), dtype=float)
        if not np.isfinite(weights).all() or (weights < 0).any() or abs(weights.sum() - 1) > 1e-6:
            raise InputError.of(
                "benchmark", "finite weights >= 0 that sum to 1 within 1e-6", column="weight", value=weights.sum()
            )
        if self.losses not in get_args(LossUse):
            raise InputError.of("taxes", f"one of {', '.join(get_args(LossUse))}", column="losses", value=self.losses)
        names = [limit.name for limit in self.limits]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InputError.of("limits", "each limit once", column=twice[0], value="twice")
        for name in ("min_trade", "harvest_threshold", "risk_aversion"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError.of("mandate", "a finite number >= 0", column=name, value=value)
        if self.names is not None and not 0 <= self.names[0] <= self.names[1]:
            raise InputError.of("limits", "two whole numbers, 0 <= least <= greatest", column="names", value=self.names)

    def all_limits(self) -> tuple[Limit, ...]:
        """Return the limits, and the one that needs no saying where no cash limit is given: cash is not overdrawn."""
        if any(limit.name == CashLimit.name for limit in self.limits):
            return tuple(self.limits)
        return (*self.limits, CashLimit(0.0, np.inf))
