"""Each name's best trade in closed form against a search over amounts: impact, bounds, forced trades, curvature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from optimizer.newton import compile_kernels
from optimizer.newton.ascent import climb
from optimizer.newton.best_trades import NAME
from optimizer.newton.dual import ENTRY, Coupling, Proximal, Side, make_side
from optimizer.newton.sale_curves import LOT, PIECES_PER_LOT

N = 8


@pytest.fixture(autouse=True)
def _compiled() -> None:
    compile_kernels()


def random_names(seed: int) -> tuple[Side, Proximal, float]:
    rng = np.random.default_rng(seed)
    first = np.arange(0, 3 * N + 1, 3)
    lots = np.zeros(3 * N, dtype=LOT)
    lots["most"] = rng.uniform(0.2, 1.5, 3 * N)
    lots["tax"] = rng.normal(0.0, 0.15, 3 * N)
    lots["loss"] = np.maximum(-lots["tax"], 0.0)
    names = np.zeros(N, dtype=NAME)
    names["active"] = rng.normal(0.0, 1.0, N)
    names["variance"] = rng.uniform(0.0, 0.1, N)
    names["buy_slope"], names["sell_slope"] = rng.normal(0.0, 0.05, N), rng.normal(0.0, 0.05, N)
    names["impact"] = rng.choice([0.0, 0.02], N)
    side = make_side(names, lots, first, rng.choice([0.05, np.inf], N), np.zeros((3 * N, 0)))
    names["least"] = -side.sellable * rng.choice([0.0, 0.4, 1.0], N)
    names["most"] = rng.choice([0.0, 0.7, 2.0], N)
    # Two names that must be traded: one bought, one sold.
    names["least"][0], names["most"][0] = 0.3, 1.1
    names["least"][1], names["most"][1] = -side.sellable[1], -0.4 * side.sellable[1]
    weight = np.full(N, rng.choice([1e-3, 0.2]))
    anchor = rng.normal(0.0, 0.5, N)
    return side, Proximal(weight, anchor, anchor), float(rng.choice([0.5, 3.0]))


def solve(side: Side, proximal: Proximal, lam: float) -> np.ndarray:
    """No factors and no rows: the dual is the sum of the names' own problems."""
    coupling = Coupling(
        root=np.zeros((N, 0)),
        exposure=np.zeros(0),
        te_limit=np.inf,
        floor=lam,
        entries=np.zeros(0, dtype=ENTRY),
        first=np.zeros(N + 1, dtype=np.int64),
        upper=np.zeros(0),
        ceiling=np.zeros(0),
        lot_row=np.zeros(0, dtype=np.int64),
    )
    group, fixed = np.arange(N), np.ones(N, dtype=np.int8)
    at = (proximal, 0.0, np.array([lam]), np.zeros(N), np.zeros(1))
    total = climb(side, side, coupling, group, fixed, *at, 0.0, np.inf, 0).value
    assert total == pytest.approx(side.trades["value"].sum(), rel=1e-12)
    return side.trades


def cost(side: Side, proximal: Proximal, lam: float, i: int, t: float) -> float:
    name: Any = side.names[i]
    pieces = side.pieces[PIECES_PER_LOT * side.first[i] :][: side.used[i]]
    before = np.cumsum(pieces["length"]) - pieces["length"]
    tax = float(pieces["slope"] @ np.clip(-t - before, 0.0, pieces["length"])) if t < 0 else 0.0
    linear = name["buy_slope"] * max(t, 0.0) + name["sell_slope"] * max(-t, 0.0)
    risk = 0.5 * lam * name["variance"] * (name["active"] + t) ** 2
    pull = 0.5 * proximal.weight[i] * (t - proximal.opened[i]) ** 2
    return float(tax + linear + risk + pull + name["impact"] * abs(t) ** 1.5)


@pytest.mark.parametrize("seed", range(20))
def test_the_closed_form_is_the_least_cost(seed: int) -> None:
    side, proximal, lam = random_names(seed)
    trades = solve(side, proximal, lam)
    for i in range(N):
        least, most = float(side.names["least"][i]), float(side.names["most"][i])
        net = float(trades["net"][i])
        assert least - 1e-12 <= net <= most + 1e-12
        assert float(trades["value"][i]) == pytest.approx(cost(side, proximal, lam, i, net), abs=1e-12)
        if most > least:
            found = minimize_scalar(
                lambda t, i=i: cost(side, proximal, lam, i, t), bounds=(least, most), options={"xatol": 1e-10}
            )
            assert trades["value"][i] <= found.fun + 1e-12


def test_curvature_is_the_second_derivative_inside_a_piece_and_nothing_at_a_kink() -> None:
    count = 0
    for seed in range(20):
        side, proximal, lam = random_names(seed)
        trades = solve(side, proximal, lam).copy()
        for i in np.flatnonzero(trades["curvature"] > 0):
            t, h = float(trades["net"][i]), 1e-4 * max(abs(float(trades["net"][i])), 1e-3)
            middle, up, down = (cost(side, proximal, lam, i, x) for x in (t, t + h, t - h))
            assert (up - 2 * middle + down) / h**2 == pytest.approx(trades["curvature"][i], rel=1e-2)
            assert (up - down) / (2 * h) == pytest.approx(0.0, abs=1e-5)
            count += 1
    assert count > 20
