"""What all lists of a household together make of it: holdings against the blended benchmark, gains, one tax bill."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from audit.finding import LimitReading
from audit.household import AuditedHousehold, AuditedSleeve
from audit.model_risk import tracking_error
from audit.position import AfterTrading
from audit.tax_bill import credited, tax_saved
from risk import FactorRisk

__all__ = ["HouseholdAfter", "household_readings"]


@dataclass(frozen=True, eq=False)
class HouseholdAfter:
    """A household once lots have moved and every row of every list has filled.

    Parameters
    ----------
    household : AuditedHousehold
    risk : FactorRisk
    parts : mapping of str to AfterTrading
        By sleeve, with losses disallowed; where lots moved, `start` has the account before.
    """

    household: AuditedHousehold
    risk: FactorRisk
    parts: Mapping[str, AfterTrading]

    def _active(self, *, before: bool) -> dict[str, float]:
        found = {asset: [-weight] for asset, weight in self.household.benchmark.items()}
        for part in self.parts.values():
            for asset, shares in (part.before.shares if before else part.shares).items():
                found.setdefault(asset, []).append(shares * part.price(asset) / self.household.nav)
        return {asset: math.fsum(weights) for asset, weights in found.items()}

    @cached_property
    def tracking_error_before(self) -> float:
        """Of all sleeves together against the blended benchmark, a year, before anything moved."""
        return tracking_error(self.risk, self._active(before=True))

    @cached_property
    def tracking_error(self) -> float:
        """Of all sleeves together against the blended benchmark, a year."""
        return tracking_error(self.risk, self._active(before=False))

    @property
    def taxed(self) -> Iterator[tuple[AuditedSleeve, AfterTrading]]:
        """Sleeves whose gains are taxed, with their lists."""
        return ((sleeve, self.parts[sleeve.name]) for sleeve in self.household.taxed)

    def gains(self, *, long: bool) -> float:
        """Dollars of gross gains of one term."""
        return math.fsum(after.realised(long=long, losses=False) for _, after in self.taxed)

    def harvested(self, *, long: bool) -> float:
        """Dollars of losses of one term that count, as a positive number."""
        return math.fsum(harvested(sleeve, after, long=long) for sleeve, after in self.taxed)

    @cached_property
    def gross_gains(self) -> float:
        """Gross gains of both terms over the household's NAV."""
        return (self.gains(long=False) + self.gains(long=True)) / self.household.nav

    @cached_property
    def tax_saved(self) -> float:
        """Dollars of tax that all lists save, one bill."""
        return tax_saved((after, sleeve.taxes) for sleeve, after in self.taxed)

    @property
    def cost(self) -> float:
        """Dollars of trading costs of all lists."""
        return math.fsum(after.cost for after in self.parts.values())


def harvested(sleeve: AuditedSleeve, after: AfterTrading, *, long: bool) -> float:
    """Dollars of losses of one sleeve and term that count, as a positive number."""
    own = [sale.allowed for sale in credited(after, sleeve.taxes) if sale.is_long == long]
    return math.fsum(max(-allowed, 0.0) for allowed in own)


def household_readings(after: HouseholdAfter) -> tuple[LimitReading, ...]:
    """Read the limits of all sleeves together."""
    household, found = after.household, []
    if household.tracking_error is not None:
        unit = "a year"
        found.append(LimitReading("tracking_error", "", after.tracking_error, household.tracking_error, unit))
    if household.realized_gain is not None:
        found.append(LimitReading("realized_gain", "", after.gross_gains, household.realized_gain))
    if household.usable_losses is not None:
        net_loss = -math.fsum(sale.allowed for _, part in after.taxed for sale in part.sales)
        usable = household.usable_losses / household.nav
        found.append(LimitReading("harvest_offsets", "", net_loss / household.nav, usable))
    return tuple(found)
