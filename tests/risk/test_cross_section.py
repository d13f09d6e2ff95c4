"""Daily regressions against independent constrained least squares."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as statsmodels

from risk.cross_section import cross_sections, sector_basis
from risk.descriptors import Facts, standardise, style_exposures


@pytest.fixture(scope="module")
def day() -> dict[str, Any]:
    rng = np.random.default_rng(9)
    n, J = 120, 6
    sectors = np.eye(J, dtype=bool)[rng.integers(0, J, n)]
    return {
        "returns": rng.standard_normal((40, n)) * 0.02,
        "sectors": sectors,
        "styles": rng.standard_normal((40, n, 3)),
        "caps": np.exp(rng.standard_normal((40, n)) + 20),
    }


def run(day: dict[str, Any], **changed: Any) -> Any:
    fields = {**day, **changed}
    weights = fields.pop("weights", np.sqrt(fields["caps"]))
    targets = fields.pop("targets", fields["returns"])
    return cross_sections(fields["returns"], targets, fields["sectors"], fields["styles"], fields["caps"], weights)


def constrained_least_squares(y: np.ndarray, X: np.ndarray, v: np.ndarray, constraint: np.ndarray) -> np.ndarray:
    """Lagrange's equations of min (y - Xf)' V (y - Xf) subject to constraint'f = 0."""
    k = X.shape[1]
    system = np.zeros((k + 1, k + 1))
    system[:k, :k] = X.T @ (X * v[:, None])
    system[:k, k] = system[k, :k] = constraint
    return np.linalg.solve(system, np.append(X.T @ (v * y), 0.0))[:k]


def test_every_day_solves_the_constrained_problem(day: dict[str, Any]) -> None:
    found = run(day)
    for t in range(40):
        caps = day["caps"][t]
        X = np.column_stack([np.ones(120), day["sectors"], day["styles"][t]])
        constraint = np.concatenate([[0.0], caps @ day["sectors"], np.zeros(3)])
        expected = constrained_least_squares(day["returns"][t], X, np.sqrt(caps), constraint / caps.sum())
        np.testing.assert_allclose(found.factor_returns[t], expected, atol=1e-9)
        np.testing.assert_allclose(found.residuals[t], day["returns"][t] - X @ expected, atol=1e-9)


def test_agrees_with_statsmodels(day: dict[str, Any]) -> None:
    found = run(day)
    shares = day["caps"][0] @ day["sectors"]
    Z = day["sectors"] @ sector_basis(shares)
    X = np.column_stack([np.ones(120), Z, day["styles"][0]])
    fitted = statsmodels.WLS(day["returns"][0], X, weights=np.sqrt(day["caps"][0])).fit()
    np.testing.assert_allclose(found.residuals[0], fitted.resid, atol=1e-9)
    np.testing.assert_allclose(found.factor_returns[0, 0], fitted.params[0], atol=1e-9)


def test_sector_returns_sum_to_zero_by_capitalisation(day: dict[str, Any]) -> None:
    found = run(day)
    shares = day["caps"] @ day["sectors"]
    sums = (shares * found.factor_returns[:, 1:7]).sum(axis=1) / shares.sum(axis=1)
    np.testing.assert_allclose(sums, 0.0, atol=1e-12)


def test_the_basis_is_blind_to_the_shares_sum() -> None:
    shares = np.array([0.2, 0.5, 0.3])
    basis = sector_basis(shares)
    assert basis.shape == (3, 2)
    np.testing.assert_allclose(shares @ basis, 0.0, atol=1e-15)


def test_a_missing_return_neither_counts_nor_is_filled(day: dict[str, Any]) -> None:
    gappy = day["returns"].copy()
    gappy[3, :10] = np.nan
    found = run(day, returns=gappy)
    keep = np.arange(10, 120)
    alone = run(
        {**day, "sectors": day["sectors"][keep]},
        returns=day["returns"][:, keep], styles=day["styles"][:, keep], caps=day["caps"][:, keep],
    )  # fmt: skip
    np.testing.assert_allclose(found.factor_returns[3], alone.factor_returns[3], atol=1e-10)
    assert np.isnan(found.residuals[3, :10]).all()
    assert np.isfinite(found.residuals[4]).all()


def test_a_name_without_weight_still_has_a_residual(day: dict[str, Any]) -> None:
    weights = np.sqrt(day["caps"])
    weights[:, 5] = 0.0
    moved = day["returns"].copy()
    moved[:, 5] += 0.5
    a, b = run(day, weights=weights), run(day, weights=weights, returns=moved, targets=moved)
    np.testing.assert_allclose(a.factor_returns, b.factor_returns, atol=1e-14)
    np.testing.assert_allclose(b.residuals[:, 5] - a.residuals[:, 5], 0.5, atol=1e-12)


def test_residuals_are_of_the_targets_not_of_the_winsorised(day: dict[str, Any]) -> None:
    raw = day["returns"].copy()
    raw[7, 7] = 4.0
    a, b = run(day), run(day, targets=raw)
    np.testing.assert_array_equal(a.factor_returns, b.factor_returns)
    assert b.residuals[7, 7] - a.residuals[7, 7] == pytest.approx(4.0 - day["returns"][7, 7])


def test_a_day_with_too_few_names_has_no_regression(day: dict[str, Any]) -> None:
    thin = day["returns"].copy()
    thin[2, 8:] = np.nan
    found = run(day, returns=thin)
    assert np.isnan(found.factor_returns[2]).all()
    assert np.isfinite(found.factor_returns[3]).all()


def test_a_constant_style_has_no_return(day: dict[str, Any]) -> None:
    styles = day["styles"].copy()
    styles[:, :, 1] = 0.0
    found = run(day, styles=styles)
    np.testing.assert_array_equal(found.factor_returns[:, 8], 0.0)
    np.testing.assert_allclose(found.factor_returns[0, :7], run(day, styles=styles[:, :, [0, 2]]).factor_returns[0, :7])


def test_standardised_exposures_have_the_moments_they_promise() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_t(4, (5, 800)) * 3 + 7
    x[0, 0] = 1e6
    x[1, 1] = np.nan
    caps = np.exp(rng.standard_normal((5, 800)))
    members = rng.random((5, 800)) < 0.9
    z = standardise(x, caps, members)
    for t in range(5):
        inside = members[t] & np.isfinite(x[t])
        assert (caps[t] * z[t])[inside].sum() / caps[t, inside].sum() == pytest.approx(0.0, abs=1e-9)
        assert z[t, inside].std() == pytest.approx(1.0, abs=1e-9)
        assert np.abs(z[t] - np.median(z[t])).max() < 3.6
    assert z[1, 1] == 0.0


def test_exposures_of_a_day_know_nothing_of_it() -> None:
    rng = np.random.default_rng(11)
    returns = rng.standard_normal((300, 40)) * 0.02
    caps = np.exp(rng.standard_normal((300, 40)) + 20)
    members = np.ones((301, 40), dtype=bool)
    adv, value = caps * rng.uniform(0.001, 0.01, 40), rng.uniform(0.1, 1.0, (300, 40))
    before = style_exposures(returns, Facts(caps, adv, value), members)
    changed, other = returns.copy(), caps.copy()
    changed[250:] += 0.1 * rng.standard_normal((50, 40))
    other[250:] *= 2 + rng.random((50, 40))
    after = style_exposures(
        changed,
        Facts(other, np.where(caps == other, adv, 1e6), np.where(caps == other, value, 0.5 * value**2)),
        members,
    )
    np.testing.assert_array_equal(before.values[:251], after.values[:251])
    assert (before.values[251] != after.values[251]).any()
    assert before.names == (
        "beta", "gain", "gain_by_size", "liquidity", "loss", "loss_by_size", "momentum", "residual_volatility",
        "reversal", "size", "value",
    )  # fmt: skip


def test_momentum_leaves_out_the_last_month_and_reversal_is_it() -> None:
    rng = np.random.default_rng(12)
    returns = rng.standard_normal((400, 60)) * 0.01
    caps = np.full((400, 60), 1e9)
    found = style_exposures(returns, Facts(caps), np.ones((401, 60), dtype=bool))
    logs = np.log1p(returns)
    for name, span in (("momentum", slice(400 - 252, 400 - 21)), ("reversal", slice(400 - 21, 400))):
        x = found.values[400, :, found.names.index(name)]
        assert np.corrcoef(x, logs[span].sum(axis=0))[0, 1] > 0.99


def test_a_later_first_row_gives_the_same_rows() -> None:
    rng = np.random.default_rng(13)
    returns = rng.standard_normal((500, 30)) * 0.02
    returns[:400, 0] = np.nan
    facts = Facts(np.exp(rng.standard_normal((500, 30)) + 20))
    members = np.ones((501, 30), dtype=bool)
    whole = style_exposures(returns, facts, members)
    part = style_exposures(returns, facts, members, first_row=470)
    np.testing.assert_allclose(part.values, whole.values[470:], atol=1e-10)
