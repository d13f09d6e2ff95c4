"""The adjustments of Menchero, Orr and Wang, each on a world where its effect is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import OAS, EmpiricalCovariance, ShrunkCovariance

from risk.covariance_adjustments import (
    effective_sample,
    eigenfactor_adjustment,
    eigenfactor_bias,
    newey_west,
    one_step_ahead_variance,
    shrunk_correlation,
    volatility_regime,
)

EQUAL = np.ones


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """A covariance of 40 factors whose volatilities run from 1% to 10% a year."""
    rng = np.random.default_rng(5)
    Q = np.linalg.qr(rng.standard_normal((40, 40)))[0]
    return (Q * np.geomspace(0.01, 0.10, 40) ** 2) @ Q.T


def optimised_bias(truth: np.ndarray, estimates: list[np.ndarray]) -> float:
    """True over predicted volatility of the portfolios that maximise a random objective by each estimate."""
    rng = np.random.default_rng(0)
    ratios = []
    for F in estimates:
        y = np.linalg.solve(F, rng.standard_normal((len(F), 20)))
        ratios.append(np.einsum("kp,kl,lp->p", y, truth, y) / np.einsum("kp,kl,lp->p", y, F, y))
    return float(np.sqrt(np.mean(ratios)))


def eigenfactor_ratios(truth: np.ndarray, estimates: list[np.ndarray]) -> np.ndarray:
    squares = []
    for F in estimates:
        values, U = np.linalg.eigh(F)
        squares.append(np.einsum("jk,jl,lk->k", U, truth, U) / values)
    return np.sqrt(np.mean(squares, axis=0))


def test_the_eigenfactor_adjustment_brings_eigenfactors_and_optimised_portfolios_to_one(truth: np.ndarray) -> None:
    rng, periods = np.random.default_rng(1), 252
    root = np.linalg.cholesky(truth)
    samples = [(root @ rng.standard_normal((40, periods))).T for _ in range(40)]
    raw = [newey_west(f, EQUAL(periods), 0) for f in samples]
    adjusted = [eigenfactor_adjustment(F, periods, scale=1.0, simulations=80, smooth=False) for F in raw]

    before, after = eigenfactor_ratios(truth, raw), eigenfactor_ratios(truth, adjusted)
    # MOW: 1.19 / 1.08 / 0.94 before (smallest, median, largest).
    assert before[0] > 1.12
    assert before[-1] < 0.98
    np.testing.assert_allclose(after, 1.0, atol=0.05)
    # Shepard: 1 / (1 - K/T) = 1.19.
    assert optimised_bias(truth, raw) == pytest.approx(1 / (1 - 40 / periods), abs=0.02)
    assert optimised_bias(truth, adjusted) == pytest.approx(1.0, abs=0.02)


def test_the_parabola_agrees_with_what_it_smooths_but_for_the_smallest(truth: np.ndarray) -> None:
    F = truth
    plain = eigenfactor_adjustment(F, 252, scale=1.0, simulations=400, smooth=False)
    smooth = eigenfactor_adjustment(F, 252, scale=1.0, simulations=400)
    _, U = np.linalg.eigh(F)
    ratio = np.einsum("jk,jl,lk->k", U, smooth, U) / np.einsum("jk,jl,lk->k", U, plain, U)
    np.testing.assert_allclose(ratio[15:], 1.0, atol=0.04)


def test_a_long_sample_needs_no_eigenfactor_adjustment(truth: np.ndarray) -> None:
    np.testing.assert_allclose(eigenfactor_bias(truth, 1e5, 50, 0), 1.0, atol=0.01)
    np.testing.assert_allclose(eigenfactor_adjustment(truth, 1e6, simulations=50), truth, atol=1e-4 * truth.max())


def test_the_scale_stretches_the_bias_and_the_seed_fixes_it(truth: np.ndarray) -> None:
    v = eigenfactor_bias(truth, 252, 100, 7)
    values, U = np.linalg.eigh(truth)
    adjusted = eigenfactor_adjustment(truth, 252, scale=1.5, simulations=100, seed=7, smooth=False)
    got = np.einsum("jk,jl,lk->k", U, adjusted, U) / values
    np.testing.assert_allclose(np.sqrt(got), 1.5 * (v - 1) + 1, rtol=1e-9)


def test_newey_west_recovers_the_long_run_variance_of_a_moving_average() -> None:
    rng = np.random.default_rng(2)
    shocks = rng.standard_normal((200_001, 2)) * [0.01, 0.02]
    theta = np.array([0.4, -0.3])
    f = shocks[1:] + theta * shocks[:-1]
    long_run = (np.array([0.01, 0.02]) * (1 + theta)) ** 2
    raw = np.diag(newey_west(f, EQUAL(len(f)), 0))
    corrected = np.diag(newey_west(f, EQUAL(len(f)), 40))
    np.testing.assert_allclose(corrected, long_run, rtol=0.05)
    assert raw[0] < 0.65 * long_run[0]
    assert raw[1] > 2.0 * long_run[1]


def test_newey_west_is_the_formula_lag_by_lag() -> None:
    f = np.array([[1.0, 0.0], [0.5, 2.0], [-1.0, 1.0], [2.0, -0.5]])
    w = np.array([0.5, 1.0, 1.5, 2.0])
    C = [sum(w[t] * np.outer(f[t], f[t - d]) for t in range(d, 4)) / w.sum() for d in (0, 1, 2)]
    expected = C[0] + 2 / 3 * (C[1] + C[1].T) + 1 / 3 * (C[2] + C[2].T)
    np.testing.assert_allclose(newey_west(f, w, 2), expected, rtol=1e-12)


def test_newey_west_never_has_a_negative_eigenvalue() -> None:
    alternating = np.tile([1.0, -1.0], 50)[:, None] * np.array([1.0, 1.0])
    assert np.linalg.eigvalsh(newey_west(alternating, EQUAL(100), 3)).min() >= 0


def test_effective_sample_is_the_formula_of_the_ewma() -> None:
    decay = 0.5 ** (1 / 84)
    assert effective_sample(decay ** np.arange(5000)) == pytest.approx((1 + decay) / (1 - decay), rel=1e-6)
    assert effective_sample(EQUAL(300)) == 300


def test_correlations_without_shrinkage_are_newey_wests_and_with_it_shrink() -> None:
    rng = np.random.default_rng(4)
    f = rng.standard_normal((400, 1)) + rng.standard_normal((400, 5))
    w = 0.5 ** (np.arange(400)[::-1] / 100)
    F = newey_west(f, w, 2)
    expected = F / np.sqrt(np.outer(np.diag(F), np.diag(F)))
    plain, fitted = shrunk_correlation(f, w, 2, EmpiricalCovariance(assume_centered=True))
    np.testing.assert_allclose(plain, expected, atol=1e-8)
    assert hasattr(fitted, "covariance_")
    off = ~np.eye(5, dtype=bool)
    half, _ = shrunk_correlation(f, w, 2, ShrunkCovariance(shrinkage=0.5, assume_centered=True))
    np.testing.assert_allclose(half[off], expected[off] / 2, rtol=0.02)
    oas, _ = shrunk_correlation(f, w, 2, OAS(assume_centered=True))
    assert np.abs(oas[off]).sum() < np.abs(expected[off]).sum()


def test_one_step_ahead_uses_only_the_past_and_waits_for_the_warm_up() -> None:
    squares = np.array([[1.0], [4.0], [np.nan], [9.0], [16.0]])
    decay = 0.5 ** (1 / 2)
    ahead = one_step_ahead_variance(squares, 2.0, warm_up=2)[:, 0]
    assert np.isnan(ahead[:2]).all()
    assert ahead[2] == pytest.approx((decay * 1 + 4) / (decay + 1))
    assert ahead[3] == pytest.approx(ahead[2])
    ages = decay ** np.array([4, 3, 1, 0])
    assert ahead[5] == pytest.approx(ages @ [1, 4, 9, 16] / ages.sum())


def two_regimes(rng: np.random.Generator) -> np.ndarray:
    """20 factors, 60 months of 21 days; every other year is twice as wild."""
    month = np.repeat(np.where(np.arange(60) // 12 % 2 == 0, 1.0, 2.0), 21)
    return rng.standard_normal((len(month), 20)) * 0.01 * month[:, None]


def test_the_regime_adjustment_follows_two_regimes() -> None:
    rng = np.random.default_rng(6)
    squares = {"plain": [], "adjusted": []}
    for _ in range(4):
        f = two_regimes(rng)
        ahead = one_step_ahead_variance(f**2, 252.0)
        for t in range(252, len(f) - 21, 21):
            multiplier = volatility_regime(f[:t], ahead[:t], 42.0)
            month = (f[t : t + 21] ** 2).mean(axis=0)
            squares["plain"].append(month / ahead[t])
            squares["adjusted"].append(month / (multiplier**2 * ahead[t]))
    distance = {name: np.mean(np.abs(np.sqrt(np.mean(q, axis=1)) - 1)) for name, q in squares.items()}
    qlike = {name: np.mean(np.array(q) - np.log(q) - 1) for name, q in squares.items()}
    assert distance["adjusted"] < 0.7 * distance["plain"]
    assert qlike["adjusted"] < 0.7 * qlike["plain"]


def test_the_regime_is_one_where_nothing_changes_and_is_not_moved_by_one_absurd_day() -> None:
    rng = np.random.default_rng(8)
    f = rng.standard_normal((1000, 30)) * 0.01
    ahead = one_step_ahead_variance(f**2, 252.0)[:-1]
    calm = volatility_regime(f, ahead, 168.0)
    assert calm == pytest.approx(1.0, abs=0.02)
    f[-5, 3] = 4.0
    assert volatility_regime(f, ahead, 168.0) == pytest.approx(calm, abs=0.005)


def test_the_regime_weighs_names_by_the_weights_given() -> None:
    f = np.array([[0.01, 0.03], [0.01, 0.03]])
    ahead = np.full((2, 2), 1e-4)
    weights = np.array([[3.0, 1.0], [3.0, 1.0]])
    assert volatility_regime(f, ahead, 10.0, weights) == pytest.approx(np.sqrt((3 * 1 + 9) / 4))
    assert volatility_regime(f, np.full((2, 2), np.nan), 10.0) == 1.0
