"""Random household folders, each a function of its seed and its greatest number of names."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.fuzz_making import put_table, write_vendor_risk
from bench.fuzz_settings import AS_OF, settings_text, taxes_text

__all__ = ["HOUSEHOLD_KINDS", "household_kinds_of", "write_household"]

Floats = NDArray[np.float64]
HOUSEHOLD_KINDS = (
    "mild",
    "graduates",
    "one benchmark",
    "spouses",
    "retirement",
    "recent trades",
    "groups",
    "restricted",
    "tight total",
    "one year netted",
    "gain budget",
    "contradictory limits",
)
_SECOND = 0.35
_SLEEVE_LIMITS: tuple[tuple[str, tuple[object, ...], float], ...] = (  # name, choices, how often given
    ("tracking_error", (0.05, 0.1, 0.3), 0.6),
    ("loss_per_name", (0.001, 0.005, 0.05), 0.4),
    ("turnover", (0.5, 1.0, 2.0), 0.4),
    ("active_weight", (0.05, 0.2, 0.5), 0.4),
    ("sector_active", (0.1, 0.4), 0.3),
    ("beta_active", (0.05, 0.2), 0.2),
    ("liquidity", (0.1, 1.0), 0.1),
    ("realized_gain", (0.01, 0.05), 0.2),
    ("realized_gain_short", (0.005, 0.02), 0.1),
    ("net_gain", (0.0, 0.02), 0.15),
    ("cash", ("[0.0, 0.03]", "[0.001, 0.01]", "[0.0, 0.5]"), 0.5),
    ("min_trade", (0.0001, 0.001), 0.3),
    ("names", ("[1, 40]",), 0.1),
    ("harvest_threshold", (0.02, 0.2), 0.15),
    ("minimum_loss", (100.0, 1000.0), 0.15),
)


@dataclass(frozen=True, eq=False)
class _Market:
    assets: list[str]
    price: Floats
    size: Floats
    group: list[str]
    sector: list[str]


@dataclass(frozen=True)
class _Sleeve:
    name: str
    owner: str
    type: str
    label: str


def household_kinds_of(seed: int) -> frozenset[str]:
    """What is particular about the household of a seed: one kind by turns, and for about a third a second one."""
    rng = np.random.default_rng([seed, 3])
    kinds = {HOUSEHOLD_KINDS[seed % len(HOUSEHOLD_KINDS)]}
    if rng.random() < _SECOND:
        kinds.add(str(rng.choice(HOUSEHOLD_KINDS[1:])))
    return frozenset(kinds - {"mild"} or {"mild"})


def write_household(folder: Path, seed: int, most_names: int = 40) -> None:
    """Write the household folder of a seed into a folder that is there."""
    rng, kinds = np.random.default_rng([seed, 4]), household_kinds_of(seed)
    market = _market(rng, kinds, most_names)
    sleeves = _sleeves(rng, kinds)
    now, then = _segments(rng, kinds, market, len(sleeves))
    nav = float(10.0 ** rng.uniform(5, 7))
    netted = "one year netted" in kinds
    common = _netted(rng, nav) if netted else taxes_text(rng, nav).replace('"netting"', '"unlimited"')
    for place, sleeve in enumerate(sleeves):
        own = folder / sleeve.name
        own.mkdir()
        _write_sleeve(rng, own, kinds, market, sleeve, now == place, then == place, nav, common)
    (folder / "household.toml").write_text(_settings(rng, kinds, sleeves), encoding="utf-8")
    rated = rng.random(len(market.assets)) < 0.98
    rated[0] = True
    write_vendor_risk(rng, folder, market.assets, rated)


def _market(rng: np.random.Generator, kinds: frozenset[str], most_names: int) -> _Market:
    n = 10 + int((most_names - 9) * rng.random() ** 1.5)
    assets = [f"N{i:02d}" for i in rng.permutation(n)]
    group = list(assets)
    if "groups" in kinds:
        group = [f"G{k}" for k in rng.integers(0, max(2, n // 3), n)]
    price = np.round(np.exp(rng.normal(4.0, 0.8, n)), 2)
    sector = [str(s) for s in rng.choice(["Energy", "Utilities", "Health Care", "Financials"], n)]
    return _Market(assets, price, np.exp(rng.normal(0.0, 1.0, n)), group, sector)


def _sleeves(rng: np.random.Generator, kinds: frozenset[str]) -> list[_Sleeve]:
    """Two to four sleeves, the first one the client's own taxable account."""
    found = [_Sleeve("core", "client", "taxable", "taxable")]
    for number in range(int(rng.integers(1, 4))):
        kind, owner = "taxable", "client"
        if "spouses" in kinds and rng.random() < 0.6:
            kind, owner = "spouse", "partner"
        if rng.random() < (0.7 if "retirement" in kinds else 0.25):
            kind, owner = str(rng.choice(["ira", "roth"])), str(rng.choice(["client", "partner"]))
        label = str(rng.choice(["taxable", f"account {number}"]))
        found.append(_Sleeve(f"s{number}", owner, kind, label))
    return found


def _segments(
    rng: np.random.Generator, kinds: frozenset[str], market: _Market, count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which sleeve's segment each name is in today, and was when it was bought."""
    n = len(market.assets)

    def cut(size: Floats) -> NDArray[np.intp]:
        ranks = np.argsort(np.argsort(-size, kind="stable"), kind="stable")
        return np.asarray(np.minimum(ranks * count // n, count - 1), dtype=np.intp)

    if "one benchmark" in kinds:
        return np.full(n, -1), np.full(n, -1)
    drift = 0.5 if "graduates" in kinds else 0.1
    return cut(market.size), cut(market.size * np.exp(drift * rng.standard_normal(n)))


def _write_sleeve(
    rng: np.random.Generator,
    folder: Path,
    kinds: frozenset[str],
    market: _Market,
    sleeve: _Sleeve,
    now: NDArray[np.bool_],
    then: NDArray[np.bool_],
    nav: float,
    taxes: str,
) -> None:
    # One benchmark for all: every sleeve holds, and wants, the whole market.
    wanted = np.where(now, market.size, 0.0) if now.any() else market.size.copy()
    held = np.where(then, market.size, 0.0) if then.any() else market.size.copy()
    # Segments overlap a little.
    wanted[rng.random(len(wanted)) < 0.1] += float(np.median(market.size))
    wanted = wanted / wanted.sum()
    held = held / held.sum() * np.exp(rng.normal(0, 0.25, len(held)))
    worth = nav * float(rng.uniform(0.2, 1.0))
    lots = _lots(rng, kinds, market, held, worth, sleeve)
    price = dict(zip(market.assets, market.price, strict=True))
    value = float((lots["shares"] * lots["asset"].map(price)).sum())
    worth = value if value > 0 else worth
    cash = round(float(rng.uniform(0, 0.02)) * worth if value > 0 else worth, 2)
    flow = round(float(rng.choice([0.0, 0.0, 0.0, -0.02, 0.1])) * worth, 2)
    contradictory = "contradictory limits" in kinds and rng.random() < 0.5
    text = settings_text(rng, worth, cash, flow, contradictory=contradictory, taxes=taxes, limits=_limits(rng))
    (folder / "account.toml").write_text(text, encoding="utf-8")
    known = (wanted > 0) | np.isin(market.assets, lots["asset"].tolist())
    put_table(folder, "lots", lots)
    weights = pd.DataFrame({"asset": market.assets, "weight": [repr(float(w)) for w in wanted]})
    put_table(folder, "benchmark", weights[wanted > 0])
    put_table(folder, "securities", _securities(rng, market, worth)[known])
    put_table(folder, "trades", _trades(rng, kinds, market, lots, sleeve))
    if "restricted" in kinds:
        chosen = rng.choice(market.assets, 3)
        rules = [(a, str(rng.choice(["no_buy", "no_sell", "no_trade", "exclude"]))) for a in chosen]
        put_table(folder, "restrictions", pd.DataFrame(rules, columns=["asset", "rule"]))


def _lots(
    rng: np.random.Generator, kinds: frozenset[str], market: _Market, held: Floats, worth: float, sleeve: _Sleeve
) -> pd.DataFrame:
    whole = rng.random() < 0.6
    rows = []
    for i in np.flatnonzero(held):
        for part in rng.dirichlet(np.full(int(rng.integers(1, 4)), 2.0)):
            shares = worth * held[i] * part / market.price[i]
            shares = float(np.round(shares)) if whole else float(f"{shares:.6g}")
            if shares > 0:
                rows.append((market.assets[i], shares, *_basis(rng, kinds, float(market.price[i]))))
    table = pd.DataFrame(rows, columns=["asset", "shares", "cost_per_share", "acquired", "holding_start"])
    # The same ids in every sleeve, as accounts of one custodian may have them.
    table.insert(0, "lot_id", [f"L{k}" for k in range(len(table))])
    table = table.astype({"shares": float})
    return table if sleeve.label == "taxable" else table.assign(account=sleeve.label, account_type=sleeve.type)


def _basis(rng: np.random.Generator, kinds: frozenset[str], price: float) -> tuple[float, str, str]:
    """Cost, day acquired and start of the holding period of a lot."""
    cost = float(f"{price * np.exp(rng.normal(-0.05, 0.35)):.6g}")
    recent = rng.random() < (0.3 if "recent trades" in kinds else 0.04)
    day = _ago(int(rng.integers(0, 31) if recent else rng.choice([31, 61, 364, 365, 366, 367, 2000])))
    start = "" if rng.random() < 0.93 else str(day - dt.timedelta(days=int(rng.integers(0, 400))))
    return cost, str(day), start


def _ago(days: int) -> dt.date:
    return AS_OF - dt.timedelta(days=days)


def _securities(rng: np.random.Generator, market: _Market, worth: float) -> pd.DataFrame:
    """The sleeve's own view: one price and group in all, volumes and spreads as each custodian has them."""
    n = len(market.assets)
    table = pd.DataFrame(
        {
            "asset": market.assets,
            "price": [repr(float(p)) for p in market.price],
            "sector": market.sector,
            "group": market.group,
            "adv": np.where(rng.random(n) < 0.9, worth * 10.0 ** rng.uniform(-3, 1, n), np.nan),
        }
    )
    return table.assign(spread_bps=np.round(rng.uniform(0, 60, n), 1)) if rng.random() < 0.3 else table


def _trades(
    rng: np.random.Generator, kinds: frozenset[str], market: _Market, lots: pd.DataFrame, sleeve: _Sleeve
) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    price = dict(zip(market.assets, market.price, strict=True))
    whose = (sleeve.label, sleeve.type)
    for row in lots.itertuples():
        if str(row.acquired) >= str(_ago(61)) and rng.random() < 0.8:
            rows.append((row.acquired, "BUY", row.asset, row.shares, price[row.asset], "", *whose))
    for asset in rng.choice(market.assets, int(rng.integers(0, 6 if "recent trades" in kinds else 2))):
        # Of the sleeve itself, or of an account of the household that is no sleeve.
        who, kind = whose if rng.random() < 0.6 else ("his 401(k)", "ira")
        sold = kind in ("taxable", "spouse") and rng.random() < 0.6
        gain = round(float(price[asset]) * float(rng.choice([-0.4, 0.3])), 6) if sold and rng.random() < 0.8 else ""
        day = str(_ago(int(rng.integers(0, 31))))
        rows.append((day, "SELL" if sold else "BUY", str(asset), 3.0, float(price[asset]), gain, who, kind))
    columns = ["date", "side", "asset", "shares", "price", "realized_gain", "account", "account_type"]
    return pd.DataFrame(rows, columns=columns)


def _limits(rng: np.random.Generator) -> str:
    """Limits of a sleeve, mostly ones that can be met."""
    lines = []
    for name, values, share in _SLEEVE_LIMITS:
        if rng.random() < share:
            lines.append(f"{name} = {rng.choice(np.array(values, dtype=object))}")
    given = [line.split(" =")[0] for line in lines if not line.startswith(("names", "min_trade", "minimum", "harvest"))]
    if given and rng.random() < 0.15:
        lines.append(f"soft = {{ {rng.choice(given)} = {rng.choice([0.001, 0.02, 0.3])} }}")
    return "\n".join([*lines, f"strict = {'true' if rng.random() < 0.05 else 'false'}"]) + "\n"


def _netted(rng: np.random.Generator, nav: float) -> str:
    short, long = (float(x) for x in np.round(nav * rng.normal(0, 0.01, 2), 2))
    figures = f"short = {short}, long = {long}, carry_short = {round(float(rng.choice([0.0, 0.002])) * nav, 2)}"
    harvest = rng.choice(["everything", "everything", "offsets"])
    rates = "short_term = 0.408\nlong_term = 0.238"
    return f'{rates}\nlosses = "netting"\nharvest = "{harvest}"\nyear_to_date = {{ {figures} }}\n'


def _settings(rng: np.random.Generator, kinds: frozenset[str], sleeves: list[_Sleeve]) -> str:
    lines = [f"transfers = {'false' if rng.random() < 0.15 else 'true'}"]
    if rng.random() < 0.2:
        weights = np.round(rng.dirichlet(np.full(len(sleeves), 20.0)), 6)
        weights[0] = round(1 - float(weights[1:].sum()), 6)
        pairs = ", ".join(f"{s.name} = {float(w)!r}" for s, w in zip(sleeves, weights, strict=True))
        lines.append(f"weights = {{ {pairs} }}")
    lines.append("\n[limits]")
    if "tight total" in kinds or rng.random() < 0.5:
        lines.append(f"tracking_error = {rng.choice([0.01, 0.02]) if 'tight total' in kinds else 0.06}")
    if "gain budget" in kinds or rng.random() < 0.3:
        lines.append(f"realized_gain = {rng.choice([0.0, 0.001, 0.005]) if 'gain budget' in kinds else 0.02}")
    for sleeve in sleeves:
        lines.append(f'\n[[sleeve]]\nname = "{sleeve.name}"\nowner = "{sleeve.owner}"\ntype = "{sleeve.type}"')
    return "\n".join(lines) + "\n"
