from __future__ import annotations

import numpy as np
import pytest

from risk.evaluate import (
    barra_q,
    bias_band,
    bias_statistic,
    diebold_mariano,
    perfect_model_floors,
    qlike,
    rolling_mrad,
)
from taxsleeve_errors import RiskModelError

# RISK_FORMULAS, "Floor under a perfect model": MRAD by T and law, 95% band of B (normal), and Q.
MRAD = {
    12: (0.170, 0.194, 0.217, 0.233),
    24: (0.118, 0.138, 0.159, 0.173),
    60: (0.074, 0.088, 0.104, 0.116),
    252: (0.036, 0.043, 0.053, 0.061),
}
BAND = {12: (0.588, 1.407), 24: (0.714, 1.287), 60: (0.818, 1.179), 252: (0.913, 1.087)}
Q = (2.269, 2.39, 2.50, 2.57)


@pytest.mark.parametrize("periods", MRAD)
def test_floors_are_those_of_the_reference_table(periods: int) -> None:
    floors = perfect_model_floors(periods, window=periods, laws=(0, 10, 6, 5), draws=20_000, seed=1)
    assert list(floors.index) == ["normal", "t10", "t6", "t5"]
    np.testing.assert_allclose(floors["mrad"], MRAD[periods], atol=0.004)
    np.testing.assert_allclose(floors["q"], Q, atol=0.015)
    assert floors.loc["normal", ["bias_low", "bias_high"]].tolist() == pytest.approx(BAND[periods], abs=0.008)


@pytest.mark.parametrize("periods", BAND)
def test_the_exact_band_is_that_of_the_reference_table(periods: int) -> None:
    assert bias_band(periods) == pytest.approx(BAND[periods], abs=0.006)


def test_fat_tails_widen_the_band() -> None:
    floors = perfect_model_floors(24)
    assert floors.loc["t5", "bias_low"] < floors.loc["normal", "bias_low"]
    assert floors.loc["t5", "bias_high"] > floors.loc["normal", "bias_high"]


def test_floors_are_the_same_for_the_same_seed_only() -> None:
    assert perfect_model_floors(12).equals(perfect_model_floors(12))
    assert not perfect_model_floors(12).equals(perfect_model_floors(12, seed=2))


def test_qlike_floor_of_monthly_sums_of_daily_squares() -> None:
    # E[ln chi2_d / d] = digamma(d / 2) - ln(d / 2), and E[x] = 1.
    from scipy.special import digamma

    expected = -(digamma(10.5) - np.log(10.5))
    assert perfect_model_floors(12, days=21).loc["normal", "qlike"] == pytest.approx(expected, rel=0.05)


def test_a_perfect_model_is_in_the_band_about_95_times_of_100() -> None:
    b = np.random.default_rng(3).standard_normal((60, 4000))
    low, high = bias_band(60)
    B = bias_statistic(b)
    assert np.mean((low <= B) & (high >= B)) == pytest.approx(0.95, abs=0.012)


def test_a_model_with_half_the_variance_has_bias_root_two() -> None:
    returns = 0.02 * np.random.default_rng(4).standard_normal((120, 500))
    assert bias_statistic(returns / (0.02 * np.sqrt(0.5))).mean() == pytest.approx(np.sqrt(2), abs=0.01)


def test_bias_by_hand_and_with_a_gap() -> None:
    assert bias_statistic([1.0, -1.0, 1.0, -1.0]) == pytest.approx(np.sqrt(4 / 3))
    gapped = bias_statistic([[1.0, 2.0], [-1.0, np.nan], [np.nan, np.nan]])
    assert gapped[0] == pytest.approx(np.sqrt(2))
    assert np.isnan(gapped[1])


def test_mrad_by_hand() -> None:
    # Windows of two: B = |difference| / sqrt(2) = 1, 2, 0; |B - 1| = 0, 1, 1.
    root = np.sqrt(2)
    assert rolling_mrad([0.0, root, 3 * root, 3 * root], window=2) == pytest.approx(2 / 3)
    assert np.isnan(rolling_mrad([0.0, 1.0], window=3))


def test_mrad_leaves_out_windows_with_gaps() -> None:
    root = np.sqrt(2)
    assert rolling_mrad([0.0, root, 3 * root, np.nan], window=2) == pytest.approx(0.5)


def test_qlike_is_least_at_the_true_variance() -> None:
    realised = np.random.default_rng(5).standard_normal(20_000) ** 2
    losses = {s2: float(qlike(realised, s2).mean()) for s2 in (0.5, 0.8, 1.0, 1.25, 2.0)}
    assert min(losses, key=losses.__getitem__) == 1.0
    assert qlike(2.0, 2.0) == 0.0
    assert np.isfinite(qlike(0.0, 1.0))


def test_barra_q_by_hand() -> None:
    assert barra_q([1.0, 2.0]) == pytest.approx((1 + 4 - np.log(4)) / 2)


def test_diebold_mariano_is_negative_for_the_better_model_and_changes_sign() -> None:
    rng = np.random.default_rng(6)
    worse = 1 + 0.1 * rng.standard_normal(100)
    better = worse - 0.05 + 0.1 * rng.standard_normal(100)
    t = diebold_mariano(better, worse)
    assert t < -2
    assert diebold_mariano(worse, better) == pytest.approx(-t)


def test_diebold_mariano_without_lags_is_the_plain_t() -> None:
    d = np.array([1.0, -2.0, 3.0, 0.5, 1.5])
    assert diebold_mariano(d, np.zeros(5), lags=0) == pytest.approx(d.mean() / (d.std() / np.sqrt(5)))


def test_diebold_mariano_does_not_trust_repeated_evidence() -> None:
    noise = np.random.default_rng(7).standard_normal(200)
    smooth = np.convolve(noise, np.ones(6) / 6, mode="valid") + 0.3
    zero = np.zeros_like(smooth)
    assert diebold_mariano(smooth, zero) < 0.75 * diebold_mariano(smooth, zero, lags=0)


def test_diebold_mariano_has_its_nominal_size() -> None:
    rng = np.random.default_rng(8)
    t = [diebold_mariano(rng.standard_normal(100), rng.standard_normal(100)) for _ in range(600)]
    assert np.mean(np.abs(t) > 1.96) == pytest.approx(0.05, abs=0.035)


def test_equal_losses_have_no_winner() -> None:
    assert diebold_mariano([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0.0
    assert np.isnan(diebold_mariano([1.0], [2.0]))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: bias_band(1), "at least 2 periods"),
        (lambda: bias_band(12, 1.5), "level"),
        (lambda: perfect_model_floors(1), "at least 2"),
        (lambda: perfect_model_floors(12, laws=(2,)), "finite variance"),
        (lambda: diebold_mariano(np.ones((3, 2)), np.ones((3, 2))), "one loss a period"),
        (lambda: diebold_mariano([1.0, 2.0, 4.0], [0.0, 0.0, 0.0], lags=9), "lags"),
    ],
)
def test_bad_input_is_refused(call: object, said: str) -> None:
    with pytest.raises(RiskModelError, match=said):
        call()  # type: ignore[operator]
