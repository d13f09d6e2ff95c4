"""Lots that move in kind between the sleeves of a household at a close, and the cash that settles them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.household.member import Member
from backtest.vintage.holdings import SHARE_DIGITS, Holdings
from backtest.vintage.lot_table import LotTable, by_name
from backtest.vintage.moment import Moment
from backtest.vintage.tape import Tape
from optimizer import Mandate
from optimizer.household import TRANSFER_COLUMNS, Household, Sleeve
from optimizer.household.graduation import graduate_moves
from optimizer.household.transfers import LotMove, transfer_table
from risk import FactorRisk
from tax import TaxRates
from taxsleeve_errors import TaxError

__all__ = ["Moved", "as_household", "move_graduates"]

_CENT = 0.005


@dataclass(frozen=True, eq=False)
class Moved:
    """Holdings by sleeve once lots have moved.

    Parameters
    ----------
    holdings : dict of str to Holdings
    transfers : DataFrame
        `TRANSFER_COLUMNS`; empty where nothing moved.
    """

    holdings: dict[str, Holdings]
    transfers: pd.DataFrame


def as_household(members: Sequence[Member], shown: Mapping[str, Moment]) -> Household:
    """Show the sleeves at a close as the live verb takes them, without limits."""
    sleeves = []
    for member in members:
        situation = shown[member.name].situation
        terms = situation.settings
        rates = terms.rates if member.taxed else TaxRates(0.0, 0.0)
        mandate = Mandate(situation.benchmark, (), rates, terms.losses, terms.costs, fractional=True)
        sleeves.append(Sleeve(member.name, situation.account, mandate, member.owner, member.kind))
    return Household(tuple(sleeves))


def move_graduates(household: Household, shown: Mapping[str, Moment], risk: FactorRisk) -> Moved:
    """Move what graduated as the live verb does: lots at a gain, up to the weight in the other benchmark, for cash.

    Raises
    ------
    TaxError
        Cash, shares or basis do not add up to the cent.
    """
    before = {name: at.holdings for name, at in shown.items()}
    moves = graduate_moves(household, risk)
    if not moves:
        return Moved(before, pd.DataFrame(columns=TRANSFER_COLUMNS))
    table = transfer_table(household, moves)
    at = next(iter(shown.values()))
    after = _moved(at.tape, at.row, before, moves, _new_ids(table))
    _check_conserved(at.tape, at.row, before, after)
    return Moved(after, table)


def _new_ids(table: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """Ids that moved lots get, by source, target and old id."""
    rows = table[table["kind"] == "lot"]
    keys = zip(rows["from_sleeve"], rows["to_sleeve"], rows["lot_id"], strict=True)
    return {(str(s), str(t), str(i)): str(new) for (s, t, i), new in zip(keys, rows["new_lot_id"], strict=True)}


def _moved(
    tape: Tape,
    row: int,
    before: Mapping[str, Holdings],
    moves: Sequence[LotMove],
    new_ids: Mapping[tuple[str, str, str], str],
) -> dict[str, Holdings]:
    cash = {name: holdings.cash for name, holdings in before.items()}
    left = {name: holdings.lots.shares.copy() for name, holdings in before.items()}
    place = {name: _places(holdings.lots.lot_id) for name, holdings in before.items() if name in _sources(moves)}
    arrived: dict[str, list[LotTable]] = {name: [] for name in before}
    for move in moves:
        lots, lot = before[move.source].lots, place[move.source][move.lot_id]
        left[move.source][lot] -= move.shares
        one = lots.take(np.array([lot], dtype=np.intp))
        new_id = np.array([new_ids[move.source, move.target, move.lot_id]], dtype=str)
        arrived[move.target].append(replace(one, lot_id=new_id, shares=np.array([move.shares])))
        amount = move.shares * float(tape.last_price[row, lots.name[lot]])
        cash[move.source] += amount
        cash[move.target] -= amount
    after = {}
    for name, holdings in before.items():
        lots = holdings.lots.with_shares(np.round(left[name], SHARE_DIGITS))
        for one in arrived[name]:
            lots = lots.joined(one)
        after[name] = replace(holdings, cash=cash[name], lots=lots)
    return after


def _sources(moves: Sequence[LotMove]) -> set[str]:
    return {move.source for move in moves}


def _places(lot_id: NDArray[np.str_]) -> dict[str, int]:
    return {str(one): i for i, one in enumerate(lot_id.tolist())}


def _check_conserved(tape: Tape, row: int, before: Mapping[str, Holdings], after: Mapping[str, Holdings]) -> None:
    """Nothing appears or vanishes, and no sleeve's value changes."""
    price, size = np.nan_to_num(tape.last_price[row]), len(tape.assets)

    def held(holdings: Holdings) -> NDArray[np.float64]:
        return by_name(holdings.lots.name, holdings.lots.shares, size)

    differences = {
        f"value of sleeve {name}": after[name].cash - old.cash + float((held(after[name]) - held(old)) @ price)
        for name, old in before.items()
    }
    came = np.sum([held(one) for one in after.values()], axis=0)
    differences["shares"] = float(np.abs(came - np.sum([held(one) for one in before.values()], axis=0)) @ price)
    differences["basis"] = sum(after[name].lots.total_basis() - old.lots.total_basis() for name, old in before.items())
    differences["cash"] = sum(after[name].cash - old.cash for name, old in before.items())
    for what, difference in differences.items():
        if not abs(difference) <= _CENT:
            raise TaxError(f"household, {tape.date(row).date()}: {what} is out by {difference:.6f} dollars after moves")
