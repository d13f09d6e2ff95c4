"""What a transfer list makes of the accounts of a household: lots go with basis and dates, cash settles."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from audit.account import AuditedAccount, OpenLot, Security
from audit.household import AuditedHousehold
from audit.transfer_rows import TransferRow
from taxsleeve_errors import InputError

__all__ = ["Moved", "carried_out", "moved_accounts"]

_DUST = 1e-9


@dataclass(frozen=True)
class Moved:
    """Shares of a lot that move: no more than are left of it."""

    row: TransferRow
    lot: OpenLot
    shares: float


def carried_out(household: AuditedHousehold, rows: Iterable[TransferRow]) -> tuple[Moved, ...]:
    """Rows of lots that can be carried out, whether or not they may be; the others move nothing."""
    left: dict[tuple[str, str], float] = {}
    found = []
    for row in rows:
        source = household.named.get(row.source)
        if not row.is_lot or source is None or row.target not in household.named or row.target == row.source:
            continue
        lot = source.account.lot_of.get(row.lot_id)
        if lot is None or lot.asset != row.asset or row.shares is None or not row.shares > 0:
            continue
        rest = left.setdefault((row.source, row.lot_id), lot.shares)
        shares = rest if row.shares >= rest * (1 - _DUST) else row.shares
        left[row.source, row.lot_id] = rest - shares
        if shares > 0:
            found.append(Moved(row, lot, shares))
    return tuple(found)


def moved_accounts(household: AuditedHousehold, rows: tuple[TransferRow, ...]) -> dict[str, AuditedAccount]:
    """Accounts by sleeve once the transfers are made.

    Basis, day acquired and holding period of a lot are those of lots.csv, whatever the transfer says of them. Where the
    transfers would leave a sleeve worth nothing, which is found as a fault of theirs, none is made.

    Parameters
    ----------
    household : AuditedHousehold
    rows : tuple of TransferRow

    Returns
    -------
    dict of str to AuditedAccount
        The very account where nothing moved.
    """
    before = {sleeve.name: sleeve.account for sleeve in household.sleeves}
    moves = carried_out(household, rows)
    cash: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.is_cash and {row.source, row.target} <= set(before):
            cash[row.source].append(-row.dollars)
            cash[row.target].append(row.dollars)
    # What a sleeve receives has a price where it came from.
    priced = {asset: known for account in before.values() for asset, known in account.securities.items()}
    try:
        return {name: _moved(account, name, moves, cash[name], priced) for name, account in before.items()}
    except InputError:
        return before


def _moved(
    account: AuditedAccount, name: str, moves: tuple[Moved, ...], cash: list[float], priced: Mapping[str, Security]
) -> AuditedAccount:
    gone: dict[str, list[float]] = defaultdict(list)
    for move in moves:
        if move.row.source == name:
            gone[move.lot.lot_id].append(move.shares)
    came = [move for move in moves if move.row.target == name]
    if not (gone or came or cash):
        return account
    left = [
        replace(lot, shares=shares)
        for lot in account.lots
        if (shares := lot.shares - math.fsum(gone.get(lot.lot_id, ()))) > _DUST * lot.shares
    ]
    taken = {lot.lot_id for lot in account.lots}
    arrived = [_arrived(account, move, taken) for move in came]
    return replace(
        account,
        lots=(*left, *arrived),
        cash=math.fsum([account.cash, *cash]),
        securities={**priced, **account.securities},
        moved_out=frozenset(gone),
    )


def _arrived(account: AuditedAccount, move: Moved, taken: set[str]) -> OpenLot:
    """The lot in its new account, under the id that the list gives it where that is free."""
    lot_id = move.row.new_lot_id or move.lot.lot_id
    while lot_id in taken:
        lot_id = f"{move.row.source}:{lot_id}"
    taken.add(lot_id)
    name, account_type = account.whose
    return replace(move.lot, lot_id=lot_id, shares=move.shares, account=name, account_type=account_type)
