"""Risk models of studies: of what was known then, fitted once, kept by what they were fitted on."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, Market, SleeveIndex, sleeve_indices, standard_sleeves
from backtest.simulated import SimulatedMarket
from backtest.study import LocalExecutor, RiskRecipe
from backtest.study.rated_names import rated_names
from backtest.study.risk_cache import RiskCache
from backtest.study.risk_models import DatedModels, ModelPlan, fit_models
from backtest.study.risk_window import WindowCutter
from backtest.vintage import FittedRisk, OptimizedHarvest, VintageSettings, fundamental, run_vintage
from optimizer import CashLimit, TrackingErrorLimit, TurnoverLimit
from risk import FactorRisk, StatisticalRiskModel
from risk.evaluate import History
from taxsleeve_errors import InputError, RiskModelError

DATES = pd.DatetimeIndex(["2015-11-30", "2015-12-31", "2016-01-29"])
PLAIN = RiskRecipe(StatisticalRiskModel(n_factors=3), 252)


@pytest.fixture(scope="module")
def market() -> Market:
    return SimulatedMarket(names=60, years=3, start=dt.date(2014, 1, 1), seed=2).simulate()


@pytest.fixture(scope="module")
def indices(market: Market) -> dict[str, SleeveIndex]:
    return sleeve_indices(market, standard_sleeves(CapBands.scaled(45), styles=False))


def history_of(market: Market) -> History:
    facts = market.book_to_price, market.adv
    return History(market.returns.iloc[1:], market.caps, market.securities["sector"], *facts)


def models_of(market: Market, folder: Path, recipe: RiskRecipe = PLAIN, dates: pd.DatetimeIndex = DATES) -> DatedModels:
    plan = ModelPlan(history_of(market), recipe, lambda _: market.assets, RiskCache(folder))
    return fit_models(plan, list(dates), LocalExecutor(), lambda *_: None)


def identical(one: FactorRisk, other: FactorRisk) -> bool:
    arrays = ("loadings", "factor_covariance", "specific_variance")
    return one.assets == other.assets and all(np.array_equal(getattr(one, a), getattr(other, a)) for a in arrays)


def test_a_window_is_that_of_a_single_vintage(market: Market) -> None:
    recipe, history = RiskRecipe(), history_of(market)
    window = WindowCutter(history, 504).cut(DATES[1], market.assets[:50])
    alone = FittedRisk(history, fundamental(), lambda _: market.assets[:50]).fitted(DATES[1])
    assert identical(recipe.fit(window.window()), alone)


def test_nothing_later_changes_a_model(market: Market, tmp_path: Path) -> None:
    before = models_of(market, tmp_path, dates=DATES[:2])
    other, caps = market.returns.copy(), market.caps.copy()
    other.loc[other.index > DATES[1]] *= 0.5
    caps.loc[caps.index > DATES[1]] *= 3
    changed = replace(market, returns=other, caps=caps)
    assert models_of(changed, tmp_path, dates=DATES[:2]).paths == before.paths
    assert models_of(changed, tmp_path).paths[DATES[2].date()] != models_of(market, tmp_path).paths[DATES[2].date()]


def test_models_are_fitted_once_and_a_spoilt_one_again(market: Market, tmp_path: Path) -> None:
    first = models_of(market, tmp_path)
    times = {path: path.stat().st_mtime_ns for path in first.paths.values()}
    assert len(times) == 3
    spoilt, whole = first.paths[DATES[0].date()], first.paths[DATES[1].date()]
    good = spoilt.read_bytes()
    expected = FactorRisk.load(spoilt)
    for bad in (b"", good[:-200], good[:500] + bytes([good[500] ^ 255]) + good[501:]):
        spoilt.write_bytes(bad)
        assert models_of(market, tmp_path).paths == first.paths
        assert identical(FactorRisk.load(spoilt), expected)
    assert whole.stat().st_mtime_ns == times[whole]
    assert not list(tmp_path.rglob("*.part"))


def test_another_recipe_is_another_model(market: Market, tmp_path: Path) -> None:
    paths = {
        models_of(market, tmp_path, recipe, DATES[:1]).paths[DATES[0].date()]
        for recipe in (PLAIN, RiskRecipe(StatisticalRiskModel(n_factors=4), 252), RiskRecipe(PLAIN.model, 251))
    }
    assert len(paths) == 3


def test_a_date_without_a_model_is_listed_and_the_one_before_serves(market: Market, tmp_path: Path) -> None:
    names = {DATES[1]: pd.Index(["nobody"])}
    plan = ModelPlan(history_of(market), PLAIN, lambda date: names.get(date, market.assets), RiskCache(tmp_path))
    models = fit_models(plan, list(DATES), LocalExecutor(2), lambda *_: None)
    assert list(models.failed) == [DATES[1].date()]
    assert "no name of the universe" in models.failed[DATES[1].date()]
    assert models.fitted(DATES[1]).as_of == DATES[0].date()
    assert models.fitted(DATES[2] + pd.Timedelta(days=20)).as_of == DATES[2].date()
    with pytest.raises(RiskModelError, match="no risk model up to 2015-11-02"):
        models.fitted(pd.Timestamp("2015-11-02"))
    later = models.between(dt.date(2015, 12, 1), dt.date(2015, 12, 31))
    with pytest.raises(RiskModelError, match="no name of the universe"):
        later.fitted(DATES[1])


def test_rated_names_are_members_of_the_years_before(indices: dict[str, SleeveIndex]) -> None:
    day = pd.Timestamp("2016-06-15")
    large, small = indices["large"], indices["small"]
    rated = set(rated_names([large, small], day, 1))
    members = set[str]()
    for when in pd.date_range(day - pd.DateOffset(years=1), day):
        members |= {*large.members_at(when), *small.members_at(when)}
    assert members <= rated
    assert rated <= {*members, *large.targets.columns[(large.targets.loc[:day] > 0).any()]} | {
        *small.targets.columns[(small.targets.loc[:day] > 0).any()]
    }
    future = rated_names([replace(large, targets=large.targets.loc[:day])], day, 1)
    assert set(future) == set(rated_names([large], day, 1))


def test_a_model_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match="fundamental or statistical"):
        RiskRecipe("vendor")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="2 returns"):
        RiskRecipe(days=1)


def test_a_turnover_limit_waits_until_the_account_is_invested(market: Market, tmp_path: Path) -> None:
    limits = (TrackingErrorLimit(0.03), CashLimit(0.0, 0.002), TurnoverLimit(0.10))
    strategy = OptimizedHarvest(limits=limits, checked=False)
    index = sleeve_indices(market, standard_sleeves(CapBands.scaled(45), styles=False)[:1])["large"]
    terms = VintageSettings(dt.date(2015, 11, 30), dt.date(2016, 2, 29))
    result = run_vintage(index, strategy, terms, models_of(market, tmp_path))
    assert result.months["turnover"].iloc[0] > 0.4
    assert result.months["turnover"].iloc[1:-1].between(0.001, 0.0501).all()
