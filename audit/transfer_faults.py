"""Transfers that may not be made, and sleeves whose value they change."""

from __future__ import annotations

import math
from collections.abc import Iterator

from audit.finding import Finding
from audit.household import AuditedHousehold, AuditedSleeve
from audit.moved_lot_faults import TRANSFERS_FILE, SentSoFar, moved_lot_findings, transfer_finding
from audit.transfer_rows import TransferRow
from risk import FactorRisk

__all__ = ["transfer_findings"]

_DUST, _CENT = 1e-9, 0.01


def transfer_findings(
    household: AuditedHousehold, risk: FactorRisk, rows: tuple[TransferRow, ...]
) -> Iterator[Finding]:
    """Find what is wrong with single transfers, and sleeves whose value they change.

    Parameters
    ----------
    household : AuditedHousehold
        Before anything moved.
    risk : FactorRisk
    rows : tuple of TransferRow

    Yields
    ------
    Finding
        Of the sleeve that gives; of an unsettled value, of the sleeve concerned.
    """
    so_far = SentSoFar({sleeve.name: set(sleeve.account.lot_of) for sleeve in household.sleeves})
    for row in rows:
        if not (row.is_lot or row.is_cash):
            yield transfer_finding(row, "transfer-unknown-kind", f"kind {row.kind!r}, expected lot or cash", row.kind)
        source, target = household.named.get(row.source), household.named.get(row.target)
        if source is None or target is None or source is target:
            wanted = ", ".join(household.named)
            yield transfer_finding(row, "transfer-unknown-sleeve", f"expected two of the sleeves {wanted}")
            continue
        yield from _owners(row, source, target)
        if row.is_cash and not row.dollars > 0:
            yield transfer_finding(row, "transfer-amount", "no amount above zero", row.amount)
        if row.is_lot and not household.transfers:
            yield transfer_finding(row, "transfer-not-allowed", "household.toml says transfers = false")
        if row.is_lot:
            yield from moved_lot_findings(row, source, target, risk, so_far)
    yield from _unsettled(household, rows)


def _owners(row: TransferRow, source: AuditedSleeve, target: AuditedSleeve) -> Iterator[Finding]:
    if not source.may_move_to(target):
        whose = [f"{one.owner} ({one.account_type})" for one in (source, target)]
        words = f"from an account of {whose[0]} to one of {whose[1]}"
        yield transfer_finding(row, "transfer-other-owner", words, *whose)


def _unsettled(household: AuditedHousehold, rows: tuple[TransferRow, ...]) -> Iterator[Finding]:
    """What comes in lots and cash must go in lots and cash, at today's prices."""
    balance: dict[str, list[float]] = {sleeve.name: [] for sleeve in household.sleeves}
    for row in rows:
        amount = _value(household, row)
        if amount and {row.source, row.target} <= set(balance):
            balance[row.target].append(amount)
            balance[row.source].append(-amount)
    for sleeve in household.sleeves:
        change = math.fsum(balance[sleeve.name])
        if abs(change) > max(_CENT, _DUST * sleeve.account.nav):
            words = f"sleeve {sleeve.name}: transfers change its value by ${change:,.2f}, expected equal values"
            account = sleeve.name
            yield Finding(
                "transfer-unsettled",
                words,
                TRANSFERS_FILE,
                value=change,
                limit=0.0,
                excess=abs(change),
                account=account,
            )


def _value(household: AuditedHousehold, row: TransferRow) -> float:
    """Dollars of a row: its shares at today's price, or its cash."""
    if row.is_cash:
        return row.dollars
    source = household.named.get(row.source)
    known = None if source is None else source.account.securities.get(row.asset)
    return row.quantity * known.price if row.is_lot and known is not None else 0.0
