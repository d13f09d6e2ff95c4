"""Names that left one sleeve's benchmark and are in another's: the moves in kind that need no optimisation."""

from __future__ import annotations

import numpy as np

from optimizer.household.household import Household
from optimizer.household.transfers import LotMove, movable_lots, welcome_assets
from risk import FactorRisk

__all__ = ["graduate_moves", "graduates"]

_PARTS = 10**6


def graduates(household: Household) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Names held by a sleeve whose benchmark no longer has them, and the owner's sleeves whose benchmark does.

    Returns
    -------
    dict
        By "sleeve/asset": the sleeve and the names of the sleeves that could take it.
    """
    found = {}
    for sleeve in household.sleeves:
        for asset in sorted(set(sleeve.account.lots.asset.tolist())):
            if sleeve.mandate.benchmark.get(asset, 0.0) > 0:
                continue
            takers = tuple(
                other.name
                for other in household.sleeves
                if sleeve.may_move_to(other) and other.mandate.benchmark.get(asset, 0.0) > 0
            )
            if takers:
                found[f"{sleeve.name}/{asset}"] = (sleeve.name, takers)
    return found


def graduate_moves(household: Household, risk: FactorRisk) -> list[LotMove]:
    """Move graduates that hold a gain to the sleeve that wants them, up to its benchmark weight.

    Largest gain a share first, in whole shares or, where both mandates allow it, millionths. What does not fit, and
    lots with a loss, stay for the sleeve's own rebalance.
    """
    moves: list[LotMove] = []
    room: dict[tuple[str, str], float] = {}
    welcome = {sleeve.name: welcome_assets(sleeve, risk) for sleeve in household.sleeves}
    for key, (name, takers) in graduates(household).items():
        sleeve, asset = household.sleeve(name), key.split("/", 1)[1]
        account = sleeve.account
        price = float(account.securities.price[account.securities.position[asset]])
        chosen = (account.lots.asset == asset) & movable_lots(sleeve, risk) & (account.lots.basis < price)
        for lot in sorted(np.flatnonzero(chosen).tolist(), key=lambda at: float(account.lots.basis[at])):
            shares = float(account.lots.shares[lot])
            for taker in takers:
                if asset not in welcome[taker]:
                    continue
                left = room.setdefault((taker, asset), _underweight(household, taker, asset))
                fractional = sleeve.mandate.fractional and household.sleeve(taker).mandate.fractional
                part = _fitting(shares, left / price, fractional=fractional)
                if part * (price if fractional else 1.0) < 1:
                    continue
                moves.append(LotMove(name, taker, str(account.lots.lot_id[lot]), part))
                room[taker, asset] -= part * price
                shares -= part
    return moves


def _fitting(shares: float, room: float, *, fractional: bool) -> float:
    """Shares that may go: a whole lot of fractions goes as it is."""
    if fractional:
        return shares if shares <= room else float(np.round(np.floor(room * _PARTS) / _PARTS, 6))
    return min(shares, float(np.floor(room + 1e-9)))


def _underweight(household: Household, name: str, asset: str) -> float:
    """Dollars by which a sleeve holds less of a name than its benchmark."""
    sleeve = household.sleeve(name)
    account = sleeve.account
    price = float(account.securities.price[account.securities.position[asset]])
    held = float(account.lots.shares[account.lots.asset == asset].sum()) * price
    return max(sleeve.mandate.benchmark.get(asset, 0.0) * account.nav - held, 0.0)
