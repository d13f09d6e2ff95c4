"""What all taxed accounts' sales save of tax, one bill: rates by term, or the year netted with them and without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import fsum

from audit.position import AfterTrading, Sale
from tax import TaxRates, net_gains

__all__ = ["AuditedTaxes", "YearSoFar", "credited", "tax_saved"]

# Nine digits of room, so that a loss of exactly the least counts.
_ROOM = 1 - 1e-9
# A loss carried on is used with four chances in five, three years on, against long-term gains; money at 5% a year.
_CARRIED = 0.8 / 1.05**3


@dataclass(frozen=True)
class YearSoFar:
    """The year before the list: net gains by term, losses carried in, what other income takes; all dollars.

    Parameters
    ----------
    short, long, carry_short, carry_long, deduction : float
    carried : float or None
        Worth of a dollar of loss carried on; None: 0.8 / 1.05^3 of the long-term rate.
    """

    short: float = 0.0
    long: float = 0.0
    carry_short: float = 0.0
    carry_long: float = 0.0
    deduction: float = 3000.0
    carried: float | None = None


@dataclass(frozen=True)
class AuditedTaxes:
    """Rates and use of losses of an account.

    Parameters
    ----------
    rates : TaxRates
    losses : {"unlimited", "long_term", "netting"}
    harvest_threshold, minimum_loss : float
        A loss counts from this fraction of cost, and from these dollars of the whole lot.
    year : YearSoFar
    """

    rates: TaxRates
    losses: str = "unlimited"
    harvest_threshold: float = 0.0
    minimum_loss: float = 0.0
    year: YearSoFar = field(default_factory=YearSoFar)

    @property
    def bill(self) -> tuple[TaxRates, str, YearSoFar]:
        """What must be the same in accounts whose gains are netted together."""
        return self.rates, self.losses, self.year


def credited(after: AfterTrading, taxes: AuditedTaxes) -> tuple[Sale, ...]:
    """Sales that count: every gain, and the losses that are large enough."""
    return tuple(sale for sale in after.sales if sale.gain >= 0 or _is_enough(sale, taxes))


def _is_enough(sale: Sale, taxes: AuditedTaxes) -> bool:
    shares = sale.row.quantity
    if not shares > 0:
        return False
    of_cost = -sale.gain >= _ROOM * taxes.harvest_threshold * shares * sale.lot.cost_per_share
    return of_cost and -sale.gain * (sale.lot.shares / shares) >= _ROOM * taxes.minimum_loss


def tax_saved(parts: Iterable[tuple[AfterTrading, AuditedTaxes]]) -> float:
    """Dollars of tax that the lists of taxed accounts save together, negative where tax is due.

    Parameters
    ----------
    parts : iterable of (AfterTrading, AuditedTaxes)
        With losses disallowed. Accounts that net their gains have one year and are netted together.
    """
    saved: list[float] = []
    netted: list[Sale] = []
    year: AuditedTaxes | None = None
    for after, taxes in parts:
        sales = credited(after, taxes)
        if taxes.losses == "netting":
            netted, year = [*netted, *sales], taxes
        else:
            saved += [-_rate(taxes, sale) * sale.allowed for sale in sales]
    if year is not None:
        terms = {long: fsum(sale.allowed for sale in netted if sale.is_long == long) for long in (False, True)}
        saved.append(_tax_of_year(year, {False: 0.0, True: 0.0}) - _tax_of_year(year, terms))
    return fsum(saved)


def _rate(taxes: AuditedTaxes, sale: Sale) -> float:
    if sale.gain < 0 and taxes.losses == "long_term":
        return taxes.rates.long_term
    return taxes.rates.long_term if sale.is_long else taxes.rates.short_term


def _tax_of_year(taxes: AuditedTaxes, realised: Mapping[bool, float]) -> float:
    """Tax of the year with what is realised beside, less the worth of losses carried on (I.R.C. s.1211, 1212(b))."""
    so_far, rates = taxes.year, taxes.rates
    short, long = so_far.short + realised[False], so_far.long + realised[True]
    netted = net_gains(
        short_gains=max(short, 0.0),
        short_losses=max(-short, 0.0),
        long_gains=max(long, 0.0),
        long_losses=max(-long, 0.0),
        short_carryover=so_far.carry_short,
        long_carryover=so_far.carry_long,
        limit=so_far.deduction,
    )
    worth = _CARRIED * rates.long_term if so_far.carried is None else so_far.carried
    taxed = rates.short_term * float(netted.ordinary) + rates.long_term * float(netted.preferential)
    carried = float(netted.short_carryover + netted.long_carryover)
    return taxed - rates.ordinary * float(netted.deduction) - worth * carried
