"""One account moved through time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.sleeve_index import SleeveIndex
from backtest.vintage.carry import Carried, carry
from backtest.vintage.execute import Filled, execute
from backtest.vintage.holdings import Holdings, RecentTrades
from backtest.vintage.lot_table import LotTable
from backtest.vintage.moment import Leavers, Moment, moment
from backtest.vintage.months import benchmark_path, days_frame, realised_row, state_row, with_realised
from backtest.vintage.result import Held, VintageResult, held_after
from backtest.vintage.risk_source import RiskSource
from backtest.vintage.sales import Sales
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Decision, Strategy
from backtest.vintage.tape import Tape, vintage_tape
from backtest.vintage.taxes import TaxAccount
from backtest.vintage.trades import TradeLog
from taxsleeve_errors import InputError

__all__ = ["run_tape", "run_vintage"]


def run_vintage(
    index: SleeveIndex, strategy: Strategy, settings: VintageSettings, risk: RiskSource | None = None
) -> VintageResult:
    """Fund an account and rebalance it through a market: `run_tape` on the `vintage_tape` of the same arguments."""
    return run_tape(vintage_tape(index, settings), strategy, settings, risk)


def run_tape(
    tape: Tape, strategy: Strategy, settings: VintageSettings, risk: RiskSource | None = None
) -> VintageResult:
    """Fund an account and rebalance it on every rebalance day of a tape.

    A rebalance is decided on what is known at the close, and filled at that close. In between dividends come in cash
    and names that leave the market are paid out; both wait in cash for the next rebalance.

    Parameters
    ----------
    tape : Tape
        Of settings with the same dates, frequency and opening lots.
    strategy : Strategy
    settings : VintageSettings
    risk : RiskSource, optional
        Needed where the strategy says so; otherwise it predicts tracking error for the record.

    Returns
    -------
    VintageResult

    Raises
    ------
    InputError
        The strategy needs a risk model, opening lots do not fit, or withdrawals have emptied the account.
    OptimizerError, TaxError
        A decision is nonsense, would wash a loss, or something does not add up.
    """
    if strategy.needs_risk and risk is None:
        raise InputError.of("risk", f"a risk model for the strategy {strategy.name}", value=None)
    return _Run(tape, strategy, settings, risk).result()


class _Run:
    """The books of one vintage while it runs."""

    def __init__(self, tape: Tape, strategy: Strategy, settings: VintageSettings, risk: RiskSource | None) -> None:
        self._tape, self._strategy, self._settings, self._risk = tape, strategy, settings, risk
        self._taxes, self._leavers = TaxAccount(settings), Leavers(len(tape.assets))
        self._log = TradeLog(tape)
        self._rows: list[dict[str, float]] = []
        self._held: list[Held] = []

    def result(self) -> VintageResult:
        """Go through all rebalances, and value what is left."""
        tape, settings = self._tape, self._settings
        opening = _opening(tape, settings)
        carried = Carried(opening, np.array([settings.capital]), 0.0)
        ends = np.append(tape.rebalances[1:], len(tape.calendar) - 1)
        paths = []
        for number, (start, end) in enumerate(zip(tape.rebalances.tolist(), ends.tolist(), strict=True)):
            holdings = self._rebalanced(number, carried)
            carried = carry(tape, holdings, start, end, wash_rule=settings.wash_rule)
            paths.append(carried.values)
        self._close(carried)
        days = days_frame(tape, paths)
        return VintageResult(
            self._strategy.name, settings, self._months(days), days, self._log.table(), tuple(self._held)
        )

    def _rebalanced(self, number: int, carried: Carried) -> Holdings:
        tape, settings = self._tape, self._settings
        row = int(tape.rebalances[number])
        day = int(tape.days[row])
        paid, flow = self._taxes.due(day), 0.0
        if number and settings.flows is not None:
            flow = settings.flows.at_rebalance(settings.capital, settings.frequency.per_year)
        self._leavers.see(tape.weights[number], day)
        model = None if self._risk is None else self._risk.fitted(tape.date(row))
        at = moment(tape, number, carried.holdings.with_cash(paid + flow), settings, model, self._leavers)
        decision = self._strategy.decide(at.situation)
        filled = execute(at, decision)
        self._book((*carried.sales, filled.sales), carried, row)
        self._log.bought(filled.bought, row)
        self._held.append(held_after(at, filled))
        self._rows[-1] |= {"flow": flow, "tax_paid": paid} | self._traded(at, decision, filled)
        return filled.holdings

    def _traded(self, at: Moment, decision: Decision, filled: Filled) -> dict[str, float]:
        return {
            "cost": filled.cost,
            "turnover": filled.traded / 2 / at.situation.account.nav,
            "tracking_error": self._held[-1].tracking_error,
            "relaxed": decision.relaxed,
            "over_budget": float(decision.over_budget),
            "unrated": self._held[-1].unrated,
            **state_row(self._tape, at.row, filled.holdings),
        }

    def _book(self, sales: tuple[Sales, ...], carried: Carried, row: int) -> None:
        """Begin a row with what was realised since the one before."""
        self._taxes.add(sales, carried.dividends, int(self._tape.days[row]))
        for one in sales:
            self._log.sold(one)
        realised = realised_row(self._settings, sales)
        self._rows.append({"value": float(carried.values[-1]), **realised, "dividends": carried.dividends})

    def _close(self, carried: Carried) -> None:
        """Value the account on the last day; nothing is traded."""
        row = len(self._tape.calendar) - 1
        self._book(carried.sales, carried, row)
        idle = {"flow": 0.0, "tax_paid": 0.0, "cost": 0.0, "turnover": 0.0, "relaxed": 1.0, "over_budget": 0.0}
        unknown = {"tracking_error": np.nan, "unrated": np.nan}
        self._rows[-1] |= idle | unknown | state_row(self._tape, row, carried.holdings)

    def _months(self, days: pd.DataFrame) -> pd.DataFrame:
        tape = self._tape
        dates = tape.calendar[np.append(tape.rebalances, len(tape.calendar) - 1)]
        months = pd.DataFrame(self._rows, index=pd.DatetimeIndex(dates, name="date"))
        path = benchmark_path(tape, self._settings.capital, months["flow"].to_numpy())
        months = months.assign(benchmark=path.value, benchmark_income=path.income)
        return with_realised(tape, months, days).astype(float)


def _opening(tape: Tape, settings: VintageSettings) -> Holdings:
    lots = LotTable.of(tape, settings.lots)
    prices = tape.last_price[0, lots.name]
    unpriced = ~tape.priced[0, lots.name]
    if unpriced.any():
        asset = tape.assets[lots.name[int(np.argmax(unpriced))]]
        raise InputError.of("lots", f"a price on {tape.date(0).date()}", column="asset", value=asset)
    late = lots.acquired > tape.days[0]
    if late.any():
        lot = str(lots.lot_id[int(np.argmax(late))])
        raise InputError.of("lots", f"acquired up to {tape.date(0).date()}", column="acquired", value=lot)
    cash = settings.capital - float(lots.shares @ prices)
    if cash < 0:
        expected = f"lots worth at most the capital of {settings.capital:,.2f} on {tape.date(0).date()}"
        raise InputError.of("lots", expected, value=f"{settings.capital - cash:,.2f}")
    return Holdings(cash, lots, RecentTrades.none())
