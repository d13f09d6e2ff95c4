"""Test portfolios that any model can be asked about: the whole segment, random, sector, style and harvested ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.evaluate.history import Window

__all__ = [
    "PortfolioSet",
    "cap_weights",
    "harvest_objectives",
    "random_long_only",
    "sector_active",
    "style_active",
]

Floats = NDArray[np.float64]
_NAMES_A_PORTFOLIO = 50
_LEAST_NAMES = 5
_YEAR, _MONTH = 252, 21


@dataclass(frozen=True, eq=False)
class PortfolioSet:
    """Portfolios of one kind.

    Parameters
    ----------
    family : str
        The kind, for example "sector active".
    names : tuple of str
        One a portfolio; the same name in another month continues the same series.
    weights : array (P, N)
        Weights or active weights, fractions of NAV, in the window's order of names.
    """

    family: str
    names: tuple[str, ...]
    weights: Floats

    @classmethod
    def join(cls, sets: Sequence[PortfolioSet]) -> PortfolioSet:
        """Put portfolios of several sets under the family of the first."""
        return cls(sets[0].family, tuple(n for s in sets for n in s.names), np.concatenate([s.weights for s in sets]))


def cap_weights(window: Window) -> Floats:
    """Weights by capitalisation on the window's last day, shape (N,), sum one."""
    caps = window.caps.iloc[-1].to_numpy(dtype=float)
    weights: Floats = caps / caps.sum()
    return weights


def random_long_only(window: Window, count: int, rng: np.random.Generator) -> list[PortfolioSet]:
    """Equal-weighted portfolios of 50 random names (a third of the names where there are fewer than 150).

    Returns
    -------
    list of PortfolioSet
        "random long-only" (total return) and "random active" (the same less the cap-weighted segment).
    """
    n = len(window.assets)
    held = min(_NAMES_A_PORTFOLIO, max(n // 3, 1))
    W = np.zeros((count, n))
    for row in W:
        row[rng.choice(n, held, replace=False)] = 1 / held
    names = tuple(f"random {j + 1}" for j in range(count))
    return [
        PortfolioSet("random long-only", names, W),
        PortfolioSet("random active", names, W - cap_weights(window)),
    ]


def sector_active(window: Window) -> PortfolioSet:
    """Each sector's cap-weighted portfolio less the segment's; sectors of fewer than 5 names are left out."""
    w = cap_weights(window)
    labels = window.sectors.to_numpy()
    sectors = [s for s in sorted(set(labels)) if (labels == s).sum() >= _LEAST_NAMES]
    rows = [_within(w, labels == sector) - w for sector in sectors]
    return PortfolioSet("sector active", tuple(str(s) for s in sectors), np.array(rows).reshape(-1, len(w)))


def style_active(window: Window) -> PortfolioSet:
    """Top third by each style's measure, cap-weighted, less the cap-weighted segment.

    Styles: small size, beta, momentum (12 months less the last), volatility, reversal (last month's losers), and value
    and liquidity where the window has book-to-price and dollar volume. Names without the measure are not in the third.
    """
    w = cap_weights(window)
    names, rows = [], []
    for style, measure in _style_measures(window, w).items():
        known = np.isfinite(measure)
        if known.sum() < 3 * _LEAST_NAMES:
            continue
        top = known & (measure >= np.quantile(measure[known], 2 / 3))
        names.append(style)
        rows.append(_within(w, top) - w)
    return PortfolioSet("style active", tuple(names), np.array(rows).reshape(-1, len(w)))


def harvest_objectives(window: Window, count: int, rng: np.random.Generator) -> Floats:
    """What a loss harvester of `count` accounts is after, shape (count, N): min(return since purchase, 0) of each name.

    Each account bought each name on a random day of the window; a name whose price is below that has a loss that
    selling it would realise, so the best active portfolios underweight losers.
    """
    R = np.nan_to_num(window.returns.to_numpy(dtype=float))
    growth = np.cumsum(np.log1p(np.maximum(R, -0.99)), axis=0)
    days, n = growth.shape
    bought = rng.integers(days, size=(count, n))
    since = np.expm1(growth[-1] - growth[bought, np.arange(n)])
    objectives: Floats = np.minimum(since, 0.0)
    return objectives


def _style_measures(window: Window, w: Floats) -> dict[str, Floats]:
    R = window.returns.to_numpy(dtype=float)
    filled = np.nan_to_num(R)
    caps = window.caps.iloc[-1].to_numpy(dtype=float)
    market = filled @ w
    log_growth = np.log1p(np.maximum(filled, -0.99))
    measures = {
        "small size": -np.log(caps),
        "beta": (market - market.mean()) @ filled / max(float(((market - market.mean()) ** 2).sum()), 1e-30),
        "momentum": log_growth[-_YEAR:-_MONTH].sum(axis=0),
        "volatility": np.sqrt((filled[-_YEAR:] ** 2).sum(axis=0) / np.maximum(np.isfinite(R[-_YEAR:]).sum(axis=0), 1)),
        "reversal": -log_growth[-_MONTH:].sum(axis=0),
    }
    if window.book_to_price is not None:
        measures["value"] = window.book_to_price.iloc[-1].to_numpy(dtype=float)
    if window.adv is not None:
        measures["liquidity"] = window.adv.iloc[-1].to_numpy(dtype=float) / caps
    return measures


def _within(w: Floats, chosen: NDArray[np.bool_]) -> Floats:
    held = np.where(chosen, w, 0.0)
    weights: Floats = held / held.sum()
    return weights
