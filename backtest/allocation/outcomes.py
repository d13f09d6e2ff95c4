"""What mixes came to, vintage by vintage, and how sure their means are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.allocation.block import blocks
from backtest.allocation.policy import Ending, Policy
from backtest.allocation.simulate import MixPaths, simulate
from backtest.allocation.sleeve_path import View
from backtest.allocation.vintages import Vintage

__all__ = ["Outcomes", "return_contributions", "risk_contributions", "simulated_outcomes"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Outcomes of M mixes in V vintages.

    Parameters
    ----------
    annual, volatility, drawdown : array (V, M)
        Return a year after tax and the ending; annualised standard deviation of the steps' after-tax returns; largest
        fall of after-tax wealth from a peak, zero or more.
    wealth : dict of Ending to array (V, M)
        At the end, over all that was paid in.
    sold, sale_tax : array (V, M)
        Sold to rebalance a year, and the tax on it a year, of the initial capital.
    returns, growth : tuple of array (K, M), one a vintage
        Of each step: after-tax return, and logarithm of growth with what it changed of the ending's effect.
    """

    annual: Floats
    volatility: Floats
    drawdown: Floats
    wealth: dict[Ending, Floats]
    sold: Floats
    sale_tax: Floats
    returns: tuple[Floats, ...]
    growth: tuple[Floats, ...]


def simulated_outcomes(
    vintages: Sequence[Vintage], sleeves: Sequence[str], view: View, weights: Floats, policy: Policy
) -> Outcomes:
    """Simulate mixes (M, S) in every vintage under one view."""
    done = [(block, simulate(block, weights, policy)) for block in blocks(vintages, sleeves, view)]
    parts = [_measured(paths, block.years) for block, paths in done]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    growth = [own for _, paths in done for own in _growth(paths)]
    returns = [own for _, paths in done for own in paths.returns]
    wealth = {
        ending: np.concatenate([paths.ends[ending] / paths.paid_in[:, None] for _, paths in done]) for ending in Ending
    }
    return Outcomes(**columns, wealth=wealth, returns=tuple(returns), growth=tuple(growth))


def return_contributions(vintages: Sequence[Vintage], outcomes: Outcomes) -> pd.DataFrame:
    """Split each mix's yearly growth over calendar months, as `pooled_means` wants it; columns "0", "1", ... by mix."""
    parts = [own / vintage.clock.years for vintage, own in zip(vintages, outcomes.growth, strict=True)]
    return _by_month(vintages, parts)


def risk_contributions(vintages: Sequence[Vintage], outcomes: Outcomes) -> pd.DataFrame:
    """Split each mix's volatility over calendar months to first order: what a month adds to the variance moves it."""
    parts = []
    for own, volatility in zip(outcomes.returns, outcomes.volatility, strict=True):
        steps = len(own)
        squared = (own - own.mean(axis=0)) ** 2
        variance = squared.sum(axis=0) / steps
        relative = np.divide(squared, variance, out=np.ones_like(squared), where=variance > 0)
        parts.append(volatility * (1 + relative) / (2 * steps))
    return _by_month(vintages, parts)


def _measured(paths: MixPaths, years: Floats) -> dict[str, Floats]:
    steps = paths.returns.shape[1]
    growth = np.log1p(paths.returns).sum(axis=1) + np.log1p(paths.effect[:, -1])
    wealth = np.cumprod(1 + paths.returns, axis=1)
    peak = np.maximum(np.maximum.accumulate(wealth, axis=1), 1.0)
    each = years[:, None]
    return {
        "annual": np.expm1(growth / each),
        "volatility": paths.returns.std(axis=1, ddof=1) * np.sqrt(steps / each),
        "drawdown": (1 - wealth / peak).max(axis=1),
        "sold": paths.sold / each,
        "sale_tax": paths.sale_tax / each,
    }


def _growth(paths: MixPaths) -> Floats:
    before = np.concatenate([np.zeros_like(paths.effect[:, :1]), paths.effect[:, :-1]], axis=1)
    growth: Floats = np.log1p(paths.returns) + np.log1p(paths.effect) - np.log1p(before)
    return growth


def _by_month(vintages: Sequence[Vintage], parts: Sequence[Floats]) -> pd.DataFrame:
    frames = []
    for vintage, own in zip(vintages, parts, strict=True):
        clock = vintage.clock
        frame = pd.DataFrame(own, columns=[str(i) for i in range(own.shape[1])])
        keys = {"month": clock.calendar[1:], "age": clock.month[1:], "year": clock.year[1:]}
        frame = pd.concat([pd.DataFrame(keys), frame], axis=1)
        if frame["month"].duplicated().any():
            frame = frame.groupby(list(keys), as_index=False).sum()
        frame.insert(0, "funded", pd.Timestamp(vintage.funded))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)
