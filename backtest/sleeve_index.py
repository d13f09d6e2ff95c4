"""A sleeve carried through a market: its daily return and its weights on any day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.market import Market
from backtest.sleeve import Sleeve

__all__ = ["SleeveIndex", "sleeve_index", "sleeve_indices"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SleeveIndex:
    """The index of a sleeve.

    Parameters
    ----------
    sleeve : Sleeve
    market : Market
    targets : DataFrame (R, N)
        Weights at each reconstitution close.
    returns : Series (T,)
        Total return of each trading day, dividends reinvested in the whole index; NaN up to the first close and
        while the rule names no member.
    """

    sleeve: Sleeve
    market: Market
    targets: pd.DataFrame
    returns: pd.Series

    @property
    def name(self) -> str:
        """Name of the sleeve."""
        return self.sleeve.name

    def weights_at(self, date: pd.Timestamp) -> pd.Series:
        """Weights (N,) after the close of `date`: those with which the index goes into the next trading day.

        All zero before the first reconstitution and while the rule names no member. Only what is known at that close
        is used.
        """
        row = self.market.position(date)
        position = int(pd.DatetimeIndex(self.targets.index).searchsorted(date, side="right")) - 1
        if position < 0:
            return pd.Series(0.0, index=self.market.assets)
        start = self.market.position(self.targets.index[position])
        names, weights = drifted(self.market, self.targets.iloc[position].to_numpy(), start, row)
        today = np.zeros(len(self.market.assets))
        today[names] = weights[-1]
        return pd.Series(today, index=self.market.assets)

    def members_at(self, date: pd.Timestamp) -> pd.Index[str]:
        """Names with weight after the close of `date`."""
        weights = self.weights_at(date)
        return weights.index[weights > 0]


def drifted(market: Market, target: Floats, start: int, end: int) -> tuple[NDArray[np.int64], Floats]:
    """Weights as prices move them, from a close on.

    With V_i(t) = w_i prod(1 + r_i) the value of name i, and A(t) the names still there at close t,
    w_i(t) = V_i(t) / sum of V_j(t) over A(t): what a name that left was worth is spread over the rest.

    Parameters
    ----------
    market : Market
    target : array (N,)
    start, end : int
        Rows of the calendar.

    Returns
    -------
    names : array of int (n,)
        Positions of the names with weight at the start.
    weights : array (end - start + 1, n)
        After each close from `start` to `end`.
    """
    names = np.flatnonzero(target > 0)
    returns = np.nan_to_num(market.returns.to_numpy(dtype=float)[start + 1 : end + 1, names])
    there = ~market.departed[start + 1 : end + 1, names]
    growth = np.vstack([np.ones(len(names)), np.cumprod(1 + returns, axis=0)])
    alive = np.vstack([np.ones(len(names)), np.logical_and.accumulate(there, axis=0)])
    values = target[names] * growth * alive
    total = values.sum(axis=1, keepdims=True)
    # Where every member has left there is nothing to hold until the next reconstitution.
    return names, np.divide(values, total, out=np.zeros_like(values), where=total > 0)


def sleeve_index(market: Market, sleeve: Sleeve) -> SleeveIndex:
    """Carry a sleeve through a market.

    The return of a day is sum of w_i(t-1) r_i(t), w as in `SleeveIndex.weights_at`; a member without a price that day
    has a return of zero.

    Raises
    ------
    InputError
        The sleeve has no member on any day, or needs a table that the market has not.
    """
    targets = sleeve.targets(market)
    rows = [market.position(close) for close in targets.index]
    returns = np.full(len(market.calendar), np.nan)
    values = market.returns.to_numpy(dtype=float)
    for number, start in enumerate(rows):
        end = rows[number + 1] if number + 1 < len(rows) else len(market.calendar) - 1
        if end > start and targets.iloc[number].any():
            names, weights = drifted(market, targets.iloc[number].to_numpy(), start, end)
            earned = np.nan_to_num(values[start + 1 : end + 1, names])
            returns[start + 1 : end + 1] = (weights[:-1] * earned).sum(axis=1)
    return SleeveIndex(sleeve, market, targets, pd.Series(returns, index=market.calendar, name=sleeve.name))


def sleeve_indices(market: Market, sleeves: Iterable[Sleeve]) -> dict[str, SleeveIndex]:
    """Carry several sleeves through a market, by name."""
    return {sleeve.name: sleeve_index(market, sleeve) for sleeve in sleeves}
