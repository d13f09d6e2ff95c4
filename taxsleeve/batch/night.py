"""The night in figures: gathered row by row, so that memory does not grow with an account's results."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from taxsleeve.batch.account_row import AccountRow
from taxsleeve.batch.exceptions import KINDS, BatchException

__all__ = ["Night", "NightBuilder", "percentiles"]

Floats = NDArray[np.float64]
_WORST = 20


@dataclass(frozen=True, eq=False)
class Night:
    """Sums and distributions of a batch.

    Parameters
    ----------
    accounts, done : int
        How many accounts there are, and have a trade list.
    statuses : dict of str to int
        Accounts by status.
    exceptions : dict of str to int
        Things to look at by kind, in the order of `KINDS`.
    sums : dict of str to float
        Dollars over all accounts with a trade list: nav, harvested_short, harvested_long, gains_short, gains_long,
        tax_value, cost; and orders.
    tracking_errors, te_of_limit, gaps, harvest_rates : array
        One figure an account with a trade list: tracking error after, as a fraction of its limit (where there is one),
        the certificate's gap, and losses harvested over NAV.
    worst : tuple of AccountRow
        The twenty accounts that leave most dollars between value and bound.
    """

    accounts: int
    done: int
    statuses: dict[str, int]
    exceptions: dict[str, int]
    sums: dict[str, float]
    tracking_errors: Floats
    te_of_limit: Floats
    gaps: Floats
    harvest_rates: Floats
    worst: tuple[AccountRow, ...]


_SUMS = ("nav", "harvested_short", "harvested_long", "gains_short", "gains_long", "tax_value", "cost", "orders")


@dataclass(eq=False)
class NightBuilder:
    """Gathers a night; eight bytes an account and figure are all that stays of most accounts."""

    statuses: Counter[str] = field(default_factory=Counter)
    exceptions: Counter[str] = field(default_factory=Counter)
    sums: dict[str, float] = field(default_factory=lambda: dict.fromkeys(_SUMS, 0.0))
    tracking_errors: array[float] = field(default_factory=lambda: array("d"))
    te_of_limit: array[float] = field(default_factory=lambda: array("d"))
    gaps: array[float] = field(default_factory=lambda: array("d"))
    harvest_rates: array[float] = field(default_factory=lambda: array("d"))
    _worst: list[tuple[float, int, AccountRow]] = field(default_factory=list)

    def add(self, row: AccountRow, found: Sequence[BatchException]) -> None:
        """Count one account, and what is to be looked at of it."""
        self.statuses[row.status] += 1
        self.exceptions.update(one.kind.name for one in found)
        if not row.done:
            return
        for name in _SUMS:
            self.sums[name] += getattr(row, name) or 0.0
        te = row.tracking_error_after or 0.0
        self.tracking_errors.append(te)
        if row.tracking_error_limit:
            self.te_of_limit.append(te / row.tracking_error_limit)
        self.gaps.append(row.gap or 0.0)
        self.harvest_rates.append(row.harvested / row.nav if row.nav else 0.0)
        left = (row.bound or 0.0) - (row.objective or 0.0)
        entry = (left, -sum(self.statuses.values()), row)  # among equals the first
        (heapq.heappush if len(self._worst) < _WORST else heapq.heappushpop)(self._worst, entry)

    def built(self) -> Night:
        """Return the night as it stands."""
        return Night(
            accounts=sum(self.statuses.values()),
            done=self.statuses["optimal"],
            statuses=dict(sorted(self.statuses.items())),
            exceptions={kind.name: self.exceptions[kind.name] for kind in KINDS if self.exceptions[kind.name]},
            sums=dict(self.sums),
            tracking_errors=np.array(self.tracking_errors),
            te_of_limit=np.array(self.te_of_limit),
            gaps=np.array(self.gaps),
            harvest_rates=np.array(self.harvest_rates),
            worst=tuple(row for _, _, row in sorted(self._worst, key=lambda entry: entry[:2], reverse=True)),
        )


def percentiles(figures: Floats) -> dict[str, float] | None:
    """Least, 5%, median, 95% and greatest of figures; None where there are none."""
    if not len(figures):
        return None
    found = np.percentile(figures, [0, 5, 50, 95, 100]).tolist()
    return dict(zip(("least", "p5", "median", "p95", "greatest"), found, strict=True))
