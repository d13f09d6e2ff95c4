"""One account, funded in cash, moved through time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from backtest.sleeve_index import SleeveIndex
from backtest.vintage.carry import carry
from backtest.vintage.execute import Filled, execute
from backtest.vintage.holdings import Holdings
from backtest.vintage.result import Held, VintageResult, realised_row, tax_saved, trade_rows
from backtest.vintage.risk_source import RiskSource
from backtest.vintage.sales import Sales
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Situation, Strategy
from backtest.vintage.tape import Tape, month_ends
from backtest.vintage.taxes import TaxAccount
from optimizer import Account, Restriction, Securities
from tax import wash_locks
from taxsleeve_errors import Fault, InputError

__all__ = ["run_vintage"]


def run_vintage(
    index: SleeveIndex,
    strategy: Strategy,
    settings: VintageSettings,
    risk: RiskSource | None = None,
    *,
    tape: Tape | None = None,
) -> VintageResult:
    """Fund an account in cash and rebalance it on the last trading day of every month.

    A rebalance is decided on what is known at the close, and filled at that close. In between dividends come in cash
    and names that leave the market are paid out; both wait in cash for the next rebalance.

    Parameters
    ----------
    index : SleeveIndex
        With its market.
    strategy : Strategy
    settings : VintageSettings
    risk : RiskSource, optional
        Needed where the strategy says so; otherwise it predicts tracking error for the record.
    tape : Tape, optional
        The market laid out, where several vintages share it.

    Returns
    -------
    VintageResult

    Raises
    ------
    InputError
        The market's history does not hold two rebalances of the vintage, the sleeve has no member at the first, or the
        strategy needs a risk model.
    OptimizerError, TaxError
        A decision is nonsense, would wash a loss, or something does not add up.
    """
    tape = tape or Tape.of(index.market)
    rows, last = _rebalances(index, settings)
    if strategy.needs_risk and risk is None:
        raise InputError.of("risk", f"a risk model for the strategy {strategy.name}", value=None)
    holdings, sales = Holdings.funded(settings.capital), list[Sales]()
    taxes, months, trades, held = TaxAccount(settings), [], [], []
    paths = [np.array([settings.capital])]
    dividends = 0.0
    for number, row in enumerate(rows):
        day = index.market.calendar[row]
        paid = taxes.due(day)
        holdings = replace(holdings, cash=holdings.cash + paid)
        situation = _situation(tape, index, holdings, settings, day, risk)
        decision = strategy.decide(situation)
        filled = execute(situation, decision)
        sales.append(filled.sales)
        taxes.add(sales, dividends, day)
        held.append(Held.after(situation, filled))
        trades += trade_rows(sales, filled)
        carried = carry(tape, filled.holdings, row, rows[number + 1] if number + 1 < len(rows) else last)
        paths.append(carried.values)
        facts = {"date": day, "tax_paid": paid, "dividends": dividends, "relaxed": decision.relaxed}
        months.append(facts | _row(situation, filled, sales, held[-1]))
        holdings, sales, dividends = carried.holdings, carried.sales, carried.dividends
    days = _days(index, paths, rows[0], last)
    frame = _with_index(pd.DataFrame(months).set_index("date"), days, settings)
    return VintageResult(strategy.name, settings, frame, days, pd.DataFrame(trades), tuple(held))


def _rebalances(index: SleeveIndex, settings: VintageSettings) -> tuple[list[int], int]:
    calendar = index.market.calendar
    ends = month_ends(calendar)
    inside = (calendar[ends] >= pd.Timestamp(settings.funded)) & (calendar[ends] < pd.Timestamp(settings.until))
    rows = ends[inside].tolist()
    last = index.market.position(pd.Timestamp(settings.until))
    faults = []
    if calendar[-1] < pd.Timestamp(settings.until) or calendar[0] > pd.Timestamp(settings.funded) or len(rows) < 2:
        span = f"{calendar[0].date()} to {calendar[-1].date()}"
        faults.append(Fault("funded, until", f"two month ends inside {span}", value=str(settings.funded)))
    elif not index.weights_at(calendar[rows[0]]).sum() > 0:
        faults.append(Fault("sleeve", f"members on {calendar[rows[0]].date()}", value=index.name))
    if faults:
        raise InputError(faults)
    return rows, last


def _situation(
    tape: Tape,
    index: SleeveIndex,
    holdings: Holdings,
    settings: VintageSettings,
    day: pd.Timestamp,
    risk: RiskSource | None,
) -> Situation:
    market, row = tape.market, tape.market.position(day)
    weights = index.weights_at(day)
    weights = weights[weights > 0]
    names = sorted({*holdings.lots.asset.tolist(), *weights.index.tolist()})
    columns = tape.positions(names)
    known = market.securities.iloc[columns]
    priced = market.prices.iloc[row, columns].notna().to_numpy()
    securities = Securities(
        asset=tuple(names),
        price=tape.last_price[row, columns],
        sector=tuple(known["sector"].tolist()),
        group=tuple(known["group"].astype(str).tolist()),
        spread_bps=np.full(len(names), np.nan),
        adv=market.adv_at(day).to_numpy(dtype=float)[columns],
    )
    account = Account(
        as_of=day.date(),
        cash=holdings.cash,
        lots=holdings.lots,
        securities=securities,
        trades=holdings.recent,
        restrictions=[Restriction(n, "no_trade") for n, good in zip(names, priced, strict=True) if not good],
    )
    return Situation(
        account=account,
        benchmark=dict(zip(weights.index.tolist(), (weights / weights.sum()).tolist(), strict=True)),
        locks=wash_locks(holdings.recent, holdings.lots, day.date()),
        settings=settings,
        risk=None if risk is None else risk.fitted(day),
    )


def _row(situation: Situation, filled: Filled, sales: list[Sales], held: Held) -> dict[str, float]:
    account, lots = situation.account, filled.holdings.lots
    price = dict(zip(account.securities.asset, account.securities.price.tolist(), strict=True))
    value = lots.shares * np.array([price[asset] for asset in lots.asset.tolist()])
    gain = value - lots.shares * lots.basis
    whole = float(value.sum()) + filled.holdings.cash
    return {
        "value": account.nav,
        **realised_row(sales),
        "tax_saved": tax_saved(situation.settings, sales),
        "cost": filled.cost,
        "turnover": filled.traded / 2 / account.nav,
        "tracking_error": held.tracking_error,
        "locked": float(value[gain > 0].sum()) / whole,
        "embedded_gain": float(gain.sum()) / whole,
        "cash": filled.holdings.cash,
        "lots": float(len(lots)),
        "unrated": held.unrated,
    }


def _days(index: SleeveIndex, paths: list[np.ndarray], first: int, last: int) -> pd.DataFrame:
    # A close's value before a rebalance's costs and taxes ends one day's return, after them it begins the next.
    values = np.concatenate([path[1:] for path in paths[1:]])
    returns = np.concatenate([path[1:] / path[:-1] - 1 for path in paths[1:]])
    days = index.market.calendar[first + 1 : last + 1]
    benchmark = index.returns.reindex(days).to_numpy()
    return pd.DataFrame({"value": values, "account": returns, "benchmark": benchmark}, index=days)


def _with_index(months: pd.DataFrame, days: pd.DataFrame, settings: VintageSettings) -> pd.DataFrame:
    growth = (1 + days["benchmark"]).cumprod()
    level = growth.reindex(months.index).fillna(1.0)
    active = days["account"] - days["benchmark"]
    number = np.searchsorted(months.index.to_numpy(), days.index.to_numpy(), side="left") - 1
    deviation = active.groupby(number).std() * np.sqrt(252)
    realised = deviation.reindex(range(len(months))).to_numpy()
    return months.assign(benchmark=settings.capital * level, realised=realised)
