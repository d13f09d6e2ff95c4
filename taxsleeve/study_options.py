"""From what is typed after `compare` or `frontier` to a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from taxsleeve.option_values import fraction, words, years_typed
from taxsleeve.spelling import one_of
from taxsleeve.study_plan import STRATEGIES, SWEPT, swept_terms
from taxsleeve.study_request import StudyRequest
from taxsleeve.study_settings import RiskSettings, StudySettings
from taxsleeve.study_terms import Terms
from taxsleeve_errors import InputError

__all__ = ["study_request"]

_FRACTIONS = (
    "short_term",
    "long_term",
    "loss_per_name",
    "turnover",
    "gain_budget",
    "flows",
    "tracking_error",
    "threshold",
)
_WORDS = ("losses", "frequency", "taxes", "relief", "checked")


def study_request(given: Mapping[str, Any], sweeps: Sequence[str], *, base: bool) -> StudyRequest:
    """Read the options.

    Parameters
    ----------
    given : mapping
        Values of the options by their names.
    sweeps : sequence of str
        Each as loss_per_name=0.1%,none.
    base : bool
        Whether the terms themselves are run beside what is swept.

    Raises
    ------
    InputError
        One of them is not good.
    """
    terms = _terms(given)
    swept = dict(_sweep(text) for text in sweeps)
    for name, values in swept.items():
        for value in values:
            swept_terms(terms, name, value)
    strategies = words("--strategies", given["strategies"])
    strangers = [name for name in strategies if name not in STRATEGIES]
    if strangers:
        raise InputError.of("--strategies", one_of(strangers[0], STRATEGIES, some=True), value=strangers[0])
    settings = StudySettings(
        sleeves=words("--sleeves", given["sleeves"]) if given["sleeves"] else (),
        start_years=years_typed("--start-years", given["start_years"]) if given["start_years"] else (),
        years=given["years"],
        strategies=strategies,
        base=base,
        terms=terms,
        sweeps=swept,
        risk=RiskSettings(model=given["risk"]),
    )
    return StudyRequest(settings, given["vintages"], given["names"], given["seed"], given["sim_years"])


def _terms(given: Mapping[str, Any]) -> Terms:
    typed = {name: given[name] for name in _WORDS}
    for name in _FRACTIONS:
        if given[name] is not None:
            text = given[name]
            typed[name] = None if text == "none" else fraction(_option(name), text)
    try:
        return Terms.model_validate(typed)
    except ValidationError as error:
        item = error.errors()[0]
        name = str(item["loc"][0])
        expected = str(item["msg"]).removeprefix("Value error, ")
        raise InputError.of(_option(name), expected, value=given[name]) from error


def _sweep(text: str) -> tuple[str, tuple[str, ...]]:
    name, sign, values = text.partition("=")
    if not sign or name not in SWEPT:
        raise InputError.of("--sweep", f"NAME=V1,V2 with {one_of(name, SWEPT)}", value=text)
    return name, words(f"--sweep {name}", values)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
