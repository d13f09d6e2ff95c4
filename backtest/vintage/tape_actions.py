"""Corporate actions in the rows and columns of a tape."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.market import Market
from backtest.market_actions import ActionKind, MarketAction, listed_actions

__all__ = ["TapeAction", "reachable", "tape_actions"]


@dataclass(frozen=True)
class TapeAction:
    """A corporate action in the numbers of a tape.

    Parameters
    ----------
    row : int
        First close with the new shares.
    kind : ActionKind
    name, into : int
        Columns; `into` is -1 for a split.
    ratio, cash, basis_share : float
        As in `Market.actions`, zero where there is none.
    """

    row: int
    kind: ActionKind
    name: int
    into: int
    ratio: float
    cash: float
    basis_share: float


def reachable(market: Market, names: set[str], first: int, last: int) -> set[str]:
    """Names, and those that actions after row `first` up to row `last` make of them."""
    found = set(names)
    for _, action in _between(market, first, last):
        if action.asset in found and action.into:
            found.add(action.into)
    return found


def tape_actions(market: Market, columns: NDArray[np.intp], first: int, last: int) -> tuple[TapeAction, ...]:
    """Actions on the names of a tape, in order of days, rows counted from `first`."""
    place = {asset: i for i, asset in enumerate(market.assets[columns].tolist())}
    return tuple(
        TapeAction(
            row=row - first,
            kind=action.kind,
            name=place[action.asset],
            into=place.get(action.into, -1),
            ratio=action.ratio,
            cash=action.cash,
            basis_share=action.basis_share,
        )
        for row, action in _between(market, first, last)
        if action.asset in place
    )


def _between(market: Market, first: int, last: int) -> list[tuple[int, MarketAction]]:
    """Actions after one row and up to another, with the first trading day on which they show."""
    rows = [(int(market.calendar.searchsorted(one.date)), one) for one in listed_actions(market.actions)]
    return [(row, action) for row, action in rows if first < row <= last]
