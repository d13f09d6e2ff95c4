"""StatisticalRiskModel: an estimator of scikit-learn's kind that finds the covariance returns were made with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.covariance import OAS, EmpiricalCovariance, LedoitWolf, ShrunkCovariance
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from risk import StatisticalRiskModel
from taxsleeve_errors import RiskModelError

LONG_AGO = 1e6


def worst_te_error(model: Any, truth: Any, portfolios: np.ndarray) -> float:
    known = truth.reindex(model.assets)
    return max(abs(model.tracking_error(a) / known.tracking_error(a) - 1) for a in portfolios)


@pytest.mark.parametrize(
    "estimator", [None, LedoitWolf(), OAS(), ShrunkCovariance(shrinkage=0.01), EmpiricalCovariance()]
)
def test_tracking_error_of_random_portfolios_is_the_truths_within_eight_percent(
    market: Any, active_portfolios: Callable[[int], np.ndarray], estimator: Any
) -> None:
    fitted = StatisticalRiskModel(n_factors=3, half_life=LONG_AGO, covariance_estimator=estimator).fit(market.returns)
    assert worst_te_error(fitted.factor_risk_, market.truth, active_portfolios(60)) < 0.08


def test_volatilities_of_single_names_are_the_truths(market: Any) -> None:
    model = StatisticalRiskModel(n_factors=3, half_life=LONG_AGO).fit(market.returns).factor_risk_
    ratio = [model.tracking_error(e) / market.truth.tracking_error(e) for e in np.eye(60)]
    np.testing.assert_allclose(ratio, 1.0, atol=0.08)


def test_fewer_periods_than_names_still_makes_a_model(
    simulate: Callable[..., Any], active_portfolios: Callable[[int], np.ndarray]
) -> None:
    small = simulate(names=150, days=100, seed=3)
    fitted = StatisticalRiskModel(n_factors=3, half_life=LONG_AGO).fit(small.returns)
    assert fitted.factor_risk_.loadings.shape == (150, 3)
    assert worst_te_error(fitted.factor_risk_, small.truth, active_portfolios(150)) < 0.30


def test_a_name_seen_on_half_of_the_days_has_the_volatility_of_all_days(market: Any) -> None:
    # Were gaps zero returns, its volatility would come out at 0.71 of what it is.
    gappy = market.returns.copy()
    gappy.loc[np.random.default_rng(4).random(len(gappy)) < 0.5, "S07"] = np.nan
    fit = StatisticalRiskModel(n_factors=3, half_life=LONG_AGO).fit
    alone = np.eye(60)[7]
    whole = fit(market.returns).factor_risk_.tracking_error(alone)
    assert fit(gappy).factor_risk_.tracking_error(alone) == pytest.approx(whole, rel=0.08)


def test_a_late_listing_is_rated_on_the_days_it_has(market: Any) -> None:
    late = market.returns.copy()
    late.iloc[:-250, 3] = np.nan
    model = StatisticalRiskModel(n_factors=3, half_life=LONG_AGO).fit(late).factor_risk_
    alone = np.eye(60)[3]
    assert model.tracking_error(alone) == pytest.approx(market.truth.tracking_error(alone), rel=0.15)


def test_names_that_cannot_be_rated_are_listed_with_the_reason(market: Any) -> None:
    frame = market.returns.copy()
    frame.iloc[:-30, 0] = np.nan
    frame["S01"] = 0.0
    frame["S02"] = np.nan
    fitted = StatisticalRiskModel(n_factors=3).fit(frame)
    assert fitted.unrated_ == {
        "S00": "30 returns, at least 60 needed",
        "S01": "its price never moves",
        "S02": "0 returns, at least 60 needed",
    }
    assert fitted.factor_risk_.assets == tuple(frame.columns[3:])
    assert fitted.n_features_in_ == 60
    assert "S00" not in fitted.factor_risk_


def test_exactly_the_least_history_is_enough(market: Any) -> None:
    frame = market.returns.copy()
    frame.iloc[:-60, 0] = np.nan
    frame.iloc[:-59, 1] = np.nan
    fitted = StatisticalRiskModel(n_factors=3, min_history=60).fit(frame)
    assert list(fitted.unrated_) == ["S01"]


def test_the_same_returns_give_the_same_bytes(market: Any) -> None:
    models = [StatisticalRiskModel().fit(market.returns).factor_risk_ for _ in range(2)]
    for name in ("loadings", "factor_covariance", "specific_variance"):
        assert getattr(models[0], name).tobytes() == getattr(models[1], name).tobytes()


def test_recent_days_count_more_with_a_short_half_life(market: Any) -> None:
    wilder = market.returns.copy()
    wilder.iloc[-250:] *= 2
    alone = np.eye(60)[5]
    te = {h: StatisticalRiskModel(n_factors=3, half_life=h).fit(wilder).factor_risk_.tracking_error(alone)
          for h in (60.0, LONG_AGO)}  # fmt: skip
    true = market.truth.tracking_error(alone)
    assert te[60.0] == pytest.approx(1.9 * true, rel=0.15)
    assert te[LONG_AGO] == pytest.approx(true * np.sqrt((1250 + 4 * 250) / 1500), rel=0.1)


@pytest.mark.parametrize(
    ("periods", "names", "expected"), [(1500, 60, 12), (100, 60, 10), (1500, 3, 1), (1500, 150, 20), (1500, 10, 2)]
)
def test_the_rule_for_the_number_of_factors(
    simulate: Callable[..., Any], periods: int, names: int, expected: int
) -> None:
    returns = simulate(names=names, days=periods).returns
    model = StatisticalRiskModel().fit(returns).factor_risk_
    assert model.factors == tuple(f"PC{j + 1}" for j in range(expected))


def test_no_name_is_without_specific_risk(simulate: Callable[..., Any]) -> None:
    factor = simulate(names=10, days=400).returns["S00"]
    twins = pd.DataFrame({f"T{i}": factor * (1 + i) for i in range(4)})
    model = StatisticalRiskModel(n_factors=1).fit(twins).factor_risk_
    share = model.specific_variance / [model.variance(e) for e in np.eye(4)]
    assert (share > 0.009).all()


def test_arrays_are_taken_and_named_by_column(market: Any) -> None:
    fitted = StatisticalRiskModel(n_factors=2).fit(market.returns.to_numpy())
    assert fitted.factor_risk_.assets[:2] == ("x0", "x1")
    assert fitted.factor_risk_.as_of is None


def test_the_model_knows_the_last_day_of_its_data(market: Any) -> None:
    fitted = StatisticalRiskModel(n_factors=2).fit(market.returns)
    last = market.returns.index[-1]
    assert fitted.factor_risk_.as_of == dt.date(last.year, last.month, last.day)


def test_parameters_are_scikit_learns() -> None:
    model = StatisticalRiskModel(n_factors=4, half_life=90.0, covariance_estimator=OAS(store_precision=False))
    parameters = model.get_params()
    assert parameters["half_life"] == 90.0
    assert parameters["covariance_estimator__store_precision"] is False
    again = clone(model).set_params(half_life=30.0, covariance_estimator__store_precision=True)
    assert (again.half_life, again.covariance_estimator.store_precision) == (30.0, True)
    assert (model.half_life, model.covariance_estimator.store_precision) == (90.0, False)
    assert not hasattr(again, "factor_risk_")


def test_fitting_leaves_the_estimator_handed_in_alone(market: Any) -> None:
    estimator = LedoitWolf()
    fitted = StatisticalRiskModel(n_factors=2, covariance_estimator=estimator).fit(market.returns)
    assert not hasattr(estimator, "covariance_")
    assert fitted.covariance_estimator_.covariance_.shape == (2, 2)


def test_a_grid_search_over_half_lives_prefers_more_data_where_nothing_changes(market: Any) -> None:
    search = GridSearchCV(
        StatisticalRiskModel(n_factors=3), {"half_life": [20.0, 1000.0]}, cv=TimeSeriesSplit(3), error_score="raise"
    )
    search.fit(market.returns)
    assert search.best_params_ == {"half_life": 1000.0}
    assert np.isfinite(search.best_score_)


def test_the_score_is_the_gaussian_log_likelihood(simulate: Callable[..., Any]) -> None:
    returns = simulate(names=6, days=300).returns
    fitted = StatisticalRiskModel(n_factors=2).fit(returns)
    model = fitted.factor_risk_
    S = (model.loadings @ model.factor_covariance @ model.loadings.T + np.diag(model.specific_variance)) / 252
    R = returns.to_numpy()
    quadratic = np.einsum("ti,ij,tj->t", R, np.linalg.inv(S), R).mean()
    expected = -0.5 * (quadratic + np.linalg.slogdet(S)[1]) / 6 - 0.5 * np.log(2 * np.pi)
    assert fitted.score(returns) == pytest.approx(expected, rel=1e-9)


def test_scoring_before_fitting_is_refused(market: Any) -> None:
    with pytest.raises(NotFittedError):
        StatisticalRiskModel().score(market.returns)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"half_life": 0.0}, "half_life: 0.0, expected more than 0"),
        ({"half_life": float("nan")}, "half_life: nan"),
        ({"periods_per_year": -1}, "periods_per_year: -1"),
        ({"min_history": 1}, "min_history: 1, expected more than 1"),
        ({"n_factors": 0}, "n_factors: 0, expected at least 1"),
        ({"n_factors": 61}, "n_factors: 61, expected fewer than the 1500 periods and at most the 60 names"),
        ({"min_history": 1501}, "no name has 1501 returns"),
    ],
)
def test_parameters_out_of_range_are_refused(market: Any, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskModelError, match=message):
        StatisticalRiskModel(**parameters).fit(market.returns)


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        (np.zeros(5), "returns: 1 dimensions, expected 2"),
        (np.zeros((1, 3)), "returns: 1 periods, expected at least 2"),
        (np.array([[0.1, 0.2], [0.1, np.inf]]), "returns of x1, period 1: infinite"),
        (np.zeros((100, 3)), "no name has 60 returns"),
    ],
)
def test_returns_that_make_no_panel_are_refused(returns: np.ndarray, message: str) -> None:
    with pytest.raises(RiskModelError, match=message):
        StatisticalRiskModel().fit(returns)
