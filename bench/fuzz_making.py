"""Random and adversarial account folders, each a function of its seed and its greatest number of names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.fuzz_settings import AS_OF, settings_text

__all__ = ["KINDS", "kinds_of", "put_table", "write_account", "write_vendor_risk"]

Floats = NDArray[np.float64]
KINDS = (
    "mild",
    "prices near zero",
    "one name",
    "all in one lot",
    "all lots recent",
    "all names locked",
    "negative cash",
    "huge value",
    "tiny value",
    "duplicate groups",
    "contradictory limits",
    "weights of 1e-12",
)
_SECOND = 0.35
_HOLDERS = (("taxable", "taxable"), ("joint", "spouse"), ("her ira", "ira"), ("roth", "roth"))


def kinds_of(seed: int) -> frozenset[str]:
    """What is adversarial about the account of a seed: one kind by turns, and for about a third a second one."""
    rng = np.random.default_rng([seed, 1])
    kinds = {KINDS[seed % len(KINDS)]}
    if rng.random() < _SECOND:
        kinds.add(str(rng.choice(KINDS[1:])))
    return frozenset(kinds - {"mild"} or {"mild"})


@dataclass(frozen=True, eq=False)
class _Market:
    assets: list[str]
    price: Floats
    weight: Floats
    sector: list[str]
    group: list[str]


def write_account(folder: Path, seed: int, most_names: int = 60) -> None:
    """Write the account folder of a seed into a folder that is there."""
    rng, kinds = np.random.default_rng([seed, 2]), kinds_of(seed)
    market = _market(rng, kinds, most_names)
    nav = _value(rng, kinds)
    lots = _lots(rng, kinds, market, nav)
    value = float((lots["shares"] * lots["asset"].map(dict(zip(market.assets, market.price, strict=True)))).sum())
    worth = value if value > 0 else nav
    cash = round(float(rng.uniform(0, 0.03)) * worth, 2)
    if "negative cash" in kinds:
        cash = round(-float(rng.choice([0.0001, 0.01, 0.3, 0.99])) * worth, 2)
    elif lots.empty:
        cash = round(worth, 2)
    flow = round(float(rng.choice([0.0, 0.0, 0.0, -0.02, 0.05])) * worth, 2)
    contradictory = "contradictory limits" in kinds
    text = settings_text(rng, worth, cash, flow, contradictory=contradictory)
    (folder / "account.toml").write_text(text, encoding="utf-8")
    put_table(folder, "lots", _with_elsewhere(rng, lots, market))
    put_table(
        folder, "benchmark", pd.DataFrame({"asset": market.assets, "weight": [repr(float(w)) for w in market.weight]})
    )
    put_table(folder, "securities", _securities(rng, market, worth))
    put_table(folder, "trades", _trades(rng, kinds, market, lots))
    put_table(folder, "restrictions", _restrictions(rng, kinds, market))
    _risk_source(rng, folder, market)


def put_table(folder: Path, stem: str, table: pd.DataFrame) -> None:
    """Write a table of a folder."""
    table.to_csv(folder / f"{stem}.csv", index=False, lineterminator="\n")


def _market(rng: np.random.Generator, kinds: frozenset[str], most_names: int) -> _Market:
    n = 1 if "one name" in kinds else 2 + int((most_names - 1) * rng.random() ** 2)
    assets = [f"N{i:02d}" for i in rng.permutation(n)]
    price = np.round(np.exp(rng.normal(4.0, 1.0, n)), 2)
    if "prices near zero" in kinds:
        near = rng.random(n) < rng.choice([0.3, 1.0])
        price[near] = 10.0 ** rng.uniform(-9, -2, int(near.sum()))
    weight = np.exp(rng.normal(0.0, 1.2, n))
    if "weights of 1e-12" in kinds:
        weight[1:][rng.random(n - 1) < 0.5] = 1e-12
    weight /= weight.sum()
    group = list(assets)
    if "duplicate groups" in kinds:
        group = [f"G{k}" for k in rng.integers(0, max(1, n // 3), n)]
    elif n > 3 and rng.random() < 0.5:
        group[1] = group[0]
    sector = [str(s) for s in rng.choice(["Energy", "Utilities", "Health Care", "Financials", ""], n)]
    return _Market(assets, price, weight, sector, group)


def _value(rng: np.random.Generator, kinds: frozenset[str]) -> float:
    if "huge value" in kinds:
        return float(10.0 ** rng.uniform(10, 13))
    if "tiny value" in kinds:
        return float(10.0 ** rng.uniform(-1, 3))
    return float(10.0 ** rng.uniform(4.5, 7))


def _lots(rng: np.random.Generator, kinds: frozenset[str], market: _Market, nav: float) -> pd.DataFrame:
    n = len(market.assets)
    held = market.weight * np.exp(rng.normal(0, 0.3, n)) * (rng.random(n) < 0.85)
    pieces = int(rng.integers(1, 5))
    if "all in one lot" in kinds:
        held, pieces = np.zeros(n), 1
        held[rng.integers(n)] = 1.0
    whole = rng.random() < 0.7
    rows = []
    for i in np.flatnonzero(held):
        for part in rng.dirichlet(np.full(pieces, 2.0)):
            shares = nav * held[i] * part / market.price[i]
            shares = float(np.round(shares)) if whole else float(f"{shares:.6g}")
            if shares > 0:
                rows.append((market.assets[i], shares, *_basis(rng, kinds, market.price[i])))
    table = pd.DataFrame(rows, columns=["asset", "shares", "cost_per_share", "acquired", "holding_start"])
    table.insert(0, "lot_id", [f"L{k}" for k in range(len(table))])
    return table.astype({"shares": float})


def _basis(rng: np.random.Generator, kinds: frozenset[str], price: float) -> tuple[float, str, str]:
    """Cost, day acquired and start of the holding period of a lot."""
    cost = float(f"{price * np.exp(rng.normal(0.0, 0.35)):.6g}")
    if rng.random() < 0.03:
        cost = float(rng.choice([0.0, price]))
    recent = "all lots recent" in kinds or rng.random() < 0.08
    day = _ago(int(rng.integers(0, 31) if recent else rng.choice([31, 61, 364, 365, 366, 367, 2000])))
    start = "" if rng.random() < 0.9 else str(day - dt.timedelta(days=int(rng.integers(0, 400))))
    return cost, str(day), start


def _ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


def _with_elsewhere(rng: np.random.Generator, lots: pd.DataFrame, market: _Market) -> pd.DataFrame:
    """Lots of the household's other accounts beside the account's own."""
    if lots.empty or rng.random() < 0.7:
        return lots
    table = lots.assign(account="taxable", account_type="taxable")
    rows = []
    for k, i in enumerate(rng.choice(len(market.assets), 2)):
        who, kind = _HOLDERS[int(rng.integers(1, len(_HOLDERS)))]
        price = float(market.price[i])
        rows.append((f"E{k}", market.assets[i], 5.0, price, str(_ago(int(rng.integers(0, 40)))), "", who, kind))
    return pd.concat([table, pd.DataFrame(rows, columns=table.columns)], ignore_index=True)


def _securities(rng: np.random.Generator, market: _Market, nav: float) -> pd.DataFrame:
    n = len(market.assets)
    adv = np.where(rng.random(n) < 0.85, nav * 10.0 ** rng.uniform(-4, 1, n), np.nan)
    adv[rng.random(n) < 0.02] = 0.0
    table = pd.DataFrame(
        {
            "asset": market.assets,
            "price": [repr(float(p)) for p in market.price],
            "sector": market.sector,
            "group": market.group,
            "adv": adv,
        }
    )
    if rng.random() < 0.3:
        table["spread_bps"] = np.round(rng.uniform(0, 100, n), 1)
    if rng.random() < 0.2:
        table["alpha"] = np.round(rng.normal(0, 0.02, n), 4)
    return table


def _trades(rng: np.random.Generator, kinds: frozenset[str], market: _Market, lots: pd.DataFrame) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    price = dict(zip(market.assets, market.price, strict=True))
    for row in lots.itertuples():
        if str(row.acquired) >= str(_ago(61)) and rng.random() < 0.9:
            rows.append((row.acquired, "BUY", row.asset, row.shares, price[row.asset], "", "taxable", "taxable"))
    names = market.assets if "all names locked" in kinds else rng.choice(market.assets, int(rng.integers(0, 4)))
    for asset in names:
        who, kind = _HOLDERS[int(rng.integers(0, len(_HOLDERS)))]
        sold = who in ("taxable", "joint") and rng.random() < 0.5
        gain = round(-float(price[asset]) * 0.2, 6) if sold and rng.random() < 0.8 else ""
        day = str(_ago(int(rng.integers(0, 30))))
        rows.append((day, "SELL" if sold else "BUY", str(asset), 3.0, float(price[asset]), gain, who, kind))
    columns = ["date", "side", "asset", "shares", "price", "realized_gain", "account", "account_type"]
    return pd.DataFrame(rows, columns=columns)


def _restrictions(rng: np.random.Generator, kinds: frozenset[str], market: _Market) -> pd.DataFrame:
    rules, columns = ["no_buy", "no_sell", "no_trade", "exclude"], ["asset", "rule", "until", "reason"]
    if "all names locked" in kinds and rng.random() < 0.5:
        return pd.DataFrame([(a, str(rng.choice(rules[:3])), "", "locked") for a in market.assets], columns=columns)
    chosen = rng.choice(market.assets, int(rng.choice([0, 0, 1, 3])))
    until = ["", str(_ago(1)), str(AS_OF)]
    return pd.DataFrame([(a, str(rng.choice(rules)), str(rng.choice(until)), "") for a in chosen], columns=columns)


def _risk_source(rng: np.random.Generator, folder: Path, market: _Market) -> None:
    """A vendor's model of two factors, or for one account in ten with names enough a price history."""
    n = len(market.assets)
    rated = rng.random(n) < 0.97
    rated[0] = True
    if n > 5 and rng.random() < 0.1:
        _history(rng, folder, market)
        return
    write_vendor_risk(rng, folder, market.assets, rated)


def write_vendor_risk(rng: np.random.Generator, folder: Path, assets: list[str], rated: NDArray[np.bool_]) -> None:
    """Write a vendor's model of two factors, market and size, of the assets that are rated, into risk/."""
    n, factors = len(assets), ["market", "size"]
    risk = folder / "risk"
    risk.mkdir()
    loadings = np.column_stack([1 + 0.3 * rng.standard_normal(n), rng.standard_normal(n)])
    table = pd.DataFrame(loadings, columns=factors)
    table.insert(0, "asset", assets)
    specific = np.exp(rng.normal(-2.7, 0.8, n))
    specific[rng.random(n) < 0.02] = 1e-8
    put_table(risk, "loadings", table[rated])
    covariance = pd.DataFrame({"factor": factors, "market": [0.03, 0.001], "size": [0.001, 0.004]})
    put_table(risk, "factor_covariance", covariance)
    put_table(risk, "specific_variance", pd.DataFrame({"asset": assets, "variance": specific})[rated])


def _history(rng: np.random.Generator, folder: Path, market: _Market) -> None:
    days = pd.bdate_range(end=pd.Timestamp(AS_OF), periods=260, name="date")
    moves = 0.01 * rng.standard_normal((260, 1)) + 0.02 * rng.standard_normal((260, len(market.assets)))
    path = np.exp(np.cumsum(moves, axis=0))
    pd.DataFrame(path / path[-1] * market.price, index=days, columns=market.assets).to_parquet(
        folder / "prices.parquet"
    )
