"""A complete example household from a seeded simulation: large, mid and small sleeves, and an IRA.

Each sleeve held its segment of half a year ago and is measured against today's, so that some names have graduated to
the next sleeve with a gain and others have fallen back.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve.example_account import AS_OF, ExampleWritten
from taxsleeve.example_market import ExampleMarket, simulate_market
from taxsleeve_errors import InputError

__all__ = ["write_example_household"]

Floats = NDArray[np.float64]
_MARK = "# Written by `taxsleeve example --household`: simulated names, prices and trades."
_HISTORY_DAYS = 504
_HALF_A_YEAR = 126
_DOLLARS = {"large": 2_000_000.0, "mid": 1_000_000.0, "small": 700_000.0, "ira": 400_000.0}
_HOUSEHOLD = """{mark}
# Lots move in kind between sleeves of one owner and type.
transfers = true

[limits]
tracking_error = {total}
realized_gain = 0.01

[[sleeve]]
name = "large"

[[sleeve]]
name = "mid"

[[sleeve]]
name = "small"

[[sleeve]]
name = "ira"
type = "ira"
"""
_ACCOUNT = """{mark}
as_of = {as_of}
cash = {cash:.2f}
cash_flow = 0.0

[taxes]
short_term = 0.408
long_term = 0.238
losses = "unlimited"

[limits]
tracking_error = {tracking_error}
loss_per_name = 0.005
turnover = 0.40
active_weight = 0.02
sector_active = 0.05
cash = [0.001, 0.01]
min_trade = 0.00002

[costs]
spread_bps = 5.0

[shares]
fractional = false
"""


@dataclass(frozen=True, eq=False)
class _Segments:
    """Place of each name in its sleeve's segment half a year ago and today: 0 large, 1 mid, 2 small, by position."""

    names: NDArray[np.intp]
    then: NDArray[np.intp]
    now: NDArray[np.intp]


def write_example_household(folder: Path, *, names: int = 60, lots: int = 4, seed: int = 7) -> ExampleWritten:
    """Write a household folder.

    Parameters
    ----------
    folder : Path
        New, empty, or an earlier example.
    names, lots, seed : int
        Names in each of the three segments, purchases of each, and the seed.

    Returns
    -------
    ExampleWritten
        Of all four accounts together.

    Raises
    ------
    InputError
        The folder holds something else, or there are fewer than ten names.
    """
    _refuse_to_overwrite(folder)
    if names < 10:
        raise InputError.of("--names", "at least 10 names a segment", value=names)
    rng = np.random.default_rng([seed, names, lots, 1])
    market = simulate_market(3 * names, AS_OF, rng)
    segments = _segments(market, names)
    folder.mkdir(parents=True, exist_ok=True)
    total = 0.02 if names < 50 else 0.015
    (folder / "household.toml").write_text(_HOUSEHOLD.format(mark=_MARK, total=total), encoding="utf-8")
    market.prices.tail(_HISTORY_DAYS).to_parquet(folder / "prices.parquet")
    count, nav = 0, 0.0
    for place, (name, dollars) in enumerate(_DOLLARS.items()):
        # The IRA holds the larger half of the large segment.
        held = segments.names[segments.then == place] if place < 3 else segments.names[segments.now == 0][: names // 2]
        wanted = segments.names[segments.now == place] if place < 3 else held
        table, value = _lots(market, held, dollars, lots, rng)
        _write_sleeve(folder / name, market, wanted, table, value, names)
        count, nav = count + len(table), nav + 1.006 * value
    return ExampleWritten(count, nav, AS_OF)


def _refuse_to_overwrite(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError.of(str(folder), "a folder, or a place to make one", value="a file")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    settings = folder / "household.toml"
    if not settings.is_file() or not settings.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        raise InputError.of(
            str(folder), "a new or empty folder, or an earlier example household", value="a folder with other files"
        )


def _segments(market: ExampleMarket, names: int) -> _Segments:
    """Cut the names that have a whole history by capitalisation, half a year ago and today."""
    history = market.prices.to_numpy()
    known = np.flatnonzero(np.isfinite(history[0]) & (market.weights > 0))[: 3 * names]
    before = market.caps[known] * history[-1 - _HALF_A_YEAR, known] / history[-1, known]
    then, now = (np.argsort(np.argsort(-caps)) // names for caps in (before, market.caps[known]))
    return _Segments(known, np.minimum(then, 2), np.minimum(now, 2))


def _lots(
    market: ExampleMarket, held: NDArray[np.intp], dollars: float, lots: int, rng: np.random.Generator
) -> tuple[pd.DataFrame, float]:
    """Shares of each name spread over purchase days of the last three years, older than two months."""
    days = market.prices.index
    latest = int(np.searchsorted(days, np.datetime64(AS_OF - dt.timedelta(days=60))))
    purchases = np.unique(np.linspace(len(days) - 3 * 252, latest, lots).astype(int))
    weights = market.caps[held] / market.caps[held].sum()
    rows, value = [], 0.0
    for i, weight in zip(held.tolist(), weights.tolist(), strict=True):
        shares = weight * dollars * np.exp(0.1 * rng.standard_normal()) / market.last[i]
        split = rng.dirichlet(np.full(len(purchases), 2.0))
        for day, part in zip(purchases.tolist(), split.tolist(), strict=True):
            if round(shares * part) >= 1:
                bought = round(shares * part)
                rows.append((market.assets[i], bought, round(market.price(i, day), 4), days[day].date()))
                value += bought * float(market.last[i])
    table = pd.DataFrame(rows, columns=["asset", "shares", "cost_per_share", "acquired"])
    table.insert(0, "lot_id", [f"L{k:05d}" for k in range(1, len(table) + 1)])
    return table, value


def _write_sleeve(
    folder: Path, market: ExampleMarket, wanted: NDArray[np.intp], lots: pd.DataFrame, value: float, names: int
) -> None:
    folder.mkdir(exist_ok=True)
    # Few names track less tightly.
    limit = 0.03 if names < 50 else 0.02
    settings = _ACCOUNT.format(mark=_MARK, as_of=AS_OF, cash=0.006 * value, tracking_error=limit)
    (folder / "account.toml").write_text(settings, encoding="utf-8")
    lots.to_csv(folder / "lots.csv", index=False, lineterminator="\n")
    weights = np.round(market.caps[wanted] / market.caps[wanted].sum(), 10)
    weights[np.argmax(weights)] += 1 - weights.sum()
    benchmark = pd.DataFrame({"asset": [market.assets[i] for i in wanted], "weight": np.round(weights, 10)})
    benchmark.to_csv(folder / "benchmark.csv", index=False, lineterminator="\n")
    used = sorted({*lots["asset"], *benchmark["asset"]}, key=market.assets.index)
    at = [market.assets.index(asset) for asset in used]
    securities = pd.DataFrame(
        {
            "asset": used,
            "price": market.last[at],
            "sector": [market.sectors[i] for i in at],
            "group": [market.groups[i] for i in at],
            "market_cap": np.round(market.caps[at], -6),
        }
    )
    securities.to_csv(folder / "securities.csv", index=False, lineterminator="\n")
    trades = pd.DataFrame(
        columns=["date", "side", "asset", "shares", "price", "realized_gain", "account", "account_type"]
    )
    trades.to_csv(folder / "trades.csv", index=False, lineterminator="\n")
