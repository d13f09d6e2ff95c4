"""Builders for the tests of `optimizer`: accounts, risk models and mandates from a line or two, and random cases.

Helpers are fixtures that return functions, because tests are imported without packages; `household_cases` stands beside
the tests.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer import Account, Costs, Mandate, Securities
from optimizer.formulate import formulate
from optimizer.limits import Limit
from optimizer.problem import Problem
from risk import FactorRisk
from tax import Lots, TaxRates, TradeHistory, wash_locks

sys.path.append(str(Path(__file__).parent))

AS_OF = dt.date(2025, 6, 2)


def build_account(
    price: Mapping[str, float],
    lots: Sequence[tuple[Any, ...]] = (),
    *,
    cash: float = 0.0,
    trades: Sequence[tuple[Any, ...]] = (),
    group: Mapping[str, str] | None = None,
    sector: Mapping[str, str] | None = None,
    spread_bps: Mapping[str, float] | None = None,
    adv: Mapping[str, float] | None = None,
    **rest: Any,
) -> Account:
    """Lots are (asset, shares, basis, acquired[, lot_id]), trades (date, side, asset, shares, gain[, account type])."""
    by_group = group or {}
    return Account(
        as_of=rest.pop("as_of", AS_OF),
        cash=cash,
        lots=Lots.build(
            lot_id=[lot[4] if len(lot) > 4 else f"L{i:03d}" for i, lot in enumerate(lots)],
            asset=[lot[0] for lot in lots],
            shares=[lot[1] for lot in lots],
            basis=[lot[2] for lot in lots],
            acquired=[np.datetime64(lot[3]) for lot in lots],
            group=[by_group.get(lot[0], lot[0]) for lot in lots],
        ),
        securities=Securities.build(price, sector=sector, group=group, spread_bps=spread_bps, adv=adv),
        trades=TradeHistory.build(
            date=[np.datetime64(t[0]) for t in trades],
            side=[t[1] for t in trades],
            asset=[t[2] for t in trades],
            shares=[t[3] for t in trades],
            group=[by_group.get(t[2], t[2]) for t in trades],
            realized_gain=[t[4] for t in trades],
            account_type=[t[5] if len(t) > 5 else "taxable" for t in trades],
            account=["elsewhere"] * len(trades),
        ),
        **rest,
    )


def build_risk(assets: Sequence[str], *, factors: int = 2, seed: int = 0, specific: float = 0.25) -> FactorRisk:
    """A market factor and small others, reproducible by asset order; `specific` is a volatility."""
    rng = np.random.default_rng(seed)
    B = rng.normal(0.0, 1.0, (len(assets), factors))
    if factors:
        B[:, 0] = 1 + 0.2 * B[:, 0]
    F = np.diag(np.array([0.16, 0.06, 0.05, 0.04][:factors]) ** 2)
    D = (specific * rng.uniform(0.7, 1.3, len(assets))) ** 2
    return FactorRisk(tuple(assets), tuple(f"F{k + 1}" for k in range(factors)), B, F, D)


def build_mandate(benchmark: Mapping[str, float], *limits: Limit, **rest: Any) -> Mandate:
    """Rates of 40% and 20% and no costs where nothing else is said."""
    return Mandate(
        benchmark=benchmark,
        limits=limits,
        **{"rates": TaxRates(0.4, 0.2), "costs": Costs(0.0), "fractional": True, **rest},
    )


def build_problem(account: Account, mandate: Mandate, risk: FactorRisk) -> Problem:
    return formulate(account, mandate, risk, wash_locks(account.trades, account.lots, account.as_of))


def build_trades(account: Account, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """A trade list whose derived figures are right; rows are ("SELL", lot_id, shares) or ("BUY", asset, shares)."""
    lots, securities = account.lots, account.securities
    index = {str(lot): i for i, lot in enumerate(lots.lot_id)}
    table = []
    for side, what, shares in rows:
        i = index[what] if side == "SELL" else -1
        asset = str(lots.asset[i]) if side == "SELL" else what
        price = float(securities.price[securities.position[asset]])
        table.append(
            {
                "asset": asset,
                "side": side,
                "lot_id": what if side == "SELL" else "",
                "shares": float(shares),
                "price": price,
                "amount": shares * price,
                "term": "" if side == "BUY" else "long" if lots.long_term(account.as_of)[i] else "short",
                "gain": np.nan if side == "BUY" else shares * (price - float(lots.basis[i])),
                "reason": "by hand",
            }
        )
    columns = ["asset", "side", "lot_id", "shares", "price", "amount", "term", "gain", "reason"]
    return pd.DataFrame(table, columns=columns).astype(
        {"shares": float, "price": float, "amount": float, "gain": float}
    )


@dataclass(frozen=True, eq=False)
class Case:
    account: Account
    mandate: Mandate
    risk: FactorRisk


@pytest.fixture
def today() -> dt.date:
    return AS_OF


@pytest.fixture
def account_of() -> Callable[..., Account]:
    return build_account


@pytest.fixture
def risk_of() -> Callable[..., FactorRisk]:
    return build_risk


@pytest.fixture
def mandate_of() -> Callable[..., Mandate]:
    return build_mandate


@pytest.fixture
def problem_of() -> Callable[..., Problem]:
    return build_problem


@pytest.fixture
def trades_of() -> Callable[..., pd.DataFrame]:
    return build_trades


@pytest.fixture
def small_case() -> Callable[..., Case]:
    """Six names of two sectors, two lots each, a share-class pair (E, F); keywords go to account and mandate."""

    def build(*limits: Limit, seed: int = 0, account: Mapping[str, Any] | None = None, **mandate: Any) -> Case:
        rng = np.random.default_rng(seed)
        assets = ["A", "B", "C", "D", "E", "F"]
        price = {a: float(np.round(40 + 60 * rng.random(), 2)) for a in assets}
        lots = [
            (a, float(rng.integers(60, 200)), float(np.round(price[a] * np.exp(rng.normal(0.05, 0.25)), 2)), day)
            for a in assets
            for day in ("2022-03-01", "2025-01-15")
        ]
        weights = rng.dirichlet(np.full(6, 8.0))
        base = {
            "cash": 1500.0,
            "group": {"E": "EF", "F": "EF"},
            "sector": dict(zip(assets, ["x", "x", "x", "y", "y", "y"], strict=True)),
        }
        return Case(
            build_account(price, lots, **{**base, **(account or {})}),
            build_mandate(dict(zip(assets, weights.tolist(), strict=True)), *limits, **mandate),
            build_risk(assets, seed=seed),
        )

    return build


def add_limits_to_scip(
    model: Any, scip: Any, problem: Problem, limits: Sequence[Limit], variables: tuple[Any, Any, Any, Any]
) -> None:
    """Tracking error as a bound on the variance, other limits as rows; all in percent of NAV."""
    active, buy, sell, variance = variables
    for limit in limits:
        if limit.name == "tracking_error":
            model.addCons(variance <= (100 * limit.limit) ** 2)  # type: ignore[attr-defined]
            continue
        rows = limit.rows(problem)  # type: ignore[attr-defined]
        parts = [(rows.active, active), (rows.buy, buy), (rows.sell, sell)]
        dense = [(matrix.csr.toarray(), amounts) for matrix, amounts in parts if matrix is not None]
        for r, upper in enumerate(rows.upper):
            terms = [float(m[r, c]) * x[c] for m, x in dense for c in np.flatnonzero(m[r])]
            if terms:
                model.addCons(scip.quicksum(terms) <= float(100 * upper))


@pytest.fixture
def scip_optimum() -> Callable[..., tuple[float, float]]:
    """SCIP on the problem with its either-or choices and amounts in fractions of a share; skips where it is not here.

    The function returned takes (problem, limits, seconds=60) and returns value and proven bound, fractions of NAV; both
    are -inf where SCIP proves that there are no trades.
    """
    scip = pytest.importorskip("pyscipopt")

    def solve(problem: Problem, limits: Sequence[Limit], seconds: float = 60.0) -> tuple[float, float]:
        p, model = problem, scip.Model()
        model.hideOutput()
        model.setParam("limits/time", seconds)
        model.setParam("limits/gap", 1e-7)
        model.setParam("numerics/feastol", 1e-9)
        n, size, k = len(p.assets), len(p.lot_asset), p.root.shape[1]
        loss_side = [model.addVar(vtype="B") for _ in range(p.groups)]
        may = p.lot_sellable
        # Percent of NAV.
        sell = [model.addVar(lb=0.0, ub=float(100 * p.lot_value[j]) if may[j] else 0.0) for j in range(size)]
        buy = [model.addVar(lb=0.0, ub=300.0 if p.buyable[i] else 0.0) for i in range(n)]
        for j in np.flatnonzero(p.lot_is_loss & may):
            model.addCons(sell[j] <= float(100 * p.lot_value[j]) * loss_side[p.lot_group[j]])
        for i in np.flatnonzero(p.buyable):
            model.addCons(buy[i] <= 300.0 * (1 - loss_side[p.group[i]]))
        active = [model.addVar(lb=None) for _ in range(n)]
        for i in range(n):
            sold = scip.quicksum(sell[j] for j in np.flatnonzero(p.lot_asset == i))
            model.addCons(active[i] == float(100 * p.active[i]) + buy[i] - sold)
        exposure = [model.addVar(lb=None) for _ in range(k)]
        for f in range(k):
            model.addCons(exposure[f] == scip.quicksum(float(p.root[i, f]) * active[i] for i in range(n)))
        variance = model.addVar(lb=0.0)
        squares = [y * y for y in exposure]
        squares += [float(p.specific_variance[i]) * active[i] * active[i] for i in range(n)]
        model.addCons(scip.quicksum(squares) <= variance)
        add_limits_to_scip(model, scip, p, limits, (active, buy, sell, variance))
        gain = [float(p.lot_credit[j] - (p.cost + p.alpha)[p.lot_asset[j]]) * sell[j] for j in range(size)]
        gain += [float(p.alpha[i] - p.cost[i]) * buy[i] for i in range(n)]
        model.setObjective(scip.quicksum(gain) - p.risk_aversion / 100 * variance, "maximize")
        model.optimize()
        if model.getStatus() == "infeasible":
            return -np.inf, -np.inf
        held = float(p.constant - p.commission)
        return held + model.getObjVal() / 100, held + model.getDualbound() / 100

    return solve
