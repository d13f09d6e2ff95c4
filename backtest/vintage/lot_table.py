"""Open lots of a vintage as arrays, names by their column of the tape, days as days since 1970-01-01."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.tape import Tape
from tax import Lots, Purchases, is_long_term
from taxsleeve_errors import InputError

__all__ = ["LotTable", "by_name"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class LotTable:
    """Open lots, one entry a lot, all arrays of shape (L,).

    Parameters
    ----------
    lot_id : array of str
    name : array of int
        Column of the tape.
    shares, basis : array of float
        Shares; dollars a share.
    acquired, start : array of int
        Trade date of the purchase; start of the holding period.
    paid : array of float
        Dividends a share since the purchase.
    """

    lot_id: NDArray[np.str_]
    name: Ints
    shares: Floats
    basis: Floats
    acquired: Ints
    start: Ints
    paid: Floats

    @classmethod
    def of(cls, tape: Tape, lots: Lots | None) -> LotTable:
        """Lay out lots; None is none.

        Raises
        ------
        InputError
            The tape does not have a lot's asset.
        """
        if lots is None:
            lots = Lots.build(lot_id=[], asset=[], shares=[], basis=[], acquired=[])
        unknown = sorted(set(lots.asset.tolist()) - set(tape.assets))
        if unknown:
            raise InputError.of("lots", "assets for which the tape was cut", column="asset", value=unknown[0])
        return cls(
            lot_id=lots.lot_id,
            name=np.array([tape.position[asset] for asset in lots.asset.tolist()], dtype=np.int64),
            shares=lots.shares,
            basis=lots.basis,
            acquired=lots.acquired.astype(np.int64),
            start=lots.holding_start.astype(np.int64),
            paid=np.zeros(len(lots)),
        )

    def __len__(self) -> int:
        return len(self.name)

    def take(self, index: NDArray[np.intp] | Bools) -> LotTable:
        """Lots at an index or where a mask is true."""
        return LotTable(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def joined(self, more: LotTable) -> LotTable:
        """These lots and then `more`."""
        pairs = {field.name: (getattr(self, field.name), getattr(more, field.name)) for field in fields(self)}
        return LotTable(**{name: np.concatenate(pair) for name, pair in pairs.items()})

    def with_shares(self, shares: Floats) -> LotTable:
        """Replace the shares; lots left with none go."""
        return replace(self, shares=shares).take(shares > 0)

    def long_term(self, day: int) -> Bools:
        """Whether each lot is long-term when sold on a day."""
        return is_long_term(self.start.astype("datetime64[D]"), np.datetime64(day, "D"))

    def total_basis(self) -> float:
        """Dollars."""
        return float(self.shares @ self.basis)

    def purchases(self, tape: Tape) -> Purchases:
        """What wash-sale windows see of these lots."""
        return Purchases(self.name, tape.group_number[self.name], self.acquired, self.shares)

    def as_lots(self, tape: Tape, *, seen: bool = True) -> Lots:
        """Lots as the optimizer takes them; those not `seen` were acquired so long ago that no window reaches them."""
        return Lots(
            lot_id=self.lot_id,
            asset=tape.asset_array[self.name],
            group=tape.group_array[self.name],
            account=np.full(len(self), "taxable"),
            shares=self.shares,
            basis=self.basis,
            acquired=(self.acquired if seen else np.zeros(len(self), dtype=np.int64)).astype("datetime64[D]"),
            holding_start=self.start.astype("datetime64[D]"),
        )


def by_name(names: NDArray[np.integer], amounts: Floats, size: int) -> Floats:
    """Sum amounts over names, shape (size,)."""
    summed: Floats = np.bincount(names, weights=amounts, minlength=size).astype(float)
    return summed
