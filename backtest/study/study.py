"""What a study has found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from backtest.market import Market
from backtest.study.plan import StudyPlan
from backtest.study.run_key import RunKey
from backtest.study.stored_run import StoredRun

__all__ = ["MarketFacts", "Study"]


@dataclass(frozen=True)
class MarketFacts:
    """What reports say of the market.

    Parameters
    ----------
    name, currency, notes : str
    first, last : date
    names : int
        Ever listed.
    prices_include_dividends : bool
    """

    name: str
    currency: str
    notes: str
    first: dt.date
    last: dt.date
    names: int
    prices_include_dividends: bool

    @classmethod
    def of(cls, market: Market) -> MarketFacts:
        """Facts of a market."""
        first, last = market.calendar[0].date(), market.calendar[-1].date()
        paid_in = market.prices_include_dividends
        return cls(market.name, market.currency, market.notes, first, last, len(market.assets), paid_in)


@dataclass(frozen=True, eq=False)
class Study:
    """Finished runs, and those that failed.

    Parameters
    ----------
    plan : StudyPlan
    market : MarketFacts
    runs : mapping of RunKey to StoredRun
        In the plan's order.
    failed : mapping of RunKey to str
        Runs that could not be finished, and why; they are tried again when the study is run again.
    unfitted : mapping of date to str
        Dates whose risk model could not be fitted; runs went on with the model before.
    """

    plan: StudyPlan
    market: MarketFacts
    runs: Mapping[RunKey, StoredRun]
    failed: Mapping[RunKey, str]
    unfitted: Mapping[dt.date, str] = field(default_factory=dict)
