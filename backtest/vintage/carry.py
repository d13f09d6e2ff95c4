"""From one rebalance to the next: prices move, dividends come in cash, names that leave are paid out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.actions import acted
from backtest.vintage.holdings import Holdings, RecentTrades
from backtest.vintage.lot_table import by_name
from backtest.vintage.sales import CAUSES, DELISTING, Sales, sales_of
from backtest.vintage.tape import Tape
from taxsleeve_errors import TaxError

__all__ = ["Carried", "carry"]

Floats = NDArray[np.float64]
_CENT = 0.005


@dataclass(frozen=True, eq=False)
class Carried:
    """An account after some days without trading.

    Parameters
    ----------
    holdings : Holdings
    values : array (D + 1,)
        Net asset value at each close, the first before anything moved.
    dividends : float
        Dollars received.
    sales : tuple of Sales
        Lots of names that left, and the cash of mergers.
    """

    holdings: Holdings
    values: Floats
    dividends: float
    sales: tuple[Sales, ...] = ()


def carry(
    tape: Tape,
    holdings: Holdings,
    start: int,
    end: int,
    *,
    wash_rule: bool = True,
    elsewhere: RecentTrades | None = None,
) -> Carried:
    """Hold from the close of row `start` to the close of row `end`.

    Cash earns nothing. A name without a price is carried at its last until it has left the market. Whoever held a share
    at the close before gets the day's dividend first, then come corporate actions, then payments for what has left.
    Purchases of other accounts of the same taxpayer up to `start`, `elsewhere`, wash losses of what leaves too.

    Raises
    ------
    TaxError
        Cash and value do not add up to the cent.
    """
    stops = {action.row for action in tape.actions if start < action.row <= end}
    stops |= set(tape.departures.between(start, end).day.tolist())
    values = [np.array([_worth(tape, holdings, start)])]
    sales: list[Sales] = []
    dividends = 0.0
    for day in sorted(stops | {end}):
        step = _steady(tape, holdings, start, day)
        dividends += step.dividends
        holdings, path = step.holdings, step.values
        _check(tape, day, "value", path[-1] - _worth(tape, holdings, day))
        if day in stops:
            holdings, sold = _events(tape, holdings, day, elsewhere, wash_rule=wash_rule)
            path[-1] = _worth(tape, holdings, day)
            sales += sold
        values.append(path[1:])
        start = day
    return Carried(holdings, np.concatenate(values), dividends, tuple(sales))


def _events(
    tape: Tape, holdings: Holdings, row: int, elsewhere: RecentTrades | None, *, wash_rule: bool
) -> tuple[Holdings, list[Sales]]:
    """Corporate actions of a day, then payments for names that have left."""
    sales = []
    for action in tape.actions:
        if action.row == row:
            before, after = holdings, acted(tape, holdings, action)
            holdings = after.holdings
            received = 0.0
            if after.merger_cash is not None:
                sales.append(after.merger_cash)
                received = float(after.merger_cash.shares @ after.merger_cash.price)
                received -= float(after.merger_cash.gain.sum())
            _check(tape, row, "basis", before.lots.total_basis() - received - holdings.lots.total_basis())
    today = tape.departures.between(row - 1, row)
    if np.isin(holdings.lots.name, today.name).any():
        holdings, sold = _paid_out(tape, holdings, row, elsewhere, wash_rule=wash_rule)
        sales.append(sold)
    return holdings, sales


def _steady(tape: Tape, holdings: Holdings, start: int, end: int) -> Carried:
    """Hold the same shares for some days."""
    lots = holdings.lots
    shares = by_name(lots.name, lots.shares, len(tape.assets))
    names = np.flatnonzero(shares)
    paid = tape.dividends.between(start, end)
    amounts = paid.cash * shares[paid.name]
    income = np.bincount(paid.day - start, weights=amounts, minlength=end - start + 1)
    invested = tape.last_price[start : end + 1, names] @ shares[names]
    total = float(amounts.sum())
    each = by_name(paid.name, paid.cash, len(tape.assets))
    after = replace(holdings, cash=holdings.cash + total, lots=replace(lots, paid=lots.paid + each[lots.name]))
    return Carried(after, holdings.cash + np.cumsum(income) + invested, total)


def _paid_out(
    tape: Tape, holdings: Holdings, row: int, elsewhere: RecentTrades | None, *, wash_rule: bool
) -> tuple[Holdings, Sales]:
    """Pay out the holders of the names that left at this close."""
    lots, day = holdings.lots, int(tape.days[row])
    today = tape.departures.between(row - 1, row)
    payout = np.full(len(tape.assets), np.nan)
    payout[today.name] = today.cash
    going = np.isfinite(payout)[lots.name]
    cause = np.full(len(lots), CAUSES.index(DELISTING))
    shares, price = np.where(going, lots.shares, 0.0), np.nan_to_num(payout)[lots.name]
    sold = sales_of(lots, shares, price, row, np.datetime64(day, "D"), cause)
    if wash_rule and (sold.gain < 0).any():
        locks, group = holdings.locks(tape, day, elsewhere), tape.group_number
        staying = np.bincount(group[lots.name[~going]], minlength=len(tape.groups)) > 0
        washed = locks.no_loss & (staying | ~locks.whole)
        sold = sold.without_losses(washed[group[sold.name]])
    trades = RecentTrades(sold.name, np.full(len(sold.name), day), -sold.shares, sold.gain)
    proceeds = float(sold.shares @ sold.price)
    kept = lots.take(~going)
    given_up = proceeds - float(sold.gain.sum()) + sold.disallowed
    _check(tape, row, "basis", lots.total_basis() - given_up - kept.total_basis())
    return Holdings(holdings.cash + proceeds, kept, holdings.recent.and_then(trades, day)), sold


def _worth(tape: Tape, holdings: Holdings, row: int) -> float:
    return holdings.cash + float(holdings.lots.shares @ tape.last_price[row, holdings.lots.name])


def _check(tape: Tape, row: int, what: str, difference: float) -> None:
    if not abs(difference) <= _CENT:
        raise TaxError(f"vintage, {tape.date(row).date()}: {what} is out by {difference:.6f} dollars")
