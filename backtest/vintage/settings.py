"""What one vintage is run with."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, field

import numpy as np

from backtest.vintage.flows import Flows
from backtest.vintage.frequency import Frequency
from optimizer import Costs
from tax import LossUse, Lots, TaxRates
from taxsleeve_errors import Fault, InputError

__all__ = ["TaxSettlement", "VintageSettings"]


class TaxSettlement(enum.StrEnum):
    """When taxes on the account's gains, and what its losses save, move cash.

    `IGNORED`: never; gains and losses are recorded and the account stays whole (how published figures are made).
    `NEXT_APRIL_15`: at the first rebalance on or after the April 15 that follows the tax year.
    """

    IGNORED = "ignored"
    NEXT_APRIL_15 = "next_april_15"


@dataclass(frozen=True)
class VintageSettings:
    """An account, and the rules it is kept under.

    Parameters
    ----------
    funded, until : date
        The first rebalance is on the first month end from `funded` on, all are before `until`; the account is
        valued up to and with `until`.
    capital : float
        What the account is worth at the first rebalance, in the market's currency.
    rates : TaxRates
        What gains meet and losses save, and dividends where taxes are settled.
    losses : LossUse
        `UNLIMITED` or `LONG_TERM`.
    costs : Costs
        Spread and commission of each trade; they are paid in cash and are no part of any lot's basis.
    taxes : TaxSettlement
    frequency : Frequency
    wash_rule : bool
        Whether the wash-sale rule holds; without it what it costs can be measured.
    flows : Flows or None
        Contributions or withdrawals.
    lots : Lots or None
        Lots that the account is funded with; what they lack of `capital` at the first close is cash.

    Raises
    ------
    InputError
        `until` is not after `funded`, no capital, losses netted inside the account, or costs with market impact:
        neither is modelled here.
    """

    funded: dt.date
    until: dt.date
    capital: float = 1e7
    rates: TaxRates = field(default_factory=lambda: TaxRates(short_term=0.408, long_term=0.238))
    losses: LossUse = LossUse.UNLIMITED
    costs: Costs = field(default_factory=Costs)
    taxes: TaxSettlement = TaxSettlement.IGNORED
    frequency: Frequency = Frequency.MONTHLY
    wash_rule: bool = True
    flows: Flows | None = None
    lots: Lots | None = None

    def __post_init__(self) -> None:
        faults = []
        if not self.until > self.funded:
            faults.append(Fault("until", f"a date after {self.funded}", value=str(self.until)))
        if not (np.isfinite(self.capital) and self.capital > 0):
            faults.append(Fault("capital", "more than zero", value=str(self.capital)))
        if self.losses is LossUse.NETTING:
            faults.append(Fault("losses", "unlimited or long_term", value=str(self.losses)))
        if self.costs.impact:
            faults.append(
                Fault("costs.impact", "0: a vintage pays spread and commission", value=str(self.costs.impact))
            )
        if self.frequency not in tuple(Frequency):
            faults.append(Fault("frequency", f"one of {', '.join(Frequency)}", value=str(self.frequency)))
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "frequency", Frequency(self.frequency))
