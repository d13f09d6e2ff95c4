"""The pure functions under StatisticalRiskModel: weights, components, gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from risk._principal_components import exponential_weights, principal_components


def test_weights_halve_every_half_life_and_sum_to_one() -> None:
    weights = exponential_weights(30, 10.0)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[-1] == pytest.approx(2 * weights[-11])
    assert (np.diff(weights) > 0).all()


def test_an_endless_half_life_weighs_all_alike() -> None:
    np.testing.assert_allclose(exponential_weights(5, 1e12), 0.2)


def test_without_noise_the_factors_explain_everything() -> None:
    rng = np.random.default_rng(3)
    returns = 0.01 * rng.normal(size=(100, 2)) @ rng.normal(size=(2, 8))
    fit = principal_components(returns, exponential_weights(100, 50.0), 2)
    np.testing.assert_allclose(fit.factor_returns @ fit.loadings.T, returns, atol=1e-12)
    assert (fit.specific_variance < 1e-20).all()


@pytest.mark.parametrize(("periods", "names"), [(200, 30), (30, 200), (50, 50)])
def test_both_gram_matrices_give_the_singular_value_decomposition(periods: int, names: int) -> None:
    rng = np.random.default_rng(5)
    returns = rng.normal(size=(periods, 1)) @ rng.normal(size=(1, names)) + 0.5 * rng.normal(size=(periods, names))
    weights = np.full(periods, 1 / periods)
    fit = principal_components(returns, weights, 3)
    scaled = returns / np.sqrt(weights @ returns**2)
    U, s, Vt = np.linalg.svd(scaled, full_matrices=False)
    best = (U[:, :3] * s[:3]) @ Vt[:3] * np.sqrt(weights @ returns**2)
    np.testing.assert_allclose(fit.factor_returns @ fit.loadings.T, best, atol=1e-9)


def test_scaling_one_name_scales_its_figures_alone() -> None:
    rng = np.random.default_rng(6)
    returns = rng.normal(size=(120, 1)) @ np.ones((1, 10)) + rng.normal(size=(120, 10))
    weights = exponential_weights(120, 60.0)
    plain = principal_components(returns, weights, 2)
    factor = np.ones(10)
    factor[4] = 1000.0
    scaled = principal_components(returns * factor, weights, 2)
    np.testing.assert_allclose(scaled.loadings, plain.loadings * factor[:, None], rtol=1e-9)
    np.testing.assert_allclose(scaled.specific_variance, plain.specific_variance * factor**2, rtol=1e-9)


def test_specific_variance_is_corrected_for_the_fitted_coefficients() -> None:
    rng = np.random.default_rng(7)
    estimates = []
    for _ in range(30):
        returns = rng.normal(size=(40, 1)) @ np.full((1, 60), 1.5) + rng.normal(size=(40, 60))
        estimates.append(principal_components(returns, exponential_weights(40, 1e9), 1).specific_variance.mean())
    # The truth is 1; without the correction it would be 39/40 of it, less what the factor takes from 60 names.
    assert np.mean(estimates) == pytest.approx(1.0, abs=0.03)


def test_each_name_is_regressed_on_its_own_days(simulate: Callable[..., Any]) -> None:
    returns = simulate(names=30, days=800).returns.to_numpy().copy()
    weights = exponential_weights(800, 1e9)
    whole = principal_components(returns, weights, 3)
    returns[np.random.default_rng(1).random(800) < 0.5, 4] = np.nan
    gappy = principal_components(returns, weights, 3)
    variance = [float(f.loadings[4] @ np.cov(f.factor_returns.T) @ f.loadings[4]) for f in (whole, gappy)]
    assert variance[1] == pytest.approx(variance[0], rel=0.25)
    assert gappy.specific_variance[4] == pytest.approx(whole.specific_variance[4], rel=0.15)
    others = np.delete(np.arange(30), 4)
    np.testing.assert_allclose(gappy.specific_variance[others], whole.specific_variance[others], rtol=0.05)


def test_a_panel_of_gaps_everywhere_still_has_its_factors(simulate: Callable[..., Any]) -> None:
    returns = simulate(names=40, days=1000).returns.to_numpy().copy()
    weights = exponential_weights(1000, 1e9)
    whole = principal_components(returns, weights, 3)
    returns[np.random.default_rng(2).random(returns.shape) < 0.3] = np.nan
    gappy = principal_components(returns, weights, 3)
    np.testing.assert_allclose(gappy.specific_variance, whole.specific_variance, rtol=0.25)
    # Factors of nearly equal strength may rotate; the space that they span must not.
    bases = [np.linalg.qr(f.factor_returns)[0] for f in (gappy, whole)]
    canonical = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    assert canonical.min() > 0.85


def test_signs_do_not_depend_on_the_order_of_names(simulate: Callable[..., Any]) -> None:
    returns = simulate(names=20, days=300).returns.to_numpy()
    weights = exponential_weights(300, 100.0)
    order = np.random.default_rng(0).permutation(20)
    plain, permuted = principal_components(returns, weights, 3), principal_components(returns[:, order], weights, 3)
    np.testing.assert_allclose(permuted.loadings, plain.loadings[order], atol=1e-9)
