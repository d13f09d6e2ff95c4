"""Trades of a rebalance, filled at the close, with everything that must add up checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.holdings import SHARE_DIGITS, Holdings
from backtest.vintage.sales import HARVEST, INDEX_CHANGE, RISK, Sales, sales_of
from backtest.vintage.strategy import Decision, Situation
from optimizer import Account
from tax import Lots, TradeHistory
from taxsleeve_errors import OptimizerError, TaxError

__all__ = ["Filled", "execute"]

Floats = NDArray[np.float64]
_CENT = 0.005
# Of NAV; what the optimizer's own check lets pass.
_OVERDRAFT = 1e-6


@dataclass(frozen=True, eq=False)
class Filled:
    """What a rebalance left.

    Parameters
    ----------
    holdings : Holdings
    sales : Sales
    bought : Lots
    cost : float
        Spread and commission, dollars.
    traded : float
        Dollars sold and bought.
    """

    holdings: Holdings
    sales: Sales
    bought: Lots
    cost: float
    traded: float


def execute(situation: Situation, decision: Decision) -> Filled:
    """Fill a decision.

    Raises
    ------
    OptimizerError
        The decision is nonsense: wrong shapes, more sold than held, a name bought that has no price today, cash that is
        not there.
    TaxError
        A loss would be washed, or cash, shares or basis do not add up to the cent.
    """
    account = situation.account
    day = pd.Timestamp(account.as_of)
    _check_decision(situation, decision)
    lots, price = account.lots, account.securities.price
    sales = sales_of(lots, decision.sell, price[account.lot_position], day, _causes(situation))
    bought = _bought(account, decision.buy)
    _check_washes(situation, sales, bought)
    sold_amount = float(sales.shares @ sales.price)
    bought_amount = float(bought.shares @ bought.basis)
    cost = _cost(situation, decision)
    cash = account.cash + sold_amount - bought_amount - cost
    if cash < min(account.cash, 0.0) - _CENT - _OVERDRAFT * account.nav:
        raise OptimizerError(f"{day.date()}: the trades need {-cash:,.2f} more cash than there is")
    trades = _history(sales, bought, day)
    left = np.round(lots.shares - decision.sell, SHARE_DIGITS)
    kept = _joined(_with_shares(lots, left), bought)
    before = Holdings(account.cash, lots, account.trades)
    after = Holdings(cash, kept, before.windowed(trades, day))
    _check_conserved(situation, before, after, sales, bought, cost)
    return Filled(after, sales, bought, cost, sold_amount + bought_amount)


def _check_decision(situation: Situation, decision: Decision) -> None:
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
    still = account.rules("no_trade")
    traded = {*account.lots.asset[decision.sell > 0].tolist()}
    traded |= {account.securities.asset[i] for i in np.flatnonzero(decision.buy > 0)}
    if still & traded:
        raise OptimizerError(f"{account.as_of}: trades {min(still & traded)}, which has no price that day")


def _causes(situation: Situation) -> NDArray[np.str_]:
    account = situation.account
    member = np.array([situation.benchmark.get(asset, 0.0) > 0 for asset in account.lots.asset.tolist()], dtype=bool)
    loss = account.lots.basis > account.securities.price[account.lot_position]
    causes: NDArray[np.str_] = np.where(~member, INDEX_CHANGE, np.where(loss, HARVEST, RISK)).astype(str)
    return causes


def _bought(account: Account, buy: Floats) -> Lots:
    rows = np.flatnonzero(buy > 0)
    assets = [account.securities.asset[i] for i in rows]
    return Lots.build(
        lot_id=[f"{account.as_of}-{asset}" for asset in assets],
        asset=assets,
        group=[account.securities.group[i] for i in rows],
        shares=buy[rows],
        basis=account.securities.price[rows],
        acquired=[account.as_of] * len(rows),
    )


def _check_washes(situation: Situation, sales: Sales, bought: Lots) -> None:
    locks, lots = situation.locks, situation.account.lots
    losers = {*sales.group[sales.gain < 0].tolist()}
    buys = {*bought.group.tolist()}
    wrong = sorted((losers & buys) | {group for group in buys if not locks.may_buy(group)})
    free = {*lots.lot_id[locks.may_sell_at_loss(lots)].tolist()}
    for lot, group in zip(sales.lot_id[sales.gain < 0].tolist(), sales.group[sales.gain < 0].tolist(), strict=True):
        if lot not in free and not (locks.may_liquidate(group) and _is_whole(lots, sales, group)):
            wrong.append(group)
    if wrong:
        raise TaxError(f"{situation.account.as_of}: trades in {wrong[0]} would wash a loss, expected none that does")


def _is_whole(lots: Lots, sales: Sales, group: str) -> bool:
    held, sold = lots.shares[lots.group == group].sum(), sales.shares[sales.group == group].sum()
    return bool(sold >= held - 10.0**-SHARE_DIGITS)


def _cost(situation: Situation, decision: Decision) -> float:
    account, costs = situation.account, situation.settings.costs
    traded = decision.buy + np.bincount(account.lot_position, weights=decision.sell, minlength=len(decision.buy))
    amounts = traded * account.securities.price
    return float(costs.rates(account.securities.spread_bps) @ amounts) + costs.commission * int((traded > 0).sum())


def _history(sales: Sales, bought: Lots, day: pd.Timestamp) -> TradeHistory:
    return TradeHistory.build(
        date=[day.date()] * (len(sales.gain) + len(bought)),
        side=["SELL"] * len(sales.gain) + ["BUY"] * len(bought),
        asset=[*sales.asset.tolist(), *bought.asset.tolist()],
        group=[*sales.group.tolist(), *bought.group.tolist()],
        shares=[*sales.shares.tolist(), *bought.shares.tolist()],
        realized_gain=[*sales.gain.tolist(), *([np.nan] * len(bought))],
    )


def _with_shares(lots: Lots, shares: Floats) -> Lots:
    fields = {name: getattr(lots, name) for name in Lots.__dataclass_fields__}
    kept = shares > 0
    return Lots(**{name: array[kept] for name, array in {**fields, "shares": shares}.items()})


def _joined(one: Lots, other: Lots) -> Lots:
    fields = Lots.__dataclass_fields__
    return Lots(**{name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in fields})


def _check_conserved(
    situation: Situation, before: Holdings, after: Holdings, sales: Sales, bought: Lots, cost: float
) -> None:
    account = situation.account
    price = account.securities.price
    held = _by_security(account, after.lots.asset, after.lots.shares)
    moved = _by_security(account, bought.asset, bought.shares) - _by_security(account, sales.asset, sales.shares)
    given_up = float((sales.shares * sales.price - sales.gain).sum())
    differences = {
        "value": account.nav - cost - after.cash - float(held @ price),
        "basis": before.basis() - given_up + float(bought.shares @ bought.basis) - after.basis(),
        "shares": float(np.abs(_by_security(account, before.lots.asset, before.lots.shares) + moved - held) @ price),
    }
    for what, difference in differences.items():
        if not abs(difference) <= _CENT:
            raise TaxError(f"{account.as_of}: {what} is out by {difference:.6f} dollars after the trades")


def _by_security(account: Account, assets: NDArray[np.str_], shares: Floats) -> Floats:
    rows = [account.securities.position[asset] for asset in assets.tolist()]
    summed = np.bincount(np.array(rows, dtype=np.intp), weights=shares, minlength=len(account.securities.asset))
    return summed.astype(float)
