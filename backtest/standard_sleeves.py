"""The sleeves that studies compare."""

from __future__ import annotations

from backtest.cap_bands import CapBands
from backtest.market import Market
from backtest.reconstitution import QUARTERLY
from backtest.sleeve import CapSegment, MembershipList, Sleeve
from backtest.style import Style

__all__ = ["listed_sleeves", "standard_sleeves"]


def standard_sleeves(
    bands: CapBands | None = None, *, styles: bool = True, months: tuple[int, ...] = QUARTERLY
) -> tuple[Sleeve, ...]:
    """Each segment and all of them together, and the value and growth side of each.

    Parameters
    ----------
    bands : CapBands, optional
        By default 500 large, 400 mid and 600 small names.
    styles : bool
        False where the market has no book-to-price.
    months : tuple of int
    """
    bands = bands or CapBands()
    rules = [(name, CapSegment(bands, (name,))) for name in bands.names]
    if len(bands.names) > 1:
        rules.append(("all", CapSegment(bands, bands.names)))
    sides = (None, Style("value"), Style("growth")) if styles else (None,)
    return tuple(
        Sleeve(name if side is None else f"{name} {side.name}", rule, side, months)
        for side in sides
        for name, rule in rules
    )


def listed_sleeves(market: Market, *, months: tuple[int, ...] = QUARTERLY) -> tuple[Sleeve, ...]:
    """One sleeve for every membership list of a market, in order of first mention; none where it has no lists."""
    if market.membership is None:
        return ()
    names = dict.fromkeys(market.membership["index"].astype(str))
    return tuple(Sleeve(name, MembershipList(name), None, months) for name in names)
