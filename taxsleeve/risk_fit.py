"""One run of `taxsleeve risk fit`, and reading a model back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from risk import FactorRisk, FundamentalRiskModel, StatisticalRiskModel
from risk.evaluate import Window
from taxsleeve.csv_file import csv_of_frame
from taxsleeve.input_limits import MOST_TABLE_BYTES, require_size
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve.risk_sources import RiskSource, read_risk_source
from taxsleeve.tables import Findings
from taxsleeve.vendor_risk import read_vendor_risk
from taxsleeve_errors import InputError, RiskModelError

__all__ = ["ESTIMATORS", "STEPS", "FittedRisk", "model_files", "read_model", "run_fit"]

# What a fit goes through, with the share of the time that each took on a market of 1,500 names.
STEPS = {"reading": 0.4, "fitting": 0.5, "writing": 0.1}
MODEL_FILES = ("loadings.csv", "factor_covariance.csv", "specific_variance.csv")


def _statistical(window: Window) -> Any:
    return StatisticalRiskModel().fit(window.returns)


def _fundamental(window: Window) -> Any:
    return FundamentalRiskModel().fit(
        window.returns,
        caps=window.caps,
        sectors=window.sectors,
        book_to_price=window.book_to_price,
        adv=window.adv,
    )


ESTIMATORS: Mapping[str, Callable[[Window], Any]] = {"statistical": _statistical, "fundamental": _fundamental}


@dataclass(frozen=True, eq=False)
class FittedRisk:
    """A fitted model and what it was fitted on.

    Parameters
    ----------
    risk : FactorRisk
    unrated : mapping of str to str
        Names that could not be rated, and why.
    source : RiskSource
    """

    risk: FactorRisk
    unrated: Mapping[str, str]
    source: RiskSource


def run_fit(
    folder: Path, out: Path, *, model: str, as_of: dt.date | None, days: int, names: int, step: Step = no_step
) -> FittedRisk:
    """Fit a model and write it in a vendor's form, so that `out` can be the risk/ of an account.

    Parameters
    ----------
    folder : Path
        Market or account folder.
    out : Path
    model : str
        One of `ESTIMATORS`.
    as_of, days, names
        As in `read_risk_source`.
    step : callable
        Told each of `STEPS` as it begins.

    Raises
    ------
    InputError
        The input is not good, or not enough to fit the model; nothing is written.
    """
    prepare_output(out, unlike=folder)
    step("reading")
    source = read_risk_source(folder, as_of, days, names)
    step("fitting")
    try:
        estimator = ESTIMATORS[model](source.window)
    except RiskModelError as error:
        raise InputError.of(str(folder), "a history that a risk model can be fitted on", value=error) from error
    fitted = FittedRisk(estimator.factor_risk_, estimator.unrated_, source)
    step("writing")
    unrated = pd.DataFrame(sorted(fitted.unrated.items()), columns=["asset", "why"])
    files = {
        **model_files(fitted.risk),
        "unrated.csv": csv_of_frame(unrated),
        "repairs.csv": csv_of_frame(source.repairs),
    }
    write_files(out, files)
    return fitted


def model_files(risk: FactorRisk) -> dict[str, str]:
    """Text of the three tables of a vendor's model, by file name; numbers round-trip to the last bit."""
    assets, factors = list(risk.assets), list(risk.factors)
    loadings = pd.DataFrame(risk.loadings, columns=factors)
    loadings.insert(0, "asset", assets, allow_duplicates=True)
    covariance = pd.DataFrame(risk.factor_covariance, columns=factors)
    covariance.insert(0, "factor", factors, allow_duplicates=True)
    variance = pd.DataFrame({"asset": assets, "variance": risk.specific_variance})
    return dict(zip(MODEL_FILES, map(csv_of_frame, (loadings, covariance, variance)), strict=True))


def read_model(path: Path) -> FactorRisk:
    """Read a model: a folder with the three tables, one that has such a folder risk/, or a file of `FactorRisk.save`.

    Raises
    ------
    InputError
        There is no model, or it is not good.
    """
    if path.is_file():
        try:
            require_size(path, MOST_TABLE_BYTES)
            return FactorRisk.load(path)
        except (RiskModelError, OSError) as error:
            raise InputError.of(str(path), "a file written by FactorRisk.save, or a folder", value=error) from error
    places = [place for place in (path, path / "risk") if any(place.glob("loadings.*"))]
    if not places:
        found = "no such folder" if not path.exists() else "none"
        expected = f"a model ({', '.join(MODEL_FILES)}), or a folder with one in risk/; `taxsleeve risk fit` makes one"
        raise InputError.of(str(path), expected, value=found)
    findings = Findings()
    risk = read_vendor_risk(places[0], None, findings)
    if findings.faults or risk is None:
        raise InputError(findings.faults)
    return risk
