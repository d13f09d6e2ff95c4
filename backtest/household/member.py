"""A sleeve of a household that is carried through history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtest.sleeve_index import SleeveIndex
from backtest.vintage.optimized import OptimizedHarvest
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Strategy
from backtest.vintage.tape import Tape
from tax import AccountKind
from taxsleeve_errors import InputError

__all__ = ["Member", "capitalisation_shares", "check_members", "check_total_limit"]


@dataclass(frozen=True, eq=False)
class Member:
    """A sleeve's index, who manages it, and its part of the money.

    Parameters
    ----------
    index : SleeveIndex
        Its name is the sleeve's.
    strategy : Strategy
        With the sleeve's own limits.
    share : float
        Of the household's capital, at funding.
    owner : str
        Lots move in kind only between sleeves of one owner and kind.
    kind : AccountKind
        Of an IRA or Roth sleeve no gain is taxed and no loss counts, but what it buys washes the others' losses.
    """

    index: SleeveIndex
    strategy: Strategy
    share: float
    owner: str = "client"
    kind: AccountKind = AccountKind.TAXABLE

    @property
    def name(self) -> str:
        """Name of the sleeve."""
        return self.index.name

    @property
    def taxed(self) -> bool:
        """Whether its gains are taxed and its losses count."""
        return not self.kind.is_retirement


def check_members(members: Sequence[Member], settings: VintageSettings, *, has_risk: bool) -> None:
    """Refuse a household that cannot be run.

    Raises
    ------
    InputError
        No sleeve, a name twice, indices of several markets, shares that do not add up, opening lots, or a strategy
        without the risk model that it needs.
    """
    names = [member.name for member in members]
    if not names:
        raise InputError.of("household", "at least one sleeve", value="none")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InputError.of("household", "each sleeve's name once", column="name", value=twice)
    if any(member.index.market is not members[0].index.market for member in members):
        raise InputError.of("household", "sleeves of one market", value=names)
    shares = np.array([member.share for member in members])
    if not (shares > 0).all() or abs(shares.sum() - 1) > 1e-9:
        raise InputError.of("household", "shares above 0, sum 1", column="share", value=shares.tolist())
    if settings.lots is not None:
        raise InputError.of("household", "a household funded in cash", column="lots", value=len(settings.lots))
    lacking = next((m for m in members if m.strategy.needs_risk and not has_risk), None)
    if lacking is not None:
        raise InputError.of("risk", f"a risk model for the strategy {lacking.strategy.name}", value=None)


def check_total_limit(tracking_error: float, members: Sequence[Member], *, has_risk: bool) -> None:
    """Refuse a limit on the household's tracking error that nothing could keep.

    Raises
    ------
    InputError
        It is not above 0, there is no risk model to measure it with, or no sleeve is managed by the optimizer.
    """
    if not (math.isfinite(tracking_error) and tracking_error > 0):
        raise InputError.of("household", "a limit above 0", column="tracking_error", value=tracking_error)
    if not has_risk:
        raise InputError.of("risk", "a risk model, which the household's tracking error is measured with", value=None)
    if not any(isinstance(member.strategy, OptimizedHarvest) for member in members):
        expected = "a sleeve that the optimizer manages: no other strategy heeds the household's tracking error"
        raise InputError.of("household", expected, value=[member.strategy.name for member in members])


def capitalisation_shares(indices: Sequence[SleeveIndex], tape: Tape) -> dict[str, float]:
    """Shares by what the members of each index are worth together on the first day of a tape, by name, sum 1."""
    day = tape.date(0)
    worth = {}
    for index in indices:
        caps = index.market.caps_at(day)
        worth[index.name] = float(np.nansum(caps.loc[index.members_at(day)].to_numpy(dtype=float)))
    total = sum(worth.values())
    return {name: value / total for name, value in worth.items()}
