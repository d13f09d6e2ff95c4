"""Every limit of a mandate read again, and a finding for each that is passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from audit.active_limits import active_readings
from audit.codes import LIMIT_CODES
from audit.finding import Finding, LimitReading
from audit.gain_limits import gain_readings
from audit.position import AfterTrading
from audit.trading_limits import trading_readings

__all__ = ["limit_findings", "limit_readings"]


def limit_readings(after: AfterTrading) -> tuple[LimitReading, ...]:
    """Read every limit that the mandate has."""
    return (*active_readings(after), *trading_readings(after), *gain_readings(after))


def limit_findings(readings: Iterable[LimitReading]) -> Iterator[Finding]:
    """Find the limits that are not kept."""
    for reading in readings:
        if reading.kept:
            continue
        of = f" of {reading.where}" if reading.where not in ("", "least", "greatest") else ""
        side = "below" if reading.lower else "above"
        yield Finding(
            _code(reading),
            f"{reading.name}{of} is {reading.value:.8g}, {-reading.slack:.3g} {side} {reading.limit:.8g} "
            f"({reading.unit})",
            name=reading.where,
            value=reading.value,
            limit=reading.limit,
            excess=-reading.slack,
        )


def _code(reading: LimitReading) -> str:
    if reading.name == "cash":
        if not reading.lower:
            return "cash-too-high"
        return "cash-negative" if reading.value < 0 else "cash-too-low"
    if reading.name == "names":
        return "too-few-names" if reading.lower else "too-many-names"
    return LIMIT_CODES[reading.name]
