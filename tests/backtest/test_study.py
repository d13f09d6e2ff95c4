"""Studies: every run by itself, the same on any number of workers, finished runs left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from crashing_parts import doubled, lost
from study_parts import KillsOnce, Nonsense, Noted, Raises

from backtest import CapBands, CapSegment, Market, MembershipList, Sleeve, sleeve_index, standard_sleeves
from backtest.simulated import SimulatedMarket
from backtest.study import (
    BASE,
    LocalExecutor,
    MemoryStore,
    RiskModels,
    RiskRecipe,
    RunKey,
    Study,
    StudyPlan,
    StudySetting,
    possible_start_years,
    run_study,
    vintage_end,
    vintage_starts,
)
from backtest.study.capitalisation import capitalisation_facts
from backtest.vintage import OptimizedHarvest, PassiveReplication, Strategy, ThresholdHarvest, VintageSettings
from optimizer import CashLimit, TrackingErrorLimit
from risk import StatisticalRiskModel
from risk.evaluate import History
from taxsleeve_errors import InputError

TERMS = VintageSettings(dt.date(2000, 1, 1), dt.date(2000, 1, 2))
OPTIMIZER = OptimizedHarvest(limits=(TrackingErrorLimit(0.03), CashLimit(0.0, 0.002)), checked=False)
EAGER = {"threshold": 0.0}
FUNDED = (dt.date(2014, 12, 31),)


@pytest.fixture(scope="module")
def market() -> Market:
    return SimulatedMarket(names=40, years=3, start=dt.date(2014, 1, 1), seed=5).simulate()


@pytest.fixture(scope="module")
def sleeves() -> dict[str, Sleeve]:
    return {sleeve.name: sleeve for sleeve in standard_sleeves(CapBands.scaled(40), styles=False)}


@pytest.fixture
def risk(market: Market, tmp_path: Path) -> RiskModels:
    history = History(market.returns.iloc[1:], market.caps, market.securities["sector"])
    return RiskModels(history, tmp_path / "models", RiskRecipe(StatisticalRiskModel(n_factors=3), 252))


def plan_of(
    strategies: Mapping[str, Strategy],
    names: tuple[str, ...] = ("large", "small"),
    settings: Mapping[str, StudySetting] | None = None,
    years: int = 1,
) -> StudyPlan:
    return StudyPlan(names, FUNDED, years, strategies, settings or {BASE: StudySetting(TERMS)})


def same(one: Study, other: Study) -> bool:
    assert list(one.runs) == list(other.runs)
    assert dict(one.failed) == dict(other.failed)
    for key, run in one.runs.items():
        pd.testing.assert_frame_equal(run.months, other.runs[key].months, check_exact=True)
        assert dict(run.facts) == dict(other.runs[key].facts)
    return True


def test_a_run_says_what_its_reports_need(market: Market, sleeves: dict[str, Sleeve]) -> None:
    study = run_study(market, sleeves, plan_of({"passive": PassiveReplication()}), MemoryStore())
    assert not study.failed
    run = study.runs[RunKey("large", FUNDED[0], "passive", BASE)]
    needed = {"capital", "short_term", "long_term", "qualified_dividends", "losses", "taxes", "frequency", "wash_rule"}
    assert needed <= set(run.facts)
    assert run.facts["years"] == 1
    assert run.facts["until"] == "2015-12-31"
    assert 0 < float(run.facts["realised_te"]) < 0.1
    assert run.months.index[0] == pd.Timestamp("2014-12-31")
    assert run.months.index[-1] == pd.Timestamp("2015-12-31")
    # Of a segment by capitalisation the sleeve is worth what its names are, but for drift since its reconstitution.
    names = sleeve_index(market, sleeves["large"]).members_at(pd.Timestamp(FUNDED[0]))
    worth = market.caps_at(pd.Timestamp(FUNDED[0]))[names].sum()
    assert float(run.facts["capitalisation"]) == pytest.approx(worth, rel=0.05)


def test_value_and_growth_share_the_capitalisation_of_their_segment(market: Market) -> None:
    styled = {sleeve.name: sleeve for sleeve in standard_sleeves(CapBands.scaled(40))}
    worth = {
        name: capitalisation_facts(sleeve_index(market, styled[name]), pd.Timestamp(FUNDED[0]))["capitalisation"]
        for name in ("large", "large value", "large growth")
    }
    assert worth["large value"] + worth["large growth"] == pytest.approx(worth["large"], rel=0.05)


def test_settings_change_terms_and_strategies(market: Market, sleeves: dict[str, Sleeve]) -> None:
    settings = {
        BASE: StudySetting(TERMS),
        "eager": StudySetting(
            TERMS, {"threshold": ThresholdHarvest(0.0)}, ("threshold",), {"threshold": {"threshold": 0.0}}
        ),
    }
    strategies = {"threshold": ThresholdHarvest(0.3), "passive": PassiveReplication()}
    plan = plan_of(strategies, ("large",), settings)
    assert [(key.strategy, key.setting) for key in plan.run_keys()] == [
        ("threshold", BASE),
        ("passive", BASE),
        ("threshold", "eager"),
    ]
    runs = run_study(market, sleeves, plan, MemoryStore()).runs
    loss = {key.setting: run.months["loss harvest"].sum() for key, run in runs.items() if key.strategy == "threshold"}
    assert loss["eager"] < loss[BASE] <= 0
    assert runs[RunKey("large", FUNDED[0], "threshold", "eager")].facts["threshold"] == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"sleeves": ()},
        {"sleeves": ("large", "large")},
        {"years": 0},
        {"settings": {}},
        {"settings": {BASE: StudySetting(TERMS, only=("nobody",))}},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    good = {"sleeves": ("large",), "funded": FUNDED, "years": 1, "strategies": {"passive": PassiveReplication()}}
    with pytest.raises(InputError):
        StudyPlan(**{**good, "settings": {BASE: StudySetting(TERMS)}, **changes})


@pytest.mark.parametrize("workers", [1, 2])
def test_what_goes_wrong_in_one_run_stops_no_other(market: Market, sleeves: dict[str, Sleeve], workers: int) -> None:
    strategies = {"raises": Raises(), "nonsense": Nonsense(), "passive": PassiveReplication()}
    nobody = Sleeve("nobody", MembershipList("no list"))
    plan = plan_of(strategies, ("large", "nobody", "unknown"))
    study = run_study(market, {**sleeves, "nobody": nobody}, plan, MemoryStore(), executor=LocalExecutor(workers))
    assert list(study.runs) == [RunKey("large", FUNDED[0], "passive", BASE)]
    failed = {(key.sleeve, key.strategy): why for key, why in study.failed.items()}
    assert len(failed) == 8
    assert "ZeroDivisionError: a user's own mistake (study_parts.py, line" in failed["large", "raises"]
    assert "cash" in failed["large", "nonsense"]
    assert "membership" in failed["nobody", "passive"]
    assert "large, mid, small, all" in failed["unknown", "passive"]


def test_a_vintage_longer_than_history_fails_alone(market: Market, sleeves: dict[str, Sleeve]) -> None:
    plan = StudyPlan(
        ("large",),
        vintage_starts(market.calendar, (2010, 2015, 2016)),
        2,
        {"passive": PassiveReplication()},
        {BASE: StudySetting(TERMS)},
    )
    study = run_study(market, sleeves, plan, MemoryStore())
    assert [key.funded.year for key in study.runs] == [2014]
    assert [key.funded.year for key in study.failed] == [2009, 2015]
    assert all("2013-12-31 to 2016-12-30" in why for why in study.failed.values())


def test_finished_runs_are_left_and_failed_ones_tried_again(
    market: Market, sleeves: dict[str, Sleeve], tmp_path: Path
) -> None:
    store, log = MemoryStore(), tmp_path / "log"
    broken = Path(f"{log}.broken")
    broken.touch()
    plan = plan_of({"noted": Noted(str(log)), "passive": PassiveReplication()}, ("large",))
    first = run_study(market, sleeves, plan, store)
    assert all(why.startswith("RuntimeError: out of order") for why in first.failed.values())
    assert len(first.failed) == 1
    broken.unlink()
    second = run_study(market, sleeves, plan, store)
    third = run_study(market, sleeves, plan, store)
    assert not second.failed
    assert len(log.read_text(encoding="utf-8").splitlines()) == 2
    assert same(second, third)


def test_one_worker_and_two_find_the_same(
    market: Market, sleeves: dict[str, Sleeve], risk: RiskModels, tmp_path: Path
) -> None:
    plan = plan_of({"optimizer": OPTIMIZER, "passive": PassiveReplication()})
    alone = run_study(market, sleeves, plan, MemoryStore(), risk)
    elsewhere = RiskModels(risk.history, tmp_path / "others", risk.recipe)
    phases = []
    both = run_study(
        market,
        sleeves,
        plan,
        MemoryStore(),
        elsewhere,
        executor=LocalExecutor(2),
        on_progress=lambda *told: phases.append(told),
    )
    assert not alone.failed
    assert same(alone, both)
    assert ("risk models", 12, 12) in phases
    assert phases[-1] == ("vintages", 4, 4)
    predicted = alone.runs[RunKey("large", FUNDED[0], "optimizer", BASE)].months["tracking_error"].iloc[:-1]
    assert predicted.between(0.0001, 0.031).all()


@pytest.mark.slow
def test_a_process_that_dies_is_replaced(market: Market, sleeves: dict[str, Sleeve], tmp_path: Path) -> None:
    plan = plan_of({"kills": KillsOnce(str(tmp_path / "flag")), "passive": PassiveReplication()})
    study = run_study(market, sleeves, plan, MemoryStore(), executor=LocalExecutor(2))
    assert (tmp_path / "flag").exists()
    assert not study.failed
    by_name = {(key.sleeve, key.strategy): run.months for key, run in study.runs.items()}
    pd.testing.assert_frame_equal(by_name["large", "kills"], by_name["large", "passive"])


@pytest.mark.slow
def test_a_task_that_kills_every_process_is_given_up() -> None:
    found = list(LocalExecutor(2).outcomes(doubled, iter([1, 13, 3]), lost))
    assert -13 in found
    assert {abs(one) for one in found} <= {1, 2, 13, 3, 6}
    assert len(found) == 3


def test_fewer_than_one_worker_is_refused() -> None:
    with pytest.raises(InputError, match="workers"):
        LocalExecutor(0)


def test_a_strategy_that_needs_risk_models_is_refused_without(market: Market, sleeves: dict[str, Sleeve]) -> None:
    with pytest.raises(InputError, match="risk models"):
        run_study(market, sleeves, plan_of({"optimizer": OPTIMIZER}), MemoryStore())


@pytest.mark.parametrize(
    "key",
    [
        RunKey("small value", dt.date(2004, 12, 31), "optimizer", "loss_per_name=0.1%"),
        RunKey("a+b/c", dt.date(1999, 1, 4), "..", "rates=37%/20%"),
        RunKey("größe", dt.date(2020, 2, 28), "x y", "base"),
    ],
)
def test_names_of_runs_are_files_and_come_back(key: RunKey, tmp_path: Path) -> None:
    assert RunKey.of_name(key.name) == key
    (tmp_path / f"{key.name}.parquet").touch()
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("name", ["", "a+b", "a+2004-13-31+b+c", "a+2004-12-31+b+c+d"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        RunKey.of_name(name)


def test_vintages_begin_and_end_with_years() -> None:
    calendar = pd.bdate_range("2009-12-31", "2016-12-30")
    assert vintage_starts(calendar, (2011, 2012)) == (dt.date(2010, 12, 31), dt.date(2011, 12, 30))
    assert vintage_end(calendar, dt.date(2011, 12, 30), 4) == dt.date(2015, 12, 31)
    assert vintage_end(calendar, dt.date(2010, 12, 31), 10) == dt.date(2020, 12, 31)
    assert possible_start_years(calendar, 3, 2) == (2012, 2013, 2014)
    assert possible_start_years(calendar, 8) == ()


def test_cap_segments_of_a_user_can_be_studied(market_of: Callable[..., Market]) -> None:
    made = market_of(names=8, days=pd.bdate_range("2018-12-03", "2020-12-31"))
    own = Sleeve("mine", CapSegment(CapBands(("mine",), (5,), (0.0,)), ("mine",)))
    plan = StudyPlan(
        ("mine",),
        (dt.date(2018, 12, 31),),
        2,
        {"passive": PassiveReplication(), "threshold": ThresholdHarvest()},
        {BASE: StudySetting(TERMS)},
    )
    study = run_study(made, {"mine": own}, plan, MemoryStore())
    assert not study.failed
    assert np.isfinite(study.runs[plan.run_keys()[0]].months["value"]).all()
    assert study.market.names == 8
