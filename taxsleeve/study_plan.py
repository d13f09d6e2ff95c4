"""From a study's settings to its plan: strategies, terms, and what is swept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from pydantic import ValidationError

from backtest.study import BASE, StudyPlan, StudySetting, vintage_starts
from backtest.vintage import (
    Flows,
    LeaverTolerance,
    OptimizedHarvest,
    PassiveReplication,
    PerfectHarvest,
    Strategy,
    ThresholdHarvest,
    VintageSettings,
)
from optimizer import CashLimit, Costs, Limit, LossPerNameLimit, RealizedGainLimit, TrackingErrorLimit, TurnoverLimit
from tax import TaxRates
from taxsleeve.option_values import fraction
from taxsleeve.spelling import one_of
from taxsleeve.study_settings import StudySettings
from taxsleeve.study_terms import Terms
from taxsleeve_errors import InputError

__all__ = ["STRATEGIES", "SWEPT", "study_plan", "swept_terms"]

STRATEGIES = ("optimizer", "threshold", "passive", "perfect")
_ALL = STRATEGIES
_OPTIMIZER = ("optimizer",)
SWEPT: Mapping[str, tuple[str, ...]] = {
    "tracking_error": _OPTIMIZER,
    "loss_per_name": ("optimizer", "threshold"),
    "turnover": _OPTIMIZER,
    "gain_budget": _OPTIMIZER,
    "harvest_threshold": _OPTIMIZER,
    "leavers": _OPTIMIZER,
    "threshold": ("threshold",),
    "relief": ("threshold", "passive", "perfect"),
    "frequency": _ALL,
    "rates": _ALL,
    "short_term": _ALL,
    "long_term": _ALL,
    "losses": _ALL,
    "taxes": _ALL,
    "wash_rule": _ALL,
    "flows": _ALL,
    "spread_bps": _ALL,
}
"""What can be swept, and the strategies to which it makes a difference."""

# Facts of a run by the term that they tell.
_FACTS = {
    "tracking_error": "te_limit",
    "loss_per_name": "loss_per_name",
    "turnover": "turnover_limit",
    "gain_budget": "gain_budget",
    "harvest_threshold": "harvest_threshold",
    "leavers": "leavers",
    "threshold": "threshold",
    "relief": "relief",
}
_WORDS = {"frequency", "losses", "relief", "taxes"}
_ANY_DAY = dt.date(2000, 1, 1)
_CASH = CashLimit(0.0, 0.002)


def study_plan(settings: StudySettings, calendar: pd.DatetimeIndex) -> StudyPlan:
    """Make the plan of a study on a market's calendar.

    Raises
    ------
    InputError
        A strategy or something swept is not known, or a value makes no sense.
    """
    unknown = [name for name in settings.strategies if name not in STRATEGIES]
    if unknown:
        raise InputError.of("--strategies", one_of(unknown[0], STRATEGIES, some=True), value=unknown[0])
    planned = {}
    concerned = _possible(settings.strategies, settings.terms)
    if settings.base and concerned:
        planned[BASE] = StudySetting(
            _vintage_settings(settings.terms), only=concerned, facts=_facts(concerned, settings.terms)
        )
    sweeps = dict(settings.sweeps)
    if "perfect" in settings.strategies:
        sweeps.setdefault("wash_rule", ("off",))
    for name, values in sweeps.items():
        for value in values:
            terms = swept_terms(settings.terms, name, value)
            touched = SWEPT[name] if name in settings.sweeps else ("perfect",)
            concerned = tuple(one for one in _possible(settings.strategies, terms) if one in touched)
            if concerned:
                instead = {strategy: _strategy(strategy, terms) for strategy in concerned}
                facts = _facts(concerned, terms, swept=name, value=value)
                planned[f"{name}={value}"] = StudySetting(_vintage_settings(terms), instead, concerned, facts)
    return StudyPlan(
        sleeves=settings.sleeves,
        funded=vintage_starts(calendar, settings.start_years),
        years=settings.years,
        strategies={name: _strategy(name, settings.terms) for name in settings.strategies},
        settings=planned,
    )


def swept_terms(terms: Terms, name: str, text: str) -> Terms:
    """Terms with one of them changed.

    Parameters
    ----------
    terms : Terms
    name : str
        One of `SWEPT`.
    text : str
        As typed: a percentage, "none" for no limit, a word, or two rates as 37%/20%.

    Raises
    ------
    InputError
        There is no such thing to sweep, or the value makes no sense.
    """
    if name not in SWEPT:
        raise InputError.of("--sweep", one_of(name, SWEPT), value=name)
    option = f"--sweep {name}"
    changed: dict[str, object]
    if name == "rates":
        rates = text.split("/")
        if len(rates) != 2:
            raise InputError.of(option, "short-term and long-term rate, as 37%/20%", value=text)
        changed = {"short_term": fraction(option, rates[0]), "long_term": fraction(option, rates[1])}
    elif name == "wash_rule":
        if text not in ("on", "off"):
            raise InputError.of(option, "on or off", value=text)
        changed = {name: text == "on"}
    elif text == "none":
        changed = {name: None}
    else:
        changed = {name: text if name in _WORDS else fraction(option, text)}
    try:
        return Terms.model_validate({**terms.model_dump(), **changed})
    except ValidationError as error:
        item = error.errors()[0]
        raise InputError.of(option, str(item["msg"]).removeprefix("Value error, "), value=text) from error


def _possible(strategies: tuple[str, ...], terms: Terms) -> tuple[str, ...]:
    """Strategies that these terms allow: a perfect harvest washes every sale."""
    return tuple(name for name in strategies if name != "perfect" or not terms.wash_rule)


def _vintage_settings(terms: Terms) -> VintageSettings:
    return VintageSettings(
        funded=_ANY_DAY,
        until=_ANY_DAY + dt.timedelta(days=1),
        capital=terms.capital,
        rates=TaxRates(short_term=terms.short_term, long_term=terms.long_term),
        losses=terms.losses,
        costs=Costs(spread_bps=terms.spread_bps),
        taxes=terms.taxes,
        frequency=terms.frequency,
        wash_rule=terms.wash_rule,
        flows=Flows(terms.flows) if terms.flows else None,
    )


def _strategy(name: str, terms: Terms) -> Strategy:
    if name == "passive":
        return PassiveReplication(relief=terms.relief)
    if name == "perfect":
        return PerfectHarvest(relief=terms.relief)
    if name == "threshold":
        most = np.inf if terms.loss_per_name is None else terms.loss_per_name
        return ThresholdHarvest(threshold=terms.threshold, most_loss=most, relief=terms.relief)
    leavers = None if terms.leavers is None else LeaverTolerance(terms.leavers)
    mandate = replace(OptimizedHarvest().mandate, harvest_threshold=terms.harvest_threshold)
    return OptimizedHarvest(limits=_limits(terms), mandate=mandate, checked=terms.checked, leavers=leavers)


def _limits(terms: Terms) -> tuple[Limit, ...]:
    kinds = (
        (TrackingErrorLimit, terms.tracking_error),
        (LossPerNameLimit, terms.loss_per_name),
        (TurnoverLimit, terms.turnover),
        (RealizedGainLimit, terms.gain_budget),
    )
    return (_CASH, *(kind(limit) for kind, limit in kinds if limit is not None))


def _facts(strategies: tuple[str, ...], terms: Terms, **swept: str) -> dict[str, dict[str, float | str]]:
    """What reports show of the terms, by strategy: only what makes a difference to it."""
    return {name: {**_concerning(name, terms), **swept} for name in strategies}


def _concerning(strategy: str, terms: Terms) -> dict[str, float | str]:
    named: dict[str, float | str | None] = {"flows": terms.flows}
    for name, fact in _FACTS.items():
        if strategy in SWEPT[name]:
            named[fact] = getattr(terms, name)
    return {name: value for name, value in named.items() if value is not None}
