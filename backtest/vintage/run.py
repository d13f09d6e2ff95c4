"""One account moved through time."""

from __future__ import annotations

import numpy as np

from backtest.sleeve_index import SleeveIndex
from backtest.vintage.books import Books, spans
from backtest.vintage.carry import Carried
from backtest.vintage.holdings import Holdings, RecentTrades
from backtest.vintage.lot_table import LotTable
from backtest.vintage.result import VintageResult
from backtest.vintage.risk_source import RiskSource
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Strategy
from backtest.vintage.tape import Tape, vintage_tape
from backtest.vintage.taxes import TaxAccount
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
    taxes = TaxAccount(settings)
    books = Books(tape, strategy, settings, taxes)
    carried = Carried(_opening(tape, settings), np.array([settings.capital]), 0.0)
    for number, (start, end) in enumerate(spans(tape)):
        paid, flow = taxes.due(int(tape.days[start])), books.flow(number)
        model = None if risk is None else risk.fitted(tape.date(start))
        at = books.shown(number, carried.holdings.with_cash(paid + flow), model)
        carried = books.carried(books.rebalanced(at, carried, paid=paid, flow=flow), start, end)
    books.close(carried)
    return books.result()


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
