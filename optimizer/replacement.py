"""Which sold names' factor exposure a buy takes up, from the risk model's factor root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Problem

__all__ = ["BuyParts", "Replaced", "buy_parts", "replaced", "residual_root"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
# A second sold name is told where it gives at least this share of what the first does.
_ALSO = 0.5


class Replaced(NamedTuple):
    """What a buy replaces.

    Attributes
    ----------
    names : tuple of str
        One or two names sold, whose exposure beyond the benchmark's average lies most in the buy's direction.
    factor : str
        Factor in which they meet most, one of which they have more than the benchmark if there is any; of correlated
        factors, its part that those before it do not explain.
    correlation : float
        Of the residual factor return of the buy with that of the names sold, weighted as they are sold.
    """

    names: tuple[str, ...]
    factor: str
    correlation: float


@dataclass(frozen=True, eq=False)
class BuyParts:
    """Parts of the marginal tracking variance (half its slope) of buying each name, shape (N,); below zero lowers it.

    With exposures beyond the benchmark's average, g_i = G_i - mean: what all names share is no reason for one of them.

    Parameters
    ----------
    own : array
        D_i a_i: the name's own weight before trading.
    drift : array
        g_i'G'a: factor exposure before trading.
    sales : array
        -g_i'G'Ms: factor exposure that the sales give up.
    """

    own: Floats
    drift: Floats
    sales: Floats


def residual_root(problem: Problem) -> Floats:
    """G less its average over the benchmark, shape (N, K); zero for names that the model does not rate."""
    weight = np.where(problem.rated, problem.benchmark, 0.0)
    average = weight @ problem.root / weight.sum() if weight.sum() > 0 else np.zeros(problem.root.shape[1])
    residual: Floats = np.where(problem.rated[:, None], problem.root - average, 0.0)
    return residual


def buy_parts(problem: Problem, sold: Floats, residual: Floats | None = None) -> BuyParts:
    """Split what buying does to the tracking variance.

    Parameters
    ----------
    problem : Problem
    sold : array (N,)
        Sold of each name, fraction of NAV.
    residual : array (N, K), optional
        The `residual_root`, where it is known.
    """
    residual = residual_root(problem) if residual is None else residual
    return BuyParts(
        own=problem.specific_variance * problem.active,
        drift=residual @ (problem.root.T @ problem.active),
        sales=-residual @ (problem.root.T @ sold),
    )


def _lengths(rows: Floats) -> Floats:
    lengths: Floats = np.sqrt((rows * rows).sum(axis=1))
    return lengths


def replaced(problem: Problem, sold: Floats, names: Ints, residual: Floats | None = None) -> list[Replaced | None]:
    """Find the sold names whose factor exposure each of some buys takes up.

    Sold name j counts with s_j g_i'g_j / |g_i|, the length of its exposure along that of buy i.

    Parameters
    ----------
    problem : Problem
    sold : array (N,)
        Sold of each name, fraction of NAV.
    names : array of int
        The names bought.
    residual : array (N, K), optional
        The `residual_root`, where it is known.

    Returns
    -------
    list of (Replaced or None)
        None where no sold name's exposure lies in the buy's direction.
    """
    residual = residual_root(problem) if residual is None else residual
    sales = np.flatnonzero(sold > 0)
    own, given_up = residual[names], sold[sales, None] * residual[sales]
    size = _lengths(own)
    along = own @ given_up.T
    bought = np.full(len(sold), -1, dtype=np.intp)
    bought[names] = np.arange(len(names))
    both = np.flatnonzero(bought[sales] >= 0)
    along[bought[sales[both]], both] = 0.0
    if not along.size or not problem.factors:
        return [None] * len(names)
    rows = np.arange(len(names))
    first = along.argmax(axis=1)
    most = along[rows, first].copy()
    along[rows, first] = -np.inf
    second = along.argmax(axis=1)
    also = along[rows, second] >= _ALSO * most
    found: list[Replaced | None] = [None] * len(names)
    some = np.flatnonzero(most > 0)
    first, second, also = sales[first[some]], sales[second[some]], also[some]
    together = sold[first, None] * residual[first] + np.where(also, sold[second], 0.0)[:, None] * residual[second]
    meeting = own[some] / size[some, None] * together
    # More of one factor than the benchmark has says more of a name than less of another.
    above = np.where(own[some] > 0, meeting, 0.0)
    factor = np.where((above.max(axis=1) > 0)[:, None], above, meeting).argmax(axis=1)
    correlation = meeting.sum(axis=1) / _lengths(together)
    told = zip(some.tolist(), first.tolist(), second.tolist(), also.tolist(), strict=True)
    for (i, a, b, two), k, rho in zip(told, factor.tolist(), correlation.tolist(), strict=True):
        held = (problem.assets[a], problem.assets[b]) if two else (problem.assets[a],)
        found[i] = Replaced(held, problem.factors[k], rho)
    return found
