"""Specific risk: time series, the structural blend with its two known traps, shrinkage, and the panel's forecast."""

from __future__ import annotations

import numpy as np
import pytest

from risk.specific_forecast import forecast_variance, gamma_regression
from risk.specific_risk import bayesian_shrinkage, blend_weight, structural_volatility, time_series_volatility
from risk.specific_season import season_effect
from risk.unrealised_loss import mean_unrealised_loss


def test_the_time_series_is_the_weighted_deviation() -> None:
    rng = np.random.default_rng(0)
    u = rng.standard_normal((300, 4)) * [0.01, 0.02, 0.03, 0.04]
    w = 0.5 ** (np.arange(300)[::-1] / 84)
    np.testing.assert_allclose(time_series_volatility(u, 84, 0), np.sqrt(w @ u**2 / w.sum()), rtol=1e-12)


def test_gaps_are_not_zero_residuals() -> None:
    rng = np.random.default_rng(1)
    u = rng.standard_normal((2000, 30)) * 0.02
    u[rng.random(u.shape) < 0.5] = np.nan
    u[:, 0] = np.nan
    found = time_series_volatility(u, 1e6, 5)
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], 0.02, rtol=0.2)
    assert found[1:].mean() == pytest.approx(0.02, rel=0.03)


def test_newey_west_takes_out_the_bounce_and_never_all() -> None:
    rng = np.random.default_rng(2)
    e = rng.standard_normal((5001, 40))
    bounce = e[1:] - 0.3 * e[:-1]
    assert time_series_volatility(bounce, 1e6, 20).mean() == pytest.approx(0.7, abs=0.06)
    alternating = np.tile([1.0, -1.0], 50)[:, None]
    assert time_series_volatility(alternating, 1e6, 3)[0] >= 0.5


def test_the_blend_takes_quantiles_through_time_not_across_names() -> None:
    # First trap: a wild name among calm ones. Across names its deviation dwarfs the quartiles, and it would lose trust.
    rng = np.random.default_rng(3)
    u = rng.standard_normal((400, 50)) * 0.005
    u[:, 0] = rng.standard_normal(400) * 0.10
    np.testing.assert_array_equal(blend_weight(u), 1.0)


def test_the_blend_weighs_history_and_tails() -> None:
    rng = np.random.default_rng(4)
    u = rng.standard_normal((400, 5)) * 0.02
    u[:-60, 1] = np.nan
    u[:-120, 2] = np.nan
    u[:, 3] = np.nan
    u[:, 4] = np.where(rng.random(400) < 0.5, 0.001, 0.05) * rng.standard_normal(400)
    gamma = blend_weight(u)
    assert gamma[0] == 1.0
    assert gamma[1] == 0.0
    assert gamma[2] == 0.5
    assert gamma[3] == 0.0
    robust = np.subtract(*np.quantile(u[:, 4], [0.75, 0.25])) / 1.35
    clipped = np.clip(u[:, 4], -10 * robust, 10 * robust).std()
    assert gamma[4] == pytest.approx(min(1.0, np.exp(1 - abs(clipped - robust) / robust)), rel=1e-9)
    assert gamma[4] < 1.0


def test_the_structural_model_is_unbiased_in_volatility_not_in_its_logarithm() -> None:
    # Second trap: E_0 = mean(e) of a least-squares fit is zero, so exp(X b) alone is too low by exp(variance / 2).
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(3000), rng.standard_normal(3000)])
    expected = np.exp(X @ [-4.0, 0.3])
    noise = rng.standard_normal(3000) * 0.5
    observed = expected * np.exp(noise)
    found = structural_volatility(observed, X, np.ones(3000), np.ones(3000, dtype=bool))
    assert (found / expected).mean() == pytest.approx(np.exp(0.5**2 / 2), rel=0.02)
    # E_0 is the weighted mean of exp(e), to the letter.
    b = np.linalg.lstsq(X, np.log(observed), rcond=None)[0]
    inside = (X @ b > np.log(observed).min()) & (X @ b < np.log(observed).max())
    E0 = np.exp(np.log(observed) - X @ b).mean()
    np.testing.assert_allclose(found[inside], (E0 * np.exp(X @ b))[inside], rtol=1e-4)
    assert E0 > 1.05


def test_the_structural_model_reads_only_the_trusted() -> None:
    rng = np.random.default_rng(6)
    X = np.column_stack([np.ones(500), rng.standard_normal(500)])
    volatility = np.exp(X @ [-4.0, 0.3])
    trusted = rng.random(500) < 0.7
    wrong = np.where(trusted, volatility, np.nan)
    wrong[~trusted][:5] = 99.0
    found = structural_volatility(wrong, X, np.ones(500), trusted)
    np.testing.assert_allclose(found, volatility, rtol=0.05)


def test_shrinkage_is_the_formula_by_size_group() -> None:
    volatility = np.array([0.01, 0.02, 0.06, 0.10, 0.20, 0.30])
    caps = np.array([9.0, 8.0, 7.0, 3.0, 2.0, 1.0])
    found = bayesian_shrinkage(volatility, caps, q=0.1, groups=2)
    for members in (slice(0, 3), slice(3, 6)):
        s, c = volatility[members], caps[members]
        m = (c * s).sum() / c.sum()
        delta = np.sqrt(((s - m) ** 2).mean())
        v = 0.1 * np.abs(s - m) / (delta + 0.1 * np.abs(s - m))
        np.testing.assert_allclose(found[members], v * m + (1 - v) * s, rtol=1e-12)
    np.testing.assert_array_equal(bayesian_shrinkage(volatility, caps, q=0.0), volatility)


def test_a_little_shrinkage_flattens_the_bias_by_decile_and_much_spoils_it() -> None:
    rng = np.random.default_rng(7)
    n, T = 3000, 500
    true = np.exp(rng.normal(np.log(0.02), 0.3, n))
    scale = np.sqrt(3 / 5)
    u = rng.standard_t(5, (T, n)) * scale * true
    raw = time_series_volatility(u, 84, 0)

    def spread(sigma: np.ndarray) -> float:
        deciles = np.array_split(np.argsort(sigma), 10)
        return float(np.mean([abs(np.sqrt(np.mean((true[d] / sigma[d]) ** 2)) - 1) for d in deciles]))

    caps = np.exp(rng.standard_normal(n))
    assert spread(bayesian_shrinkage(raw, caps, 0.1)) < 0.9 * spread(raw)
    assert spread(bayesian_shrinkage(raw, caps, 1.0)) > 2 * spread(raw)


def test_gamma_regression_meets_its_conditions_and_finds_the_truth() -> None:
    rng = np.random.default_rng(8)
    X = np.column_stack([np.ones(20_000), rng.standard_normal((20_000, 3))])
    b = np.array([-8.0, 0.5, -0.3, 0.0])
    y = np.exp(X @ b) * rng.chisquare(1, 20_000)
    w = rng.uniform(0.5, 1.0, 20_000)
    found = gamma_regression(X, y, w)
    np.testing.assert_allclose(found, b, atol=0.05)
    np.testing.assert_allclose((X * (w / w.sum())[:, None]).T @ (y / np.exp(X @ found) - 1), 0.0, atol=1e-6)


def test_the_forecast_is_right_where_an_optimizer_looks() -> None:
    # Volatilities drift name by name and double with the first exposure; an optimizer weighs by 1 / forecast.
    rng = np.random.default_rng(9)
    T, n = 525, 600
    x = np.repeat(rng.standard_normal((T // 21 + 1, n)), 21, axis=0)[: T + 1]
    log_true = np.log(0.02) + 0.35 * rng.standard_normal(n) + 0.3 * x[:T]
    log_true += 0.15 * np.repeat(np.cumsum(rng.standard_normal((T // 21 + 1, n)) * 0.5, axis=0), 21, axis=0)[:T]
    u = rng.standard_t(5, (T, n)) * np.sqrt(3 / 5) * np.exp(log_true)
    seen = T - 21
    found = forecast_variance(u[:seen], x[: seen + 1, :, None], u[:seen], first_day=60)
    assert found is not None
    outcome = (u[seen : seen + 21] ** 2).mean(axis=0)
    plain = time_series_volatility(u[:seen], 84, 0) ** 2
    ratio = outcome / found
    assert ratio.mean() == pytest.approx(1.0, abs=0.10)
    # Along the exposure too, where the name's own past is blind.
    now = x[seen]
    assert abs(np.mean(now * (ratio - 1))) < 0.1
    assert np.mean(now * (outcome / plain - 1)) > 0.3
    qlike = {name: (outcome / v - np.log(outcome / v)).mean() for name, v in (("found", found), ("plain", plain))}
    assert qlike["found"] < qlike["plain"]


def test_a_window_too_short_to_learn_from_says_so() -> None:
    u = np.random.default_rng(10).standard_normal((80, 50)) * 0.02
    assert forecast_variance(u, np.zeros((81, 50, 1)), u, first_day=70) is None
    assert forecast_variance(u, np.zeros((81, 50, 1)), u, first_day=40) is None


def test_a_name_without_history_has_no_forecast_of_its_own() -> None:
    u = np.random.default_rng(11).standard_normal((400, 200)) * 0.02
    u[:-5, 3] = np.nan
    found = forecast_variance(u, np.zeros((401, 200, 1)), u, first_day=60)
    assert found is not None
    assert np.isnan(found[3])
    assert np.isfinite(np.delete(found, 3)).all()


def test_the_weeks_in_which_companies_report_are_forecast_to_be_louder() -> None:
    rng = np.random.default_rng(12)
    T, n = 504, 300
    block = (T - 1 - np.arange(T)) // 21 + 1
    loud = np.where(block % 3 == 0, 1.3, 0.85)
    u = rng.standard_normal((T, n)) * 0.02 * loud[:, None] * np.exp(0.1 * rng.standard_normal(24))[block - 1, None]
    found = {s: forecast_variance(u, np.zeros((T + 1, n, 1)), u, first_day=60, seasonal=s) for s in (True, False)}
    assert found[True] is not None
    assert found[False] is not None
    # The block to come has the weeks of blocks 3, 6, ...: the loud ones.
    truth = (0.02 * 1.3) ** 2
    assert np.median(found[True]) == pytest.approx(truth, rel=0.12)
    assert np.median(found[False]) < 0.8 * truth


def test_seasons_that_chance_alone_would_make_are_not_believed() -> None:
    rng = np.random.default_rng(13)
    ages = np.arange(1, 22)
    effects = np.array([season_effect(0.2 * rng.standard_normal(21), ages) for _ in range(400)])
    plain = 0.2 * np.sqrt(2 / 3 / 7)
    assert np.mean(effects == 0.0) > 0.5
    assert effects.std() < 0.8 * plain
    true = np.where(ages % 3 == 0, 0.2, -0.1)
    strong = np.array([season_effect(true + 0.1 * rng.standard_normal(21), ages) for _ in range(400)])
    assert strong.mean() == pytest.approx(0.2, abs=0.02)
    assert season_effect(true[:8], ages[:8]) == 0.0


def test_mean_unrealised_loss_is_that_of_lots_bought_through_the_year() -> None:
    rng = np.random.default_rng(14)
    returns = rng.standard_normal((300, 6)) * 0.02
    returns[:120, 1] = np.nan
    returns[100:130, 2] = np.nan
    returns[:-5, 3] = np.nan
    rows = np.array([40, 200, 300])
    found = mean_unrealised_loss(returns, rows, 252)
    price = np.vstack([np.ones((1, 6)), np.cumprod(1 + np.nan_to_num(returns), axis=0)])
    for i, t in enumerate(rows):
        for j in range(6):
            listed = np.flatnonzero(np.isfinite(returns[:, j]))[0]
            bought = list(range(t - 10, max(t - 252, listed) - 1, -10))
            lots = [min(price[t, j] / price[s, j] - 1, 0.0) for s in bought]
            expected = -np.mean(lots) if lots else np.nan
            np.testing.assert_allclose(found[i, j], expected, atol=1e-12)
    assert np.isnan(found[2, 3])
