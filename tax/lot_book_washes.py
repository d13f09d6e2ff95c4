"""Wash sales of a lot book: which losses meet a purchase is found for all names at once, the few that do one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tax.lot_arrays import DUST, Floats, Ints, LotArrays, LotBookSales, day_number, long_from_day
from tax.wash_locks import WASH_DAYS

__all__ = ["PendingLosses", "losses_of", "match_purchases", "match_recent"]

# Dollars a share: what sums of floats leave of a sale at exactly its basis, which is no loss to use up a replacement.
_NO_LOSS = 1e-9


@dataclass(frozen=True, eq=False)
class PendingLosses:
    """Losses of one day that no replacement has been found for, shape (P,).

    `row` points into `sales`; `left` and `per_share` count today's shares, `scale` is the splits since the sale.
    """

    sales: LotBookSales
    row: NDArray[np.intp]
    group: Ints
    left: Floats
    per_share: Floats
    held_days: Ints
    scale: Floats

    def __len__(self) -> int:
        return len(self.row)

    def is_open(self, day: int) -> bool:
        """Whether a purchase on `day` would still replace."""
        return day - day_number(self.sales.date) <= WASH_DAYS

    def rescale(self, asset: int, ratio: float) -> None:
        """A split of one security."""
        ours = self.sales.asset[self.row] == asset
        self.left[ours] *= ratio
        self.per_share[ours] /= ratio
        self.scale[ours] *= ratio

    def in_order(self, places: NDArray[np.intp]) -> NDArray[np.intp]:
        """Entries by original acquisition of the lot sold, Reg. 1.1091-1(b)."""
        return places[np.argsort(self.sales.lot[self.row[places]], kind="stable")]

    def use(self, place: int, shares: float) -> None:
        """Disallow the loss of `shares` of entry `place`."""
        row = self.row[place]
        left = self.left[place] - shares
        self.left[place] = left if left > DUST else 0.0
        self.sales.wash_shares[row] += shares / self.scale[place]
        self.sales.disallowed[row] += shares * self.per_share[place]


def losses_of(sales: LotBookSales, groups: Ints) -> PendingLosses:
    """Every block sold at a loss."""
    loss = sales.basis - sales.price
    row = np.flatnonzero(loss > _NO_LOSS)
    return PendingLosses(
        sales=sales,
        row=row,
        group=groups[sales.asset[row]],
        left=sales.shares[row],
        per_share=loss[row],
        held_days=day_number(sales.date) - sales.start[row],
        scale=np.ones(len(row)),
    )


def match_recent(sales: LotBookSales, lots: LotArrays, groups: Ints, day: int) -> tuple[PendingLosses, LotArrays]:
    """Match the losses of a day with purchases of the window before, still held; what is left waits."""
    losses = losses_of(sales, groups)
    if not len(losses):
        return losses, lots
    recent = np.flatnonzero(lots.eligible & (lots.acquired >= day - WASH_DAYS))
    meets = np.isin(losses.group, groups[lots.asset[recent]])
    if not meets.any():
        return losses, lots
    recent_group = groups[lots.asset[recent]]
    blocks = {group: _Blocks(lots.take(recent[recent_group == group])) for group in np.unique(losses.group[meets])}
    for place in losses.in_order(np.flatnonzero(meets)):
        blocks[losses.group[place]].absorb(losses, int(place), not_lot=int(sales.lot[losses.row[place]]))
    untouched = np.ones(len(lots), dtype=bool)
    untouched[recent[np.isin(recent_group, list(blocks))]] = False
    changed = lots.take(untouched)
    for part in blocks.values():
        changed = changed.append(part.arrays())
    return _unmatched(losses), changed.in_order()


def match_purchases(pending: list[PendingLosses], new: LotArrays, groups: Ints) -> LotArrays:
    """Let waiting losses use today's purchases, earliest purchase and earliest loss first."""
    group = groups[new.asset]
    waiting = [losses.in_order(np.flatnonzero(np.isin(losses.group, group) & (losses.left > 0))) for losses in pending]
    if not any(len(places) for places in waiting):
        return new
    wanted = np.isin(group, np.concatenate([p.group[places] for p, places in zip(pending, waiting, strict=True)]))
    matched = new.take(~wanted)
    for index in np.flatnonzero(wanted):
        block = _Blocks(new.take(np.array([index])))
        for losses, places in zip(pending, waiting, strict=True):
            for place in places[losses.group[places] == group[index]]:
                block.absorb(losses, int(place))
        matched = matched.append(block.arrays())
    return matched.in_order()


def _unmatched(losses: PendingLosses) -> PendingLosses:
    left = losses.left > 0
    names = ("row", "group", "left", "per_share", "held_days", "scale")
    return replace(losses, **{name: getattr(losses, name)[left] for name in names})


class _Blocks:
    """A few blocks in order of acquisition, as rows that can be split."""

    def __init__(self, lots: LotArrays) -> None:
        self._source = lots
        self._rows = [
            (int(lots.lot[row]), row, float(lots.shares[row]), float(lots.basis[row]), int(lots.start[row]), True)
            for row in range(len(lots))
        ]

    def absorb(self, losses: PendingLosses, place: int, not_lot: int = -1) -> None:
        """Use eligible blocks, but not of the acquisition sold, for one loss."""
        rows = []
        for lot, source, shares, basis, start, eligible in self._rows:
            used = min(shares, float(losses.left[place])) if eligible and lot != not_lot else 0.0
            if used > 0:
                losses.use(place, used)
                basis_used = basis + float(losses.per_share[place])
                rows.append((lot, source, used, basis_used, start - int(losses.held_days[place]), False))
            if shares - used > DUST:
                rows.append((lot, source, shares - used, basis, start, eligible))
        self._rows = rows

    def arrays(self) -> LotArrays:
        """The blocks as arrays."""
        source = self._source.take(np.array([row[1] for row in self._rows], dtype=np.intp))
        starts = [row[4] for row in self._rows]
        return replace(
            source,
            shares=np.array([row[2] for row in self._rows]),
            basis=np.array([row[3] for row in self._rows]),
            start=np.array(starts, dtype=np.int64),
            long_from=np.array([long_from_day(start) for start in starts], dtype=np.int64),
            eligible=np.array([row[5] for row in self._rows]),
        )
