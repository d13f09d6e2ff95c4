"""What the manager has promised the client: benchmark, limits, tax rates, costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from optimizer.costs import Costs
from optimizer.limits.base import Limit
from optimizer.limits.cash import CashLimit
from optimizer.year_to_date import Deferral, YearToDate
from tax import LossUse, TaxRates
from taxsleeve_errors import InputError

__all__ = ["Mandate", "PartlyWashed"]

PartlyWashed = Literal["avoid", "price"]


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
    losses : LossUse
        What a harvested loss is worth: the rate of its own term (enough gains of both terms elsewhere), the long-term
        rate whatever its term (only long-term gains elsewhere), or what netting with `year_to_date` makes of it.
    costs : Costs
    fractional : bool
        Whether fractions of a share may be traded.
    min_trade : float
        Least amount of an order, fraction of NAV; orders below it are not made.
    names : (int, int) or None
        Least and greatest number of names held after trading.
    harvest_threshold : float
        A lot whose loss over cost is below this earns no credit for its loss.
    minimum_loss : float
        The same for a lot whose whole loss is below so many dollars.
    alpha : mapping of str to float
        Expected return over the benchmark by asset, a year; zero for those left out. Counted
        apart from the tax saved.
    alpha_horizon : float
        Years of `alpha` that holding a name today is credited with, about the time for which positions are held.
    year_to_date : YearToDate
        The household's year so far; used where losses are netted.
    deferral : Deferral or None
        Counts what the basis given up by a harvest costs at liquidation; None counts the tax saved now alone.
    partly_washed : {"avoid", "price"}
        What becomes of a loss on older lots of a name bought in the last 30 days: it is not taken, or it may be taken
        where the part that the law disallows is known exactly (`tax.unpriced_washes` says where it is not). That part
        saves no tax now and goes into the basis of the shares bought; what remains counts.
    risk_aversion : float
        Price of tracking variance, fraction of NAV per unit of annual variance: small, it only decides between trade
        lists that are otherwise as good as each other.
    """

    benchmark: Mapping[str, float]
    limits: Sequence[Limit]
    rates: TaxRates
    losses: LossUse = LossUse.UNLIMITED
    costs: Costs = field(default_factory=Costs)
    fractional: bool = False
    min_trade: float = 0.0
    names: tuple[int, int] | None = None
    harvest_threshold: float = 0.0
    risk_aversion: float = 0.1
    minimum_loss: float = 0.0
    alpha: Mapping[str, float] = field(default_factory=dict)
    alpha_horizon: float = 1.0
    year_to_date: YearToDate = field(default_factory=YearToDate)
    deferral: Deferral | None = None
    partly_washed: PartlyWashed = "avoid"

    def __post_init__(self) -> None:
        weights = np.array(list(self.benchmark.values()), dtype=float)
        if not np.isfinite(weights).all() or (weights < 0).any() or abs(weights.sum() - 1) > 1e-6:
            raise InputError.of(
                "benchmark", "finite weights >= 0 that sum to 1 within 1e-6", column="weight", value=weights.sum()
            )
        if self.losses not in tuple(LossUse):
            raise InputError.of("taxes", f"one of {', '.join(LossUse)}", column="losses", value=self.losses)
        object.__setattr__(self, "losses", LossUse.of(self.losses))
        if self.partly_washed not in get_args(PartlyWashed):
            expected = f"one of {', '.join(get_args(PartlyWashed))}"
            raise InputError.of("taxes", expected, column="partly_washed", value=self.partly_washed)
        names = [limit.name for limit in self.limits]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise InputError.of("limits", "each limit once", column=twice[0], value="twice")
        for name in ("min_trade", "harvest_threshold", "risk_aversion", "minimum_loss", "alpha_horizon"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise InputError.of("mandate", "a finite number >= 0", column=name, value=value)
        for asset, alpha in self.alpha.items():
            if not np.isfinite(alpha):
                raise InputError.of("mandate", "a finite number", column=f"alpha.{asset}", value=alpha)
        if self.names is not None and not 0 <= self.names[0] <= self.names[1]:
            raise InputError.of("limits", "two whole numbers, 0 <= least <= greatest", column="names", value=self.names)

    @property
    def later_rate(self) -> float:
        """Dollars of today that each dollar of basis given up costs later."""
        return 0.0 if self.deferral is None else self.deferral.later

    def all_limits(self) -> tuple[Limit, ...]:
        """Return the limits, and the one that needs no saying where no cash limit is given: cash is not overdrawn."""
        if any(limit.name == CashLimit.name for limit in self.limits):
            return tuple(self.limits)
        return (*self.limits, CashLimit(0.0, np.inf))
