"""A study on a Dask cluster of worker processes, one of them killed half-way."""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from crashing_parts import doubled, lost

from backtest import CapBands, Market, standard_sleeves
from backtest.simulated import SimulatedMarket
from backtest.study import BASE, MemoryStore, RiskModels, RiskRecipe, StudyPlan, StudySetting, run_study
from backtest.vintage import OptimizedHarvest, PassiveReplication, ThresholdHarvest, VintageSettings
from optimizer import CashLimit, TrackingErrorLimit
from risk import StatisticalRiskModel
from risk.evaluate import History
from taxsleeve_errors import InputError

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[object]:
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, processes=True) as made:
        yield made


@pytest.fixture(scope="module")
def market() -> Market:
    return SimulatedMarket(names=40, years=3, start=dt.date(2014, 1, 1), seed=5).simulate()


@pytest.mark.slow
def test_a_worker_killed_half_way_changes_nothing(market: Market, cluster: object, tmp_path: Path) -> None:
    from backtest.study.dask_executor import DaskExecutor

    sleeves = {sleeve.name: sleeve for sleeve in standard_sleeves(CapBands.scaled(40), styles=False)}
    terms = VintageSettings(dt.date(2000, 1, 1), dt.date(2000, 1, 2))
    optimizer = OptimizedHarvest(limits=(TrackingErrorLimit(0.03), CashLimit(0.0, 0.002)), checked=False)
    strategies = {"optimizer": optimizer, "passive": PassiveReplication(), "threshold": ThresholdHarvest()}
    plan = StudyPlan(("large", "small"), (dt.date(2014, 12, 31),), 1, strategies, {BASE: StudySetting(terms)})
    history = History(market.returns.iloc[1:], market.caps, market.securities["sector"])
    recipe = RiskRecipe(StatisticalRiskModel(n_factors=3), 252)
    alone = run_study(market, sleeves, plan, MemoryStore(), RiskModels(history, tmp_path / "alone", recipe))
    killed = []

    def kill_one(phase: str, done: int, total: int) -> None:
        if phase == "vintages" and done == 2 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)  # type: ignore[attr-defined]
            os.kill(killed[0], signal.SIGKILL)

    executor = DaskExecutor(cluster.scheduler_address)  # type: ignore[attr-defined]
    shared = RiskModels(history, tmp_path / "shared", recipe)
    apart = run_study(market, sleeves, plan, MemoryStore(), shared, executor=executor, on_progress=kill_one)
    assert killed
    assert not alone.failed
    assert not apart.failed
    assert list(apart.runs) == list(alone.runs)
    for key, run in alone.runs.items():
        pd.testing.assert_frame_equal(run.months, apart.runs[key].months, check_exact=True)
        assert dict(run.facts) == dict(apart.runs[key].facts)


def test_a_task_that_kills_every_worker_is_given_up(cluster: object) -> None:
    from backtest.study.dask_executor import DaskExecutor

    executor = DaskExecutor(cluster.scheduler_address)  # type: ignore[attr-defined]
    with distributed.client.Client(cluster, set_as_default=False) as client:
        client.run_on_scheduler(lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", 0))
    found = list(executor.outcomes(doubled, iter([1, 13]), lost))
    assert sorted(found) == [-13, 2] or sorted(found) == [-13, -1]


def test_nobody_at_the_address() -> None:
    from backtest.study.dask_executor import DaskExecutor

    with pytest.raises(InputError, match="Dask scheduler"):
        list(DaskExecutor("tcp://127.0.0.1:9", timeout=0.5).outcomes(doubled, iter([1]), lost))
