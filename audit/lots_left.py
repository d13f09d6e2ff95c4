"""The lots that a trade list leaves, and whether lots_after.csv says the same."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from audit.account import OpenLot
from audit.finding import Finding
from audit.position import AfterTrading
from audit.wash_sales import ListWash

__all__ = ["lots_left", "lots_left_findings"]

_FILE = "lots_after.csv"
_DUST, _HALF_A_CENT = 1e-9, 0.005
Key = tuple[str, str, dt.date, dt.date]


@dataclass
class _Position:
    """Shares of one security with the same days, in one account."""

    shares: list[float] = field(default_factory=list)
    basis: list[float] = field(default_factory=list)

    def add(self, shares: float, basis: float) -> None:
        self.shares.append(shares)
        self.basis.append(basis)

    @property
    def sums(self) -> tuple[float, float]:
        """Shares and dollars of basis."""
        return math.fsum(self.shares), math.fsum(self.basis)

    @property
    def is_gone(self) -> bool:
        """Whether what moved away left but binary noise; a lot of few shares is as much a lot as any."""
        return self.sums[0] <= _DUST * max(self.shares)


def lots_left(after: AfterTrading, washes: tuple[ListWash, ...]) -> dict[Key, tuple[float, float]]:
    """Work out the household's lots once every row has filled.

    Parameters
    ----------
    after : AfterTrading
    washes : tuple of ListWash
        A loss that a lot takes raises its basis, and moves the start of its holding period back by the days that the
        shares sold were held.

    Returns
    -------
    dict
        Shares and dollars of basis by account, asset, day acquired and start of the holding period: what two tables
        agree on however they name and split their lots.
    """
    account, found = after.account, dict[Key, _Position]()
    sold = _sold(after)
    own = ((lot, lot.shares - sold.get(lot.lot_id, 0.0)) for lot in account.lots)
    # Another account's lot may bear the id of one that is sold here.
    for lot, shares in (*own, *((lot, lot.shares) for lot in account.elsewhere)):
        if shares > _DUST * lot.shares:
            found.setdefault(_key(lot), _Position()).add(shares, shares * lot.cost_per_share)
    for wash in washes:
        if wash.is_priced and wash.sold is not None and wash.replaced_by is not None:
            _tack(found, account.as_of, wash.sold, wash.replaced_by, float(wash.match.shares), wash.amount)
    commission = after.mandate.commission
    for row in after.traded:
        if row.is_buy:
            key = (account.whose[0], row.asset, account.as_of, account.as_of)
            cost = row.quantity * after.price(row.asset) + commission
            found.setdefault(key, _Position()).add(row.quantity, cost)
    return {key: position.sums for key, position in found.items() if not position.is_gone}


def _sold(after: AfterTrading) -> dict[str, float]:
    sold: dict[str, float] = {}
    for sale in after.sales:
        sold[sale.lot.lot_id] = sold.get(sale.lot.lot_id, 0.0) + sale.row.quantity
    return sold


def _key(lot: OpenLot) -> Key:
    return lot.account, lot.asset, lot.acquired, lot.holding_start


def _tack(
    found: dict[Key, _Position], as_of: dt.date, sold: OpenLot, taker: OpenLot, shares: float, amount: float
) -> None:
    """Move the shares that replace others to an earlier holding period, with the loss in their basis."""
    basis = shares * taker.cost_per_share
    found.setdefault(_key(taker), _Position()).add(-shares, -basis)
    start = taker.holding_start - (as_of - sold.holding_start)
    found.setdefault((taker.account, taker.asset, taker.acquired, start), _Position()).add(shares, basis + amount)


def lots_left_findings(
    expected: dict[Key, tuple[float, float]], rows: tuple[tuple[int, OpenLot], ...]
) -> Iterator[Finding]:
    """Compare what is left with a table of lots, each row with its line."""
    told: dict[Key, _Position] = {}
    line: dict[Key, int] = {}
    for number, lot in rows:
        told.setdefault(_key(lot), _Position()).add(lot.shares, lot.shares * lot.cost_per_share)
        line.setdefault(_key(lot), number)
    for key in sorted(set(expected) | set(told)):
        words = f"{key[1]} bought {key[2]}, held since {key[3]}, in account {key[0]}"
        if key not in told:
            shares = expected[key][0]
            text = f"{words}: {shares:.12g} shares are left, and no row has them"
            yield Finding("lot-after-missing", text, _FILE, name=key[1], limit=shares)
        elif key not in expected:
            text = f"{words}: the trades leave no such lot"
            yield Finding("lot-after-unexpected", text, _FILE, row=line[key], name=key[1])
        else:
            yield from _difference(words, line[key], key[1], told[key], expected[key])


def _difference(words: str, line: int, asset: str, told: _Position, expected: tuple[float, float]) -> Iterator[Finding]:
    shares, basis = math.fsum(told.shares), math.fsum(told.basis)
    if not math.isclose(shares, expected[0], rel_tol=_DUST):
        text = f"{words}: {shares:.12g} shares, the trades leave {expected[0]:.12g}"
        excess = abs(shares - expected[0])
        yield Finding("lot-after-shares", text, _FILE, line, asset, shares, expected[0], excess)
    elif not math.isclose(basis, expected[1], rel_tol=1e-8, abs_tol=_HALF_A_CENT):
        text = f"{words}: basis ${basis:,.2f}, lots and trades give ${expected[1]:,.2f}"
        excess = abs(basis - expected[1])
        yield Finding("lot-after-basis", text, _FILE, line, asset, basis, expected[1], excess)
