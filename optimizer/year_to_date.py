"""What the year has realised so far, what a loss that it cannot use is worth, and what a loss now costs later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tax import TaxRates, net_gains
from taxsleeve_errors import InputError

__all__ = ["Deferral", "YearToDate"]

# A loss carried on is used with four chances in five, three years on, against long-term gains; money at 5% a year.
_CARRIED = 0.8 / 1.05**3


@dataclass(frozen=True)
class YearToDate:
    """The household's year before this rebalance, for losses that are netted (`LossUse.NETTING`); dollars.

    Parameters
    ----------
    short, long : float
        Net gain realised this year by term, negative for a loss; washed losses left out.
    carry_short, carry_long : float
        Losses carried in from the year before, zero or more.
    deduction : float
        Net loss that other income takes in a year: 3,000, or 1,500 for a married person filing separately
        (`tax.capital_loss_limit`). Other income is taken to be large enough.
    carried : float, optional
        Dollars that one dollar of loss carried to the next year is worth: rate x chance of use x discount. By default
        0.8 / 1.05^3 = 0.69 of the long-term rate: four chances in five, in three years, at 5% a year.

    Raises
    ------
    InputError
        A figure is not finite, or one that must be zero or more is not.
    """

    short: float = 0.0
    long: float = 0.0
    carry_short: float = 0.0
    carry_long: float = 0.0
    deduction: float = 3000.0
    carried: float | None = None

    def __post_init__(self) -> None:
        for name in ("short", "long"):
            if not np.isfinite(getattr(self, name)):
                raise InputError.of(
                    "taxes", "a finite number", column=f"year_to_date.{name}", value=getattr(self, name)
                )
        for name in ("carry_short", "carry_long", "deduction", "carried"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value >= 0):
                raise InputError.of("taxes", "a finite number >= 0", column=f"year_to_date.{name}", value=value)

    @property
    def net(self) -> tuple[float, float]:
        """Net short- and long-term gain with the carryovers in, before this rebalance."""
        return self.short - self.carry_short, self.long - self.carry_long

    def carried_value(self, rates: TaxRates) -> float:
        """Dollars that one dollar of loss carried to the next year is worth."""
        return _CARRIED * rates.long_term if self.carried is None else self.carried

    def tax(self, rates: TaxRates, short: float = 0.0, long: float = 0.0) -> float:
        """Tax of the year with `short` and `long` realised beside, less the worth of what is carried on; dollars.

        Netted exactly by `tax.net_gains` (I.R.C. s.1211, 1212(b), 1222).
        """
        S, L = self.short + short, self.long + long
        year = net_gains(
            short_gains=max(S, 0.0),
            short_losses=max(-S, 0.0),
            long_gains=max(L, 0.0),
            long_losses=max(-L, 0.0),
            short_carryover=self.carry_short,
            long_carryover=self.carry_long,
            limit=self.deduction,
        )
        taxed = rates.short_term * float(year.ordinary) + rates.long_term * float(year.preferential)
        carried = float(year.short_carryover + year.long_carryover)
        return taxed - rates.ordinary * float(year.deduction) - self.carried_value(rates) * carried


@dataclass(frozen=True)
class Deferral:
    """What a dollar of loss harvested now costs later, because the basis is lower: rate / (1 + r)^T.

    A loss is then worth theta = rate now - rate / (1 + r)^T a dollar, and a gain costs as much (TAX_RULES, section 4).

    Parameters
    ----------
    rate : float
        Rate at liquidation, from 0 (a step-up at death) to 1.
    years : float
        T, years until then.
    discount_rate : float
        r, a year.

    Raises
    ------
    InputError
        A figure is not sensible.
    """

    rate: float
    years: float
    discount_rate: float = 0.05

    def __post_init__(self) -> None:
        for name, most in (("rate", 1.0), ("years", np.inf), ("discount_rate", 1.0)):
            value = getattr(self, name)
            if not (np.isfinite(value) and 0 <= value <= most):
                expected = "a finite number >= 0" if np.isinf(most) else "a number from 0 to 1"
                raise InputError.of("taxes", expected, column=f"deferral.{name}", value=value)

    @property
    def later(self) -> float:
        """Dollars of today that each dollar of basis given up costs."""
        return float(self.rate / (1 + self.discount_rate) ** self.years)
