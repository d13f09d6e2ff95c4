"""What keeps a statistical model honest on the portfolios an optimizer makes with it, and on bad input."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk import Screening, StatisticalRiskModel, bai_ng, eigenvalue_edge
from taxsleeve_errors import RiskModelError


def world(
    seed: int,
    *,
    names: int = 300,
    days: int = 250,
    factors: int = 10,
    weakest: float = 0.002,
    tails: float | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Returns of a known factor structure, and their covariance a day."""
    rng = np.random.default_rng(seed)
    B = rng.standard_normal((names, factors))
    B[:, 0] += 3.0
    F = np.diag(np.geomspace(0.006, weakest, factors)) ** 2
    D = np.exp(rng.normal(np.log(0.015), 0.3, names)) ** 2
    u = rng.standard_normal((days, names))
    if tails is not None:
        u = rng.standard_t(tails, (days, names)) * np.sqrt((tails - 2) / tails)
    R = rng.standard_normal((days, factors)) @ np.sqrt(F) @ B.T + u * np.sqrt(D)
    index = pd.bdate_range("2018-01-01", periods=days)
    return pd.DataFrame(R, index=index, columns=[f"N{i:03d}" for i in range(names)]), B @ F @ B.T + np.diag(D)


def optimised_bias(model: Any, truth: np.ndarray) -> float:
    risk = model.factor_risk_
    V = (risk.loadings @ risk.factor_covariance @ risk.loadings.T + np.diag(risk.specific_variance)) / 252
    a = np.linalg.solve(V, np.random.default_rng(0).standard_normal((len(V), 40)))
    return float(np.sqrt(np.mean(np.einsum("np,nm,mp->p", a, truth, a) / np.einsum("np,nm,mp->p", a, V, a))))


def test_the_risk_of_estimated_loadings_belongs_to_optimised_portfolios() -> None:
    bias: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(5):
        returns, truth = world(seed)
        for with_it, found in bias.items():
            model = StatisticalRiskModel(n_factors=10, half_life=1e6, loading_error=with_it).fit(returns)
            found.append(optimised_bias(model, truth))
    assert np.mean(bias[True]) == pytest.approx(1.0, abs=0.03)
    # 1 + K / T in variance.
    assert np.mean(bias[False]) / np.mean(bias[True]) == pytest.approx(np.sqrt(1 + 10 / 250), abs=0.003)


def test_the_forecast_takes_the_optimizers_curse_off_fat_tails() -> None:
    bias: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(4):
        returns, truth = world(seed, days=400, factors=5, tails=3.5)
        for with_it, found in bias.items():
            model = StatisticalRiskModel(n_factors=5, half_life=63, forecast_specific=with_it).fit(returns)
            found.append(optimised_bias(model, truth))
    assert 0.95 < np.mean(bias[True]) < 1.05
    assert np.mean(bias[False]) > 1.05


@pytest.mark.parametrize("criterion", [bai_ng, eigenvalue_edge])
@pytest.mark.parametrize("factors", [1, 3, 6])
def test_criteria_count_strong_factors(criterion: Any, factors: int) -> None:
    returns, _ = world(2, names=200, days=400, factors=factors, weakest=0.004)
    fitted = StatisticalRiskModel(n_factors=criterion, half_life=1e6).fit(returns)
    assert len(fitted.factor_risk_.factors) == factors


def test_criteria_find_one_factor_at_least_in_noise() -> None:
    Z = np.random.default_rng(3).standard_normal((300, 100))
    assert bai_ng(Z) == 1
    assert eigenvalue_edge(Z) == 1


def test_a_criterion_that_wants_too_many_is_refused() -> None:
    returns, _ = world(1, names=30)
    with pytest.raises(RiskModelError, match="n_factors: 31, expected fewer than"):
        StatisticalRiskModel(n_factors=lambda Z: Z.shape[1] + 1).fit(returns)


def test_stale_prices_and_jumps_are_repaired_and_listed() -> None:
    returns, _ = world(4, names=60, factors=3)
    clean = StatisticalRiskModel(n_factors=3).fit(returns)
    dirty = returns.copy()
    dirty.iloc[20:60, 0] = 0.0
    dirty.iloc[100, 1] = 4.0
    dirty.iloc[110, 2] = 1.5
    fitted = StatisticalRiskModel(n_factors=3).fit(dirty)
    kinds = {(r.asset, r.kind) for r in fitted.repairs_}
    assert kinds == {("N000", "stale price"), ("N001", "implausible return"), ("N002", "jump")}
    # Neither jump bends the loadings of the others.
    a, b = (m.factor_risk_.reindex(list(returns.columns[3:])) for m in (clean, fitted))
    C = [m.loadings @ m.factor_covariance @ m.loadings.T for m in (a, b)]
    assert np.abs(C[0] - C[1]).max() < 0.1 * np.abs(C[0]).max()
    # The plausible jump stays in the name's own risk, the impossible one does not.
    ratio = fitted.factor_risk_.specific_variance / clean.factor_risk_.specific_variance
    assert ratio[2] > 20
    assert ratio[1] < 4
    assert ratio[0] == pytest.approx(1.0, abs=0.3)


def test_a_name_that_stood_still_too_long_is_not_rated() -> None:
    returns, _ = world(5, names=60, factors=3)
    returns.iloc[:-30, 0] = 0.0
    fitted = StatisticalRiskModel(n_factors=3).fit(returns)
    assert fitted.unrated_ == {"N000": "30 returns, at least 60 needed"}
    assert StatisticalRiskModel(n_factors=3, screening=Screening(stale_run=0)).fit(returns).unrated_ == {}


def test_prices_where_returns_are_expected_are_refused() -> None:
    returns, _ = world(6, names=20, factors=2)
    with pytest.raises(RiskModelError, match="prices or per cent"):
        StatisticalRiskModel(n_factors=2).fit(40 * (1 + returns).cumprod())
    with pytest.raises(RiskModelError, match="stands twice among the dates"):
        StatisticalRiskModel(n_factors=2).fit(pd.concat([returns, returns]))
    with pytest.raises(RiskModelError, match="expected fewer than the 15 periods"):
        StatisticalRiskModel(n_factors=20, min_history=10).fit(returns.iloc[:15])


@pytest.mark.parametrize("names", [2, 4, 6])
def test_of_too_few_eigenvalues_for_an_edge_one_factor_is_taken(names: int) -> None:
    Z = np.random.default_rng(0).standard_normal((50, names))
    assert eigenvalue_edge(Z, 5) == 1
