"""What no decision may do: trade what is not there, or wash a loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.holdings import SHARE_DIGITS
from backtest.vintage.lot_table import LotTable, by_name
from backtest.vintage.moment import Moment
from backtest.vintage.sales import Sales
from backtest.vintage.strategy import Decision, Situation
from taxsleeve_errors import OptimizerError, TaxError

__all__ = ["check_decision", "check_washes"]


def check_decision(situation: Situation, decision: Decision) -> None:
    """Refuse a decision that cannot be filled.

    Raises
    ------
    OptimizerError
        Wrong shapes, numbers below zero, more sold than held, or a trade of a name that has no price today.
    """
    account = situation.account
    shapes = decision.sell.shape, decision.buy.shape
    expected = (len(account.lots),), (len(account.securities.asset),)
    if shapes != expected:
        raise OptimizerError(f"{account.as_of}: decision of shapes {shapes}, expected {expected}")
    for what, amounts in (("sell", decision.sell), ("buy", decision.buy)):
        if not (np.isfinite(amounts) & (amounts >= 0)).all():
            raise OptimizerError(f"{account.as_of}: {what} has {np.min(amounts)}, expected numbers of at least 0")
    excess = decision.sell - account.lots.shares
    if (excess > 10.0**-SHARE_DIGITS / 2).any():
        worst = int(np.argmax(excess))
        raise OptimizerError(
            f"{account.as_of}: sells {excess[worst]} shares more than lot {account.lots.lot_id[worst]}"
        )
    traded = decision.buy > 0
    traded[account.lot_position[decision.sell > 0]] = True
    if (traded & ~situation.tradable).any():
        asset = account.securities.asset[int(np.argmax(traded & ~situation.tradable))]
        raise OptimizerError(f"{account.as_of}: trades {asset}, which has no price that day")


def check_washes(at: Moment, decision: Decision, sales: Sales, bought: LotTable) -> None:
    """Refuse trades that would wash a loss.

    Raises
    ------
    TaxError
        A group is bought and sold at a loss at once, bought within 30 days of a loss, or sold at a loss within 30 days
        of a purchase of which shares stay.
    """
    groups, group = len(at.tape.groups), at.tape.group_number
    lots, lost = at.holdings.lots, sales.gain < 0
    losing, buying = _among(group[sales.name[lost]], groups), _among(group[bought.name], groups)
    held = by_name(group[lots.name], lots.shares, groups)
    goes_whole = by_name(group[sales.name], sales.shares, groups) >= held - 10.0**-SHARE_DIGITS
    locked = ~at.situation.may_sell_at_loss[decision.sell > 0]
    at_locked = _among(group[sales.name[lost & locked]], groups)
    wrong = (losing & buying) | (buying & at.locks.no_buy) | (at_locked & ~(at.locks.whole & goes_whole))
    if wrong.any():
        first = at.tape.groups[int(np.argmax(wrong))]
        raise TaxError(f"{at.situation.account.as_of}: trades in {first} would wash a loss, expected none that does")


def _among(chosen: NDArray[np.integer], size: int) -> NDArray[np.bool_]:
    found = np.zeros(size, dtype=bool)
    found[chosen] = True
    return found
