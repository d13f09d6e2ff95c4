from __future__ import annotations

import numpy as np
import pytest

from risk import FactorRisk, attribution, attribution_by_name


@pytest.fixture
def active() -> np.ndarray:
    return np.array([0.03, -0.02, 0.0, -0.01])


def test_both_splits_sum_to_the_tracking_error(model: FactorRisk, active: np.ndarray) -> None:
    te = model.tracking_error(active)
    for table in (attribution(model, active), attribution_by_name(model, active)):
        assert table["contribution"].sum() == pytest.approx(te)
        assert table["share"].sum() == pytest.approx(1.0)


def test_factors_by_hand(model: FactorRisk, active: np.ndarray) -> None:
    table = attribution(model, active)
    y = model.loadings.T @ active
    expected = y * (model.factor_covariance @ y) / model.tracking_error(active)
    factors = table[table["source"] == "factor"].set_index("name")
    assert factors.loc[list(model.factors), "contribution"].tolist() == pytest.approx(expected.tolist())
    assert factors.loc[list(model.factors), "exposure"].tolist() == pytest.approx(y.tolist())
    assert factors.loc["market", "volatility"] == pytest.approx(0.2)
    specific = table[table["source"] == "specific"].set_index("name")
    assert sorted(specific.index) == ["A", "B", "D"]
    assert specific.loc["A", "contribution"] == pytest.approx(0.03**2 * 0.04 / model.tracking_error(active))
    assert specific["contribution"].is_monotonic_decreasing


def test_a_name_contributes_its_weight_times_its_marginal_risk(model: FactorRisk, active: np.ndarray) -> None:
    table = attribution_by_name(model, active).set_index("name")
    step = 1e-6
    for i, name in enumerate(model.assets):
        if active[i] == 0:
            assert name not in table.index
            continue
        up, down = active.copy(), active.copy()
        up[i] += step
        down[i] -= step
        marginal = (model.tracking_error(up) - model.tracking_error(down)) / (2 * step)
        assert table.loc[name, "contribution"] == pytest.approx(active[i] * marginal, rel=1e-5)


def test_no_active_weight_has_no_risk_to_split(model: FactorRisk) -> None:
    table = attribution(model, np.zeros(4))
    assert (table["contribution"] == 0).all()
    assert (table["share"] == 0).all()
    assert attribution_by_name(model, np.zeros(4)).empty
