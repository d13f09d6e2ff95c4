"""Limits on what the list realises: gross and net gains by term, losses by name, losses that the year can use."""

from __future__ import annotations

import math
from collections.abc import Iterator

from audit.finding import LimitReading
from audit.position import AfterTrading

__all__ = ["gain_readings"]

_TERMS = {"": (False, True), "_short": (False,), "_long": (True,)}


def gain_readings(after: AfterTrading) -> Iterator[LimitReading]:
    """Read the gain budgets and loss limits; a loss counts without what the wash-sale rule disallows of it."""
    limits, soft, nav = after.mandate.limits, after.mandate.soft, after.account.nav
    for ending, terms in _TERMS.items():
        own = [sale.allowed for sale in after.sales if sale.is_long in terms]
        gross, net = math.fsum(max(gain, 0.0) for gain in own), math.fsum(own)
        for name, dollars in ((f"realized_gain{ending}", gross), (f"net_gain{ending}", net)):
            if name in limits:
                yield LimitReading(name, "", dollars / nav, limits[name], soft=soft.get(name))
    if "loss_per_name" in limits:
        for asset, loss in _losses(after).items():
            name = "loss_per_name"
            yield LimitReading(name, asset, loss / nav, limits[name], soft=soft.get(name))
    if after.mandate.usable_losses is not None:
        net_loss = -math.fsum(sale.allowed for sale in after.sales)
        yield LimitReading("harvest_offsets", "", net_loss / nav, after.mandate.usable_losses / nav)


def _losses(after: AfterTrading) -> dict[str, float]:
    """Dollars of loss by name, gains not set off."""
    parts: dict[str, list[float]] = {}
    for sale in after.sales:
        if sale.allowed < 0:
            parts.setdefault(sale.lot.asset, []).append(-sale.allowed)
    return {asset: math.fsum(parts[asset]) for asset in sorted(parts)}
