"""FundamentalRiskModel on simulated markets whose covariance is known."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from risk import FundamentalRiskModel, Repair, Screening
from taxsleeve_errors import RiskModelError

PLAIN: dict[str, Any] = {
    "volatility_lags": 0,
    "correlation_lags": 0,
    "correlation_estimator": EmpiricalCovariance(assume_centered=True),
    "eigenfactor_scale": 0.0,
    "regime_half_life": None,
    "forecast_specific": False,
    "specific_lags": 0,
    "structural": False,
    "bayesian_shrinkage": 0.0,
}


class Market(NamedTuple):
    returns: pd.DataFrame
    facts: dict[str, Any]
    truth: np.ndarray
    names: list[str]


def simulated(
    names: int = 240, days: int = 504, seed: int = 1, tails: float | None = None, specific: float = 0.25
) -> Market:
    """Market, eight sectors and size; volatilities lognormal; normal or Student's t specific returns."""
    rng = np.random.default_rng(seed)
    labels = [f"N{i:03d}" for i in range(names)]
    index = pd.bdate_range("2017-01-02", periods=days, name="date")
    caps = np.exp(rng.normal(22, 1.2, names))
    sector = np.arange(names) % 8
    size = np.log(caps)
    size = np.clip((size - size.mean()) / size.std(), -3, 3)
    B = np.column_stack([np.ones(names), np.eye(8)[sector], size])
    F = np.diag(np.concatenate([[0.15], rng.uniform(0.05, 0.12, 8), [0.03]])) ** 2 / 252
    D = np.exp(rng.normal(np.log(specific), 0.3, names)) ** 2 / 252
    u = rng.standard_normal((days, names)) if tails is None else _student(rng, tails, (days, names))
    R = rng.standard_normal((days, 10)) @ np.sqrt(F) @ B.T + u * np.sqrt(D)
    facts = {
        "caps": pd.DataFrame(caps[None], index=index[:1], columns=labels),
        "sectors": pd.Series([f"S{j}" for j in sector], index=labels),
    }
    return Market(pd.DataFrame(R, index=index, columns=labels), facts, (B @ F @ B.T + np.diag(D)) * 252, labels)


def _student(rng: np.random.Generator, tails: float, shape: tuple[int, int]) -> np.ndarray:
    return np.asarray(rng.standard_t(tails, shape) * np.sqrt((tails - 2) / tails))


def optimised_bias(model: FundamentalRiskModel, market: Market, objectives: np.ndarray) -> float:
    """True over predicted volatility of the active portfolios that maximise each objective at a given TE."""
    risk = model.factor_risk_.reindex(market.names)
    V = risk.loadings @ risk.factor_covariance @ risk.loadings.T + np.diag(risk.specific_variance)
    inverse = np.linalg.inv(V)
    one = inverse.sum(axis=1)
    a = inverse @ objectives
    a -= np.outer(one, a.sum(axis=0) / one.sum())
    ratio = np.einsum("np,nm,mp->p", a, market.truth, a) / np.einsum("np,nm,mp->p", a, V, a)
    return float(np.sqrt(ratio.mean()))


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated()


@pytest.fixture(scope="module")
def fitted(market: Market) -> FundamentalRiskModel:
    return FundamentalRiskModel().fit(market.returns, **market.facts)


def test_optimised_active_portfolios_are_as_risky_as_predicted_with_the_adjustments_and_not_without() -> None:
    rng = np.random.default_rng(0)
    bias: dict[str, list[float]] = {"adjusted": [], "plain": []}
    for seed in range(4):
        world = simulated(seed=seed, tails=4.0)
        random = rng.standard_normal((240, 20))
        for name, model in (
            ("adjusted", FundamentalRiskModel(correlation_half_life=504, eigenfactor_simulations=300)),
            ("plain", FundamentalRiskModel(volatility_half_life=42, specific_half_life=21, **PLAIN)),
        ):
            bias[name].append(optimised_bias(model.fit(world.returns, **world.facts), world, random))
    assert 0.95 < np.mean(bias["adjusted"]) < 1.05
    assert np.mean(bias["plain"]) > 1.07


def test_portfolios_optimised_over_factors_need_the_eigenfactor_adjustment() -> None:
    rng = np.random.default_rng(1)
    settings = {**PLAIN, "correlation_half_life": 42.0, "volatility_half_life": 42.0, "specific_half_life": 1e6}
    bias: dict[float, list[float]] = {0.0: [], 1.0: []}
    for seed in range(6):
        world = simulated(names=400, seed=seed, specific=0.03)
        sectors = pd.get_dummies(world.facts["sectors"]).to_numpy(float)
        objectives = sectors @ rng.standard_normal((8, 20))
        for scale, found in bias.items():
            model = FundamentalRiskModel(**{**settings, "eigenfactor_scale": scale, "eigenfactor_simulations": 300})
            found.append(optimised_bias(model.fit(world.returns, **world.facts), world, objectives))
    assert np.mean(bias[0.0]) > 1.04
    assert abs(np.mean(bias[1.0]) - 1) < 0.5 * (np.mean(bias[0.0]) - 1)


def test_names_factors_and_dates_are_as_given(fitted: FundamentalRiskModel, market: Market) -> None:
    risk = fitted.factor_risk_
    assert risk.assets == tuple(market.names)
    assert risk.factors[:9] == ("market", *(f"sector S{j}" for j in range(8)))
    styles = "beta gain gain_by_size loss loss_by_size momentum residual_volatility reversal size"
    assert risk.factors[9:] == tuple(styles.split())
    assert risk.as_of == market.returns.index[-1].date()
    assert isinstance(risk.as_of, dt.date)
    assert fitted.unrated_ == {}
    assert fitted.repairs_ == ()
    assert list(fitted.factor_returns_.columns) == list(risk.factors)


def test_sectors_have_no_common_variance(fitted: FundamentalRiskModel, market: Market) -> None:
    caps = market.facts["caps"].iloc[0]
    shares = caps.groupby(market.facts["sectors"]).sum() / caps.sum()
    F = fitted.factor_risk_.factor_covariance[1:9, 1:9]
    assert shares.to_numpy() @ F @ shares.to_numpy() < 1e-5 * np.diag(F).mean()


def test_volatilities_are_the_truths(fitted: FundamentalRiskModel, market: Market) -> None:
    risk = fitted.factor_risk_
    found = np.sqrt(
        np.einsum("nk,kl,nl->n", risk.loadings, risk.factor_covariance, risk.loadings) + risk.specific_variance
    )
    ratio = found / np.sqrt(np.diag(market.truth))
    # Factor returns regressed on only 240 names carry some of their noise.
    assert ratio.mean() == pytest.approx(1.0, abs=0.06)
    assert np.mean(np.abs(ratio - 1) < 0.15) > 0.9


@pytest.mark.parametrize("forecast", [True, False])
def test_a_name_listed_yesterday_is_rated_by_its_likes(market: Market, forecast: bool) -> None:
    late = market.returns.copy()
    late.iloc[:-1, 7] = np.nan
    model = FundamentalRiskModel(forecast_specific=forecast).fit(late, **market.facts)
    assert model.unrated_ == {}
    found = np.sqrt(model.factor_risk_.specific_variance)
    assert np.isfinite(found[7])
    assert found.min() < found[7] < found.max()
    alone = FundamentalRiskModel(structural=False).fit(late, **market.facts)
    assert "fewer than 60 returns" in alone.unrated_["N007"]


def test_a_history_that_begins_mid_window_and_a_gap_are_no_zero_returns(market: Market) -> None:
    gappy = market.returns.copy()
    gappy.iloc[:250, 3] = np.nan
    gappy.iloc[200:300, 4] = np.nan
    model = FundamentalRiskModel().fit(gappy, **market.facts)
    ratio = np.sqrt(model.factor_risk_.specific_variance / np.diag(market.truth))
    whole = FundamentalRiskModel().fit(market.returns, **market.facts).factor_risk_.specific_variance
    np.testing.assert_allclose(ratio[3:5], np.sqrt(whole / np.diag(market.truth))[3:5], rtol=0.15)


def test_what_cannot_be_rated_and_what_was_repaired_is_listed(market: Market) -> None:
    frame = market.returns.copy()
    frame["N000"] = np.nan
    frame["N001"] = 0.0
    frame.iloc[100:140, 2] = 0.0
    frame.iloc[150, 3] = 4.2
    facts = {**market.facts, "caps": market.facts["caps"].assign(N004=np.nan)}
    model = FundamentalRiskModel().fit(frame, **facts)
    assert set(model.unrated_) == {"N000", "N001", "N004"}
    assert "no return" in model.unrated_["N000"]
    assert "unchanged prices" in model.unrated_["N001"]
    assert model.unrated_["N004"] == "no capitalisation known"
    assert all(isinstance(repair, Repair) for repair in model.repairs_)
    assert {(r.asset, r.kind) for r in model.repairs_} >= {("N002", "stale price"), ("N003", "implausible return")}
    assert len(model.factor_risk_.assets) == 237


def test_figures_of_later_dates_are_not_used(market: Market) -> None:
    index = market.returns.index
    later = pd.concat([market.facts["caps"], 50 * market.facts["caps"].sample(frac=1.0, axis=1, random_state=0)])
    later.index = pd.DatetimeIndex([index[0], index[-1] + pd.Timedelta(days=1)])
    facts = {**market.facts, "caps": later}
    a = FundamentalRiskModel().fit(market.returns, **market.facts).factor_risk_
    b = FundamentalRiskModel().fit(market.returns, **facts).factor_risk_
    np.testing.assert_array_equal(a.loadings, b.loadings)
    np.testing.assert_array_equal(a.specific_variance, b.specific_variance)


def test_value_and_liquidity_are_there_where_the_data_are(market: Market) -> None:
    rng = np.random.default_rng(2)
    caps = market.facts["caps"]
    extra = {"adv": caps * rng.uniform(0.001, 0.01, 240), "book_to_price": caps * 0 + rng.uniform(0.1, 1.5, 240)}
    model = FundamentalRiskModel().fit(market.returns, **market.facts, **extra)
    assert {"liquidity", "value"} <= set(model.factor_risk_.factors)


def test_without_sectors_there_is_a_market_and_styles(market: Market) -> None:
    model = FundamentalRiskModel().fit(market.returns, caps=market.facts["caps"])
    assert model.factor_risk_.factors[:2] == ("market", "beta")


@pytest.mark.parametrize("switch", sorted(PLAIN))
def test_every_step_can_be_switched_off(market: Market, switch: str) -> None:
    on = {"eigenfactor_simulations": 50, "forecast_specific": False, "correlation_estimator": LedoitWolf()}
    with_it = FundamentalRiskModel(**on).fit(market.returns, **market.facts).factor_risk_
    off = {**on, switch: True if switch == "forecast_specific" else PLAIN[switch]}
    if switch == "structural":
        # Where every name has its history the structural model has no say; one late name tells.
        late = market.returns.copy()
        late.iloc[:-90, 0] = np.nan
        with_it = FundamentalRiskModel(**on).fit(late, **market.facts).factor_risk_
        without = FundamentalRiskModel(**off).fit(late, **market.facts).factor_risk_
    else:
        without = FundamentalRiskModel(**off).fit(market.returns, **market.facts).factor_risk_
    moved = [
        np.abs(getattr(with_it, name) / getattr(without, name) - 1).max()
        for name in ("factor_covariance", "specific_variance")
    ]
    assert max(moved) > 1e-4


def test_an_update_goes_on_where_the_fit_stopped(market: Market) -> None:
    whole = FundamentalRiskModel().fit(market.returns, **market.facts)
    model = FundamentalRiskModel().fit(market.returns.iloc[:462], **market.facts)
    model.update(market.returns.iloc[462:483], caps=market.facts["caps"])
    model.update(market.returns.iloc[483:], caps=market.facts["caps"])
    assert model.factor_risk_.as_of == whole.factor_risk_.as_of
    for name in ("loadings", "factor_covariance", "specific_variance"):
        np.testing.assert_allclose(
            getattr(model.factor_risk_, name), getattr(whole.factor_risk_, name), rtol=1e-6, atol=1e-9
        )


def test_an_update_takes_new_names_and_drops_old_ones(market: Market) -> None:
    model = FundamentalRiskModel().fit(market.returns.iloc[:480, 1:], **market.facts)
    model.update(market.returns.iloc[480:, :-1], caps=market.facts["caps"])
    assert model.factor_risk_.assets == tuple(market.names[:-1])
    assert np.isfinite(model.factor_risk_.specific_variance).all()
    with pytest.raises(RiskModelError, match="is not after"):
        model.update(market.returns.iloc[480:], caps=market.facts["caps"])


def test_the_same_data_give_the_same_bytes(market: Market, fitted: FundamentalRiskModel) -> None:
    again = clone(fitted).fit(market.returns, **market.facts).factor_risk_
    for name in ("loadings", "factor_covariance", "specific_variance"):
        assert getattr(again, name).tobytes() == getattr(fitted.factor_risk_, name).tobytes()


def test_parameters_are_scikit_learns() -> None:
    model = FundamentalRiskModel(volatility_half_life=50.0, correlation_estimator=OAS(store_precision=False))
    again = clone(model).set_params(specific_half_life=20.0, correlation_estimator__store_precision=True)
    assert (again.volatility_half_life, again.specific_half_life) == (50.0, 20.0)
    assert again.correlation_estimator.store_precision
    assert not model.correlation_estimator.store_precision
    assert not hasattr(again, "factor_risk_")
    with pytest.raises(NotFittedError):
        again.score(np.zeros((5, 2)))


def test_a_grid_search_reaches_the_half_lives(market: Market) -> None:
    search = GridSearchCV(
        FundamentalRiskModel(eigenfactor_simulations=20, forecast_specific=False),
        {"volatility_half_life": [2.0, 250.0], "specific_half_life": [2.0, 250.0]},
        cv=TimeSeriesSplit(2),
        error_score="raise",
    )
    search.fit(market.returns, **market.facts)
    assert search.best_params_ == {"volatility_half_life": 250.0, "specific_half_life": 250.0}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"volatility_half_life": 0.0}, r"volatility_half_life: 0\.0, expected more than 0"),
        ({"specific_half_life": float("nan")}, "specific_half_life: nan"),
        ({"regime_half_life": -1.0}, "regime_half_life: -1"),
        ({"bayesian_shrinkage": -0.1}, r"bayesian_shrinkage: -0\.1, expected at least 0"),
        ({"least_in_sector": 0}, "least_in_sector: 0, expected at least 1"),
    ],
)
def test_parameters_out_of_range_are_refused(market: Market, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskModelError, match=message):
        FundamentalRiskModel(**parameters).fit(market.returns, **market.facts)


def test_input_that_makes_no_model_is_refused(market: Market) -> None:
    def fit(returns: Any, **facts: Any) -> None:
        FundamentalRiskModel().fit(returns, **{**market.facts, **facts})

    with pytest.raises(RiskModelError, match="expected a DataFrame"):
        fit(market.returns.to_numpy())
    with pytest.raises(RiskModelError, match=r"could be regressed|nothing is known"):
        fit(market.returns.iloc[:50])
    with pytest.raises(RiskModelError, match="no name has both"):
        fit(market.returns, caps=market.facts["caps"].rename(columns=lambda name: f"x{name}"))
    with pytest.raises(RiskModelError, match="caps of N003 on 2017-01-02 00:00:00: -1"):
        fit(market.returns, caps=market.facts["caps"].assign(N003=-1.0))
    with pytest.raises(RiskModelError, match="prices or per cent"):
        fit(1000 * (1 + market.returns).cumprod())


def test_screening_can_be_set(market: Market) -> None:
    frame = market.returns.copy()
    frame.iloc[100:106, 2] = 0.0
    strict = FundamentalRiskModel(screening=Screening(stale_run=5)).fit(frame, **market.facts)
    assert [(r.asset, r.periods) for r in strict.repairs_] == [("N002", 6)]
