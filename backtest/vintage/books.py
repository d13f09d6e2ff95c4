"""What is written down of one account while it runs, and what becomes of it at a rebalance and between two."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.carry import Carried, carry
from backtest.vintage.execute import Filled, execute
from backtest.vintage.holdings import Holdings, RecentTrades
from backtest.vintage.moment import Leavers, Moment, moment
from backtest.vintage.months import benchmark_path, days_frame, realised_row, state_row, with_realised
from backtest.vintage.result import Held, VintageResult, held_after
from backtest.vintage.sales import Sales
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Decision, Strategy
from backtest.vintage.tape import Tape
from backtest.vintage.taxes import TaxAccount
from backtest.vintage.trades import TradeLog
from risk import FactorRisk

__all__ = ["Books", "row_dates", "spans"]

Floats = NDArray[np.float64]


class Books:
    """One account: its strategy's trades filled and written down, nothing decided.

    Parameters
    ----------
    tape : Tape
    strategy : Strategy
    settings : VintageSettings
    taxes : TaxAccount
        Told what the account realises; whoever keeps several accounts of one taxpayer gives them the same.

    Attributes
    ----------
    rows : list of dict
        A row of `VintageResult.months` each.
    held : list of Held
    paths : list of array
        Net asset value at each close, from each rebalance to the next.
    log : TradeLog
    """

    def __init__(self, tape: Tape, strategy: Strategy, settings: VintageSettings, taxes: TaxAccount) -> None:
        self.tape, self.settings = tape, settings
        self._strategy, self._taxes, self._leavers = strategy, taxes, Leavers(len(tape.assets))
        self.log = TradeLog(tape)
        self.rows: list[dict[str, float]] = []
        self.held: list[Held] = []
        self.paths: list[Floats] = []

    def flow(self, number: int) -> float:
        """Dollars that their owner puts in at a rebalance."""
        flows = self.settings.flows
        if not number or flows is None:
            return 0.0
        return flows.at_rebalance(self.settings.capital, self.settings.frequency.per_year)

    def shown(
        self, number: int, holdings: Holdings, model: FactorRisk | None, elsewhere: RecentTrades | None = None
    ) -> Moment:
        """Show the account, the day's taxes and flow in its cash, on the close of a rebalance."""
        tape = self.tape
        self._leavers.see(tape.weights[number], int(tape.days[int(tape.rebalances[number])]))
        return moment(tape, number, holdings, self.settings, model, self._leavers, elsewhere)

    def rebalanced(self, at: Moment, carried: Carried, *, paid: float, flow: float) -> Holdings:
        """Let the strategy trade, fill it, and write it down with what was carried here."""
        decision = self._strategy.decide(at.situation)
        filled = execute(at, decision)
        self._book((*carried.sales, filled.sales), carried, at.row)
        self.log.bought(filled.bought, at.row)
        self.held.append(held_after(at, filled))
        self.rows[-1] |= {"flow": flow, "tax_paid": paid} | self._traded(at, decision, filled)
        return filled.holdings

    def carried(self, holdings: Holdings, start: int, end: int, elsewhere: RecentTrades | None = None) -> Carried:
        """Hold from one row of the tape to another."""
        found = carry(self.tape, holdings, start, end, wash_rule=self.settings.wash_rule, elsewhere=elsewhere)
        self.paths.append(found.values)
        return found

    def close(self, carried: Carried) -> None:
        """Value the account on the last day; nothing is traded."""
        row = len(self.tape.calendar) - 1
        self._book(carried.sales, carried, row)
        idle = {"flow": 0.0, "tax_paid": 0.0, "cost": 0.0, "turnover": 0.0, "relaxed": 1.0, "over_budget": 0.0}
        unknown = {"tracking_error": np.nan, "unrated": np.nan}
        self.rows[-1] |= idle | unknown | state_row(self.tape, row, carried.holdings)

    def result(self) -> VintageResult:
        """Return everything, once it is closed."""
        days = days_frame(self.tape, self.paths)
        months = self._months(days)
        return VintageResult(self._strategy.name, self.settings, months, days, self.log.table(), tuple(self.held))

    def _traded(self, at: Moment, decision: Decision, filled: Filled) -> dict[str, float]:
        return {
            "cost": filled.cost,
            "turnover": filled.traded / 2 / at.situation.account.nav,
            "tracking_error": self.held[-1].tracking_error,
            "relaxed": decision.relaxed,
            "over_budget": float(decision.over_budget),
            "unrated": self.held[-1].unrated,
            **state_row(self.tape, at.row, filled.holdings),
        }

    def _book(self, sales: tuple[Sales, ...], carried: Carried, row: int) -> None:
        """Begin a row with what was realised since the one before."""
        self._taxes.add(sales, carried.dividends, int(self.tape.days[row]))
        for one in sales:
            self.log.sold(one)
        realised = realised_row(self.settings, sales)
        self.rows.append({"value": float(carried.values[-1]), **realised, "dividends": carried.dividends})

    def _months(self, days: pd.DataFrame) -> pd.DataFrame:
        tape = self.tape
        months = pd.DataFrame(self.rows, index=row_dates(tape))
        path = benchmark_path(tape, self.settings.capital, months["flow"].to_numpy())
        months = months.assign(benchmark=path.value, benchmark_income=path.income)
        return with_realised(tape, months, days).astype(float)


def row_dates(tape: Tape) -> pd.DatetimeIndex:
    """Dates of the rows of `VintageResult.months`: rebalances, and the last day."""
    return pd.DatetimeIndex(tape.calendar[np.append(tape.rebalances, len(tape.calendar) - 1)], name="date")


def spans(tape: Tape) -> list[tuple[int, int]]:
    """Rows of each rebalance and the next, or the last day."""
    ends = np.append(tape.rebalances[1:], len(tape.calendar) - 1)
    return list(zip(tape.rebalances.tolist(), ends.tolist(), strict=True))
