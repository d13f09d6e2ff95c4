"""How well each risk model predicts optimised active portfolios of real names: the figures behind the defaults.

Every month-end the universe is the 1,500 largest names (large 1-500, mid 501-900, small 901-1500 by capitalisation),
each model is fitted on the 504 days before, and in each segment active portfolios against the cap-weighted segment are
optimised to 1% tracking error *by that model*: random objectives and loss-seeking ones (each name bought on a random
day of the last year, the objective is to sell losses), freely or long-only. Next month's returns judge.

Run: ``OMP_NUM_THREADS=1 python bench/risk_experiments.py MARKET_FOLDER [model ...] [--step 1]``.
What was tried with it and its like, and what came of that, stands in bench/RISK_NOTES.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import clarabel
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from risk import FactorRisk, FundamentalRiskModel, StatisticalRiskModel, eigenvalue_edge, simple_returns

Floats = NDArray[np.float64]
SEGMENTS = {"large": slice(0, 500), "mid": slice(500, 900), "small": slice(900, 1500)}
WINDOW, TARGET, RANDOM, SEEKING = 504, 0.01, 8, 8


@dataclass(frozen=True, eq=False)
class History:
    """The market folder as frames; caps, adv and book-to-price as they stood on each day."""

    prices: pd.DataFrame
    returns: pd.DataFrame
    caps: pd.DataFrame
    adv: pd.DataFrame
    book_to_price: pd.DataFrame
    sectors: pd.Series


def read_history(folder: Path) -> History:
    """Read the folder."""
    prices = pd.read_parquet(folder / "prices.parquet").astype(float)
    frames = [pd.read_parquet(folder / f"{n}.parquet").astype(float) for n in ("caps", "adv", "book_to_price")]
    sectors = pd.read_csv(folder / "securities.csv", keep_default_na=False).set_index("asset")["sector"]
    return History(prices, simple_returns(prices), *frames, sectors)


def te_of(D: Floats, G: Floats, X: Floats) -> Floats:
    """Tracking error of every column of X."""
    te: Floats = np.sqrt(((G.T @ X) ** 2).sum(axis=0) + (D[:, None] * X**2).sum(axis=0))
    return te


def solve(D: Floats, G: Floats, X: Floats) -> Floats:
    """(diag(D) + G G')^-1 X by Woodbury."""
    W = X / D[:, None]
    W -= (G @ np.linalg.solve(np.eye(G.shape[1]) + G.T @ (G / D[:, None]), G.T @ W)) / D[:, None]
    return W


def long_only(D: Floats, G: Floats, alpha: Floats, bench: Floats) -> Floats:
    """Maximise alpha'a over a >= -bench, 1'a = 0, a'Va <= TE^2, as a second-order cone program in a / TE."""
    n, k = G.shape
    eye = sparse.identity(n, format="csc")
    rows = [
        sparse.hstack([sparse.csc_matrix(np.ones((1, n))), sparse.csc_matrix((1, k))]),
        sparse.hstack([sparse.csc_matrix(G.T), -sparse.identity(k)]),
        sparse.hstack([-eye, sparse.csc_matrix((n, k))]),
        sparse.csc_matrix((1, n + k)),
        sparse.hstack([-sparse.diags(np.sqrt(D)), sparse.csc_matrix((n, k))]),
        sparse.hstack([sparse.csc_matrix((k, n)), -sparse.identity(k)]),
    ]
    right = np.concatenate([np.zeros(1 + k), bench / TARGET, [1.0], np.zeros(n + k)])
    cones = [clarabel.ZeroConeT(1 + k), clarabel.NonnegativeConeT(n), clarabel.SecondOrderConeT(1 + n + k)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    cost = np.concatenate([-alpha / np.abs(alpha).max(), np.zeros(k)])
    empty = sparse.csc_matrix((n + k, n + k))
    found = clarabel.DefaultSolver(empty, cost, sparse.vstack(rows, format="csc"), right, cones, settings).solve()
    return TARGET * np.asarray(found.x)[:n]


def optimised(risk: FactorRisk, alpha: Floats, bench: Floats, constrained: bool) -> Floats:
    """Active weights (N, P) of 1% tracking error by `risk`."""
    D, G = risk.specific_variance, risk.root()
    if constrained:
        # Every fourth objective: an engine's second apiece adds up.
        few = alpha.T[:: RANDOM // 2]
        return np.stack([long_only(D, G, column, bench) for column in few], axis=1)
    V = solve(D, G, np.hstack([np.ones((len(D), 1)), alpha]))
    a = V[:, 1:] - V[:, :1] * (V[:, 1:].sum(axis=0) / V[:, 0].sum())
    return a * (TARGET / te_of(D, G, a))


def objectives(history: History, names: list[str], day: int, seed: int) -> tuple[Floats, Floats]:
    """Random and loss-seeking objectives, (N, RANDOM) and (N, SEEKING)."""
    rng = np.random.default_rng([seed, day])
    last = history.prices[names].iloc[max(0, day - 252) : day + 1].ffill()
    now = last.iloc[-1].to_numpy()
    bought = rng.integers(0, len(last) - 1, size=(SEEKING, len(names)))
    cost = last.to_numpy()[bought, np.arange(len(names))].T
    gain = np.nan_to_num(now[:, None] / cost - 1)
    return rng.standard_normal((len(names), RANDOM)), np.clip(gain, -0.8, 0.0)


def walk(history: History, fit: Callable[..., FactorRisk], step: int, constrained: bool) -> pd.DataFrame:
    """One row a month, segment, objective and portfolio: squared daily and monthly outcomes over predictions."""
    days = history.returns.index
    ends = np.flatnonzero(days.month[1:] != days.month[:-1])
    ends = ends[(ends >= WINDOW - 1) & (days[ends] >= "2010-12-31")][::step]
    rows = []
    for end, following in zip(ends, [*ends[1:], len(days) - 1], strict=False):
        stop = min(following, end + 23) if step > 1 else following
        today = history.caps.loc[: days[end]].iloc[-1]
        listed = history.prices.iloc[end + 1].notna() & (history.returns.iloc[end - 251 : end + 1].count() >= 60)
        names = today[listed.reindex(today.index, fill_value=False)].nlargest(1500).index.tolist()
        window = history.returns[names].iloc[end - WINDOW + 1 : end + 1]
        risk = fit(window, history)
        future = history.returns[names].iloc[end + 1 : stop + 1]
        # Outside -90% to +300% it is a wrong corporate action, and no portfolio's outcome.
        future = future.where((future > -0.9) & (future < 3.0), 0.0)
        for segment, part in SEGMENTS.items():
            members = [n for n in names[part] if n in risk]
            bench = today[members].to_numpy() / today[members].sum()
            own = risk.reindex(members)
            alphas = objectives(history, members, end + 1, part.start)
            R = future[members].to_numpy()
            month = np.prod(1 + R, axis=0) - 1
            a = optimised(own, np.hstack(alphas), bench, constrained)
            daily, monthly = (R @ a) ** 2 * 252, month @ a * np.sqrt(252 / len(R))
            kind = np.repeat(["random", "seeking"], a.shape[1] // 2)
            for p in range(a.shape[1]):
                rows.append((days[end + 1], segment, kind[p], p, len(R), daily[:, p].mean(), monthly[p]))
    return pd.DataFrame(rows, columns=["date", "segment", "kind", "p", "days", "daily", "monthly"])


def summary(rows: pd.DataFrame) -> pd.Series:
    """Bias of months, realised to predicted of days, and QLIKE of the month's daily variance."""
    bias = (rows.groupby("p")["monthly"].std() / TARGET).mean()
    ratio = np.sqrt(np.average(rows["daily"], weights=rows["days"])) / TARGET
    q = rows["daily"] / TARGET**2
    return pd.Series({"monthly": bias, "daily": ratio, "qlike": (q - np.log(q) - 1).mean()})


def table(rows: pd.DataFrame) -> pd.DataFrame:
    """Segments and objectives by figure, whole and in halves."""
    half = np.where(rows["date"] < "2016-01-01", "2011-15", "2016-19")
    parts = {"all": rows, **{h: rows[half == h] for h in ("2011-15", "2016-19")}}
    out = {name: part.groupby(["segment", "kind"]).apply(summary) for name, part in parts.items()}
    return pd.concat(out, axis=1).round(3)


def statistical(**settings: Any) -> Callable[..., FactorRisk]:
    """Return a fit of `StatisticalRiskModel` with these settings."""
    return lambda window, _history: StatisticalRiskModel(**settings).fit(window).factor_risk_


def fundamental(**settings: Any) -> Callable[..., FactorRisk]:
    """Return a fit of `FundamentalRiskModel` with these settings."""

    def fit(window: pd.DataFrame, history: History) -> FactorRisk:
        facts = {"caps": history.caps, "adv": history.adv, "book_to_price": history.book_to_price}
        return FundamentalRiskModel(**settings).fit(window, sectors=history.sectors, **facts).factor_risk_

    return fit


MODELS: dict[str, Callable[..., FactorRisk]] = {
    "plain20": statistical(n_factors=20, half_life=1e6),
    "statistical": statistical(),
    "statistical, forecast": statistical(forecast_specific=True),
    "statistical, edge, forecast": statistical(n_factors=eigenvalue_edge, forecast_specific=True),
    "fundamental": fundamental(),
    "no forecast": fundamental(forecast_specific=False),
    "no eigen": fundamental(eigenfactor_scale=0.0),
    "no regime": fundamental(regime_half_life=None),
    "quick factors": fundamental(volatility_half_life=42.0),
    "strong eigen": fundamental(eigenfactor_scale=3.0),
}


def main() -> None:
    """Measure the models named on the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("models", nargs="*", default=list(MODELS))
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--long-only", action="store_true")
    options = parser.parse_args()
    history = read_history(options.folder)
    for name in options.models:
        began = time.perf_counter()
        rows = walk(history, MODELS[name], options.step, options.long_only)
        print(f"\n{name} ({time.perf_counter() - began:.0f} s)\n{table(rows).to_string()}", flush=True)


if __name__ == "__main__":
    main()
