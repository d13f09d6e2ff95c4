"""Names that the wash-sale rule locks today, until when, and what each lock costs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from optimizer.formulate import formulate
from optimizer.rebalance import Rebalance
from tax import unpriced_washes

__all__ = ["LockedName", "locked_names"]


@dataclass(frozen=True)
class LockedName:
    """A name that may not be bought, or not sold at a loss.

    Parameters
    ----------
    asset : str
    until : date
        Last day of the lock.
    buying : bool
        Whether it is buying that is locked.
    why : str
        Whose trade locks it.
    loss, tax : float
        Dollars of loss that may not be realised meanwhile, and of tax that it would save; zero for a lock on buying.
    underweight : float
        Weight that the account is short of after trading, for a lock on buying; otherwise zero.
    """

    asset: str
    until: dt.date
    buying: bool
    why: str
    loss: float = 0.0
    tax: float = 0.0
    underweight: float = 0.0


def locked_names(result: Rebalance) -> tuple[LockedName, ...]:
    """List the locks in force by asset: all on buying, and those on loss sales of which a loss is held."""
    account, locks, outcome = result.account, result.locks, result.check.outcome
    problem = formulate(account, result.mandate, result.risk, locks)
    shut = problem.lot_is_loss & ~locks.may_sell_at_loss(account.lots)
    value = problem.lot_value * account.nav
    active = dict(zip(outcome.assets, outcome.active_after.tolist(), strict=True))
    why_not = unpriced_washes(account.trades, account.lots, account.as_of, locks)
    entries = []
    for asset, group in sorted(zip(account.securities.asset, account.securities.group, strict=True)):
        if (buy := locks.buys.get(group)) is not None:
            entries.append(
                LockedName(asset, buy.until, buying=True, why=buy.why, underweight=max(-active.get(asset, 0.0), 0.0))
            )
        of_name = np.asarray(account.lots.asset == asset) & problem.lot_is_loss
        if of_name.any() and (sale := locks.loss_sales.get(group)) is not None:
            but = f" (lot {sale.except_lot} itself may go)" if sale.except_lot else ""
            but += _priced(why_not.get(group, "")) if result.mandate.partly_washed == "price" else ""
            lots = of_name & shut
            entries.append(
                LockedName(
                    asset, sale.until, buying=False, why=sale.why + but,
                    loss=float(-(value * problem.lot_gain)[lots].sum()),
                    tax=float((value * np.maximum(problem.lot_credit, 0.0))[lots].sum()),
                )
            )  # fmt: skip
    return tuple(entries)


def _priced(why_not: str) -> str:
    return f"; not priced: {why_not}" if why_not else "; as many shares sold at a loss bring nothing, more may be sold"
