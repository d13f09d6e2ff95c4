"""Tax on what an account realised in a period, under a named assumption on the use of losses."""

from __future__ import annotations

from dataclasses import dataclass

from tax.loss_use import LossUse
from tax.measurement._numbers import finite, not_negative
from tax.netting import net_gains
from tax.rates import TaxRates

__all__ = ["LossCarryover", "RealizedIncome", "TaxBill", "liquidation_tax", "realized_tax"]


@dataclass(frozen=True)
class RealizedIncome:
    """What an account realised in a period, in dollars.

    Parameters
    ----------
    short, long : float
        Net short- and long-term gain; a loss is negative.
    qualified_dividends, other : float
        Qualified dividends (QD); interest and other dividends (OI).
    """

    short: float = 0.0
    long: float = 0.0
    qualified_dividends: float = 0.0
    other: float = 0.0

    def __post_init__(self) -> None:
        finite(short=self.short, long=self.long, qualified_dividends=self.qualified_dividends, other=self.other)


@dataclass(frozen=True)
class LossCarryover:
    """Losses carried from one period to the next by character, in dollars, zero or more."""

    short: float = 0.0
    long: float = 0.0

    def __post_init__(self) -> None:
        not_negative(short=self.short, long=self.long)

    @property
    def total(self) -> float:
        """Short- and long-term together."""
        return self.short + self.long


@dataclass(frozen=True)
class TaxBill:
    """Tax on a period, with the assumption it rests on.

    Parameters
    ----------
    tax : float
        Dollars; negative is a benefit.
    losses : LossUse
        The assumption on the use of losses.
    carryover : LossCarryover
        Losses carried to the next period; nothing but under `LossUse.NETTING`.
    """

    tax: float
    losses: LossUse
    carryover: LossCarryover = LossCarryover()


def realized_tax(
    income: RealizedIncome,
    rates: TaxRates,
    losses: LossUse | str = LossUse.UNLIMITED,
    *,
    carryover: LossCarryover | None = None,
    limit: float = 3000.0,
) -> TaxBill:
    """Tax T = tS ST + tL LT + tQ QD + tO OI, where a loss is worth what the assumption says.

    UNLIMITED: as the formula stands, a loss saves the rate of its own character. LONG_TERM: a loss of either character
    saves tL. NETTING: ST and LT are netted with the carryover (`net_gains`), T = tS x ordinary + tL x preferential
    - tO x deduction + tQ QD + tO OI, and the rest of a loss is carried.

    Parameters
    ----------
    income : RealizedIncome
    rates : TaxRates
    losses : LossUse or its name
    carryover : LossCarryover, optional
        Losses from the period before; only NETTING uses them.
    limit : float
        Net loss deducted a period under NETTING; 3,000 where the period is a year (1,500 married filing separately).

    Raises
    ------
    TaxError
        The assumption is unknown, or a number is not sensible.
    """
    use = LossUse.of(losses)
    dividends = rates.qualified_dividends * income.qualified_dividends + rates.ordinary * income.other
    if use is LossUse.NETTING:
        gains, left = _netted(income, rates, carryover or LossCarryover(), limit)
        return TaxBill(gains + dividends, use, left)
    short_loss_rate = rates.short_term if use is LossUse.UNLIMITED else rates.long_term
    short_rate = rates.short_term if income.short > 0 else short_loss_rate
    return TaxBill(short_rate * income.short + rates.long_term * income.long + dividends, use)


def liquidation_tax(
    unrealized_short: float,
    unrealized_long: float,
    rates: TaxRates,
    losses: LossUse | str = LossUse.UNLIMITED,
    *,
    carryover: LossCarryover | None = None,
    limit: float = 3000.0,
) -> TaxBill:
    """Tax if every open lot were sold now: `realized_tax` of the unrealised gains by character (t U).

    The arguments are those of `realized_tax`; under NETTING a loss that would be left over is worth nothing yet.
    """
    income = RealizedIncome(short=unrealized_short, long=unrealized_long)
    return realized_tax(income, rates, losses, carryover=carryover, limit=limit)


def _netted(
    income: RealizedIncome, rates: TaxRates, carryover: LossCarryover, limit: float
) -> tuple[float, LossCarryover]:
    net = net_gains(
        short_gains=max(0.0, income.short),
        short_losses=max(0.0, -income.short),
        long_gains=max(0.0, income.long),
        long_losses=max(0.0, -income.long),
        short_carryover=carryover.short,
        long_carryover=carryover.long,
        limit=limit,
    )
    tax = rates.short_term * float(net.ordinary) + rates.long_term * float(net.preferential)
    tax -= rates.ordinary * float(net.deduction)
    return tax, LossCarryover(float(net.short_carryover), float(net.long_carryover))
