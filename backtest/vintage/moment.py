"""One rebalance's close: the account as a strategy is shown it, and as the books of the vintage keep it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.holdings import Holdings, RecentTrades, calendar_day
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Situation
from backtest.vintage.tape import Tape
from optimizer import Account, Restriction, Securities
from risk import FactorRisk
from tax import LockFlags, TradeHistory

__all__ = ["Leavers", "Moment", "moment"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
_MONTH = 365.25 / 12


class Leavers:
    """Names that were in the index and are not: their last weight and the day they were first found out.

    Parameters
    ----------
    names : int
        N of the tape.
    """

    def __init__(self, names: int) -> None:
        self.last_weight = np.zeros(names)
        self.out_since = np.zeros(names)

    def see(self, weights: Floats, day: int) -> None:
        """Take in the index weights (N,) of a rebalance."""
        inside = weights > 0
        left = ~inside & (self.last_weight > 0) & (self.out_since == 0)
        self.out_since[left] = day
        self.out_since[inside] = 0
        self.last_weight[inside] = weights[inside]


@dataclass(frozen=True, eq=False)
class Moment:
    """A rebalance's close.

    Parameters
    ----------
    tape : Tape
    row, day : int
        Row of the tape; days since 1970-01-01.
    holdings : Holdings
        Before trading, the day's taxes and flow in its cash.
    names : array of int (S,)
        Column of the tape of each of the situation's securities.
    place : array of int (N,)
        Where each name of the tape stands among these, -1 where it does not.
    locks : LockFlags
    situation : Situation
    """

    tape: Tape
    row: int
    day: int
    holdings: Holdings
    names: Ints
    place: Ints
    locks: LockFlags
    situation: Situation


def moment(
    tape: Tape,
    number: int,
    holdings: Holdings,
    settings: VintageSettings,
    risk: FactorRisk | None,
    leavers: Leavers,
    elsewhere: RecentTrades | None = None,
) -> Moment:
    """Show an account on the close of rebalance `number`.

    Trades of other accounts of the same taxpayer, `elsewhere`, count in its wash-sale window.

    Raises
    ------
    InputError
        The account is worth nothing.
    """
    row, weights = int(tape.rebalances[number]), tape.weights[number]
    day = int(tape.days[row])
    names = _named(holdings, weights)
    place = np.full(len(tape.assets), -1, dtype=np.intp)
    place[names] = np.arange(len(names))
    priced = tape.priced[number, names]
    locks = holdings.locks(tape, day, elsewhere) if settings.wash_rule else LockFlags.none(len(tape.groups))
    trades = _told(tape, holdings.recent, elsewhere) if settings.wash_rule else TradeHistory.build()
    account = _account(tape, number, holdings, names, priced, trades, seen=settings.wash_rule)
    former = np.where(weights > 0, 0.0, leavers.last_weight)[names]
    situation = Situation(
        account=account,
        weight=weights[names] / weights.sum(),
        tradable=priced,
        may_buy=~locks.no_buy[tape.group_number[names]],
        may_sell_at_loss=locks.may_sell_at_loss(tape.group_number[holdings.lots.name]),
        locks=locks.in_words(tape.groups, holdings.lots.lot_id),
        settings=settings,
        risk=risk,
        former_weight=former,
        months_out=np.where(former > 0, (day - leavers.out_since[names]) / _MONTH, 0.0),
    )
    return Moment(tape, row, day, holdings, names, place, locks, situation)


def _named(holdings: Holdings, weights: Floats) -> Ints:
    """Columns of the tape that are held or in the index, rising."""
    named = weights != 0
    named[holdings.lots.name] = True
    return np.flatnonzero(named)


def _picked(words: tuple[str, ...], names: list[int]) -> tuple[str, ...]:
    return tuple(map(words.__getitem__, names))


def _told(tape: Tape, own: RecentTrades, elsewhere: RecentTrades | None) -> TradeHistory:
    history = own.history(tape)
    if elsewhere is None:
        return history
    other = elsewhere.history(tape, "elsewhere")
    return TradeHistory(
        **{f.name: np.concatenate([getattr(history, f.name), getattr(other, f.name)]) for f in fields(history)}
    )


def _account(
    tape: Tape,
    number: int,
    holdings: Holdings,
    names: Ints,
    priced: NDArray[np.bool_],
    trades: TradeHistory,
    *,
    seen: bool,
) -> Account:
    row, columns = int(tape.rebalances[number]), names.tolist()
    assets = _picked(tape.assets, columns)
    securities = Securities(
        asset=assets,
        price=tape.last_price[row, names],
        sector=_picked(tape.sector, columns),
        group=_picked(tape.group, columns),
        spread_bps=np.full(len(names), np.nan),
        adv=tape.adv[number, names],
    )
    return Account(
        as_of=calendar_day(int(tape.days[row])),
        cash=holdings.cash,
        lots=holdings.lots.as_lots(tape, seen=seen),
        securities=securities,
        trades=trades,
        restrictions=[Restriction(assets[i], "no_trade") for i in np.flatnonzero(~priced).tolist()],
    )
