"""The arithmetic of `ShareGrid` in compiled code: thousands of moves, each of which touches a handful of rows.

Moves stand in the order of `ShareMoves`: sell more and sell less of each lot, buy more and buy less of each name.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.newton.compiled import entry, kernel
from optimizer.row_entries import Entries

__all__ = [
    "KEPT",
    "Columns",
    "Moves",
    "allowed_moves",
    "columns_of",
    "residuals_of",
    "risks",
    "run_share_kernels",
    "violations",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
# Below this a limit counts as kept; a thousandth of what the independent check allows.
KEPT = 1e-9


class Columns(NamedTuple):
    """Coefficients of rows column by column: those of column c stand from first[c] to first[c + 1].

    Parameters
    ----------
    first : array of int (columns + 1,)
    row : array of int (E,)
    value : array (E,)
    """

    first: Ints
    row: Ints
    value: Floats


class Moves(NamedTuple):
    """What moves there are, and what they do to tracking variance.

    Parameters
    ----------
    lot_asset : array of int (L,)
        Name of each lot.
    unit : array (N,)
        One step of each name over NAV.
    slope, own : array (N,)
        (Sigma a)_i and Sigma_ii.
    variance : float
        Tracking variance before the move.
    most_error : float
        The limit on tracking error.
    """

    lot_asset: Ints
    unit: Floats
    slope: Floats
    own: Floats
    variance: float
    most_error: float


def columns_of(entries: Entries, columns: int) -> Columns:
    """Sort coefficients by column, as they stand within one."""
    first, size = np.zeros(columns + 1, dtype=np.int64), len(entries.row)
    made = Columns(first, np.empty(size, dtype=np.int64), np.empty(size))
    _sort_by_column(entries.row, entries.column, entries.value, np.empty(columns, dtype=np.int64), made)
    return made


@entry
def _sort_by_column(row: Ints, column: Ints, value: Floats, at: Ints, made: Columns) -> None:
    """Write `columns_of`; `first` is zero to begin with, `at` (columns,) is overwritten."""
    first = made.first
    for e in range(len(column)):
        first[column[e] + 1] += 1
    for c in range(len(at)):
        first[c + 1] += first[c]
        at[c] = first[c]
    for e in range(len(column)):
        place = at[column[e]]
        made.row[place], made.value[place] = row[e], value[e]
        at[column[e]] += 1


@kernel
def _added(entries: Columns, column: int, amount: float, residuals: Floats) -> float:
    """Violation that an amount in one column adds, counted coefficient by coefficient."""
    total = 0.0
    for e in range(entries.first[column], entries.first[column + 1]):
        before = residuals[entries.row[e]]
        total += max(before + entries.value[e] * amount - KEPT, 0.0) - max(before - KEPT, 0.0)
    return total


@kernel
def _riskier(c: float, slope: float, own: float) -> float:
    """What a change c of one active weight adds to tracking variance, 2 c (Sigma a)_i + c^2 Sigma_ii."""
    return 2 * c * slope + c * c * own


@entry
def violations(
    chosen: Ints,
    lengths: Floats,
    moves: Moves,
    active: Columns,
    buy: Columns,
    sell: Columns,
    residuals: Floats,
    left: Floats,
) -> None:
    """Write the violation of all limits that each chosen move leaves.

    Parameters
    ----------
    chosen : array of int (C,)
    lengths, left : array (C,)
        Steps that each is worth; overwritten.
    moves : Moves
    active, buy, sell : Columns
        What active weights of names, amounts bought of names and amounts sold of lots add to the rows.
    residuals : array (m,)
        Rows as they stand, more than zero is a violation.
    """
    size, n = len(moves.lot_asset), len(moves.unit)
    before = 0.0
    for r in range(len(residuals)):
        before += max(residuals[r] - KEPT, 0.0)
    for j in range(len(chosen)):
        move = chosen[j]
        if move < 2 * size:
            lot = move % size
            name = moves.lot_asset[lot]
            amount = moves.unit[name] * lengths[j] * (1.0 if move < size else -1.0)
            change = -amount
            added = _added(sell, lot, amount, residuals)
        else:
            name = (move - 2 * size) % n
            change = moves.unit[name] * lengths[j] * (1.0 if move < 2 * size + n else -1.0)
            added = _added(buy, name, change, residuals)
        added += _added(active, name, change, residuals)
        variance = moves.variance + _riskier(change, moves.slope[name], moves.own[name])
        left[j] = before + added + max(np.sqrt(max(variance, 0.0)) - moves.most_error - KEPT, 0.0)


@entry
def risks(name: Ints, change: Floats, lengths: Floats, slope: Floats, own: Floats, added: Floats) -> None:
    """Write what moves add to tracking variance.

    Parameters
    ----------
    name : array of int (J,)
    change, lengths, added : array (J,)
        Of the name's active weight by one step; steps that each is worth; overwritten.
    slope, own : array (N,)
        (Sigma a)_i and Sigma_ii.
    """
    for j in range(len(name)):
        added[j] = _riskier(change[j] * lengths[j], slope[name[j]], own[name[j]])


@entry
def residuals_of(row: Ints, column: Ints, value: Floats, amounts: Floats, part: Floats, residuals: Floats) -> None:
    """Add to rows what amounts in columns make of them; `part` is as long, and overwritten."""
    for r in range(len(part)):
        part[r] = 0.0
    for e in range(len(row)):
        part[row[e]] += value[e] * amounts[column[e]]
    for r in range(len(part)):
        residuals[r] += part[r]


@kernel
def _big_enough(shares: float, unit: float, least: float) -> bool:
    return shares * unit >= least or shares <= 0.0


@entry
def allowed_moves(
    lot_asset: Ints,
    unit: Floats,
    sell: Floats,
    buy: Floats,
    most: Floats,
    sold: Floats,
    least: float,
    may_buy: Bools,
    exits: Bools,
    least_buy: Floats,
    allowed: Bools,
) -> None:
    """Write which moves keep the pattern, the lots and the least trade, and never buy and sell one name.

    Parameters
    ----------
    lot_asset : array of int (L,)
    unit : array (N,)
    sell, buy, most : array (L,), (N,), (L,)
        Steps sold and bought, and steps of each lot that may be sold.
    sold : array (N,)
        Steps sold of each name.
    least : float
        Least order, fraction of NAV.
    may_buy, exits, least_buy : array (N,)
        Of the pattern.
    allowed : array of bool (2 L + 2 N,)
        Overwritten.
    """
    size, n = len(lot_asset), len(unit)
    for lot in range(size):
        i = lot_asset[lot]
        allowed[lot] = sell[lot] < most[lot] and buy[i] == 0.0 and _big_enough(sold[i] + 1, unit[i], least)
        allowed[size + lot] = sell[lot] > 0.0 and not exits[i] and _big_enough(sold[i] - 1, unit[i], least)
    for i in range(n):
        more, less = 2 * size + i, 2 * size + n + i
        allowed[more] = may_buy[i] and sold[i] == 0.0 and _big_enough(buy[i] + 1, unit[i], least)
        still_enough = (buy[i] - 1) * unit[i] >= least_buy[i]
        allowed[less] = buy[i] > 0.0 and still_enough and _big_enough(buy[i] - 1, unit[i], least)


def run_share_kernels() -> None:
    """Call each with the types that rounding gives it: one name that has one lot."""
    place, number, true = np.zeros(1, dtype=np.int64), np.ones(1), np.ones(1, dtype=bool)
    columns, moves = columns_of(Entries(place, place, number), 1), Moves(place, number, number, number, 1.0, 1.0)
    violations(place, number, moves, columns, columns, columns, number, np.zeros(1))
    risks(place, number, number, number, number, np.zeros(1))
    residuals_of(place, place, number, number, np.zeros(1), np.zeros(1))
    allowed_moves(place, number, number, number, number, number, 0.0, true, true, number, np.zeros(4, dtype=bool))
