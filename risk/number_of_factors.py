"""How many factors a panel of returns has, by two criteria of the literature."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["bai_ng", "eigenvalue_edge"]

Floats = NDArray[np.float64]
_MOST = 40


def bai_ng(Z: Floats, most: int = _MOST) -> int:
    """Number of factors by Bai and Ng's criterion IC_p2 (Econometrica 70, 2002).

    Minimises ln V(k) + k (N + T)/(N T) ln min(N, T) with V(k) the mean squared residual after k components.

    Parameters
    ----------
    Z : array of shape (T, N)
        Standardised returns; zero where missing.
    most : int
        Largest number considered.

    Returns
    -------
    int
        At least one.
    """
    T, N = Z.shape
    values = _eigenvalues(Z)
    k = np.arange(1, min(most, len(values) - 1) + 1)
    V = (values.sum() - np.cumsum(values)[k - 1]) / (N * T)
    penalty = k * (N + T) / (N * T) * np.log(min(N, T))
    return int(k[np.argmin(np.log(np.maximum(V, np.finfo(float).tiny)) + penalty)])


def eigenvalue_edge(Z: Floats, most: int = _MOST) -> int:
    """Number of factors by Onatski's edge distribution (Review of Economics and Statistics 92, 2010).

    The noise's eigenvalues lie close together however its variances differ by name, a factor's stands apart:
    the last k <= `most` with lambda_k - lambda_(k+1) >= delta is the answer, where delta is twice the slope of five
    eigenvalues beyond k on the (2/3)-powers of their ranks, found by iteration.

    Parameters
    ----------
    Z, most
        As in `bai_ng`; needs most + 5 eigenvalues, fewer are considered where there are not so many.

    Returns
    -------
    int
        At least one.
    """
    values = _eigenvalues(Z) / len(Z)
    most = min(most, len(values) - 6)
    if most < 1:
        return 1
    gaps = values[:most] - values[1 : most + 1]
    j, k = most + 1, 0
    for _ in range(10):
        powers = (np.arange(j - 1, j + 4) + 0.0) ** (2 / 3)
        slope = np.polyfit(powers, values[j - 1 : j + 4], 1)[0]
        apart = np.flatnonzero(gaps >= 2 * abs(slope))
        found = int(apart[-1]) + 1 if len(apart) else 0
        if found == k:
            break
        j, k = found + 1, found
    return max(1, k)


def _eigenvalues(Z: Floats) -> Floats:
    """Eigenvalues of Z'Z, largest first."""
    gram = Z @ Z.T if Z.shape[0] <= Z.shape[1] else Z.T @ Z
    values: Floats = np.maximum(np.linalg.eigvalsh(gram)[::-1], 0.0)
    return values
