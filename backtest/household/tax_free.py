"""Holdings of a retirement account: what it sells is neither gain nor loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from backtest.vintage.carry import Carried
from backtest.vintage.sales import Sales
from backtest.vintage.tape import Tape

__all__ = ["tax_free"]


def tax_free(tape: Tape, carried: Carried, row: int) -> Carried:
    """Set every basis to the close's price, and let nothing that was sold since the last have had a gain or a loss."""
    holdings = carried.holdings
    lots = replace(holdings.lots, basis=tape.last_price[row, holdings.lots.name])
    recent = replace(holdings.recent, gain=np.where(np.isnan(holdings.recent.gain), np.nan, 0.0))
    return replace(
        carried,
        holdings=replace(holdings, lots=lots, recent=recent),
        sales=tuple(_untaxed(one) for one in carried.sales),
    )


def _untaxed(sales: Sales) -> Sales:
    return replace(sales, gain=np.zeros(len(sales.gain)), ordinary=0.0, disallowed=0.0)
