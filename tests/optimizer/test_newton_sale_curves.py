"""Sale curves against the linear program that defines them, solved by HiGHS at many amounts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from optimizer.newton import compile_kernels
from optimizer.newton.dual import Side, make_side
from optimizer.newton.sale_curves import LOT, PIECES_PER_LOT, recover_lots


@pytest.fixture(autouse=True)
def _compiled() -> None:
    compile_kernels()


def random_side(seed: int) -> Side:
    """Six names with up to seven lots: caps of zero, none and between; equal losses, no losses, closed lots."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 8, 6)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    lots = np.zeros(int(first[-1]), dtype=LOT)
    lots["most"] = rng.uniform(0.1, 2.0, len(lots)) * (rng.random(len(lots)) > 0.15)
    lots["tax"] = np.round(rng.normal(0.0, 0.2, len(lots)), 2)
    lots["loss"] = rng.choice([0.0, 0.0, 0.1, 0.1, 0.25, 0.4, 0.7], len(lots))
    cap = rng.choice([0.0, 0.05, 0.2, 0.5, np.inf], 6)
    return make_side(np.zeros(6, dtype=[("none", "f8")]), lots, first, cap, np.zeros((len(lots), 0)))


def least_tax(lots: np.ndarray, cap: float, amount: float) -> float | None:
    """The definition; None where so much cannot be sold."""
    within = {"A_ub": lots["loss"][None, :], "b_ub": [cap]} if np.isfinite(cap) else {}
    bounds = [(0.0, float(most)) for most in lots["most"]]
    answer = linprog(lots["tax"], A_eq=np.ones((1, len(lots))), b_eq=[amount], bounds=bounds, **within)
    return float(answer.fun) if answer.status == 0 else None


def tax_along(side: Side, i: int, amount: float) -> float:
    pieces = side.pieces[PIECES_PER_LOT * side.first[i] :][: side.used[i]]
    ends = np.cumsum(pieces["length"])
    return float(pieces["slope"] @ np.clip(amount - (ends - pieces["length"]), 0.0, pieces["length"]))


@pytest.mark.parametrize("seed", range(25))
def test_curves_are_the_least_tax_of_every_amount(seed: int) -> None:
    side = random_side(seed)
    for i in range(6):
        lots = side.lots[side.first[i] : side.first[i + 1]]
        slopes = side.pieces["slope"][PIECES_PER_LOT * side.first[i] :][: side.used[i]]
        assert (np.diff(slopes) >= -1e-12).all(), "the curve is convex"
        most = float(side.sellable[i])
        for amount in np.linspace(0.0, most, 7):
            expected = least_tax(lots, float(side.cap[i]), float(amount) * (1 - 1e-12)) if len(lots) else 0.0
            assert expected is not None
            assert tax_along(side, i, float(amount)) == pytest.approx(expected, abs=1e-8)
        if len(lots):
            assert least_tax(lots, float(side.cap[i]), most + 1e-5) is None, "more can be sold than the curve says"


@pytest.mark.parametrize("seed", range(25))
def test_lots_recovered_from_an_amount_keep_bounds_and_cap_and_cost_what_the_curve_says(seed: int) -> None:
    side = random_side(seed)
    rng = np.random.default_rng(seed)
    sold = side.sellable * np.where(rng.random(6) < 0.3, 1.0, rng.random(6))
    lots = np.full(len(side.lots), np.nan)
    recover_lots(side.first, side.pieces, side.used, sold, lots)
    assert (lots >= -1e-12).all()
    assert (lots <= side.lots["most"] + 1e-12).all()
    for i in range(6):
        own = slice(side.first[i], side.first[i + 1])
        assert lots[own].sum() == pytest.approx(sold[i], abs=1e-12)
        assert side.lots["loss"][own] @ lots[own] <= side.cap[i] + 1e-12
        assert side.lots["tax"][own] @ lots[own] == pytest.approx(tax_along(side, i, float(sold[i])), abs=1e-12)
