"""A lot book in floats for backtests: many names bought and sold at once, with the ledger's wash-sale accounting.

Scope: one taxable account under the default `WashPolicy`, at most one call of `sell` a day. Inside that scope a
property test holds it to `tax.Ledger` share by share. Sales are vectorised; only groups in which a loss really
meets a purchase of the window are looked at one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tax.lot_arrays import DUST, Floats, Ints, LotArrays, LotBookSales, day_number, long_from_day
from tax.lot_book_washes import PendingLosses, match_purchases, match_recent
from tax.lot_relief import FirstInFirstOut, HighestBasisFirst, LeastTax, LotRelief
from taxsleeve_errors import TaxError

__all__ = ["LotBook"]


class LotBook:
    """Open lots of one taxable account as arrays, with wash sales.

    Parameters
    ----------
    assets : int
        Number of securities; they are numbered from 0.
    groups : sequence of int or None
        Group of substantially identical securities of each; None = each its own.

    Raises
    ------
    TaxError
        `groups` does not have one number a security.
    """

    def __init__(self, assets: int, groups: Sequence[int] | None = None) -> None:
        self._groups: Ints = np.arange(assets) if groups is None else np.asarray(groups, dtype=np.int64)
        if self._groups.shape != (assets,) or (assets and self._groups.min() < 0):
            raise TaxError(f"lot book: found groups of shape {self._groups.shape}, expected {assets} numbers from 0 on")
        self._lots = LotArrays.empty()
        self._pending: list[PendingLosses] = []
        self._next_lot = 0
        self._day = -(10**9)
        self._sold_on = -(10**9)

    @property
    def lots(self) -> LotArrays:
        """The open blocks, in order of acquisition; not to be written to."""
        return self._lots

    def shares(self) -> Floats:
        """Shares held of each security, shape (assets,)."""
        held = np.bincount(self._lots.asset, weights=self._lots.shares, minlength=len(self._groups))
        return held.astype(float, copy=False)

    def buy(self, date: dt.date, assets: ArrayLike, shares: ArrayLike, prices: ArrayLike) -> None:
        """Buy, each entry an acquisition of its own, in the order given.

        Parameters
        ----------
        date : date
            Trade date, not before any earlier one.
        assets, shares, prices : array_like, shape (K,)
            Security numbers; shares, more than zero; cost in dollars a share, fees included.

        Raises
        ------
        TaxError
            The date is out of order, or an entry is not sensible; the book stands as it was.
        """
        bought, count, cost = self._checked(date, assets, shares, prices)
        day = self._start(date)
        size = len(bought)
        new = LotArrays(
            asset=bought,
            lot=np.arange(self._next_lot, self._next_lot + size),
            shares=count,
            basis=cost,
            acquired=np.full(size, day),
            start=np.full(size, day),
            long_from=np.full(size, long_from_day(day)),
            eligible=np.ones(size, dtype=bool),
        )
        self._next_lot += size
        self._lots = self._lots.append(match_purchases(self._pending, new, self._groups))

    def sell(
        self, date: dt.date, assets: ArrayLike, shares: ArrayLike, prices: ArrayLike, relief: LotRelief
    ) -> LotBookSales:
        """Sell names, all of the day in one call: they are one disposition and replace nothing for each other.

        Parameters
        ----------
        date : date
            Trade date, not before any earlier one, and without an earlier sale.
        assets, shares, prices : array_like, shape (K,)
            Security numbers, each once; shares, more than zero; net proceeds in dollars a share.
        relief : FirstInFirstOut, HighestBasisFirst or LeastTax
            Which lots go.

        Raises
        ------
        TaxError
            As in `buy`; or a name stands twice, is sold in excess, or the method is another; the book stands as it was.
        """
        sold, count, price = self._checked(date, assets, shares, prices)
        want, price_of = self._by_asset(sold, count, price)
        if day_number(date) == self._sold_on:
            raise TaxError(f"lot book: a second call of sell on {date}, expected all sales of a day in one")
        ranked = _rank(self._lots, np.flatnonzero(want[self._lots.asset] > 0), price_of, day_number(date), relief)
        day = self._sold_on = self._start(date)
        rows, taken = _fill(self._lots, ranked, want)
        sales = self._record(date, day, rows, taken, price_of)
        self._remove(rows, taken)
        pending, lots = match_recent(sales, self._lots, self._groups, day)
        self._lots = lots
        if len(pending):
            self._pending.append(pending)
        return sales

    def split(self, asset: int, ratio: float) -> None:
        """Count a security in new shares: `ratio` of them for each old one.

        Raises
        ------
        TaxError
            The ratio is not a finite number above zero.
        """
        if not (np.isfinite(ratio) and ratio > 0):
            raise TaxError(f"lot book, split of asset {asset}: found ratio {ratio}, expected more than zero")
        held = self._lots.asset == asset
        self._lots.shares[held] *= ratio
        self._lots.basis[held] /= ratio
        for losses in self._pending:
            losses.rescale(asset, ratio)

    def _start(self, date: dt.date) -> int:
        self._day = day_number(date)
        self._pending = [losses for losses in self._pending if losses.is_open(self._day)]
        return self._day

    def _checked(
        self, date: dt.date, assets: ArrayLike, shares: ArrayLike, prices: ArrayLike
    ) -> tuple[Ints, Floats, Floats]:
        if day_number(date) < self._day:
            raise TaxError(f"lot book: found {date}, expected no date before {np.datetime64(self._day, 'D')}")
        which = np.array(assets, dtype=np.int64)
        count, price = np.array(shares, dtype=float), np.array(prices, dtype=float)
        if which.ndim != 1 or count.shape != which.shape or price.shape != which.shape:
            raise TaxError(f"lot book, {date}: found shapes {which.shape}, {count.shape}, {price.shape}, expected one")
        bad = ~((which >= 0) & (which < len(self._groups)) & (count > 0) & (price >= 0))
        bad |= ~(np.isfinite(count) & np.isfinite(price))
        if bad.any():
            first = int(np.argmax(bad))
            raise TaxError(
                f"lot book, {date}, asset {which[first]}: found {count[first]} shares at {price[first]}, expected an "
                f"asset below {len(self._groups)}, more than 0 shares and a price of 0 or more"
            )
        return which, count, price

    def _by_asset(self, sold: Ints, count: Floats, price: Floats) -> tuple[Floats, Floats]:
        want, price_of = np.zeros(len(self._groups)), np.zeros(len(self._groups))
        want[sold], price_of[sold] = count, price
        if np.count_nonzero(want) < len(sold):
            raise TaxError("lot book: an asset stands twice among the sales of a day, expected each once")
        excess = want - self.shares()
        if (excess > DUST).any():
            first = int(np.argmax(excess))
            raise TaxError(
                f"lot book, asset {first}: found a sale of {want[first]} shares, expected at most the "
                f"{want[first] - excess[first]} held"
            )
        return want, price_of

    def _record(self, date: dt.date, day: int, rows: NDArray[np.intp], taken: Floats, price_of: Floats) -> LotBookSales:
        lots = self._lots
        asset = lots.asset[rows]
        return LotBookSales(
            date=date,
            asset=asset,
            lot=lots.lot[rows],
            shares=taken,
            price=price_of[asset],
            basis=lots.basis[rows],
            start=lots.start[rows],
            is_long_term=day >= lots.long_from[rows],
            wash_shares=np.zeros(len(rows)),
            disallowed=np.zeros(len(rows)),
        )

    def _remove(self, rows: NDArray[np.intp], taken: Floats) -> None:
        self._lots.shares[rows] -= taken
        self._lots = self._lots.take(np.flatnonzero(self._lots.shares > 0))


def _rank(lots: LotArrays, rows: NDArray[np.intp], price_of: Floats, day: int, relief: LotRelief) -> NDArray[np.intp]:
    # By asset, inside an asset by the method's key, ties by order of acquisition.
    basis = lots.basis[rows]
    if isinstance(relief, FirstInFirstOut):
        ranked = rows
    elif isinstance(relief, HighestBasisFirst):
        ranked = rows[_argsort_ties_in_place(-basis)]
    elif isinstance(relief, LeastTax):
        is_long = day >= lots.long_from[rows]
        rate = np.where(is_long, float(relief.long_rate), float(relief.short_rate))
        ranked = rows[_argsort_ties_in_place(rate * (price_of[lots.asset[rows]] - basis))]
    else:
        raise TaxError(
            f"lot book: found {type(relief).__name__}, expected first in first out, highest basis, least tax"
        )
    asset = lots.asset[ranked]
    # 16-bit keys are sorted by radix, several times faster than by comparison.
    key = asset.astype(np.uint16) if len(price_of) <= 1 << 16 else asset
    return ranked[np.argsort(key, kind="stable")]


def _argsort_ties_in_place(key: Floats) -> NDArray[np.intp]:
    # A stable sort, by way of numpy's much faster unstable one: only ties are put in order afterwards.
    order = np.argsort(key)
    ranked = key[order]
    same = ranked[1:] == ranked[:-1]
    if same.any():
        tied = np.zeros(len(key), dtype=bool)
        tied[1:] |= same
        tied[:-1] |= same
        places = np.flatnonzero(tied)
        order[places] = order[places][np.lexsort((order[places], ranked[places]))]
    return order


def _fill(lots: LotArrays, ranked: NDArray[np.intp], want: Floats) -> tuple[NDArray[np.intp], Floats]:
    shares, asset = lots.shares[ranked], lots.asset[ranked]
    through = np.cumsum(shares)
    before = through - shares
    is_first = np.empty(len(asset), dtype=bool)
    is_first[:1] = True
    np.not_equal(asset[1:], asset[:-1], out=is_first[1:])
    first = np.flatnonzero(is_first)
    before -= np.repeat(before[first], np.diff(first, append=len(asset)))
    taken = np.minimum(want[asset] - before, shares)
    sold = np.flatnonzero(taken > DUST)
    taken, shares = taken[sold], shares[sold]
    return ranked[sold], np.where(shares - taken <= DUST, shares, taken)
