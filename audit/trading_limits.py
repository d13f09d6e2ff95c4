"""Limits on trading itself: turnover, cash, volume, the least order, and how many names are held."""

from __future__ import annotations

from collections.abc import Iterator

from audit.finding import LimitReading
from audit.position import AfterTrading

__all__ = ["trading_readings"]


def trading_readings(after: AfterTrading) -> Iterator[LimitReading]:
    """Read turnover, cash, liquidity, least order and number of names."""
    limits, soft = after.mandate.limits, after.mandate.soft
    if "turnover" in limits:
        yield LimitReading("turnover", "", after.turnover, limits["turnover"], soft=soft.get("turnover"))
    yield from _cash(after)
    if "liquidity" in limits:
        yield from _liquidity(after)
    if after.mandate.min_trade > 0:
        for name, amount in after.orders.items():
            yield LimitReading("min_trade", name, amount / after.account.nav, after.mandate.min_trade, lower=True)
    if after.mandate.names is not None:
        held = sum(shares > 0 for shares in after.shares.values())
        least, greatest = after.mandate.names
        yield LimitReading("names", "least", held, least, "names", lower=True)
        yield LimitReading("names", "greatest", held, greatest, "names")


def _cash(after: AfterTrading) -> Iterator[LimitReading]:
    """Cash over NAV; it may not be overdrawn where no band says how far, nor where the band may be exceeded."""
    share, band, soft = after.cash / after.account.nav, after.mandate.cash, after.mandate.soft.get("cash")
    if band is not None:
        yield LimitReading("cash", "least", share, band[0], lower=True, soft=soft)
        yield LimitReading("cash", "greatest", share, band[1], soft=soft)
    if band is None or soft is not None:
        yield LimitReading("cash", "least", share, 0.0, lower=True)


def _liquidity(after: AfterTrading) -> Iterator[LimitReading]:
    """What is traded of each name whose volume is known."""
    nav, soft = after.account.nav, after.mandate.soft.get("liquidity")
    for name, amount in after.orders.items():
        volume = after.account.securities[name].adv
        if volume is not None:
            most = after.mandate.limits["liquidity"] * volume
            yield LimitReading("liquidity", name, amount / nav, most / nav, soft=soft)
