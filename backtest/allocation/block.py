"""Vintages of one length side by side, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from backtest.allocation.sleeve_path import View
from backtest.allocation.vintages import Vintage
from tax import LossUse, TaxRates

__all__ = ["Block", "blocks"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Block:
    """V vintages of K steps in S sleeves, under one view.

    Parameters
    ----------
    earned, tax, paid_out, free : array (V, K, S)
        As in `SleevePath`.
    gain : array (V, K, S, 2)
    length : array (V, K)
        Of each step, in years.
    years : array (V,)
    rates : TaxRates
    losses : LossUse
    spread : float
        Cost of a trade that rebalances, a fraction of it.
    """

    earned: Floats
    tax: Floats
    paid_out: Floats
    free: Floats
    gain: Floats
    length: Floats
    years: Floats
    rates: TaxRates
    losses: LossUse
    spread: float


def blocks(vintages: Sequence[Vintage], sleeves: Sequence[str], view: View) -> list[Block]:
    """Stack neighbouring vintages of as many steps, in their order."""
    return [_block(list(own), sleeves, view) for _, own in groupby(vintages, key=lambda vintage: len(vintage.dates))]


def _block(vintages: Sequence[Vintage], sleeves: Sequence[str], view: View) -> Block:
    def stacked(name: str) -> Floats:
        one = [np.stack([getattr(v.paths[view][sleeve], name) for sleeve in sleeves], axis=1) for v in vintages]
        return np.stack(one)

    parts = {name: stacked(name) for name in ("earned", "tax", "paid_out", "free", "gain")}
    months = np.stack([np.diff(vintage.clock.month) for vintage in vintages])
    days = np.stack([np.diff(vintage.dates).astype("timedelta64[D]").astype(float) for vintage in vintages])
    years = np.array([vintage.clock.years for vintage in vintages])
    # Rows that are not a month apart each (weekly accounts) share the years by their days.
    shares = np.where((months == 1).all(axis=1, keepdims=True), months, days)
    length = shares / shares.sum(axis=1, keepdims=True) * years[:, None]
    first = vintages[0]
    spread = first.spread if view is View.HARVESTED else 0.0
    return Block(**parts, length=length, years=years, rates=first.terms.rates, losses=first.terms.losses, spread=spread)
