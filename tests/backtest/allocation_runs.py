"""Runs of sleeves that differ in their markets, made by dice: what an allocation study reads."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from backtest.study import RunKey, StoredRun

FACTS = {
    "capital": 1000.0, "short_term": 0.4, "long_term": 0.2, "qualified_dividends": 0.2, "losses": "unlimited",
    "taxes": "ignored", "frequency": "monthly", "wash_rule": "on", "spread_bps": 5.0,
}  # fmt: skip
# Level, width and own noise of each sleeve's index, and how much its account harvests.
SLEEVES = {"large": (0.012, 1.0, 0.0, 1.0), "mid": (0.012, 1.1, 0.015, 1.3), "small": (0.018, 1.2, 0.03, 2.0)}
_BY_CAUSE = ("harvest", "index change", "risk", "cash", "delisting")


def made_run(
    sleeve: str, year: int, strategy: str = "optimizer", years: int = 3, every: str = "ME", **facts: float | str
) -> StoredRun:
    """A run, by default of monthly rows; the market of a calendar month is one for all vintages."""
    dates = pd.date_range(f"{year - 1}-12-25", f"{year + years - 1}-12-31", freq=every, name="date")
    return _run(RunKey(sleeve, dates[0].date(), strategy, "base"), dates, years, {**FACTS, **facts})


def made_runs(sleeves=("large", "mid", "small"), years=(2000, 2001, 2002, 2003), **facts) -> list[StoredRun]:
    """Runs of every sleeve and year."""
    return [made_run(sleeve, year, **facts) for year in years for sleeve in sleeves]


def whole_market(runs: list[StoredRun], blend: dict[str, float]) -> list[StoredRun]:
    """Runs of the sleeve `all`, whose index is a blend of the sleeves' month by month."""
    found = []
    for funded in sorted({run.key.funded for run in runs}):
        own = {run.key.sleeve: run.months["benchmark"].pct_change() for run in runs if run.key.funded == funded}
        returns = sum(weight * own[name] for name, weight in blend.items())
        like = next(run for run in runs if run.key.funded == funded)
        index = 1000 * (1 + returns.fillna(0.0)).cumprod()
        key = RunKey("all", funded, like.key.strategy, like.key.setting)
        found.append(StoredRun(key, like.months.assign(benchmark=index, value=index), like.facts))
    return found


def _run(key: RunKey, dates: pd.DatetimeIndex, years: int, facts: dict[str, float | str]) -> StoredRun:
    level, width, noise, scale = SLEEVES.get(key.sleeve, SLEEVES["large"])
    at, age = (dates.year - 1990) * 12 + dates.month, np.arange(len(dates))
    market = np.random.default_rng(7).standard_normal(600)[at]
    apart = np.random.default_rng([13, len(key.sleeve)]).standard_normal(600)[at]
    index = 1000 * np.cumprod(np.where(age > 0, 1 + level + 0.03 * width * market + noise * apart, 1.0))
    harvested = -scale * 12 * np.exp(-age / 10) * np.exp(0.5 * market) * (key.strategy != "passive") * (age > 0)
    gained = 2.0 * scale * np.exp(0.3 * apart) * (age > 0)
    zero = ["flow", "tax_paid", "disallowed", "ordinary_dividends", "over_budget", "unrated"]
    columns = {
        **dict.fromkeys(zero, 0.0), "value": index * (1 + 0.001 * np.sin(age)), "benchmark": index,
        "benchmark_income": 0.0012 * index * (age > 0), "dividends": 0.0013 * index * (age > 0),
        "loss_short": 0.9 * harvested, "loss_long": 0.1 * harvested, "gain_short": 0.2 * gained,
        "gain_long": 0.8 * gained, "tax_saved": 0.0, "cost": 0.01, "turnover": 0.03, "tracking_error": 0.01,
        "relaxed": 1.0, "realised": 0.01, "locked": np.minimum(0.95, 0.2 + age / 24), "embedded_gain": 0.2,
        "unrealised_short": 5.0 * (age > 0), "unrealised_long": np.minimum(0.4, age / 60) * index, "cash": 1.0,
        "lots": 100.0,
    }  # fmt: skip
    months = pd.DataFrame(columns, index=dates).astype(float)
    for side in ("loss", "gain"):
        for cause in _BY_CAUSE:
            months[f"{side} {cause}"] = 0.0
        months[f"{side} harvest"] = months[f"{side}_short"] + months[f"{side}_long"]
    until = dates[-1].date()
    own = {"funded": key.funded.isoformat(), "until": until.isoformat(), "years": float(years), "realised_te": 0.01}
    return StoredRun(key, months, {**facts, **own})


def funded(year: int) -> dt.date:
    """Day on which the vintage of a year is funded."""
    return dt.date(year - 1, 12, 31)
