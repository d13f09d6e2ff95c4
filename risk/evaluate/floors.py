"""What the scores come to for a model that is perfect: the floor that stands beside every figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.evaluate.scores import barra_q, bias_statistic, qlike, rolling_mrad
from taxsleeve_errors import RiskModelError

__all__ = ["perfect_model_floors"]

Floats = NDArray[np.float64]
_NORMAL = 0


def perfect_model_floors(
    periods: int,
    *,
    days: int = 21,
    window: int = 12,
    laws: tuple[int, ...] = (_NORMAL, 5),
    draws: int = 20_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Scores of a model whose every prediction is the true variance, by seeded simulation.

    Parameters
    ----------
    periods : int
        T of the sample.
    days : int
        Days a period, for QLIKE's realised variance (the sum of as many squared returns).
    window : int
        Periods of MRAD's window; T where that is less.
    laws : tuple of int
        Degrees of freedom of Student's t that returns of one period follow, 0 for the normal.
    draws : int
        Samples simulated.
    seed : int

    Returns
    -------
    DataFrame
        Rows "normal", "t5", ...; columns `bias_low`, `bias_high` (95% interval of B), `mrad`, `q`, `qlike`.
    """
    if periods < 2:
        raise RiskModelError(f"periods: {periods}, expected at least 2")
    rng = np.random.default_rng(seed)
    rows = {}
    for law in laws:
        B = bias_statistic(_standard_draws(rng, law, (periods, max(200, min(draws, 4_000_000 // periods)))))
        short = _standard_draws(rng, law, (min(window, periods), draws))
        daily = _standard_draws(rng, law, (days, draws))
        rows["normal" if law == _NORMAL else f"t{law}"] = {
            "bias_low": float(np.quantile(B, 0.025)),
            "bias_high": float(np.quantile(B, 0.975)),
            "mrad": rolling_mrad(short, len(short)),
            "q": float(barra_q(_standard_draws(rng, law, (25 * draws,)))),
            "qlike": float(qlike((daily**2).mean(axis=0), 1.0).mean()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _standard_draws(rng: np.random.Generator, law: int, shape: tuple[int, ...]) -> Floats:
    """Draws of mean zero and variance one."""
    if law == _NORMAL:
        normal: Floats = rng.standard_normal(shape)
        return normal
    if law <= 2:
        raise RiskModelError(f"laws: {law} degrees of freedom, expected 0 (normal) or more than 2 (a finite variance)")
    scaled: Floats = rng.standard_t(law, shape) * np.sqrt((law - 2) / law)
    return scaled
