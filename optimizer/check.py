"""The independent check: a trade list judged from its own rows, in dollars; no solver's word is used.

Source of the tolerance: DESIGN, "Numbers": a check passes when violations are under 1e-6 of NAV (tracking error: 1e-6).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.limits.base import Reading
from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from optimizer.trade_columns import TradeColumns
from risk import FactorRisk
from tax import is_long_term, replayed_washes, washed_pairs

__all__ = ["TOLERANCE", "Check", "check_trades", "read_limits"]

TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Check:
    """What the independent check found.

    Parameters
    ----------
    outcome : Outcome
        The account as the trades leave it.
    readings : tuple of Reading
        Every entry of every limit.
    violations : tuple of str
        What is wrong, one sentence each; empty where the list is good.
    """

    outcome: Outcome
    readings: tuple[Reading, ...]
    violations: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations

    @property
    def worst_excess(self) -> float:
        """Largest excess over any hard limit in its own unit; zero or less where all are kept."""
        return max((reading.excess for reading in self.readings if reading.price is None), default=0.0)


def check_trades(account: Account, mandate: Mandate, risk: FactorRisk, trades: pd.DataFrame) -> Check:
    """Check a trade list against the account, the law and the mandate.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    trades : DataFrame
        The columns of `trades.csv`, from any source.

    Returns
    -------
    Check
    """
    outcome, readings = read_limits(account, mandate, risk, trades)
    columns = outcome.columns if outcome.trades is trades else TradeColumns.of(trades)
    rows = [*_rows(columns)]
    broken = [*_broken_rows(account, mandate, rows)]
    broken += [*_restricted(account, mandate, risk, columns), *_washed(account, mandate, rows)]
    broken += [*_disallowed(account, mandate, rows, columns), *_sizes(outcome, mandate)]
    broken += [
        f"{r.name}{f' of {r.where}' if r.where else ''} is {r.value:.8g}, {r.excess:.3g} beyond its limit {r.limit:.8g}"
        for r in readings
        if r.price is None and not r.excess <= TOLERANCE
    ]
    return Check(outcome, readings, tuple(broken))


def read_limits(
    account: Account, mandate: Mandate, risk: FactorRisk, trades: pd.DataFrame
) -> tuple[Outcome, tuple[Reading, ...]]:
    """Work out what a trade list makes of the account, and where each limit then stands; nothing is judged.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    trades : DataFrame
        As for `check_trades`; rows of assets without a price are left out.

    Returns
    -------
    Outcome, tuple of Reading
    """
    priced = account.securities.position
    strange = [asset not in priced for asset in trades["asset"].tolist()]
    known = trades[~np.array(strange)] if any(strange) else trades
    outcome = Outcome(account, mandate.benchmark, mandate.costs, risk, known)
    return outcome, tuple(reading for limit in mandate.all_limits() for reading in limit.readings(outcome))


class _Row(NamedTuple):
    """One row of a trade list."""

    asset: str
    side: str
    lot_id: str
    shares: float
    price: float
    amount: float
    term: str
    gain: float

    @property
    def where(self) -> str:
        return f"{self.side} {self.asset} {self.lot_id}".strip()


def _rows(trades: TradeColumns) -> Iterator[_Row]:
    names = ("asset", "side", "lot_id", "shares", "price", "amount", "term", "gain")
    return map(_Row, *(getattr(trades, name).tolist() for name in names))


def _broken_rows(account: Account, mandate: Mandate, rows: Sequence[_Row]) -> Iterator[str]:
    """Rows that cannot be carried out, or whose figures do not follow from shares, price and lot."""
    securities, prices = account.securities, account.securities.price.tolist()
    lot_index = {str(lot_id): i for i, lot_id in enumerate(account.lots.lot_id.tolist())}
    is_long = is_long_term(account.lots.holding_start, account.as_of)
    seen: set[str] = set()
    for row in rows:
        where = row.where
        if where in seen:
            yield f"{where}: stands twice"
        seen.add(where)
        if row.asset not in securities.position:
            yield f"{where}: no price is known"
            continue
        price = prices[securities.position[row.asset]]
        whole = mandate.fractional or row.shares.is_integer()
        if not (math.isfinite(row.shares) and row.shares > 0 and whole):
            yield f"{where}: {row.shares} shares cannot be traded"
        if not _close(row.price, price) or not _close(row.amount, row.shares * price):
            yield f"{where}: price {row.price} and amount {row.amount}, expected {row.shares} shares at {price}"
        if row.side == "SELL":
            yield from _broken_sale(row, account, lot_index.get(row.lot_id), price, is_long)
        elif row.side != "BUY":
            yield f"{where}: side is neither BUY nor SELL"


def _close(value: float, expected: float) -> bool:
    return math.isclose(value, expected, rel_tol=1e-9)


def _broken_sale(
    row: _Row, account: Account, lot: int | None, price: float, is_long: NDArray[np.bool_]
) -> Iterator[str]:
    lots = account.lots
    if lot is None or lots.asset[lot] != row.asset:
        yield f"{row.where}: the account has no such lot"
        return
    if row.shares > lots.shares[lot] * (1 + 1e-9):
        yield f"{row.where}: {row.shares} shares of a lot of {lots.shares[lot]}"
    expected = row.shares * (price - float(lots.basis[lot]))
    if not math.isclose(row.gain, expected, rel_tol=1e-6, abs_tol=1e-9 * abs(row.shares) * price):
        yield f"{row.where}: gain {row.gain} where shares, price and basis give {expected}"
    if row.term != ("long" if is_long[lot] else "short"):
        yield f"{row.where}: term {row.term!r} of a lot held since {lots.holding_start[lot]}"


def _restricted(account: Account, mandate: Mandate, risk: FactorRisk, trades: TradeColumns) -> Iterator[str]:
    """Trades that a restriction forbids, and trades in names that are not rated or, for buys, not in the benchmark."""
    no_buy = account.rules("no_buy", "no_trade", "exclude")
    no_sell = account.rules("no_sell", "no_trade")
    for asset, side in dict.fromkeys(zip(trades.asset.tolist(), trades.side.tolist(), strict=True)):
        if asset in (no_buy if side == "BUY" else no_sell):
            yield f"{side} {asset}: a restriction forbids it"
        if asset not in risk:
            yield f"{side} {asset}: the risk model does not rate it"
        if side == "BUY" and not mandate.benchmark.get(asset, 0.0) > 0:
            yield f"BUY {asset}: it is not in the benchmark"


def _washed(account: Account, mandate: Mandate, rows: Sequence[_Row]) -> Iterator[str]:
    """Wash sales that the list would make, within itself or with what the household did in the last 30 days.

    Those that lots of this account make have a price where the mandate asks for one.
    """
    group = dict(zip(account.securities.asset, account.securities.group, strict=True))
    return washed_pairs(
        account.trades,
        account.lots,
        account.as_of,
        losses=[(r.asset, group.get(r.asset, r.asset), r.lot_id) for r in rows if r.side == "SELL" and r.gain < 0],
        bought=[(r.asset, group.get(r.asset, r.asset)) for r in rows if r.side == "BUY"],
        sold={r.lot_id: r.shares for r in rows if r.side == "SELL"},
        priced=mandate.partly_washed == "price",
    )


def _disallowed(account: Account, mandate: Mandate, rows: Sequence[_Row], columns: TradeColumns) -> Iterator[str]:
    """Disallowed losses that are not those of a ledger in which the sales are made."""
    given = np.nan_to_num(columns.disallowed).tolist()
    expected: dict[str, float] = {}
    if mandate.partly_washed == "price":
        sold = {row.lot_id: row.shares for row in rows if row.side == "SELL" and row.shares > 0}
        price = dict(zip(account.securities.asset, account.securities.price.tolist(), strict=True))
        expected = replayed_washes(account.lots, account.as_of, sold=sold, price=price)
    for row, amount in zip(rows, given, strict=True):
        right = expected.get(row.lot_id, 0.0)
        if row.side == "SELL" and not math.isclose(amount, right, rel_tol=1e-6, abs_tol=1e-9 * abs(row.amount)):
            yield f"{row.where}: {amount} of loss disallowed, expected {right}"


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
