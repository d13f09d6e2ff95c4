"""FactorRisk: refuses arrays that do not fit together, and its figures are those of the dense covariance."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import FactorRisk
from taxsleeve_errors import RiskModelError, TaxsleeveError

Figures = Callable[..., dict[str, Any]]
Dense = Callable[[FactorRisk], np.ndarray]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"loadings": np.ones((3, 2))}, r"loadings: shape \(3, 2\), expected \(4, 2\)"),
        ({"loadings": np.ones(4)}, "loadings: shape"),
        ({"factor_covariance": np.eye(3)}, r"factor_covariance: shape \(3, 3\), expected \(2, 2\)"),
        ({"specific_variance": np.ones((4, 1))}, "specific_variance: shape"),
        ({"loadings": np.array([[1, 2], [3, np.nan], [5, 6], [7, 8.0]])}, "loadings: NaN or infinite"),
        ({"factor_covariance": np.diag([np.inf, 1.0])}, "factor_covariance: NaN or infinite"),
        ({"specific_variance": np.array([1, 1, np.nan, 1.0])}, "specific_variance: NaN or infinite"),
        ({"factor_covariance": np.array([[1.0, 0.2], [0.1, 1.0]])}, "not symmetric"),
        ({"factor_covariance": np.array([[1.0, 2.0], [2.0, 1.0]])}, "smallest eigenvalue -1, expected positive def"),
        ({"factor_covariance": np.diag([1.0, 0.0])}, "smallest eigenvalue 0"),
        ({"specific_variance": np.array([1, 1, 0.0, 1])}, "specific_variance of C: 0.0, expected > 0"),
        ({"specific_variance": np.array([1, -0.1, 1, 1])}, "specific_variance of B: -0.1"),
        ({"assets": ("A", "B", "A", "D")}, "assets: 'A' stands twice"),
        ({"factors": ("size", "size")}, "factors: 'size' stands twice"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(figures: Figures, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskModelError, match=message):
        FactorRisk(**figures(**changed))


def test_a_risk_model_error_is_a_value_error_and_a_taxsleeve_error() -> None:
    assert issubclass(RiskModelError, ValueError)
    assert issubclass(RiskModelError, TaxsleeveError)


def test_arrays_are_copied_and_cannot_be_written_to(figures: Figures) -> None:
    given_figures = figures()
    model = FactorRisk(**given_figures)
    given_figures["loadings"][0, 0] = 77.0
    assert model.loadings[0, 0] == 1.0
    for name in ("loadings", "factor_covariance", "specific_variance"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(model, name)[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.assets = ("X",)  # type: ignore[misc]


def test_whole_numbers_are_taken_as_floats(figures: Figures) -> None:
    model = FactorRisk(**figures(loadings=[[1, 0], [0, 1], [1, 1], [2, 0]]))
    assert model.loadings.dtype == float


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 12), k=st.integers(1, 4))
def test_tracking_error_is_the_root_of_the_dense_quadratic_form(seed: int, n: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    L = rng.normal(size=(k, k))
    B, F, D = rng.normal(size=(n, k)), L @ L.T + 0.1 * np.eye(k), rng.uniform(0.01, 0.5, n)
    model = FactorRisk(tuple(f"A{i}" for i in range(n)), tuple(f"F{i}" for i in range(k)), B, F, D)
    a = rng.normal(size=n)
    S = B @ F @ B.T + np.diag(D)
    assert model.variance(a) == pytest.approx(a @ S @ a, rel=1e-10)
    assert model.tracking_error(a) == pytest.approx(np.sqrt(a @ S @ a), rel=1e-10)
    root = model.root()
    np.testing.assert_allclose(root @ root.T + np.diag(D), S, rtol=1e-10, atol=1e-12)
    by_factor, by_name = model.contributions(a)
    assert by_factor.sum() + by_name.sum() == pytest.approx(model.tracking_error(a), rel=1e-10)


def test_tracking_error_by_hand(figures: Figures) -> None:
    model = FactorRisk(
        assets=("A", "B"),
        factors=("market",),
        loadings=np.array([[1.0], [0.5]]),
        factor_covariance=np.array([[0.04]]),
        specific_variance=np.array([0.09, 0.01]),
    )
    # 10% in A against 10% of B: y = 0.05, 0.04 * 0.0025 + 0.09 * 0.01 + 0.01 * 0.01 = 0.0011.
    assert model.tracking_error([0.1, -0.1]) == pytest.approx(np.sqrt(0.0011))


def test_dense_covariance_written_out_entry_by_entry(model: FactorRisk, dense: Dense) -> None:
    S = dense(model)
    for i in range(4):
        assert model.variance(np.eye(4)[i]) == pytest.approx(S[i, i])
    assert model.variance([1, 1, 0, 0]) == pytest.approx(S[0, 0] + S[1, 1] + 2 * S[0, 1])


def test_contributions_are_eulers_and_carry_names(model: FactorRisk) -> None:
    a = np.array([0.02, -0.01, 0.005, -0.015])
    by_factor, by_name = model.contributions(a)
    assert list(by_factor.index) == ["market", "size"]
    assert list(by_name.index) == ["A", "B", "C", "D"]
    te = model.tracking_error(a)
    assert by_name["A"] == pytest.approx(0.02**2 * 0.04 / te)
    y = model.loadings.T @ a
    assert by_factor["size"] == pytest.approx(y[1] * (0.003 * y[0] + 0.01 * y[1]) / te)


def test_no_active_weight_has_no_tracking_error_and_no_contributions(model: FactorRisk) -> None:
    assert model.tracking_error(np.zeros(4)) == 0.0
    by_factor, by_name = model.contributions(np.zeros(4))
    assert (by_factor == 0).all()
    assert (by_name == 0).all()


@pytest.mark.parametrize("weights", [np.zeros(3), np.zeros((4, 1)), 0.5, [0.1, 0.2]])
def test_active_weights_of_another_shape_are_refused(model: FactorRisk, weights: Any) -> None:
    for verb in (model.variance, model.tracking_error, model.contributions):
        with pytest.raises(RiskModelError, match=r"active weights: shape .*expected \(4,\)"):
            verb(weights)


def test_reindex_keeps_the_order_asked_for(figures: Figures) -> None:
    model = FactorRisk(**figures(), as_of=dt.date(2024, 6, 28))
    part = model.reindex(["D", "A"])
    assert part.assets == ("D", "A")
    assert part.as_of == dt.date(2024, 6, 28)
    np.testing.assert_array_equal(part.loadings, model.loadings[[3, 0]])
    np.testing.assert_array_equal(part.specific_variance, [0.02, 0.04])
    assert part.tracking_error([0.01, -0.02]) == pytest.approx(model.tracking_error([-0.02, 0, 0, 0.01]))


def test_reindex_names_what_is_not_rated(model: FactorRisk) -> None:
    with pytest.raises(RiskModelError, match=r"no risk figures for X, Y \(2 of 3 assets\)"):
        model.reindex(["X", "A", "Y"])


def test_reindex_with_a_name_twice_is_refused(model: FactorRisk) -> None:
    with pytest.raises(RiskModelError, match="'A' stands twice"):
        model.reindex(["A", "A"])


def test_reindex_to_nothing_is_an_empty_model(model: FactorRisk) -> None:
    nothing = model.reindex([])
    assert nothing.assets == ()
    assert nothing.tracking_error(np.zeros(0)) == 0.0
    assert nothing.root().shape == (0, 2)


def test_membership_is_by_name(model: FactorRisk) -> None:
    assert "A" in model
    assert "a" not in model
    assert 3 not in model


def test_a_model_without_factors_is_specific_risk_alone(figures: Figures) -> None:
    model = FactorRisk(**figures(factors=(), loadings=np.zeros((4, 0)), factor_covariance=np.zeros((0, 0))))
    assert model.tracking_error([1, 0, 0, 0]) == pytest.approx(0.2)
    assert model.root().shape == (4, 0)


def test_what_is_taken_of_a_model_is_zero_where_it_does_not_rate_and_shared_by_the_same_names() -> None:
    risk = FactorRisk(("A", "B"), ("F",), np.array([[1.0], [0.5]]), np.array([[0.04]]), np.array([0.01, 0.02]))
    names = ("B", "X", "A")
    loadings, root, specific = risk.taken(names)
    assert loadings.tolist() == [[0.5], [0.0], [1.0]]
    assert root.tolist() == [[0.1], [0.0], [0.2]]
    assert specific.tolist() == [0.02, 0.0, 0.01]
    assert not any(array.flags.writeable for array in (loadings, root, specific))
    assert risk.taken(names)[1] is root
    for other in (("A",), ("B",), ("A", "B"), ("X",)):
        risk.taken(other)
    assert risk.taken(names)[1].tolist() == root.tolist()
    assert FactorRisk((), ("F",), np.zeros((0, 1)), np.eye(1), np.zeros(0)).taken(("A",))[2].tolist() == [0.0]
