"""Whole shares by HiGHS: against every trade list of tiny accounts, one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from optimizer import (
    Account,
    ActiveWeightLimit,
    CashLimit,
    Costs,
    LossPerNameLimit,
    Mandate,
    Problem,
    TrackingErrorLimit,
    TurnoverLimit,
    check_trades,
    rebalance,
)
from optimizer.engines import HighsEngine
from optimizer.share_trades import ShareTrades
from optimizer.trade_list import trade_list
from risk import FactorRisk
from taxsleeve_errors import InfeasibleError, SolverError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tiny:
    account: Account
    mandate: Mandate
    risk: FactorRisk
    problem: Problem


@pytest.fixture
def tiny(account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any) -> Callable[..., Tiny]:
    """Three names, of which B and C are one group, two lots each of a few shares."""

    def build(seed: int, te: float = 0.08, turnover: float = 0.8, **rest: Any) -> Tiny:
        rng = np.random.default_rng(seed)
        assets = ["A", "B", "C"]
        price = {a: float(np.round(rng.uniform(80, 160), 2)) for a in assets}
        lots = [
            (a, float(rng.integers(1, 5)), float(np.round(price[a] * np.exp(rng.normal(0.1, 0.3)), 2)), day)
            for a in assets
            for day in ("2022-03-01", "2025-01-15")
        ]
        account = account_of(price, lots, cash=float(rng.uniform(0, 300)), group={"B": "BC", "C": "BC"})
        weights = dict(zip(assets, rng.dirichlet(np.full(3, 20.0)).tolist(), strict=True))
        limits = [
            TrackingErrorLimit(te),
            TurnoverLimit(turnover),
            CashLimit(0.0, 0.3),
            ActiveWeightLimit(0.25),
            LossPerNameLimit(0.04),
        ]
        mandate = mandate_of(weights, *limits, fractional=False, **{"costs": Costs(10.0), **rest})
        risk = risk_of(assets, seed=seed)
        return Tiny(account, mandate, risk, problem_of(account, mandate, risk))

    return build


def every_trade_list(t: Tiny) -> tuple[Floats, Floats]:
    """Shares sold of each lot and bought of each name, a row a trade list; no name is both sold and bought."""
    p = t.problem
    options: list[list[tuple[tuple[int, ...], int]]] = []
    for i in range(len(p.assets)):
        shares = [range(int(t.account.lots.shares[j]) + 1) for j in np.flatnonzero(p.lot_asset == i)]
        most = int(p.nav / p.price[i])
        nothing = (0,) * len(shares)
        options.append([(sold, 0) for sold in itertools.product(*shares)] + [(nothing, b) for b in range(1, most + 1)])
    sells, buys = [], []
    for choice in itertools.product(*options):
        sells.append([s for sold, _ in choice for s in sold])
        buys.append([b for _, b in choice])
    return np.array(sells, dtype=float), np.array(buys, dtype=float)


def best_of_all(t: Tiny) -> tuple[float, int]:
    """Value of the best trade list and how many keep every limit, by arithmetic written out here."""
    p, m = t.problem, t.mandate
    shares, bought = every_trade_list(t)
    unit = p.price / p.nav
    s, b = shares * unit[p.lot_asset], bought * unit
    sold = np.stack([s[:, p.lot_asset == i].sum(axis=1) for i in range(3)], axis=1)
    active = p.active - sold + b
    sigma = p.root @ p.root.T + np.diag(p.specific_variance)
    variance = np.einsum("ri,ij,rj->r", active, sigma, active)
    commission = ((sold + b) > 0).sum(axis=1) * m.costs.commission / p.nav
    cost = (sold + b) @ p.cost
    cash = p.cash + sold.sum(axis=1) - b.sum(axis=1) - cost - commission
    loss = np.stack([(s * np.maximum(-p.lot_gain, 0))[:, p.lot_asset == i].sum(axis=1) for i in range(3)], axis=1)
    held = np.stack([(t.account.lots.shares - shares)[:, p.lot_asset == i].sum(axis=1) for i in range(3)], axis=1)
    names = ((held + bought) > 0).sum(axis=1)
    te, turnover = (limit.limit for limit in m.limits[:2])  # type: ignore[attr-defined]
    near = 1e-9
    good = (np.sqrt(variance) <= te + near) & ((sold + b).sum(axis=1) <= turnover + near)
    good &= (cash >= -near) & (cash <= 0.3 + near) & (loss <= 0.04 + near).all(axis=1)
    good &= (active <= np.maximum(0.25, p.active) + near).all(axis=1)
    good &= (active >= np.minimum(-0.25, p.active) - near).all(axis=1)
    order = sold + b
    good &= ((order == 0) | (order >= m.min_trade - near)).all(axis=1)
    if m.names is not None:
        good &= (names >= m.names[0]) & (names <= m.names[1])
    for group in range(p.groups):
        lots = (p.group[p.lot_asset] == group) & (p.lot_gain < 0)
        good &= ~((s[:, lots].sum(axis=1) > 0) & (b[:, p.group == group].sum(axis=1) > 0))
    value = s @ p.lot_credit - cost - commission - p.risk_aversion * variance
    return (float(value[good].max()) if good.any() else -np.inf), int(good.sum())


CASES = [
    {},
    {"min_trade": 0.12},
    {"names": (2, 2)},
    {"names": (3, 3), "min_trade": 0.1},
    {"costs": Costs(10.0, commission=8.0)},
    {"risk_aversion": 3.0},
    {"te": 0.03},
]


@pytest.mark.slow
@pytest.mark.parametrize("rest", CASES)
@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_better_than_what_highs_finds(seed: int, rest: dict[str, Any], tiny: Callable[..., Tiny]) -> None:
    t = tiny(seed, **rest)
    value, count = best_of_all(t)
    found = HighsEngine().solve_whole(t.problem, t.account, t.mandate.all_limits(), t.mandate)
    assert (found is None) == (count == 0)
    if found is None:
        return
    assert found.value == pytest.approx(value, rel=1e-6, abs=1e-10)
    assert found.bound >= value - 1e-9
    assert found.gap <= 1e-5
    check = check_trades(t.account, t.mandate, t.risk, trade_list(t.problem, t.account, found.trades))
    assert check.passed, check.violations


@pytest.mark.slow
def test_the_tiny_accounts_have_something_to_choose(tiny: Callable[..., Tiny]) -> None:
    counts = [best_of_all(tiny(seed, **rest))[1] for seed in range(3) for rest in CASES]
    assert sum(count > 20 for count in counts) > 10
    assert any(best_of_all(tiny(seed))[0] > 0 for seed in range(3))


def test_no_trades_in_whole_shares_is_proven(tiny: Callable[..., Tiny]) -> None:
    t = tiny(0, te=1e-4)
    assert best_of_all(t)[1] == 0
    assert HighsEngine().solve_whole(t.problem, t.account, t.mandate.all_limits(), t.mandate) is None


@pytest.mark.slow
def test_highs_is_never_worse_than_rounding(small_case: Any, problem_of: Any) -> None:
    better = 0
    for seed in range(3):
        case = small_case(TrackingErrorLimit(0.05), TurnoverLimit(0.4), seed=seed, costs=Costs(5.0), fractional=False)
        problem = problem_of(case.account, case.mandate, case.risk)
        try:
            rounded = rebalance(case.account, case.mandate, case.risk)
        except InfeasibleError:
            continue
        # Proving the last thousandth takes most of the time.
        found = HighsEngine(gap=1e-3).solve_whole(problem, case.account, case.mandate.all_limits(), case.mandate)
        assert found is not None
        assert found.bound * problem.nav >= rounded.certificate.value - 1e-6
        assert found.value * problem.nav >= rounded.certificate.value - 1e-3 * abs(rounded.certificate.value) - 1e-6
        better += 1
    assert better


def test_what_is_too_large_is_refused(tiny: Callable[..., Tiny]) -> None:
    t = tiny(0)
    engine, limits = HighsEngine(most_names=2), t.mandate.all_limits()
    assert not engine.takes(t.problem, limits)
    with pytest.raises(SolverError, match="up to 2 names and 300 lots, found 3 and 6"):
        engine.solve_whole(t.problem, t.account, limits, t.mandate)
    with pytest.raises(SolverError, match="fractions"):
        HighsEngine().solve_whole(t.problem, t.account, limits, replace(t.mandate, fractional=True))


def test_out_of_time_gives_the_bound_reached_or_an_error(small_case: Any, problem_of: Any) -> None:
    case = small_case(TrackingErrorLimit(0.05), TurnoverLimit(0.4), costs=Costs(5.0), fractional=False)
    problem = problem_of(case.account, case.mandate, case.risk)
    limits = case.mandate.all_limits()
    rounded = rebalance(case.account, case.mandate, case.risk)
    try:
        early = HighsEngine(gap=0.0, time_limit=0.2).solve_whole(problem, case.account, limits, case.mandate)
    except SolverError as error:
        assert "allow more time" in str(error)  # noqa: PT017 either end is good
    else:
        assert early is not None
        assert early.bound * problem.nav >= rounded.certificate.value - 1e-6


def test_trades_are_whole(tiny: Callable[..., Tiny]) -> None:
    t = tiny(1)
    found = HighsEngine().solve_whole(t.problem, t.account, t.mandate.all_limits(), t.mandate)
    assert found is not None
    trades: ShareTrades = found.trades
    assert (trades.sell == np.round(trades.sell)).all()
    assert (trades.buy == np.round(trades.buy)).all()


def test_a_start_is_returned_where_time_allows_nothing_better(tiny: Callable[..., Tiny]) -> None:
    t = tiny(1)
    limits = t.mandate.all_limits()
    best = HighsEngine().solve_whole(t.problem, t.account, limits, t.mandate)
    assert best is not None
    found = HighsEngine(time_limit=0.0).solve_whole(t.problem, t.account, limits, t.mandate, best.trades)
    assert found is not None
    assert found.value == pytest.approx(best.value, rel=1e-9)
    assert found.bound >= best.value
