"""Open lots of a lot book as arrays, and the records of what it sold. Days are days since 1970-01-01."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from tax.holding_period import long_term_from

_EPOCH = dt.date(1970, 1, 1).toordinal()
# Shares: a block, or a loss, with no more than this left is used up; far below any custodian's last digit.
DUST = 1e-9

__all__ = ["LotArrays", "LotBookSales"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def day_number(date: dt.date) -> int:
    """Days since 1970-01-01."""
    return date.toordinal() - _EPOCH


def long_from_day(start: int) -> int:
    """First day on which a sale is long-term."""
    return int(long_term_from(np.datetime64(start, "D")).astype(np.int64))


@dataclass(frozen=True, eq=False)
class LotArrays:
    """Blocks of alike shares, one entry a block, each array of shape (B,), in order of acquisition.

    Parameters
    ----------
    asset, lot : array of int
        Number of the security; number of the acquisition, growing with time.
    shares, basis : array of float
        Shares; dollars a share, wash-sale adjustments included.
    acquired, start, long_from : array of int
        Trade date; start of the holding period, tacked; first long-term day. Days since 1970-01-01.
    eligible : array of bool
        Bought, and not yet used as a replacement.
    """

    asset: Ints
    lot: Ints
    shares: Floats
    basis: Floats
    acquired: Ints
    start: Ints
    long_from: Ints
    eligible: Bools

    @classmethod
    def empty(cls) -> LotArrays:
        """No lots."""
        kinds = {"shares": float, "basis": float, "eligible": bool}
        return cls(**{field.name: np.empty(0, kinds.get(field.name, np.int64)) for field in fields(cls)})

    def __len__(self) -> int:
        return len(self.lot)

    def take(self, index: NDArray[np.intp] | Bools) -> LotArrays:
        """Blocks at an index or where a mask is true."""
        return replace(self, **{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def append(self, more: LotArrays) -> LotArrays:
        """These blocks and then `more`."""
        return LotArrays(
            **{
                field.name: np.concatenate((getattr(self, field.name), getattr(more, field.name)))
                for field in fields(self)
            }
        )

    def in_order(self) -> LotArrays:
        """By acquisition, inside one in the order in which its shares are relieved: highest basis first."""
        return self.take(np.lexsort((~self.eligible, self.start, -self.basis, self.lot)))


@dataclass(frozen=True, eq=False)
class LotBookSales:
    """What one call of `LotBook.sell` sold, one entry a block, each array of shape (S,).

    A purchase of the next 30 days adds to `wash_shares` and `disallowed` in place: the sale belongs to its own year,
    whenever the replacement is bought.

    Parameters
    ----------
    date : date
        Trade date.
    asset, lot : array of int
        As in `LotArrays`.
    shares, price, basis : array of float
        Shares; net proceeds and adjusted basis in dollars a share.
    start : array of int
        Start of the holding period, days since 1970-01-01.
    is_long_term : array of bool
        Term of the gain or loss.
    wash_shares, disallowed : array of float
        Shares replaced and dollars of loss disallowed so far.
    """

    date: dt.date
    asset: Ints
    lot: Ints
    shares: Floats
    price: Floats
    basis: Floats
    start: Ints
    is_long_term: Bools
    wash_shares: Floats
    disallowed: Floats

    def gain(self) -> Floats:
        """Gain or loss of each block before the wash-sale rule, dollars."""
        return self.shares * (self.price - self.basis)

    def allowed(self) -> Floats:
        """Gain or loss of each block after it, dollars."""
        return self.gain() + self.disallowed
