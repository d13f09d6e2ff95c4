"""Rows of a trade list judged one by one, all at once; words are found only for rows that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.trade_columns import TradeColumns
from tax import is_long_term, replayed_washes

__all__ = ["broken_rows", "row_name", "wrongly_disallowed"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
# Rows that have a fault, and what is to be said of one of them.
_Fault = tuple[Bools, Callable[[int], str]]


def broken_rows(account: Account, trades: TradeColumns, *, fractional: bool) -> Iterator[str]:
    """Rows that cannot be carried out, or whose figures do not follow from shares, price and lot.

    Parameters
    ----------
    account : Account
    trades : TradeColumns
    fractional : bool
        Whether fractions of a share may be traded.

    Yields
    ------
    str
        One sentence for each fault, row by row.
    """
    place = account.securities.places(trades.asset.tolist())
    priced = place >= 0
    price = np.full(len(trades), np.nan)
    price[priced] = account.securities.price[place[priced]]
    faults: list[_Fault] = [
        (_again(trades), _saying("stands twice")),
        (~priced, _saying("no price is known")),
        *_wrong_amounts(trades, priced, price, fractional=fractional),
        *_wrong_sales(account, trades, place, price),
        (priced & ~trades.is_sell & ~trades.is_buy, _saying("side is neither BUY nor SELL")),
    ]
    found = [(rows, words) for rows, words in faults if rows.any()]
    for i in np.flatnonzero(np.any([rows for rows, _ in found], axis=0)).tolist() if found else ():
        yield from (f"{row_name(trades, i)}: {words(i)}" for rows, words in found if rows[i])


def row_name(trades: TradeColumns, row: int) -> str:
    """How messages call a row."""
    return f"{trades.side[row]} {trades.asset[row]} {trades.lot_id[row]}".strip()


def _saying(words: str) -> Callable[[int], str]:
    return lambda _: words


def _again(trades: TradeColumns) -> Bools:
    """Rows that stand a second time."""
    sold, bought = set(trades.sells.lot_id.tolist()), set(trades.buys.asset.tolist())
    if len(sold) + len(bought) == len(trades):
        return np.zeros(len(trades), dtype=bool)
    first: dict[tuple[str, str, str], int] = {}
    rows = zip(trades.side.tolist(), trades.asset.tolist(), trades.lot_id.tolist(), strict=True)
    return np.array([first.setdefault(row, i) != i for i, row in enumerate(rows)], dtype=bool)


def _wrong_amounts(trades: TradeColumns, priced: Bools, price: Floats, *, fractional: bool) -> Iterator[_Fault]:
    shares = trades.shares
    tradable = np.isfinite(shares) & (shares > 0)
    if not fractional:
        tradable &= shares == np.rint(shares)
    right = _close(trades.price, price, 1e-9) & _close(trades.amount, shares * price, 1e-9)
    yield priced & ~tradable, lambda i: f"{shares[i]} shares cannot be traded"
    yield (
        priced & ~right,
        lambda i: f"price {trades.price[i]} and amount {trades.amount[i]}, expected {shares[i]} shares at {price[i]}",
    )


def _wrong_sales(account: Account, trades: TradeColumns, place: Ints, price: Floats) -> Iterator[_Fault]:
    lots, rows = account.lots, np.flatnonzero((place >= 0) & trades.is_sell)
    lot = lots.places(trades.lot_id[rows].tolist())
    own = lot >= 0
    own[own] = account.lot_position[lot[own]] == place[rows[own]]
    yield _at(rows[~own], len(trades)), _saying("the account has no such lot")
    rows, lot = rows[own], lot[own]
    of = dict(zip(rows.tolist(), lot.tolist(), strict=True))
    shares, per_share = trades.shares[rows], price[rows]
    gain = shares * (per_share - lots.basis[lot])
    too_many = shares > lots.shares[lot] * (1 + 1e-9)
    right = _close(trades.gain[rows], gain, 1e-6, 1e-9 * np.abs(shares) * per_share)
    long_term = is_long_term(lots.holding_start[lot], account.as_of)
    right_term = _is(trades.term[rows], "long") & long_term | _is(trades.term[rows], "short") & ~long_term
    yield (
        _at(rows[too_many], len(trades)),
        lambda i: f"{trades.shares[i]} shares of a lot of {lots.shares[of[i]]}",
    )
    yield (
        _at(rows[~right], len(trades)),
        lambda i: (
            f"gain {trades.gain[i]} where shares, price and basis give "
            f"{trades.shares[i] * (price[i] - lots.basis[of[i]])}"
        ),
    )
    yield (
        _at(rows[~right_term], len(trades)),
        lambda i: f"term {trades.term[i]!r} of a lot held since {lots.holding_start[of[i]]}",
    )


def wrongly_disallowed(account: Account, trades: TradeColumns, *, priced: bool) -> Iterator[str]:
    """Disallowed losses that are not those of a ledger in which the sales are made.

    Parameters
    ----------
    account : Account
    trades : TradeColumns
    priced : bool
        Whether sales may be partly washed; otherwise nothing may be disallowed.

    Yields
    ------
    str
        One sentence for each wrong row.
    """
    if not priced and "disallowed" not in trades.names:
        return
    expected = np.zeros(len(trades))
    if priced:
        sold = {lot: n for lot, n in zip(trades.sells.lot_id, trades.sells.shares.tolist(), strict=True) if n > 0}
        price = dict(zip(account.securities.asset, account.securities.price.tolist(), strict=True))
        washes = replayed_washes(account.lots, account.as_of, sold=sold, price=price)
        expected = np.array([washes.get(lot, 0.0) for lot in trades.lot_id.tolist()], dtype=float)
    given = np.nan_to_num(trades.disallowed)
    wrong = trades.is_sell & ~_close(given, expected, 1e-6, 1e-9 * np.abs(trades.amount))
    for i in np.flatnonzero(wrong).tolist():
        yield f"{row_name(trades, i)}: {given[i]} of loss disallowed, expected {expected[i]}"


def _is(texts: NDArray[np.object_], text: str) -> Bools:
    equal: Bools = (texts == text).astype(bool)
    return equal


def _at(rows: Ints, size: int) -> Bools:
    there = np.zeros(size, dtype=bool)
    there[rows] = True
    return there


def _close(values: Floats, expected: Floats, relative: float, absolute: Floats | float = 0.0) -> Bools:
    """What `math.isclose` says of each pair."""
    with np.errstate(invalid="ignore", over="ignore"):
        most = np.maximum(relative * np.maximum(np.abs(values), np.abs(expected)), absolute)
        near: Bools = np.isfinite(values) & np.isfinite(expected) & (np.abs(values - expected) <= most)
    close: Bools = near | (values == expected)
    return close
