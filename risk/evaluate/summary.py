"""The table that an evaluation comes to: one row a segment, family of portfolios and model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from risk.evaluate.diebold_mariano import diebold_mariano
from risk.evaluate.floors import perfect_model_floors
from risk.evaluate.scores import barra_q, bias_band, bias_statistic, rolling_mrad
from risk.evaluate.walk_forward import Evaluation
from taxsleeve_errors import RiskModelError

__all__ = ["by_month", "summarise"]

_KEYS = ["segment", "family", "model"]
_DAYS_A_MONTH = 21


def summarise(evaluation: Evaluation, reference: str | None = None) -> pd.DataFrame:
    """Score every model on every family of portfolios.

    Parameters
    ----------
    evaluation : Evaluation
    reference : str, optional
        Model that the others' QLIKE is tested against; the first model where not given.

    Returns
    -------
    DataFrame
        `segment`, `family`, `model`, `months`, `portfolios`, `predicted` (median, annual); `bias` (mean over portfolios
        of B, monthly), `band_low`, `band_high` (95% of one portfolio's B if normal), `in_band` (share of portfolios
        inside); `daily_ratio` (realised over predicted deviation, all days together); `mrad`, `qlike` and `q`, each
        with its `_floor` (normal) and `_floor_t5`; `dm_t` (negative: better than the reference by QLIKE, months
        paired).

    Raises
    ------
    RiskModelError
        The reference is not one of the models.
    """
    models = list(evaluation.records["model"].cat.categories)
    reference = models[0] if reference is None else reference
    if reference not in models:
        raise RiskModelError(f"reference {reference!r}: expected one of {', '.join(models)}")
    losses = by_month(evaluation)
    months = int(evaluation.records["date"].nunique())
    floors = _floors(perfect_model_floors(max(months, 2), days=_DAYS_A_MONTH))
    rows = []
    for (segment, family, model), group in evaluation.records.groupby(_KEYS, observed=True, sort=False):
        row = {"segment": segment, "family": family, "model": model, **_scores(group), **floors}
        own = losses[(losses["segment"] == segment) & (losses["family"] == family)].pivot_table(
            index="date", columns="model", values="qlike", observed=True
        )
        comparable = reference in own and model != reference
        row["dm_t"] = diebold_mariano(own[model], own[reference]) if comparable else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def by_month(evaluation: Evaluation) -> pd.DataFrame:
    """Scores by month, averaged over a family's portfolios: `mean_b2`, `daily_ratio` and `qlike`."""
    records = evaluation.records.assign(b2=evaluation.records["b"] ** 2)
    grouped = records.groupby(["date", *_KEYS], observed=True, sort=False)[["b2", "daily", "qlike"]].mean()
    frame = grouped.reset_index().rename(columns={"b2": "mean_b2"})
    frame["daily_ratio"] = np.sqrt(frame.pop("daily"))
    return frame[["date", *_KEYS, "mean_b2", "daily_ratio", "qlike"]]


def _scores(group: pd.DataFrame) -> dict[str, float]:
    b = group.pivot_table(index="date", columns="portfolio", values="b", observed=True).to_numpy()
    B = bias_statistic(b)
    counts = np.isfinite(b).sum(axis=0)
    known = counts > 1
    bands = {int(count): bias_band(int(count)) for count in set(counts[known])}
    inside = [bands[int(c)][0] <= x <= bands[int(c)][1] for c, x in zip(counts[known], B[known], strict=True)]
    low, high = bias_band(len(b)) if len(b) > 1 else (np.nan, np.nan)
    q = barra_q(b)
    return {
        "months": len(b),
        "portfolios": b.shape[1],
        "predicted": float(group["predicted"].median()),
        "bias": float(B[known].mean()) if known.any() else np.nan,
        "band_low": low,
        "band_high": high,
        "in_band": float(np.mean(inside)) if inside else np.nan,
        "daily_ratio": float(np.sqrt(group["daily"].mean())),
        "mrad": rolling_mrad(b),
        "qlike": float(group["qlike"].mean()),
        "q": float(np.nanmean(q)),
    }


def _floors(floors: pd.DataFrame) -> dict[str, float]:
    return {
        f"{score}_floor{suffix}": float(floors.loc[law, score])  # type: ignore[arg-type]
        for score in ("mrad", "qlike", "q")
        for law, suffix in (("normal", ""), ("t5", "_t5"))
    }
