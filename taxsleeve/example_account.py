"""A complete example account from a seeded simulation, so that a fresh machine needs no data."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve.example_market import ExampleMarket, simulate_market
from taxsleeve_errors import InputError

__all__ = ["ExampleWritten", "write_example"]

Floats = NDArray[np.float64]
AS_OF = dt.date(2024, 6, 28)
_MARK = "# Written by `taxsleeve example`: simulated names, prices and trades."
_DOLLARS_PER_NAME = 10_000.0
_HISTORY_DAYS = 504
_TOML = """{mark}
as_of = {as_of}
cash = {cash:.2f}
cash_flow = 0.0

[taxes]
short_term = 0.408
long_term = 0.238
losses = "unlimited"

[limits]
tracking_error = {tracking_error}
loss_per_name = 0.0025
turnover = 0.30
active_weight = 0.01
sector_active = 0.02
cash = [0.001, 0.01]
realized_gain = 0.05
min_trade = 0.00002

[costs]
spread_bps = 5.0

[shares]
fractional = false
"""


@dataclass(frozen=True)
class ExampleWritten:
    """What was written: number of lots, dollars, day."""

    lots: int
    nav: float
    as_of: dt.date


@dataclass(frozen=True, eq=False)
class _Holdings:
    """Lots and recent trades as frames, the lots' value, and names that are not held."""

    lots: pd.DataFrame
    trades: pd.DataFrame
    value: float


def write_example(folder: Path, *, names: int = 500, lots: int = 5, seed: int = 7) -> ExampleWritten:
    """Write an account folder.

    The account is worth about 10,000 dollars a name. It has names with losses, names sold at a loss or bought within
    the last 30 days and on both edges of the window, a purchase in the spouse's IRA, one pair of share classes, a
    restriction, a name that left the benchmark and one that was listed so lately that no risk model rates it (where
    there are enough names for all that).

    Parameters
    ----------
    folder : Path
        New, empty, or an earlier example.
    names, lots, seed : int
        Names in the benchmark, purchases of each (small positions have fewer lots), and the seed.

    Returns
    -------
    ExampleWritten

    Raises
    ------
    InputError
        The folder holds something else.
    """
    _refuse_to_overwrite(folder)
    rng = np.random.default_rng([seed, names, lots])
    market = simulate_market(names, AS_OF, rng)
    holdings = _holdings(market, lots, rng)
    cash = round(0.006 * holdings.value, 2)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "account.toml").write_text(_settings(names, cash), encoding="utf-8")
    holdings.lots.to_csv(folder / "lots.csv", index=False, lineterminator="\n")
    holdings.trades.to_csv(folder / "trades.csv", index=False, lineterminator="\n")
    _benchmark(market).to_csv(folder / "benchmark.csv", index=False, lineterminator="\n")
    _securities(market).to_csv(folder / "securities.csv", index=False, lineterminator="\n")
    _restrictions(market).to_csv(folder / "restrictions.csv", index=False, lineterminator="\n")
    market.prices.tail(_HISTORY_DAYS).to_parquet(folder / "prices.parquet")
    return ExampleWritten(len(holdings.lots), holdings.value + cash, AS_OF)


def _settings(names: int, cash: float) -> str:
    # Few names track less tightly.
    return _TOML.format(mark=_MARK, as_of=AS_OF, cash=cash, tracking_error=0.01 if names >= 100 else 0.02)


def _refuse_to_overwrite(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError.of(str(folder), "a folder, or a place to make one", value="a file")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    settings = folder / "account.toml"
    if not settings.is_file() or not settings.read_text(encoding="utf-8", errors="replace").startswith(_MARK):
        raise InputError.of(
            str(folder), "a new or empty folder, or an earlier example", value="a folder with other files"
        )


def _holdings(market: ExampleMarket, lots: int, rng: np.random.Generator) -> _Holdings:
    names = len(market.assets)
    nav = _DOLLARS_PER_NAME * names
    noise = 0.15 * min(1.0, np.sqrt(names / 100))
    target = market.weights * nav * np.exp(noise * rng.standard_normal(names))
    if market.leaver is not None:
        target[market.leaver] = 0.5 * _DOLLARS_PER_NAME
    recent = _RecentTrades.draw(market, rng)
    target[recent.sold_out] = 0.0
    table = _lots(market, target, lots, recent, rng)
    price = dict(zip(market.assets, market.last, strict=True))
    value = float((table["shares"] * table["asset"].map(price)).sum())
    return _Holdings(table, recent.table(market, table), value)


def _lots(
    market: ExampleMarket, target: Floats, lots: int, recent: _RecentTrades, rng: np.random.Generator
) -> pd.DataFrame:
    """Shares of each name spread over purchase days of the last five years, and the recent purchases."""
    days = market.prices.index
    latest = int(np.searchsorted(days, np.datetime64(AS_OF - dt.timedelta(days=60))))
    purchase_days = np.unique(np.linspace(len(days) - 5 * 252, latest, lots).astype(int))
    rows = []
    for i, asset in enumerate(market.assets):
        shares = target[i] / market.last[i]
        split = rng.dirichlet(np.full(len(purchase_days), 2.0))
        for day, part in zip(purchase_days, split, strict=True):
            price = market.price(i, day)
            if np.isfinite(price) and round(shares * part) >= 1:
                rows.append((asset, round(shares * part), round(price, 4), days[day].date()))
        if i in recent.bought and target[i] > 0:
            day = int(np.searchsorted(days, np.datetime64(recent.bought[i]), side="right")) - 1
            bought = max(1, round(0.1 * shares))
            rows.append((asset, bought, round(market.price(i, day), 4), days[day].date()))
        if i == market.newcomer:
            rows.append((asset, max(1, round(shares)), round(float(market.last[i]), 4), days[-8].date()))
    table = pd.DataFrame(rows, columns=["asset", "shares", "cost_per_share", "acquired"])
    table.insert(0, "lot_id", [f"L{k:05d}" for k in range(1, len(table) + 1)])
    return table


@dataclass(frozen=True, eq=False)
class _RecentTrades:
    """Names sold at a loss, sold out, and bought in the last six weeks: the day of each, by position of the name."""

    sold: dict[int, dt.date]
    sold_out: list[int]
    bought: dict[int, dt.date]
    ira: dict[int, dt.date]

    @classmethod
    def draw(cls, market: ExampleMarket, rng: np.random.Generator) -> _RecentTrades:
        names = len(market.assets)
        free = [i for i in range(names) if i not in (market.leaver, market.newcomer, market.twin)]
        # Names come by size: a lock on a large one would put the tracking error limit out of reach.
        order = [int(i) for i in rng.permutation(free[len(free) // 2 :])]
        count = names // 25
        ages = [0, 1, 7, 15, 22, 29, 30, 31, 32, 45]
        sold, bought = order[:count], order[count : 2 * count]
        return cls(
            sold=dict(zip(sold, itertools.cycle(_days_ago(age) for age in ages[1:]), strict=False)),
            sold_out=sold[::2],
            bought=dict(zip(bought, itertools.cycle(_days_ago(age) for age in ages[2:]), strict=False)),
            ira={order[2 * count]: _days_ago(12)} if count else {},
        )

    def table(self, market: ExampleMarket, lots: pd.DataFrame) -> pd.DataFrame:
        """Rows of trades.csv by date and asset."""
        young = lots[lots["acquired"] >= AS_OF - dt.timedelta(days=50)]
        purchases = zip(young["acquired"], young["asset"], young["shares"], young["cost_per_share"], strict=True)
        rows: list[tuple[object, ...]] = [
            (day, "BUY", asset, shares, price, None, "taxable", "taxable") for day, asset, shares, price in purchases
        ]
        for i, day in self.sold.items():
            price = market.price_on(i, day)
            shares = max(1, round(0.5 * market.weights[i] * _DOLLARS_PER_NAME * len(market.assets) / price))
            rows.append(
                (day, "SELL", market.assets[i], shares, price, round(-0.12 * shares * price, 2), "taxable", "taxable")
            )
        for i, day in self.ira.items():
            rows.append((day, "BUY", market.assets[i], 5, market.price_on(i, day), None, "spouse-ira", "ira"))
        columns = ["date", "side", "asset", "shares", "price", "realized_gain", "account", "account_type"]
        return pd.DataFrame(rows, columns=columns).sort_values(["date", "asset", "side"], ignore_index=True)


def _days_ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


def _benchmark(market: ExampleMarket) -> pd.DataFrame:
    weights = np.round(market.weights, 10)
    # The largest name takes up what rounding left, so that the weights sum to one exactly.
    weights[np.argmax(weights)] += 1 - weights.sum()
    table = pd.DataFrame({"asset": market.assets, "weight": np.round(weights, 10)})
    return table[table["weight"] > 0]


def _securities(market: ExampleMarket) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "asset": market.assets,
            "price": market.last,
            "sector": market.sectors,
            "group": market.groups,
            "market_cap": np.round(market.caps, -6),
            "spread_bps": np.round(3 + 4 * (market.caps < np.median(market.caps)), 1),
        }
    )


def _restrictions(market: ExampleMarket) -> pd.DataFrame:
    rows = (
        [] if len(market.assets) < 20 else [(market.assets[len(market.assets) // 2], "no_buy", "", "client's employer")]
    )
    return pd.DataFrame(rows, columns=["asset", "rule", "until", "reason"])
