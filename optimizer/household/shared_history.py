"""One wash-sale window for all accounts: every sleeve sees what all of them traded, and today's lists of the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.household.household import Household, Sleeve
from tax import WASH_DAYS, BuyLock, LossSaleLock, Lots, TradeHistory, WashLocks, wash_locks

__all__ = ["all_trades", "side_locks", "sleeve_locks", "taxed_lots", "todays_trades", "with_shared_history"]


def with_shared_history(household: Household) -> Household:
    """Give every sleeve's account the trades of all, its own under the sleeve's name.

    Lots that another sleeve bought in the window count as its purchases, whether or not a history has them.
    """
    groups = _groups(household)
    own = {sleeve.name: _renamed(sleeve, groups) for sleeve in household.sleeves}
    sleeves = []
    for sleeve in household.sleeves:
        others = [_recent_purchases(own[s.name].lots, s) for s in household.sleeves if s is not sleeve]
        trades = _joined([*(account.trades for account in own.values()), *others])
        sleeves.append(replace(sleeve, account=replace(own[sleeve.name], trades=trades)))
    return replace(household, sleeves=tuple(sleeves))


def all_trades(household: Household) -> TradeHistory:
    """Return the trades of all accounts, each sleeve's own under its name."""
    groups = _groups(household)
    return _joined(_renamed(sleeve, groups).trades for sleeve in household.sleeves)


def taxed_lots(sleeve: Sleeve) -> Account:
    """Return the account as tax sees it: in a tax-free one no sale has a gain or a loss."""
    account = sleeve.account
    if sleeve.taxed:
        return account
    price = account.securities.price[account.lot_position]
    return replace(account, lots=replace(account.lots, basis=price.astype(float)))


def todays_trades(sleeve: Sleeve, trades: pd.DataFrame, as_of: dt.date) -> TradeHistory:
    """Turn a trade list into history for the sleeves that come after."""
    securities = sleeve.account.securities
    return TradeHistory.build(
        date=[as_of] * len(trades),
        side=trades["side"].tolist(),
        asset=trades["asset"].tolist(),
        group=[securities.group[securities.position[a]] for a in trades["asset"]],
        shares=trades["shares"].tolist(),
        realized_gain=trades["gain"].tolist(),
        account=[sleeve.name] * len(trades),
        account_type=[sleeve.kind.value] * len(trades),
    )


def sleeve_locks(
    household: Household,
    sleeve: Sleeve,
    today: Iterable[TradeHistory] = (),
    gathered: frozenset[str] = frozenset(),
) -> WashLocks:
    """Find the locks of one sleeve in a household with shared history, today's trades of other sleeves counted.

    A whole position counts as whole only where no other sleeve holds the group, but for those `gathered`: groups of
    which all that others hold could be moved to this sleeve and sold with its own.
    """
    account = sleeve.account
    trades = _joined([account.trades, *today])
    locks = wash_locks(trades, account.lots, household.as_of)
    elsewhere = {str(g) for other in household.sleeves if other is not sleeve for g in other.account.lots.group}
    sales = {
        group: replace(lock, whole_position=lock.whole_position and group not in elsewhere - gathered)
        for group, lock in locks.loss_sales.items()
    }
    return WashLocks(locks.buys, sales)


def side_locks(locks: WashLocks, sides: Mapping[str, bool], as_of: dt.date) -> WashLocks:
    """Add to locks which side each group held in several sleeves is on today: sold at a loss (True) or open to buys."""
    buys, sales = dict(locks.buys), dict(locks.loss_sales)
    for group, loss_side in sides.items():
        if loss_side:
            buys.setdefault(group, BuyLock(group, as_of, "kept for loss sales of the household today"))
        else:
            sales.setdefault(group, LossSaleLock(group, as_of, "kept for purchases of the household today"))
    return WashLocks(buys, sales)


def _groups(household: Household) -> dict[str, str]:
    """Group of each name that any sleeve knows; sleeves agree on it."""
    known = [sleeve.account.securities for sleeve in household.sleeves]
    return {asset: group for own in known for asset, group in zip(own.asset, own.group, strict=True)}


def _renamed(sleeve: Sleeve, groups: Mapping[str, str]) -> Account:
    """Put the sleeve's name where its own account stood, so that no two sleeves' trades are taken for each other's.

    A trade in a name that only another sleeve knows is of the group that the name has there.
    """
    lots, trades = sleeve.account.lots, sleeve.account.trades
    own = {*lots.account.tolist(), "taxable"} - _strangers(sleeve)
    mine = np.isin(trades.account, list(own)) & (
        (trades.account_type == sleeve.kind.value) | np.isin(trades.account, lots.account)
    )
    return replace(
        sleeve.account,
        lots=replace(lots, account=np.full(len(lots), sleeve.name, dtype=object).astype(str)),
        trades=replace(
            trades,
            group=_known_groups(trades, groups),
            account=np.where(mine, sleeve.name, trades.account).astype(str),
            account_type=np.where(mine, sleeve.kind.value, trades.account_type).astype(str),
        ),
    )


def _known_groups(trades: TradeHistory, groups: Mapping[str, str]) -> NDArray[np.str_]:
    """Group of each trade: as told where it is not the name itself, or as some sleeve knows it."""
    told = zip(trades.asset.tolist(), trades.group.tolist(), strict=True)
    found = [groups.get(asset, group) if group == asset else group for asset, group in told]
    return np.array(found, dtype=object).astype(str)


def _strangers(sleeve: Sleeve) -> set[str]:
    """Where the sleeve's lots name an account, another called by the default name is not it."""
    named = set(sleeve.account.lots.account.tolist())
    return {"taxable"} - named if named else set()


def _recent_purchases(lots: Lots, sleeve: Sleeve) -> TradeHistory:
    as_of = np.datetime64(sleeve.account.as_of, "D")
    age = (as_of - lots.acquired).astype(int)
    young = lots.take((age >= 0) & (age <= WASH_DAYS))
    return TradeHistory.build(
        date=young.acquired.tolist(),
        side=["BUY"] * len(young),
        asset=young.asset.tolist(),
        group=young.group.tolist(),
        shares=young.shares.tolist(),
        account=young.account.tolist(),
        account_type=[sleeve.kind.value] * len(young),
    )


def _joined(histories: Iterable[TradeHistory]) -> TradeHistory:
    """All trades of several histories; one that two of them tell the same way counts once."""
    parts = [h for h in histories if len(h)]
    seen: set[tuple[object, ...]] = set()
    kept: list[tuple[object, ...]] = []
    for part in parts:
        rows = zip(
            part.date.tolist(), part.side.tolist(), part.asset.tolist(), part.group.tolist(), part.shares.tolist(),
            part.realized_gain.tolist(), part.account.tolist(), part.account_type.tolist(), strict=True,
        )  # fmt: skip
        before = set(seen)
        for row in rows:
            key = (*row[:3], row[4], row[6])
            if key not in before:
                kept.append(row)
                seen.add(key)
    names = ("date", "side", "asset", "group", "shares", "realized_gain", "account", "account_type")
    columns = dict(zip(names, map(list, zip(*kept, strict=True)), strict=True)) if kept else {}
    return TradeHistory.build(**columns)
