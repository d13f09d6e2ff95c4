"""The same account in another currency, of another size, or in another order of names gives the same trades."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

SCALES = [1e-6, 1e-3, 1e3, 1e9]
SAME = ("trades.csv", "orders.csv")


def scaled(account: Any, prices: float, shares: float) -> None:
    """Multiply everything in dollars a share, and everything in shares."""
    for file, columns in (("lots.csv", ["cost_per_share"]), ("securities.csv", ["price", "market_cap"])):
        table = account.table(file)
        for column in columns:
            table[column] = [repr(float(cell) * prices) if cell else "" for cell in table[column]]
        if "shares" in table:
            table["shares"] = [repr(float(cell) * shares) for cell in table["shares"]]
        account.put(file, table)
    account.setting("cash", f"cash = {1000.0 * prices * shares!r}")
    history = pd.read_parquet(account.path / "prices.parquet")
    (history * prices).to_parquet(account.path / "prices.parquet")


def weights_traded(ran: Any, worth: float) -> pd.Series:
    """Amount of each row over the account's value."""
    table = ran.table("trades.csv")
    keys = table["asset"] + table["side"] + table["lot_id"].fillna("")
    return pd.Series(table["amount"].to_numpy() / worth, index=keys)


def same_trades(one: Any, other: Any) -> float:
    """Greatest difference of any row, a fraction of NAV."""
    pair = (weights_traded(one, one.summary["nav"]), weights_traded(other, other.summary["nav"]))
    return float(np.abs(pair[0].sub(pair[1], fill_value=0.0)).max())


@pytest.mark.parametrize("scale", SCALES)
def test_another_currency_gives_the_same_shares(scale: float, account: Any, done: Any, rebalance: Any) -> None:
    scaled(account, scale, 1.0)
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert same_trades(ran, done) < 1e-9
    assert ran.summary["nav"] == pytest.approx(done.summary["nav"] * scale, rel=1e-9)


@pytest.mark.parametrize("scale", SCALES)
def test_another_size_gives_the_same_weights_in_fractional_shares(scale: float, account: Any, rebalance: Any) -> None:
    account.setting("fractional", "fractional = true")
    base = rebalance(account, out=account.path.parent / "base")
    scaled(account, 1.0, scale)
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    # The smallest fraction of a share that is traded is the same in an account of any size: see the tolerance.
    smallest = 1e-4 * 1000 / (base.summary["nav"] * min(1.0, scale))
    assert same_trades(ran, base) < max(1e-6, 5 * smallest)


@pytest.fixture
def shuffled(account: Any) -> Callable[[int], None]:
    def shuffle(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for stem in ("lots", "benchmark", "securities", "trades", "restrictions"):
            account.put(f"{stem}.csv", account.table(f"{stem}.csv").sample(frac=1, random_state=seed))
        history = pd.read_parquet(account.path / "prices.parquet")
        history[rng.permutation(history.columns)].to_parquet(account.path / "prices.parquet")

    return shuffle


@pytest.mark.parametrize("seed", [5, 6])
def test_names_in_another_order_give_the_same_bytes(
    seed: int, account: Any, shuffled: Callable[[int], None], done: Any, rebalance: Any
) -> None:
    shuffled(seed)
    ran = rebalance(account)
    assert ran.bytes_of(*SAME) == done.bytes_of(*SAME)


def test_a_vendors_tables_in_another_order_give_the_same_bytes(account: Any, rebalance: Any) -> None:
    rng = np.random.default_rng(3)
    loadings = pd.DataFrame(rng.normal(1, 0.3, (len(account.assets), 2)), columns=["market", "size"])
    loadings.insert(0, "asset", account.assets)
    variance = pd.DataFrame({"asset": account.assets, "variance": rng.uniform(0.02, 0.2, len(loadings))})
    covariance = pd.DataFrame({"factor": ["market", "size"], "market": [0.03, 0.001], "size": [0.001, 0.004]})
    tables = {"loadings": loadings, "specific_variance": variance, "factor_covariance": covariance}
    ran = []
    for seed in (None, 1):
        for stem, table in tables.items():
            rows = table if seed is None else table.sample(frac=1, random_state=seed)
            account.write(f"risk/{stem}.csv", rows.to_csv(index=False))
        ran.append(rebalance(account, out=account.path.parent / f"out{seed}"))
    assert [one.code for one in ran] == [0, 0]
    assert ran[0].bytes_of(*SAME) == ran[1].bytes_of(*SAME)
