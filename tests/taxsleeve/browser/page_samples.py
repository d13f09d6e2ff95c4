"""A page of every kind, of inputs small enough to be made for a look at them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from backtest.study_measures import Choices, Resampling, study_tables
from risk.evaluate import Evaluation, Segment, WalkForwardSettings, by_month, summarise
from taxsleeve.batch.account_row import AccountRow
from taxsleeve.batch.night_files import write_night
from taxsleeve.example_household import write_example_household
from taxsleeve.risk_report import evaluation_report
from taxsleeve.run_store import RunFolder
from taxsleeve.study_notes import StudyNotes
from taxsleeve.study_report import study_report

_TESTS = Path(__file__).parents[2]
_NIGHT = {
    "harvested_long": 500.0, "gains_short": 0.0, "gains_long": 10.0, "tax_value": 400.0, "cost": 20.0, "turnover": 0.1,
    "tracking_error_before": 0.002, "tracking_error_limit": 0.01, "objective": 380.0, "unrated_names": 0,
    "unrated": 0.0,
}  # fmt: skip


def household_page(folder: Path, command: Callable[..., Any]) -> Path:
    """Three sleeves with an IRA, and lots that move between them."""
    write_example_household(folder / "household", names=10, lots=2, seed=5)
    return _asked(command, "household", folder / "household", folder / "lists") / "report.html"


def survey_page(folder: Path, command: Callable[..., Any]) -> Path:
    """Four names for a year, with a delisting and a defect."""
    _module("hostile/good_input.py").market(folder)
    return _asked(command, "survey", "--market", folder / "market", folder / "survey") / "survey.html"


def allocate_page(folder: Path, command: Callable[..., Any]) -> Path:
    """Two sleeves in two vintages."""
    for run in _module("backtest/allocation_runs.py").made_runs(("large", "small"), (2000, 2001)):
        RunFolder(folder / "study" / "runs").keep(run)
    return _asked(command, "allocate", folder / "study", folder / "allocation") / "report.html"


def dashboard_page(folder: Path, command: Callable[..., Any]) -> Path:
    """A night of thirty accounts, some of which need somebody."""
    rng = np.random.default_rng(3)
    rows = [
        AccountRow(
            account=f"A-{i:03d}", status="optimal", nav=1e6 * (1 + i), harvested_short=1000.0 * i, orders=10 + i,
            tracking_error_after=rng.uniform(0.004, 0.01), bound=380.0 + i, gap=i / (380.0 + i), **_NIGHT,
        )
        for i in range(30)
    ]  # fmt: skip
    rows += [
        replace(rows[0], account="wide", bound=2000.0, gap=0.81),
        AccountRow("no way", "infeasible", nav=5.0, message="turnover must give way: at least 3.2% instead of 1.0%"),
        AccountRow("bad", "input", message="lots.csv, row 2, shares: found 'x', expected a number > 0"),
        AccountRow("bad too", "input", message="lots.csv: found no such file"),
    ]
    (folder / "night").mkdir()
    write_night(folder / "night", "my <accounts>", rows, [], 0.05)
    return folder / "night" / "dashboard.html"


def risk_page(folder: Path, command: Callable[..., Any]) -> Path:
    """Two years of forecasts by two models, made by dice."""
    rng = np.random.default_rng(4)
    dates = pd.date_range("2014-01-31", periods=24, freq="ME").date
    index = pd.MultiIndex.from_product(
        [dates, ["large", "small"], ["optimised", "random"], [0, 1], ["straight", "statistical", "fundamental"]],
        names=["date", "segment", "family", "portfolio", "model"],
    )
    records = index.to_frame(index=False)
    for name in ("segment", "family", "model"):
        records[name] = pd.Categorical(records[name], list(dict.fromkeys(records[name])))
    records["predicted"] = rng.uniform(0.02, 0.05, len(index))
    records["b"] = rng.standard_normal(len(index))
    records["daily"] = rng.uniform(0.7, 1.5, len(index))
    records["qlike"] = rng.uniform(0.1, 0.3, len(index))
    settings = WalkForwardSettings(segments=(Segment("large", 1, 50), Segment("small", 51, 100)))
    evaluation = Evaluation(records, pd.DataFrame(), pd.DataFrame(), settings)
    summary, months = summarise(evaluation, "straight"), by_month(evaluation)
    page = folder / "risk.html"
    page.write_text(evaluation_report("made up", "Dice.", evaluation, summary, months, ("one month is thin",)))
    return page


def study_page(folder: Path, command: Callable[..., Any]) -> Path:
    """A study with a frontier, a sweep and a run that failed."""
    made = _module("backtest/study_measures/made_runs.py")
    limits = {"base": 0.01, "te 2%": 0.02}
    runs = []
    for sleeve, scale in (("large", 1.0), ("small", 1.6)):
        runs.append(made.drawn_run(sleeve, 2000, "passive", te_limit=0.01))
        runs += [made.drawn_run(sleeve, 2000, setting=name, scale=scale, te_limit=te) for name, te in limits.items()]
    notes = StudyNotes(
        title="Sleeves & <styles>",
        market="Made up, 1999 to 2004",
        data=("Names that failed before 2001 are missing.",),
        assumptions=(("Risk model", "statistical, 5 factors"),),
        failed={"small, 2010-12-31, optimizer, base": "history ends on 2005-12-30"},
        warnings=("one risk model could not be fitted",),
    )
    page = folder / "study.html"
    page.write_text(study_report(study_tables(runs, Choices(resampling=Resampling(draws=100))), notes), "utf-8")
    return page


MAKERS: dict[str, Callable[[Path, Callable[..., Any]], Path]] = {
    "allocate": allocate_page,
    "dashboard": dashboard_page,
    "household": household_page,
    "risk": risk_page,
    "study": study_page,
    "survey": survey_page,
}


def _asked(command: Callable[..., Any], *words: object) -> Path:
    *arguments, out = words
    ran = command(*arguments, "--out", out, "--quiet")
    assert ran.code == 0, ran.stderr
    return Path(str(out))


def _module(path: str) -> ModuleType:
    """Load a helper that stands beside other tests."""
    name = f"browser_{Path(path).stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, _TESTS / path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
