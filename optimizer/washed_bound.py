"""A relaxation that no partly washed sale is worth more than, whichever branch it is on.

With H the older shares at a loss, X of them sold and z of the Q recent ones, the loss of min(X, Q - z) shares or more
is disallowed, and so of X min(Q, H) / H - z at least, each of which would have earned the least credit c of any older
lot. So older lots earn c min(Q, H) / H less a share, recent ones c more, and everything may be sold. A cap on losses
gets room for the most that can be disallowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from optimizer.limits import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    FactorActiveLimit,
    HarvestOffsetsLimit,
    LiquidityLimit,
    LossPerNameLimit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    SectorActiveLimit,
    SoftLimit,
    SoftLinearLimit,
    TrackingErrorLimit,
    TurnoverLimit,
)
from optimizer.limits.base import Limit, LinearLimit, Rows
from optimizer.limits.readings import Reading
from optimizer.mandate import Mandate
from optimizer.netting import RegionLimit
from optimizer.outcome import Outcome
from optimizer.problem import Penalty, Problem
from optimizer.washed_sales import Washable
from tax import LossUse

__all__ = ["relaxed_washes"]

_CAPS = (LossPerNameLimit, HarvestOffsetsLimit)
# Not what a user's own limit may make of a lot's gain.
_KNOWN = frozenset(
    {
        ActiveWeightLimit, BetaActiveLimit, CashLimit, FactorActiveLimit, LiquidityLimit, NetGainLimit,
        NetLongGainLimit, NetShortGainLimit, RealizedGainLimit, RealizedLongGainLimit, RealizedShortGainLimit,
        RegionLimit, SectorActiveLimit, TrackingErrorLimit, TurnoverLimit,
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _WithRoom(LinearLimit):
    """A cap on losses with more room, by name ("" where the cap is on all together)."""

    limit: LinearLimit
    room: Mapping[str, float]
    name: str = field(init=False)
    unit: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.limit.name)
        object.__setattr__(self, "unit", self.limit.unit)

    def rows(self, problem: Problem) -> Rows:
        """Return the limit's rows, moved."""
        rows = self.limit.rows(problem)
        return replace(rows, upper=rows.upper + np.array([self.room.get(end.where, 0.0) for end in rows.ends]))

    def readings(self, outcome: Outcome) -> Sequence[Reading]:
        """Return the limit's own readings."""
        return self.limit.readings(outcome)


def relaxed_washes(
    problem: Problem, mandate: Mandate, limits: Sequence[Limit], undecided: Sequence[Washable]
) -> tuple[Problem, tuple[Limit, ...]]:
    """State the relaxation in which some groups are on no branch yet.

    Parameters
    ----------
    problem : Problem
        With the other groups on their branches.
    mandate : Mandate
    limits : sequence of Limit
        Limits of the user's own are left out.
    undecided : sequence of Washable

    Returns
    -------
    Problem, tuple of Limit
    """
    credit, sellable, liquidable = problem.lot_credit.copy(), problem.lot_sellable.copy(), problem.liquidable.copy()
    room: dict[str, float] = {"": 0.0}
    for one in undecided:
        older, recent = one.older, one.recent
        losing = np.concatenate([older, recent[problem.lot_is_loss[recent]]])
        credit[losing] = np.maximum(credit[losing], 0.0)
        least, held = float(credit[older].min()), float(problem.lot_value[older].sum())
        credit[older] -= least * min(one.replaced, held) / held
        credit[recent] += least
        sellable[losing], liquidable[one.group] = True, False
        most = one.replaced * float(-problem.lot_gain[losing].min())
        room[problem.assets[problem.lot_asset[older[0]]]] = most
        room[""] += most
    # The netted year is priced by `regions`, as if nothing were washed; basis that is kept costs nothing later.
    kept = mandate.later_rate * room[""] if mandate.losses is LossUse.NETTING else 0.0
    relaxed = replace(
        problem,
        lot_credit=credit,
        lot_sellable=sellable,
        liquidable=liquidable,
        constant=problem.constant + kept,
        soft=tuple(limit for limit in _roomy(problem.soft, room) if isinstance(limit, (SoftLimit, SoftLinearLimit))),
    )
    return relaxed, tuple(_roomy(limits, room))


def _roomy(limits: Iterable[Limit | Penalty], room: Mapping[str, float]) -> list[Limit]:
    found: list[Limit] = []
    for limit in limits:
        plain = limit.limit if isinstance(limit, (SoftLimit, SoftLinearLimit)) else limit
        if isinstance(plain, _CAPS):
            roomy = _WithRoom(plain, room)
            found.append(replace(limit, limit=roomy) if isinstance(limit, SoftLinearLimit) else roomy)
        elif type(plain) in _KNOWN and isinstance(limit, Limit):
            found.append(limit)
    return found
