"""What all sleeves of a household need of a market, in the same rows and columns, and their blended benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.sleeve_index import SleeveIndex
from backtest.vintage.frequency import rebalance_rows
from backtest.vintage.index_path import index_path
from backtest.vintage.settings import VintageSettings
from backtest.vintage.tape import Tape, require_members, vintage_tape

__all__ = ["blended_tape", "household_tapes"]

Floats = NDArray[np.float64]


def household_tapes(indices: Sequence[SleeveIndex], settings: VintageSettings) -> tuple[Tape, ...]:
    """Cut the market once for all sleeves: lots that move from one to another keep their column.

    Parameters
    ----------
    indices : sequence of SleeveIndex
        Of one market.
    settings : VintageSettings
        Its dates and frequency count.

    Returns
    -------
    tuple of Tape
        In the order of the indices; they differ in name, weights, returns and income of the index alone.

    Raises
    ------
    InputError
        As of `vintage_tape`, of any of the indices.
    """
    market = indices[0].market
    rows, last = rebalance_rows(market.calendar, settings.frequency, settings.funded, settings.until)
    paths = [index_path(index, rows, last) for index in indices]
    for index, path in zip(indices, paths, strict=True):
        require_members(index, path, rows)
    names: set[str] = set()
    for path in paths:
        names |= {*market.assets[path.members].tolist()}
    # Prices are carried forward from the earliest reconstitution in force.
    earliest = min(range(len(paths)), key=lambda i: paths[i].start)
    base = vintage_tape(indices[earliest], settings, also=names)
    columns = market.assets.get_indexer(pd.Index(base.assets, dtype=object))
    days = slice(int(rows[0]), last + 1)
    return tuple(
        replace(
            base,
            sleeve=index.name,
            weights=path.weights[:, columns],
            index_returns=index.returns.to_numpy(dtype=float)[days],
            index_income=path.income,
        )
        for index, path in zip(indices, paths, strict=True)
    )


@dataclass(frozen=True, eq=False)
class _Grown:
    """What the money in each index is worth at each close (I, D), shares at first."""

    value: Floats

    @classmethod
    def of(cls, tapes: Sequence[Tape], shares: Sequence[float]) -> _Grown:
        returns = np.nan_to_num(np.array([tape.index_returns for tape in tapes]))
        returns[:, 0] = 0.0
        return cls(np.array(shares)[:, None] * np.cumprod(1 + returns, axis=1))

    def mean(self, of: Floats) -> Floats:
        """Mean of each day's figures (I, D), weighted by the values of the day before."""
        before = self.value[:, :-1]
        blended = np.zeros(of.shape[1])
        blended[1:] = (before * np.nan_to_num(of[:, 1:])).sum(axis=0) / before.sum(axis=0)
        return blended


def blended_tape(tapes: Sequence[Tape], shares: Sequence[float], name: str = "household") -> Tape:
    """Cut the tape of one index that holds all of them: bought in these shares once, and drifting since.

    It is what the household's sleeves track together, as each keeps its own money; one account run on it is the same
    mandate without walls between sleeves.

    Parameters
    ----------
    tapes : sequence of Tape
        From `household_tapes`.
    shares : sequence of float
        Sum 1.
    name : str
    """
    grown = _Grown.of(tapes, shares)
    first = tapes[0]
    value = grown.value[:, first.rebalances]
    weights = sum(v[:, None] * tape.weights for v, tape in zip(value, tapes, strict=True)) / value.sum(axis=0)[:, None]
    return replace(
        first,
        sleeve=name,
        weights=np.asarray(weights, dtype=float),
        index_returns=grown.mean(np.array([tape.index_returns for tape in tapes])),
        index_income=grown.mean(np.array([tape.index_income for tape in tapes])),
    )
