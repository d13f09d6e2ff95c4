from __future__ import annotations

import cvxpy as cp
import numpy as np
import pytest

from risk import FactorRisk
from risk.evaluate import DenseRisk, optimised_active
from taxsleeve_errors import RiskModelError

N, K, CAP = 120, 8, 0.01


def factor_model(seed: int = 0) -> FactorRisk:
    rng = np.random.default_rng(seed)
    B = 0.3 * rng.standard_normal((N, K))
    B[:, 0] = 1 + 0.3 * rng.standard_normal(N)
    return FactorRisk(
        assets=tuple(f"A{i}" for i in range(N)),
        factors=tuple(f"F{k}" for k in range(K)),
        loadings=B,
        factor_covariance=np.diag(np.r_[0.16, rng.uniform(0.02, 0.08, K - 1)] ** 2),
        specific_variance=rng.uniform(0.15, 0.5, N) ** 2,
    )


def dense(model: FactorRisk) -> DenseRisk:
    B, F, D = model.loadings, model.factor_covariance, model.specific_variance
    return DenseRisk(model.assets, B @ F @ B.T + np.diag(D))


def problem(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Benchmark, objectives (random ones, then such as only ask to sell) and limits."""
    rng = np.random.default_rng(seed)
    w = np.exp(1.2 * rng.standard_normal(N))
    c = np.r_[rng.standard_normal((3, N)), np.minimum(rng.standard_normal((3, N)), 0.0)]
    return w / w.sum(), np.r_[c, c], np.repeat([0.01, 0.02], 6)


def optimum(covariance: np.ndarray, w: np.ndarray, c: np.ndarray, limit: float) -> float:
    a = cp.Variable(N)
    L = np.linalg.cholesky(covariance)
    constraints = [cp.sum(a) == 0, a >= -w, cp.abs(a) <= CAP, cp.norm(L.T @ a) <= limit]
    return float(cp.Problem(cp.Maximize(c @ a), constraints).solve(solver="CLARABEL"))


@pytest.mark.parametrize("form", ["factor", "dense"])
def test_every_constraint_is_met_and_the_optimum_nearly_reached(form: str) -> None:
    model = factor_model()
    w, c, limits = problem()
    A = optimised_active(model if form == "factor" else dense(model), w, c, limits, most_active=CAP)
    Sigma = dense(model).covariance
    risk = np.sqrt(np.einsum("pn,nm,pm->p", A, Sigma, A))
    assert np.abs(A.sum(axis=1)).max() < 1e-12
    assert (-w - 1e-12 <= A).all()
    assert np.abs(A).max() <= CAP + 1e-12
    assert (risk <= limits * (1 + 1e-9)).all()
    best = np.array([optimum(Sigma, w, row, limit) for row, limit in zip(c, limits, strict=True)])
    assert ((A * c).sum(axis=1) >= 0.99 * best).all()


def test_the_limit_is_reached_where_the_bounds_leave_room() -> None:
    model = factor_model()
    _, c, _ = problem()
    A = optimised_active(model, np.full(N, 1 / N), c[:3], np.full(3, 0.004), most_active=0.05)
    assert [model.tracking_error(a) for a in A] == pytest.approx([0.004] * 3, rel=0.01)


def test_bounds_that_bind_first_leave_the_limit_unreached() -> None:
    model = factor_model()
    w, c, _ = problem()
    A = optimised_active(model, w, c[:6], np.full(6, 0.05), most_active=CAP)
    assert np.abs(A).max() <= CAP + 1e-12
    assert max(model.tracking_error(a) for a in A) < 0.05
    best = np.array([optimum(dense(model).covariance, w, row, 0.05) for row in c[:6]])
    assert ((A * c[:6]).sum(axis=1) >= 0.95 * best).all()


def test_an_objective_of_zeros_asks_for_nothing() -> None:
    w, _, _ = problem()
    assert np.abs(optimised_active(factor_model(), w, np.zeros((1, N)), np.array([0.01]))).max() == 0.0


def test_a_singular_matrix_is_no_obstacle() -> None:
    R = np.random.default_rng(2).standard_normal((40, N)) * 0.01
    model = DenseRisk(tuple(f"A{i}" for i in range(N)), 252 * R.T @ R / 40)
    w, c, limits = problem()
    A = optimised_active(model, w, c, limits)
    assert np.isfinite(A).all()
    assert (np.sqrt([model.variance(a) for a in A]) <= limits * (1 + 1e-9)).all()


def test_optimised_portfolios_find_what_a_model_underestimates() -> None:
    truth = factor_model()
    rng = np.random.default_rng(3)
    root = np.linalg.cholesky(dense(truth).covariance / 252)
    R = rng.standard_normal((250, N)) @ root.T
    sample = DenseRisk(truth.assets, 252 * R.T @ R / 250)
    w = np.full(N, 1 / N)
    c = rng.standard_normal((20, N))
    A = optimised_active(sample, w, c, np.full(20, 0.01), most_active=0.05)
    told = np.sqrt([sample.variance(a) for a in A])
    true = np.sqrt([truth.variance(a) for a in A])
    assert (true / told).mean() > 1.2
    honest = optimised_active(truth, w, c, np.full(20, 0.01), most_active=0.05)
    assert [truth.tracking_error(a) for a in honest] == pytest.approx([0.01] * 20, rel=0.01)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"benchmark": np.full(N - 1, 1 / (N - 1))}, "same names"),
        ({"tracking_error": np.array([0.0])}, "more than 0"),
        ({"objectives": np.ones((1, N + 1))}, "same names"),
    ],
)
def test_bad_input_is_refused(change: dict[str, np.ndarray], said: str) -> None:
    good = {"benchmark": np.full(N, 1 / N), "objectives": np.ones((1, N)), "tracking_error": np.array([0.01])}
    with pytest.raises(RiskModelError, match=said):
        optimised_active(factor_model(), **(good | change))


def test_a_name_without_variance_and_a_stranger_are_refused() -> None:
    model = DenseRisk(("A", "B"), np.diag([1.0, 0.0]))
    with pytest.raises(RiskModelError, match="variance of B"):
        optimised_active(model, np.array([0.5, 0.5]), np.ones((1, 2)), np.array([0.01]))

    class Stranger:
        assets = ("A", "B")

    with pytest.raises(RiskModelError, match="Stranger"):
        optimised_active(Stranger(), np.array([0.5, 0.5]), np.ones((1, 2)), np.array([0.01]))  # type: ignore[arg-type]
