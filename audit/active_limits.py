"""Limits on where the account stands against its benchmark: tracking error, and bands that drift may have broken."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import partial

from audit.finding import LimitReading
from audit.model_risk import betas, exposures, tracking_error
from audit.position import AfterTrading

__all__ = ["active_readings"]

_NO_SECTOR = "(no sector)"


def active_readings(after: AfterTrading) -> Iterator[LimitReading]:
    """Read tracking error and the bands on names, sectors, factors and beta."""
    limits, soft = after.mandate.limits, after.mandate.soft
    if "tracking_error" in limits:
        value = tracking_error(after.risk, after.active)
        unit = "a year"
        yield LimitReading("tracking_error", "", value, limits["tracking_error"], unit, soft=soft.get("tracking_error"))
    if "active_weight" in limits:
        yield from _bands(after, "active_weight", after.active_before, after.active, limits["active_weight"])
    if "sector_active" in limits:
        before, now = _by_sector(after, after.active_before), _by_sector(after, after.active)
        yield from _bands(after, "sector_active", before, now, limits["sector_active"])
    if after.mandate.factor_active:
        of = partial(exposures, after.risk)
        yield from _bands(
            after, "factor_active", of(after.active_before), of(after.active), after.mandate.factor_active, "exposure"
        )
    if "beta_active" in limits and (beta := betas(after.risk, after.account.benchmark)) is not None:
        before, now = ({"": _sum_of(beta, active)} for active in (after.active_before, after.active))
        yield from _bands(after, "beta_active", before, now, limits["beta_active"], "beta to the benchmark")


def _by_sector(after: AfterTrading, active: Mapping[str, float]) -> dict[str, float]:
    parts: dict[str, list[float]] = {}
    for name, weight in active.items():
        parts.setdefault(after.account.securities[name].sector or _NO_SECTOR, []).append(weight)
    return {sector: math.fsum(parts[sector]) for sector in sorted(parts)}


def _sum_of(beta: Mapping[str, float], active: Mapping[str, float]) -> float:
    return math.fsum(beta.get(name, 0.0) * weight for name, weight in active.items())


def _bands(
    after: AfterTrading,
    name: str,
    before: Mapping[str, float],
    now: Mapping[str, float],
    width: float | Mapping[str, float],
    unit: str = "fraction of NAV",
) -> Iterator[LimitReading]:
    """The nearer end of each band [-width, width], which reaches to where drift stood before unless it is strict."""
    for where, value in now.items():
        if isinstance(width, Mapping) and where not in width:
            continue
        end = width[where] if isinstance(width, Mapping) else width
        low, high = -end, end
        if not after.mandate.strict:
            low, high = min(low, before[where]), max(high, before[where])
        lower = low - value > value - high
        yield LimitReading(
            name, where, value, low if lower else high, unit, lower=lower, soft=after.mandate.soft.get(name)
        )
