"""Corporate actions as they move the lots of a vintage: basis and holding period carried on, nothing bought.

The rules are those of the exact ledger (`tax.StockMerger`, `tax.CashAndStockMerger`, `tax.SpinOff`, `tax.Split`), on
arrays; a test holds the two to each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backtest.market_actions import ActionKind
from backtest.vintage.holdings import SHARE_DIGITS, Holdings
from backtest.vintage.lot_table import LotTable
from backtest.vintage.sales import CAUSES, DELISTING, Sales, sales_of
from backtest.vintage.tape import Tape
from backtest.vintage.tape_actions import TapeAction

__all__ = ["Acted", "acted"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Acted:
    """What an action made of holdings.

    Parameters
    ----------
    holdings : Holdings
    merger_cash : Sales or None
        Gain recognised on the cash of a merger, lot by lot; prices are cash for an old share.
    """

    holdings: Holdings
    merger_cash: Sales | None = None


def acted(tape: Tape, holdings: Holdings, action: TapeAction) -> Acted:
    """Apply one action; holdings without the name come back as they are."""
    concerned = holdings.lots.name == action.name
    if not concerned.any():
        return Acted(holdings)
    if action.kind is ActionKind.SPLIT:
        return Acted(_split(holdings, action, concerned))
    if action.kind is ActionKind.SPIN_OFF:
        return Acted(_spun_off(tape, holdings, action, concerned))
    return _merged(tape, holdings, action, concerned)


def _split(holdings: Holdings, action: TapeAction, concerned: NDArray[np.bool_]) -> Holdings:
    recent = holdings.recent
    counted = np.where(recent.name == action.name, recent.shares * action.ratio, recent.shares)
    lots = _exchanged(holdings.lots, concerned, action.ratio, holdings.lots.basis)
    return Holdings(holdings.cash, lots, replace(recent, shares=counted))


def _spun_off(tape: Tape, holdings: Holdings, action: TapeAction, concerned: NDArray[np.bool_]) -> Holdings:
    lots = holdings.lots
    child = lots.take(concerned)
    child = replace(
        child,
        lot_id=np.char.add(child.lot_id, f"/{tape.assets[action.into]}"),
        name=np.full(len(child), action.into, dtype=np.int64),
        paid=np.zeros(len(child)),
    )
    child = _exchanged(child, np.full(len(child), True), action.ratio, child.basis * action.basis_share)
    kept = replace(lots, basis=np.where(concerned, lots.basis * (1 - action.basis_share), lots.basis))
    return replace(holdings, lots=kept.joined(child))


def _merged(tape: Tape, holdings: Holdings, action: TapeAction, concerned: NDArray[np.bool_]) -> Acted:
    """Gain is recognised lot by lot up to the cash, and a loss not at all."""
    lots = holdings.lots
    value = action.ratio * tape.last_price[action.row, action.into] + action.cash
    gain = np.minimum(np.maximum(value - lots.basis, 0.0), action.cash)
    moved = replace(lots, name=np.where(concerned, action.into, lots.name))
    moved = _exchanged(moved, concerned, action.ratio, lots.basis - action.cash + gain)
    if not action.cash:
        return Acted(replace(holdings, lots=moved))
    paid = np.where(concerned, lots.shares, 0.0)
    price, cause = np.full(len(lots), action.cash), np.full(len(lots), CAUSES.index(DELISTING))
    day = np.datetime64(int(tape.days[action.row]), "D")
    # The basis of what the cash pays for is the cash less the gain.
    sold = sales_of(replace(lots, basis=action.cash - gain), paid, price, action.row, day, cause)
    cash = holdings.cash + float(paid.sum()) * action.cash
    # Nothing was sold: the dividends so far stay with the shares.
    return Acted(replace(holdings, cash=cash, lots=moved), replace(sold, side="MERGER", ordinary=0.0))


def _exchanged(lots: LotTable, concerned: NDArray[np.bool_], ratio: float, basis: Floats) -> LotTable:
    """Give `ratio` shares for each, on which the basis (L,) of one old share is spread; to a millionth of a share."""
    shares = np.where(concerned, np.round(lots.shares * ratio, SHARE_DIGITS), lots.shares)
    each = np.divide(lots.shares, shares, out=np.ones(len(lots)), where=shares > 0)
    return replace(
        lots,
        basis=np.where(concerned, basis * each, lots.basis),
        paid=np.where(concerned, lots.paid * each, lots.paid),
    ).with_shares(shares)
