"""Mixes of sleeves: weights that sum to one, and grids of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import Fault, InputError

__all__ = ["Mix", "finer_grid", "grid_parts", "mix_grid"]

Counts = NDArray[np.int64]
_TOLERANCE = 1e-6
_PARTS = (20, 10, 8, 5, 4, 3, 2)
_MOST = 500


@dataclass(frozen=True)
class Mix:
    """Weights of sleeves.

    Parameters
    ----------
    sleeves : tuple of str
    weights : tuple of float
        Zero or more, sum one.

    Raises
    ------
    InputError
        A weight is below zero or no number, or they do not sum to one.
    """

    sleeves: tuple[str, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        faults = [
            Fault("mix", "a weight from 0 to 100%", column=name, value=str(weight))
            for name, weight in zip(self.sleeves, self.weights, strict=True)
            if not 0 <= weight <= 1 + _TOLERANCE
        ]
        whole = sum(self.weights)
        if not faults and abs(whole - 1) > _TOLERANCE:
            faults.append(Fault("mix", "weights that sum to 100%", value=f"{self.label}, which sums to {whole:.4%}"))
        if faults:
            raise InputError(faults)

    @classmethod
    def of(cls, weights: Mapping[str, float], sleeves: Sequence[str]) -> Mix:
        """Put weights by name in the order of `sleeves`; those not named have none.

        Raises
        ------
        InputError
            A name is none of `sleeves`, or the weights are no mix.
        """
        strangers = [name for name in weights if name not in sleeves]
        if strangers:
            raise InputError.of("mix", f"sleeves of {', '.join(sleeves)}", value=strangers[0])
        return cls(tuple(sleeves), tuple(float(weights.get(name, 0.0)) for name in sleeves))

    @property
    def label(self) -> str:
        """Words such as "large 60%, small 40%"; sleeves without weight are left out."""
        parts = [f"{n} {100 * w:.3g}%" for n, w in zip(self.sleeves, self.weights, strict=True) if w > 0]
        return ", ".join(parts)


def grid_parts(sleeves: int) -> int:
    """Into how many equal parts a first grid cuts the whole: as fine as 5%, at most 500 mixes."""
    fits = (parts for parts in _PARTS if comb(parts + sleeves - 1, sleeves - 1) <= _MOST)
    return next(fits, 1)


def mix_grid(sleeves: int, parts: int) -> Counts:
    """List every way to give `parts` equal parts to sleeves.

    Returns
    -------
    array of int (M, S)
        Rows sum to `parts`, in rising order.
    """
    return np.array(list(_shared_out(sleeves, parts)), dtype=np.int64)


def finer_grid(counts: Counts) -> Counts:
    """Halve the parts of some mixes, and add all that differ by one half part moved from one sleeve to another.

    Returns
    -------
    array of int (M', S)
        Rows sum to twice what they did; each once, in rising order.
    """
    doubled = 2 * counts
    steps = np.eye(counts.shape[1], dtype=np.int64)
    moves = np.array([a - b for a in steps for b in steps])
    around = (doubled[:, None, :] + moves[None, :, :]).reshape(-1, counts.shape[1])
    return np.unique(around[(around >= 0).all(axis=1)], axis=0)


def _shared_out(sleeves: int, parts: int) -> Iterator[tuple[int, ...]]:
    if sleeves == 1:
        yield (parts,)
        return
    for first in range(parts + 1):
        for rest in _shared_out(sleeves - 1, parts - first):
            yield (first, *rest)
