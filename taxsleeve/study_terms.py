"""Terms of a study's runs: what the account is subject to, and what each strategy may do."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backtest.vintage import Frequency, Relief, TaxSettlement
from tax import LossUse
from taxsleeve.cells import NotNegative, Number, Positive, Share

__all__ = ["Terms"]


class Terms(BaseModel):
    """What can be swept. Fractions of NAV or of a gain; None is no limit.

    Attributes
    ----------
    capital, short_term, long_term, losses, taxes, frequency, wash_rule, spread_bps, flows
        As in `VintageSettings`; `flows` is a fraction of capital a year, put in (+) or taken out (-).
    tracking_error, loss_per_name, turnover, gain_budget, harvest_threshold
        Of the optimizer: limits at each rebalance; `turnover` is two-way, `gain_budget` of gross gains.
        `loss_per_name` holds for the threshold strategy too.
    leavers : float or None
        Months for which the optimizer may keep names that left the index.
    checked : bool
        Whether each trade list of the optimizer is recomputed apart.
    threshold : float
        Of the threshold strategy: a lot goes when it is down by this fraction of its basis.
    relief : Relief
        Of the other strategies: which lots go first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    capital: Annotated[Positive, Field(le=1e15)] = 1e7
    short_term: Share = 0.408
    long_term: Share = 0.238
    losses: Literal[LossUse.UNLIMITED, LossUse.LONG_TERM] = LossUse.UNLIMITED
    taxes: TaxSettlement = TaxSettlement.IGNORED
    frequency: Frequency = Frequency.MONTHLY
    wash_rule: bool = True
    spread_bps: NotNegative = 5.0
    flows: Number = 0.0
    tracking_error: Positive | None = 0.01
    loss_per_name: Positive | None = None
    turnover: Positive | None = None
    gain_budget: NotNegative | None = None
    harvest_threshold: Share = 0.0
    leavers: Positive | None = None
    checked: bool = False
    threshold: Share = 0.05
    relief: Relief = Relief.HIFO
