"""The independent check: a trade list judged from its own rows, in dollars; no solver's word is used.

Source of the tolerance: DESIGN, "Numbers": a check passes when violations are under 1e-6 of NAV (tracking error: 1e-6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.account import Account
from optimizer.check_rows import broken_rows, wrongly_disallowed
from optimizer.limits.readings import Readings
from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from optimizer.trade_columns import TradeColumns
from risk import FactorRisk
from tax import washed_pairs

__all__ = ["TOLERANCE", "Check", "check_trades", "read_limits"]

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Check:
    """What the independent check found.

    Parameters
    ----------
    outcome : Outcome
        The account as the trades leave it.
    readings : Readings
        Every entry of every limit.
    violations : tuple of str
        What is wrong, one sentence each; empty where the list is good.
    """

    outcome: Outcome
    readings: Readings
    violations: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations

    @property
    def worst_excess(self) -> float:
        """Largest excess over any hard limit in its own unit; zero or less where all are kept."""
        excess = self.readings.excess[self.readings.hard]
        return float(excess.max()) if len(excess) else 0.0


def check_trades(account: Account, mandate: Mandate, risk: FactorRisk, trades: pd.DataFrame | TradeColumns) -> Check:
    """Check a trade list against the account, the law and the mandate.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    trades : DataFrame or TradeColumns
        The columns of `trades.csv`, from any source.

    Returns
    -------
    Check
    """
    columns = TradeColumns.of(trades)
    outcome, readings = read_limits(account, mandate, risk, columns)
    priced = mandate.partly_washed == "price"
    broken = [*broken_rows(account, columns, fractional=mandate.fractional)]
    broken += [*_restricted(account, mandate, risk, columns), *_washed(account, columns, priced=priced)]
    broken += [*wrongly_disallowed(account, columns, priced=priced), *_sizes(outcome, mandate)]
    broken += [
        f"{r.name}{f' of {r.where}' if r.where else ''} is {r.value:.8g}, {r.excess:.3g} beyond its limit {r.limit:.8g}"
        for r in (readings[i] for i in np.flatnonzero(readings.hard & ~(readings.excess <= TOLERANCE)).tolist())
    ]
    return Check(outcome, readings, tuple(broken))


def read_limits(
    account: Account, mandate: Mandate, risk: FactorRisk, trades: pd.DataFrame | TradeColumns
) -> tuple[Outcome, Readings]:
    """Work out what a trade list makes of the account, and where each limit then stands; nothing is judged.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    trades : DataFrame or TradeColumns
        As for `check_trades`; rows of assets without a price are left out.

    Returns
    -------
    Outcome, Readings
    """
    priced = account.securities.position
    assets = TradeColumns.of(trades).asset.tolist()
    known = trades
    if not priced.keys() >= set(assets):
        there = np.array([asset in priced for asset in assets], dtype=bool)
        known = trades.take(there) if isinstance(trades, TradeColumns) else trades[there]
    outcome = Outcome(account, mandate.benchmark, mandate.costs, risk, known)
    return outcome, Readings.together([limit.readings(outcome) for limit in mandate.all_limits()])


def _restricted(account: Account, mandate: Mandate, risk: FactorRisk, trades: TradeColumns) -> Iterator[str]:
    """Trades that a restriction forbids, and trades in names that are not rated or, for buys, not in the benchmark."""
    no_buy = account.rules("no_buy", "no_trade", "exclude")
    no_sell = account.rules("no_sell", "no_trade")
    buys, sells = set(trades.buys.asset.tolist()), set(trades.asset[~trades.is_buy].tolist())
    outside = {asset for asset in buys if not mandate.benchmark.get(asset, 0.0) > 0}
    traded = [*(buys | sells)]
    unrated = {traded[i] for i in np.flatnonzero(risk.rows(traded) < 0).tolist()}
    if not (buys & no_buy or sells & no_sell or outside or unrated):
        return
    for asset, side in dict.fromkeys(zip(trades.asset.tolist(), trades.side.tolist(), strict=True)):
        if asset in (no_buy if side == "BUY" else no_sell):
            yield f"{side} {asset}: a restriction forbids it"
        if asset in unrated:
            yield f"{side} {asset}: the risk model does not rate it"
        if side == "BUY" and asset in outside:
            yield f"BUY {asset}: it is not in the benchmark"


def _washed(account: Account, trades: TradeColumns, *, priced: bool) -> Iterator[str]:
    """Wash sales that the list would make, within itself or with what the household did in the last 30 days.

    Those that lots of this account make have a price where the mandate asks for one.
    """
    group: Any = account.securities.group_of
    sells, buys = trades.sells, trades.buys.asset.tolist()
    losses = np.flatnonzero(sells.gain < 0)
    lost = sells.asset[losses].tolist()
    return washed_pairs(
        account.trades,
        account.lots,
        account.as_of,
        losses=[*zip(lost, map(group.get, lost, lost), sells.lot_id[losses].tolist(), strict=True)],
        bought=[*zip(buys, map(group.get, buys, buys), strict=True)],
        sold=dict(zip(sells.lot_id.tolist(), sells.shares.tolist(), strict=True)),
        priced=priced,
    )


def _sizes(outcome: Outcome, mandate: Mandate) -> Iterator[str]:
    """Positions below zero, orders below the least trade, too few or too many names."""
    for i in np.flatnonzero(outcome.shares_after < 0):
        yield f"{outcome.assets[i]}: {outcome.shares_after[i]} shares after trading"
    traded = (outcome.bought + outcome.sold) / outcome.nav
    for i in np.flatnonzero((traded > 0) & (traded < mandate.min_trade - TOLERANCE)):
        yield f"{outcome.assets[i]}: order of {traded[i]:.3g} of NAV, least trade {mandate.min_trade:.3g}"
    if mandate.names is not None:
        held = int((outcome.shares_after > 0).sum())
        if not mandate.names[0] <= held <= mandate.names[1]:
            yield f"names: {held} held, expected {mandate.names[0]} to {mandate.names[1]}"
