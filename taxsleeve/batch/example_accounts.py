"""Simulated accounts of one market, drawn one by one from a seed of their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk import FactorRisk, StatisticalRiskModel, simple_returns
from taxsleeve.example_account import AS_OF
from taxsleeve.example_market import ExampleMarket, simulate_market

__all__ = ["BENCHMARKS", "MANDATES", "RISK", "ExampleAccount", "ExampleNight"]

Floats = NDArray[np.float64]
RISK = "statistical"
# The larger names of the market by themselves, and all of them.
BENCHMARKS = {"large": 0.6, "broad": 1.0}
_HISTORY_DAYS = 504
_DOLLARS_PER_NAME = 10_000.0
_PURCHASE_DAYS = 24
_RECENT = (3, 12, 25, 40)
_ONE_IN = 25
_COMMON: dict[str, Any] = {
    "taxes.short_term": 0.408,
    "taxes.long_term": 0.238,
    "limits.loss_per_name": 0.005,
    "limits.turnover": 0.4,
    "limits.cash": [0.0, 0.01],
    "limits.realized_gain": 0.05,
}
MANDATES = ("close", "loose")


@dataclass(frozen=True, eq=False)
class ExampleAccount:
    """One account: its id, what it names, its cash, and its rows of lots and trades."""

    account: str
    benchmark: str
    mandate: str
    cash: float
    lots: pd.DataFrame
    trades: pd.DataFrame


@dataclass(frozen=True, eq=False)
class ExampleNight:
    """A market, and accounts in it.

    Parameters
    ----------
    names, lots, seed : int
        Names in the market, purchases of each, and the seed.
    """

    names: int
    lots: int
    seed: int

    @cached_property
    def market(self) -> ExampleMarket:
        """The market that all accounts share."""
        return simulate_market(self.names, AS_OF, np.random.default_rng([self.seed, self.names]))

    @cached_property
    def risk(self) -> FactorRisk:
        """A statistical model of its last two years; it does not rate a name that was listed days ago."""
        prices = self.market.prices.tail(_HISTORY_DAYS)
        listed = prices.columns[prices.notna().mean() > 0.5]
        model: FactorRisk = StatisticalRiskModel().fit(simple_returns(prices[listed])).factor_risk_
        return model

    @cached_property
    def mandates(self) -> dict[str, dict[str, Any]]:
        """Settings of each mandate by their keys; few names track less tightly."""
        few = self.names < 100
        active, sector = max(0.02, 3 / self.names), max(0.05, 6 / self.names)
        limits = {"limits.active_weight": active, "limits.sector_active": sector}
        return {
            "close": {**_COMMON, "limits.tracking_error": 0.04 if few else 0.015, **limits},
            "loose": {**_COMMON, "limits.tracking_error": 0.06 if few else 0.03, **limits},
        }

    def securities(self) -> pd.DataFrame:
        """Rows of securities.csv."""
        market = self.market
        columns = {"asset": market.assets, "price": market.last, "sector": market.sectors, "group": market.groups}
        return pd.DataFrame(columns)

    def weights(self, benchmark: str) -> pd.DataFrame:
        """Rows of a benchmark."""
        weights = self._weights[benchmark]
        table = pd.DataFrame({"asset": self.market.assets, "weight": weights})
        return table[table["weight"] > 0].reset_index(drop=True)

    @cached_property
    def _weights(self) -> dict[str, Floats]:
        found = {}
        for name, share in BENCHMARKS.items():
            kept = np.arange(len(self.market.assets)) < max(1, round(share * self.names))
            weights = np.round(np.where(kept, self.market.weights, 0.0) / self.market.weights[kept].sum(), 10)
            weights[np.argmax(weights)] += 1 - weights.sum()
            found[name] = np.round(weights, 10)
        return found

    @cached_property
    def _purchases(self) -> tuple[Floats, NDArray[np.datetime64]]:
        """Prices (P, N) on the days, over five years and until two months ago, on which accounts bought."""
        days = self.market.prices.index
        latest = int(np.searchsorted(days, np.datetime64(AS_OF - dt.timedelta(days=60))))
        rows = np.linspace(len(days) - 5 * 252, latest, _PURCHASE_DAYS).astype(int)
        return np.round(self.market.prices.to_numpy()[rows], 4), days.to_numpy()[rows].astype("datetime64[D]")

    def accounts(self, count: int) -> Iterator[ExampleAccount]:
        """Draw accounts, by id; the n-th is the same however many there are."""
        width = max(6, len(str(count)))
        for number in range(count):
            yield self._account(f"A{number + 1:0{width}d}", number)

    def _account(self, account: str, number: int) -> ExampleAccount:
        rng = np.random.default_rng([self.seed, self.names, self.lots, number])
        benchmark = list(BENCHMARKS)[int(rng.integers(2))]
        mandate = MANDATES[int(rng.integers(2))]
        weights = self._weights[benchmark]
        held = np.flatnonzero(weights > 0)
        nav = _DOLLARS_PER_NAME * len(held) * float(np.exp(0.5 * rng.standard_normal()))
        noise = 0.15 * min(1.0, np.sqrt(len(held) / 100))
        target = weights[held] * nav * np.exp(noise * rng.standard_normal(len(held)))
        # Small names, whose locks leave tracking error within reach.
        small = rng.permutation(held[len(held) // 2 :])[: 2 * max(1, len(held) // _ONE_IN)]
        sold, bought = small[::2], small[1::2]
        target[np.isin(held, sold)] = 0.0
        lots = self._lots(held, target, rng)
        recent = self._recent(bought, nav * weights, rng)
        if self.market.newcomer is not None and number % _ONE_IN == _ONE_IN - 1:
            late = np.array([self.market.newcomer])
            recent = pd.concat([recent, self._recent(late, np.full(len(weights), 0.001 * nav), rng)])
        lots = pd.concat([lots, recent], ignore_index=True)
        lots.insert(0, "lot_id", [f"L{k + 1:05d}" for k in range(len(lots))])
        trades = pd.concat([self._sales(sold, nav * weights, rng), self._buys(recent)], ignore_index=True)
        value = float(lots["shares"].to_numpy() @ self._price(lots["asset"]))
        return ExampleAccount(account, benchmark, mandate, round(0.006 * value, 2), lots, trades)

    def _price(self, assets: pd.Series) -> Floats:
        return self.market.last[[self._place[a] for a in assets]]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {asset: i for i, asset in enumerate(self.market.assets)}

    def _lots(self, held: NDArray[np.intp], target: Floats, rng: np.random.Generator) -> pd.DataFrame:
        prices, days = self._purchases
        chosen = np.sort(rng.choice(len(days), size=min(self.lots, len(days)), replace=False))
        split = rng.dirichlet(np.full(len(chosen), 2.0), size=len(held))
        shares = np.round(target[:, None] / self.market.last[held][:, None] * split)
        paid = prices[chosen][:, held].T
        name, day = np.nonzero((shares >= 1) & np.isfinite(paid))
        return self._frame(held[name], shares[name, day], paid[name, day], days[chosen[day]])

    def _recent(self, names: NDArray[np.intp], dollars: Floats, rng: np.random.Generator) -> pd.DataFrame:
        """Lots bought in the last weeks."""
        age = rng.choice(_RECENT, size=len(names))
        price = np.round(self.market.last[names] * np.exp(0.05 * rng.standard_normal(len(names))), 4)
        shares = np.maximum(1.0, np.round(0.1 * dollars[names] / self.market.last[names]))
        return self._frame(names, shares, price, np.datetime64(AS_OF) - age.astype("timedelta64[D]"))

    def _frame(
        self, names: NDArray[np.intp], shares: Floats, price: Floats, days: NDArray[np.datetime64]
    ) -> pd.DataFrame:
        assets = [self.market.assets[i] for i in names.tolist()]
        return pd.DataFrame(
            {
                "asset": assets,
                "shares": shares,
                "cost_per_share": price,
                "acquired": days.astype("datetime64[D]").tolist(),
            }
        )

    def _sales(self, names: NDArray[np.intp], dollars: Floats, rng: np.random.Generator) -> pd.DataFrame:
        """Names sold out at a loss in the last weeks."""
        age = rng.choice(_RECENT, size=len(names))
        table = self._frame(
            names,
            np.maximum(1.0, np.round(0.5 * dollars[names] / self.market.last[names])),
            self.market.last[names],
            np.datetime64(AS_OF) - age.astype("timedelta64[D]"),
        )
        sold = table["shares"].to_numpy(dtype=float) * table["cost_per_share"].to_numpy(dtype=float)
        return _trades(table, "SELL", -np.round(0.12 * sold, 2))

    def _buys(self, lots: pd.DataFrame) -> pd.DataFrame:
        return _trades(lots, "BUY", np.full(len(lots), np.nan))


def _trades(table: pd.DataFrame, side: str, gain: Floats) -> pd.DataFrame:
    columns = {
        "date": table["acquired"].to_numpy(),
        "side": side,
        "asset": table["asset"].to_numpy(),
        "shares": table["shares"].to_numpy(),
        "price": table["cost_per_share"].to_numpy(),
        "realized_gain": gain,
    }
    return pd.DataFrame(columns, index=range(len(table)))
