"""How a market is cut into sleeves: by its membership lists, or by rank, to scale where it is small."""

from __future__ import annotations

import pandas as pd

from backtest import CapBands, Market, Sleeve, listed_sleeves, standard_sleeves
from taxsleeve_errors import InputError

__all__ = ["market_bands", "market_sleeves"]

# Fewer cannot be cut into large, mid and small.
_LEAST_NAMES = 3


def market_bands(
    market: Market, known: pd.DataFrame, chosen: CapBands | None = None, *, by_rank: bool = False
) -> tuple[CapBands | None, list[str]]:
    """Choose the segments of a market.

    Parameters
    ----------
    market : Market
    known : DataFrame
        Its `coverage`.
    chosen : CapBands, optional
        By default 500 large, 400 mid and 600 small names, in proportion where a market has fewer.
    by_rank : bool
        Whether ranks cut even where the market has membership lists.

    Returns
    -------
    bands : CapBands or None
        None where membership lists rule.
    notes : list of str
        What its owner should know of them.

    Raises
    ------
    InputError
        Too few names have a capitalisation.
    """
    if market.membership is not None and not by_rank:
        return None, []
    if chosen is not None:
        return chosen, []
    least = round(float((known["listed"] * known["capitalisation"]).min()))
    if least >= CapBands().last_ranks[-1]:
        return CapBands(), []
    if least < _LEAST_NAMES:
        expected = f"at least {_LEAST_NAMES} priced names with a capitalisation at every year's start"
        raise InputError.of("caps.parquet", expected, value=least)
    scaled = CapBands.scaled(least)
    counts = ", ".join(f"{name} to rank {rank}" for name, rank in zip(scaled.names, scaled.last_ranks, strict=True))
    return scaled, [f"only {least} names have a capitalisation in some year: segments are cut to scale ({counts})"]


def market_sleeves(market: Market, bands: CapBands | None, months: tuple[int, ...]) -> tuple[Sleeve, ...]:
    """Sleeves of a market: its lists, or segments with value and growth sides where book-to-price is known."""
    sleeves = listed_sleeves(market, months=months) if bands is None else ()
    return sleeves or standard_sleeves(bands, styles=market.book_to_price is not None, months=months)
