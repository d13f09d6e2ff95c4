"""Builders for the tests of `risk`: a small valid model, and a simulated market whose covariance is known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from risk import FactorRisk

PERIODS_PER_YEAR = 252


class SimulatedMarket(NamedTuple):
    returns: pd.DataFrame
    truth: FactorRisk


@pytest.fixture
def figures() -> Callable[..., dict[str, Any]]:
    """Arguments of a valid FactorRisk of four assets and two factors; keywords replace some of them."""

    def build(**changed: Any) -> dict[str, Any]:
        good: dict[str, Any] = {
            "assets": ("A", "B", "C", "D"),
            "factors": ("market", "size"),
            "loadings": np.array([[1.0, 0.2], [0.9, -0.4], [1.2, 1.0], [0.7, 0.0]]),
            "factor_covariance": np.array([[0.04, 0.003], [0.003, 0.01]]),
            "specific_variance": np.array([0.04, 0.09, 0.16, 0.02]),
        }
        return good | changed

    return build


@pytest.fixture
def model(figures: Callable[..., dict[str, Any]]) -> FactorRisk:
    return FactorRisk(**figures())


@pytest.fixture
def dense() -> Callable[[FactorRisk], np.ndarray]:
    """The N x N covariance, written out entry by entry."""

    def build(model: FactorRisk) -> np.ndarray:
        B, F, D = model.loadings, model.factor_covariance, model.specific_variance
        n, k = B.shape
        S = np.zeros((n, n))
        for i in range(n):
            for j in range(n):
                S[i, j] = sum(B[i, p] * F[p, q] * B[j, q] for p in range(k) for q in range(k))
            S[i, i] += D[i]
        return S

    return build


@pytest.fixture(scope="session")
def simulate() -> Callable[..., SimulatedMarket]:
    """Normal returns of N names over T days with K strong factors, and the model that made them."""

    def build(*, names: int = 60, days: int = 1500, factors: int = 3, seed: int = 1) -> SimulatedMarket:
        rng = np.random.default_rng(seed)
        B = rng.normal(0.0, 1.0, (names, factors))
        B[:, 0] = 1.0 + 0.3 * rng.normal(size=names)
        F = np.diag([0.16, 0.08, 0.05, 0.04, 0.03][:factors]) ** 2
        D = rng.uniform(0.12, 0.35, names) ** 2
        f = rng.normal(size=(days, factors)) @ np.sqrt(F / PERIODS_PER_YEAR)
        u = rng.normal(size=(days, names)) * np.sqrt(D / PERIODS_PER_YEAR)
        assets = [f"S{i:02d}" for i in range(names)]
        index = pd.bdate_range("2019-01-02", periods=days, name="date")
        truth = FactorRisk(tuple(assets), tuple(f"F{k}" for k in range(factors)), B, F, D)
        return SimulatedMarket(pd.DataFrame(f @ B.T + u, index=index, columns=assets), truth)

    return build


@pytest.fixture(scope="session")
def market(simulate: Callable[..., SimulatedMarket]) -> SimulatedMarket:
    return simulate()


@pytest.fixture(scope="session")
def active_portfolios() -> Callable[[int], np.ndarray]:
    """Forty random active portfolios (rows) that sum to zero: the kind whose tracking error an optimizer limits."""

    def build(names: int) -> np.ndarray:
        a = np.random.default_rng(99).normal(size=(40, names)) / names
        return a - a.mean(axis=1, keepdims=True)

    return build
