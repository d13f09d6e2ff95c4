"""Lots that move in kind: whether they may, and whether what is told of them is what the lot is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from audit.account import AuditedAccount, OpenLot
from audit.finding import TOLERANCE, Finding
from audit.household import AuditedSleeve
from audit.priced_groups import inside
from audit.transfer_rows import TransferRow
from risk import FactorRisk

__all__ = ["TRANSFERS_FILE", "SentSoFar", "moved_lot_findings", "transfer_finding"]

TRANSFERS_FILE = "transfers.csv"
_DUST = 1e-9
_STAY, _BARRED = ("no_sell", "no_trade"), ("no_buy", "no_trade", "exclude")


@dataclass
class SentSoFar:
    """What the rows of a transfer list above one have sent.

    Parameters
    ----------
    taken : dict of str to set of str
        Lot ids by sleeve.
    sent : dict of (str, str) to float
        Shares by sleeve and lot.
    line : dict of (str, str, str) to int
        Line of the first row by both sleeves and lot.
    """

    taken: dict[str, set[str]]
    sent: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))
    line: dict[tuple[str, str, str], int] = field(default_factory=dict)


def transfer_finding(
    row: TransferRow, code: str, words: str, value: float | str | None = None, limit: float | str | None = None
) -> Finding:
    """The finding on a row of the transfer list."""
    numbers = isinstance(value, float) and isinstance(limit, float)
    excess = abs(value - limit) if numbers and math.isfinite(value) else None  # type: ignore[operator, arg-type]
    text = f"{row.label}: {words}"
    return Finding(code, text, TRANSFERS_FILE, row.line, row.asset, value, limit, excess, account=row.source)


def moved_lot_findings(
    row: TransferRow, source: AuditedSleeve, target: AuditedSleeve, risk: FactorRisk, so_far: SentSoFar
) -> Iterator[Finding]:
    """Find what is wrong with a lot, or part of one, that moves.

    Parameters
    ----------
    row : TransferRow
    source, target : AuditedSleeve
        Before anything moved.
    risk : FactorRisk
    so_far : SentSoFar
        Of the rows above; the row is added.
    """
    key = (row.source, row.target, row.lot_id)
    if key in so_far.line:
        yield transfer_finding(row, "transfer-duplicate", f"the same as row {so_far.line[key]}")
    so_far.line.setdefault(key, row.line)
    taken = so_far.taken[row.target]
    if row.new_lot_id in taken:
        words = f"sleeve {row.target} has a lot {row.new_lot_id}"
        yield transfer_finding(row, "transfer-lot-id", words, row.new_lot_id)
    taken.add(row.new_lot_id or row.lot_id)
    lot = source.account.lot_of.get(row.lot_id)
    if lot is None:
        words = f"sleeve {row.source} has no lot {row.lot_id or '(none named)'}"
        yield transfer_finding(row, "transfer-unknown-lot", words)
        return
    if lot.asset != row.asset:
        yield transfer_finding(row, "transfer-lot-of-other-name", f"the lot holds {lot.asset}", row.asset, lot.asset)
        return
    yield from _shares(row, lot, source, so_far)
    yield from _figures(row, lot, source.account)
    yield from _may_move(row, lot, source.account, target.account, risk)


def _shares(row: TransferRow, lot: OpenLot, source: AuditedSleeve, so_far: SentSoFar) -> Iterator[Finding]:
    shares = row.quantity
    if not shares > 0:
        yield transfer_finding(row, "transfer-shares", "no number of shares above zero", row.shares)
        return
    whole = shares.is_integer() or math.isclose(shares, lot.shares, rel_tol=_DUST)
    if not (source.mandate.fractional or whole):
        words = f"{shares:.12g} shares, expected whole ones or the whole lot of {lot.shares:.12g}"
        yield transfer_finding(row, "transfer-shares", words, shares)
    so_far.sent[row.source, row.lot_id] += shares
    total = so_far.sent[row.source, row.lot_id]
    if total > lot.shares * (1 + _DUST):
        words = f"{total:.12g} shares sent of a lot that has {lot.shares:.12g}"
        yield transfer_finding(row, "transfer-lot-oversent", words, total, lot.shares)


def _figures(row: TransferRow, lot: OpenLot, account: AuditedAccount) -> Iterator[Finding]:
    """What is told of the lot; a cell that is empty tells nothing, but the amount must be there."""
    price = account.securities[lot.asset].price
    if row.price is not None and not math.isclose(row.price, price, rel_tol=_DUST):
        yield transfer_finding(
            row, "transfer-price", f"price {row.price:.12g}, expected {price:.12g}", row.price, price
        )
    basis = lot.cost_per_share
    if row.cost_per_share is not None and not math.isclose(row.cost_per_share, basis, rel_tol=_DUST, abs_tol=1e-12):
        words = f"basis {row.cost_per_share:.12g} a share, the lot's is {basis:.12g}"
        yield transfer_finding(row, "transfer-basis", words, row.cost_per_share, basis)
    for column, day in (("acquired", lot.acquired), ("holding_start", lot.holding_start)):
        told = getattr(row, column)
        if told and told != day.isoformat():
            words = f"{column} {told}, the lot's is {day}"
            yield transfer_finding(row, "transfer-acquired", words, told, day.isoformat())
    if row.quantity > 0:
        amount = row.quantity * price
        least = max(min(0.005 * (1 + _DUST), TOLERANCE * account.nav), _DUST * abs(amount))
        if row.amount is None or not abs(row.amount - amount) <= least:
            found = "no amount" if row.amount is None else f"amount {row.amount:.12g}"
            words = f"{found}, shares and price give {amount:.12g}"
            yield transfer_finding(row, "transfer-amount", words, row.amount, amount)


def _may_move(
    row: TransferRow, lot: OpenLot, source: AuditedAccount, target: AuditedAccount, risk: FactorRisk
) -> Iterator[Finding]:
    if inside(source, lot.acquired):
        words = f"bought on {lot.acquired}, in the 30 days that a wash sale looks back"
        yield transfer_finding(row, "transfer-recent-lot", words, lot.acquired.isoformat())
    for account, which, whose in ((source, _STAY, row.source), (target, _BARRED, row.target)):
        for rule in sorted(account.rules_on(lot.asset) & set(which)):
            yield transfer_finding(
                row, "transfer-restricted", f"a restriction {rule} of sleeve {whose} forbids it", rule
            )
    if not target.benchmark.get(lot.asset, 0.0) > 0:
        yield transfer_finding(row, "transfer-outside-benchmark", f"it is not in the benchmark of sleeve {row.target}")
    if lot.asset not in risk:
        yield transfer_finding(row, "transfer-unrated", "the risk model does not rate it")
