"""What a household leaves: each sleeve's own record, what moved between them, and all of them as one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.household.member import Member
from backtest.vintage.books import Books, row_dates
from backtest.vintage.holdings import Holdings
from backtest.vintage.lot_table import by_name
from backtest.vintage.months import benchmark_path, days_frame, with_realised
from backtest.vintage.result import Held, VintageResult, weighed
from backtest.vintage.settings import VintageSettings
from backtest.vintage.tape import Tape
from risk import FactorRisk

__all__ = ["HouseholdResult", "household_held", "household_total"]

Floats = NDArray[np.float64]
# Of an account, not dollars: of several they are weighed by value, but for what says the worst of them.
_MET = 1e-3
_BY_VALUE, _WORST = ("turnover", "locked", "embedded_gain"), ("relaxed", "over_budget")


@dataclass(frozen=True, eq=False)
class HouseholdResult:
    """A household through time.

    Parameters
    ----------
    sleeves : dict of str to VintageResult
        Each sleeve against its own index. Lots that moved in are in no purchase of its trades; in `transfers` they are.
    transfers : DataFrame
        `date` and `optimizer.household.TRANSFER_COLUMNS`: lots that moved in kind, with their basis and dates, and
        the cash that settled them.
    total : VintageResult
        All sleeves as one account against their blended benchmark: dollars added up, `locked`, `embedded_gain` and
        `turnover` weighed by value, tracking error of the whole, `relaxed` and `over_budget` of the sleeve that is
        worst off; or, where that is more, how many times its limit the household's tracking error is. Its trades have a
        column `sleeve` more.
    """

    sleeves: dict[str, VintageResult]
    transfers: pd.DataFrame = field(repr=False)
    total: VintageResult

    def _repr_html_(self) -> str:
        named = ", ".join(map(escape, self.sleeves))
        moved = int((self.transfers["kind"] == "lot").sum()) if len(self.transfers) else 0
        return f"<p>{named} as one account; lots moved in kind: {moved:,}</p>{self.total._repr_html_()}"


def household_held(tape: Tape, number: int, holdings: Mapping[str, Holdings], risk: FactorRisk | None) -> Held:
    """Weigh all sleeves together against the blended benchmark after a rebalance."""
    row, weight = int(tape.rebalances[number]), tape.weights[number]
    size = len(tape.assets)
    shares = np.sum([by_name(one.lots.name, one.lots.shares, size) for one in holdings.values()], axis=0)
    names = np.flatnonzero((shares > 0) | (weight != 0))
    value = shares[names] * tape.last_price[row, names]
    whole = value.sum() + sum(one.cash for one in holdings.values())
    assets = tuple(tape.assets[i] for i in names.tolist())
    return weighed(tape.date(row), assets, value / whole, weight[names] / weight.sum(), risk)


def household_total(
    tape: Tape,
    settings: VintageSettings,
    members: Sequence[Member],
    books: Mapping[str, Books],
    held: Sequence[Held],
    tracking_error: float | None = None,
) -> VintageResult:
    """Add the sleeves up to one account.

    Parameters
    ----------
    tape : Tape
        Of the blended benchmark.
    settings : VintageSettings
        Of the household.
    members : sequence of Member
    books : mapping of str to Books
        Closed.
    held : sequence of Held
        Of the household, a rebalance each.
    tracking_error : float, optional
        Limit on the whole.
    """
    own = [pd.DataFrame(books[m.name].rows, index=row_dates(tape)).astype(float) for m in members]
    paths = [np.sum(parts, axis=0) for parts in zip(*(books[m.name].paths for m in members), strict=True)]
    days = days_frame(tape, paths)
    months = _added(own).assign(
        tracking_error=[*(one.tracking_error for one in held), np.nan],
        unrated=[*(one.unrated for one in held), np.nan],
    )
    if tracking_error is not None:
        # What an engine leaves over a limit that it meets is no relaxation.
        times = (months["tracking_error"] / tracking_error).where(lambda x: x > 1 + _MET, 1.0)
        months = months.assign(relaxed=np.maximum(months["relaxed"], times))
    path = benchmark_path(tape, settings.capital, months["flow"].to_numpy())
    months = months.assign(benchmark=path.value, benchmark_income=path.income)
    months = with_realised(tape, months, days).astype(float)
    trades = pd.concat([books[m.name].log.table().assign(sleeve=m.name) for m in members], ignore_index=True)
    trades = trades.sort_values("date", kind="stable", ignore_index=True)
    return VintageResult("household", settings, months, days, trades, tuple(held))


def _added(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    summed: pd.DataFrame = parts[0].copy()
    for part in parts[1:]:
        summed = summed + part
    value = [part["value"] + part["tax_paid"] + part["flow"] - part["cost"] for part in parts]
    whole = np.sum([one.to_numpy() for one in value], axis=0)
    for column in _BY_VALUE:
        weighted = np.sum([part[column].to_numpy() * one.to_numpy() for part, one in zip(parts, value, strict=True)], 0)
        summed[column] = weighted / whole
    for column in _WORST:
        summed[column] = np.max([part[column].to_numpy() for part in parts], axis=0)
    return summed
