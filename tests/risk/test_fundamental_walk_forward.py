"""Walk FundamentalRiskModel through a simulated history: are optimised portfolios as risky as it said?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import EmpiricalCovariance

from risk import FundamentalRiskModel
from risk.evaluate import HeldPeriod, held_bias, optimised_active

N, WINDOW, STEP, REFITS, OBJECTIVES = 200, 336, 42, 10, 12
WITHOUT: dict[str, Any] = {
    "volatility_lags": 0,
    "correlation_lags": 0,
    "correlation_estimator": EmpiricalCovariance(assume_centered=True),
    "eigenfactor_scale": 0.0,
    "regime_half_life": None,
    "forecast_specific": False,
    "structural": False,
    "bayesian_shrinkage": 0.0,
    "specific_lags": 0,
    "specific_half_life": 21.0,
    "volatility_half_life": 42.0,
}


@pytest.fixture(scope="module")
def bias() -> dict[str, pd.DataFrame]:
    """Scores of portfolios optimised to 1% by the model with its adjustments, and by it without them."""
    rng = np.random.default_rng(20)
    T = WINDOW + REFITS * STEP
    names = [f"N{i:03d}" for i in range(N)]
    caps = np.exp(rng.normal(22, 1, N))
    sector = np.arange(N) % 6
    size = (np.log(caps) - np.log(caps).mean()) / np.log(caps).std()
    B = np.column_stack([np.ones(N), np.eye(6)[sector], size])
    f = rng.standard_normal((T, 8)) * np.r_[0.15, np.full(6, 0.08), 0.03] / np.sqrt(252)
    deviation = np.exp(rng.normal(np.log(0.25), 0.3, N)) / np.sqrt(252)
    R = f @ B.T + rng.standard_t(5, (T, N)) * np.sqrt(3 / 5) * deviation
    returns = pd.DataFrame(R, index=pd.bdate_range("2015-01-01", periods=T), columns=names)
    facts = {
        "caps": pd.DataFrame(caps[None], index=returns.index[:1], columns=names),
        "sectors": pd.Series([f"S{j}" for j in sector], index=names),
    }
    held: dict[str, list[HeldPeriod]] = {"with": [], "without": []}
    for end in range(WINDOW, T, STEP):
        fitted = FundamentalRiskModel(eigenfactor_simulations=100).fit(returns.iloc[end - WINDOW : end], **facts)
        objectives = rng.standard_normal((OBJECTIVES, N))
        for kind, model in (("with", fitted), ("without", fitted.refit(**WITHOUT))):
            risk = model.factor_risk_.reindex(names)
            active = optimised_active(risk, np.ones(N), objectives, np.full(OBJECTIVES, 0.01), most_active=0.05)
            date = returns.index[end - 1].date()
            for p, a in enumerate(active):
                promised = risk.tracking_error(a)
                held[kind].append(HeldPeriod(date, f"objective {p}", a, promised, R[end : end + STEP]))
    return {kind: held_bias(periods) for kind, periods in held.items()}


def test_with_the_adjustments_the_promise_is_kept(bias: dict[str, pd.DataFrame]) -> None:
    assert bias["with"].loc["all", "periods"] == REFITS
    assert 0.95 < bias["with"].loc["all", "daily"] < 1.05


def test_without_them_it_visibly_is_not(bias: dict[str, pd.DataFrame]) -> None:
    assert bias["without"].loc["all", "daily"] > 1.06
    assert bias["without"].loc["all", "qlike"] > 1.2 * bias["with"].loc["all", "qlike"]
