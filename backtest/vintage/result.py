"""What a vintage leaves: a row a rebalance, a row a day, every trade, and what was held."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.execute import Filled
from backtest.vintage.lot_table import by_name
from backtest.vintage.moment import Moment
from backtest.vintage.settings import VintageSettings
from risk import FactorRisk

__all__ = ["Held", "VintageResult", "held_after", "weighed"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Held:
    """A portfolio after a rebalance.

    Parameters
    ----------
    date : Timestamp
    assets : tuple of str
        Held or in the index.
    weight, benchmark : array (N,)
        Fractions of NAV; cash is what the weights lack.
    tracking_error : float
        Predicted, annual, of the names that the model rates; NaN without a model.
    unrated : float
        Sum of absolute active weights of names that it does not rate.
    """

    date: pd.Timestamp
    assets: tuple[str, ...]
    weight: Floats
    benchmark: Floats
    tracking_error: float
    unrated: float

    @property
    def active(self) -> Floats:
        """Weight less benchmark."""
        return self.weight - self.benchmark


def held_after(at: Moment, filled: Filled) -> Held:
    """Weigh what a rebalance left against the index."""
    situation, lots = at.situation, filled.holdings.lots
    assets, price = situation.account.securities.asset, situation.account.securities.price
    value = by_name(at.place[lots.name], lots.shares, len(assets)) * price
    weight = value / (value.sum() + filled.holdings.cash)
    return weighed(at.tape.date(at.row), assets, weight, situation.weight, situation.risk)


def weighed(
    date: pd.Timestamp, assets: tuple[str, ...], weight: Floats, benchmark: Floats, risk: FactorRisk | None
) -> Held:
    """Measure weights (N,) of a portfolio against those of its index."""
    if risk is None:
        return Held(date, assets, weight, benchmark, np.nan, np.nan)
    active = weight - benchmark
    row = risk.rows(assets)
    rated = row >= 0
    of_model = np.zeros(len(risk.assets))
    of_model[row[rated]] = active[rated]
    unrated = float(np.abs(active[~rated]).sum())
    return Held(date, assets, weight, benchmark, risk.tracking_error(of_model), unrated)


@dataclass(frozen=True, eq=False)
class VintageResult:
    """One account through time.

    Parameters
    ----------
    strategy : str
    settings : VintageSettings
    months : DataFrame
        By rebalance date, and a last row on the last day, on which nothing is traded. Dollars: `value` (before the
        row's taxes, flow and trades), `flow` (in above zero), `benchmark` (an index account with the same capital and
        flows, before the row's flow), `benchmark_income` (dividends of that account since the row before, in
        `benchmark` as reinvested), `loss_short`, `loss_long`, `gain_short`, `gain_long` (losses below zero; what was
        realised since the row before and at it), a column for each of `CAUSES` for losses ("loss harvest", ...) and
        for gains, `tax_saved` (of all, negative where tax is due), `tax_paid` (cash moved: in above zero),
        `dividends`, `ordinary_dividends` (found since the row before to have been held too short a time to be
        qualified; part of these or earlier `dividends`), `disallowed`, `cost`, `unrealised_short` and `unrealised_long`
        (net, after trading, by term as of that day), `cash` (after trading). `turnover` (half of what was traded over
        value), `tracking_error` predicted against the true index, `relaxed` (factor of its limit), `over_budget` (1
        where the budget of gains was given up), `realised` (annualised deviation of the daily active returns until the
        next row; NaN in the last), `locked` (share of value in lots worth more than their basis), `embedded_gain`
        (unrealised gain over value), `lots`, `unrated`. All float64. A period begins with value + tax_paid + flow -
        cost of its row.
    days : DataFrame
        By trading day after funding: `value`, `account` and `benchmark` returns; a day's return is before taxes, flow
        and costs of a rebalance at its close, which fall on the next.
    trades : DataFrame
        `date, side, asset, group, lot_id, shares, price, gain, term, cause`; a buy's lot id is the lot's it makes.
        Sides are "BUY", "SELL" and "MERGER" (cash beside a merger's shares); lots that a spin-off makes are called
        "old lot/new asset".
    held : tuple of Held
        After each rebalance.
    """

    strategy: str
    settings: VintageSettings
    months: pd.DataFrame
    days: pd.DataFrame
    trades: pd.DataFrame
    held: tuple[Held, ...] = field(repr=False)

    def by_year(self) -> pd.DataFrame:
        """Sum up by calendar year, a row each, dollars and fractions as in `months`.

        `value`, `benchmark` and `embedded_gain` are the year's last; losses, gains and `tax_saved` are sums, `turnover`
        too; `tracking_error` (predicted) and `realised` are means.
        """
        years = self.months.groupby(pd.DatetimeIndex(self.months.index).year)
        ends, sums = years[["value", "benchmark", "embedded_gain"]].last(), years.sum()
        found = ends[["value", "benchmark"]].assign(
            losses=sums["loss_short"] + sums["loss_long"],
            gains=sums["gain_short"] + sums["gain_long"],
            tax_saved=sums["tax_saved"],
            turnover=sums["turnover"],
            embedded_gain=ends["embedded_gain"],
        )
        return found.join(years[["tracking_error", "realised"]].mean()).rename_axis("year")

    def _repr_html_(self) -> str:
        words = f"<p>{escape(self.strategy)}, {len(self.months) - 1} rebalances, {len(self.trades):,} trades:</p>"
        return words + self.by_year().to_html(float_format=lambda x: f"{x:,.4g}" if abs(x) < 10 else f"{x:,.0f}")
