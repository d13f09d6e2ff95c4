"""Runs made by hand or by dice, with every column of a vintage's months."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

CAUSES = ("harvest", "index change", "risk", "cash", "delisting")
FACTS: dict[str, float | str] = {
    "capital": 1000.0,
    "short_term": 0.4,
    "long_term": 0.2,
    "qualified_dividends": 0.2,
    "losses": "unlimited",
    "taxes": "ignored",
    "frequency": "monthly",
    "wash_rule": 1.0,
}


@dataclass(frozen=True)
class Key:
    sleeve: str
    funded: dt.date
    strategy: str
    setting: str


@dataclass(frozen=True)
class Run:
    key: Key
    months: pd.DataFrame
    facts: Mapping[str, float | str]


def months_of(dates: list[str], **columns: Any) -> pd.DataFrame:
    """Months with these columns, and zeros in the others; losses and gains by cause are all harvest."""
    index = pd.DatetimeIndex(dates, name="date")
    zero = ["flow", "benchmark_income", "loss_short", "loss_long", "gain_short", "gain_long", "tax_paid", "dividends",
            "disallowed", "cost", "turnover", "locked", "embedded_gain", "unrealised_short", "unrealised_long", "cash",
            "lots", "unrated"]  # fmt: skip
    frame = pd.DataFrame({**dict.fromkeys(zero, 0.0), "relaxed": 1.0, "tracking_error": 0.01}, index=index)
    frame = frame.assign(**{"value": 1000.0, "benchmark": 1000.0, "realised": 0.01, **columns})
    for side in ("loss", "gain"):
        for cause in CAUSES:
            frame[f"{side} {cause}"] = 0.0
        frame[f"{side} harvest"] = frame[f"{side}_short"] + frame[f"{side}_long"]
    return frame.astype(float)


def drawn_run(sleeve: str, year: int, strategy: str = "optimizer", setting: str = "base", years: int = 3,
              scale: float = 1.0, **facts: float | str) -> Run:  # fmt: skip
    """A run whose market is the same for every run of the same dates."""
    dates = pd.date_range(f"{year - 1}-12-31", periods=12 * years + 1, freq="ME", name="date")
    market = np.random.default_rng(7).standard_normal(1200)
    at = (dates.year - 1990) * 12 + dates.month
    age = np.arange(len(dates))
    index = 1000 * np.cumprod(np.where(age > 0, 1 + 0.006 + 0.03 * market[at], 1.0))
    harvested = -scale * 15 * np.exp(-age / 10) * np.exp(0.5 * market[at]) * (strategy != "passive")
    gained = 2.0 * np.exp(0.3 * market[at + 1])
    active = 0.002 * np.random.default_rng(year * 100 + len(sleeve)).standard_normal(len(dates)).cumsum()
    frame = months_of(
        [str(date.date()) for date in dates],
        value=index * (1 + active), benchmark=index, benchmark_income=0.0012 * index, dividends=0.0012 * index,
        loss_short=0.9 * harvested, loss_long=0.1 * harvested, gain_short=0.2 * gained, gain_long=0.8 * gained,
        turnover=0.03, cost=0.01, tracking_error=0.01, realised=0.012, locked=0.8, embedded_gain=0.3,
        unrealised_short=10.0, unrealised_long=0.3 * index, lots=100.0,
    )  # fmt: skip
    frame.loc[frame.index[0], ["loss_short", "loss_long", "gain_short", "gain_long", "dividends"]] = 0.0
    frame.loc[frame.index[0], "benchmark_income"] = 0.0
    frame.loc[frame.index[-1], ["realised", "tracking_error"]] = np.nan
    for side in ("loss", "gain"):
        whole = frame[f"{side}_short"] + frame[f"{side}_long"]
        frame[f"{side} harvest"], frame[f"{side} index change"] = 0.7 * whole, 0.3 * whole
    key = Key(sleeve, dates[0].date(), strategy, setting)
    return Run(key, frame, {**FACTS, "years": float(years), "realised_te": 0.012, **facts})
