"""Rows that cannot be carried out, or whose figures do not follow from shares, price and lot."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from audit.account import AuditedAccount, OpenLot
from audit.finding import TOLERANCE, Finding
from audit.mandate import AuditedMandate
from audit.trade_rows import TradeRow
from tax import is_long_term

__all__ = ["row_findings"]

_HALF_A_CENT = 0.005


def row_findings(
    account: AuditedAccount, mandate: AuditedMandate, rows: tuple[TradeRow, ...], told: Collection[str]
) -> Iterator[Finding]:
    """Find what is wrong with single rows.

    Parameters
    ----------
    account : AuditedAccount
    mandate : AuditedMandate
    rows : tuple of TradeRow
    told : collection of str
        Columns of the list: what it does not tell cannot be misstated.

    Yields
    ------
    Finding
    """
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row.side, row.asset, row.lot_id)
        if key in seen:
            yield _of(row, "duplicate-row", f"the same as row {seen[key]}")
        seen.setdefault(key, row.line)
        yield from _day(account, row)
        yield from _shares(mandate, row)
        if not row.is_buy and not row.is_sale:
            yield _of(row, "unknown-side", f"side {row.side!r}, expected BUY or SELL", value=row.side)
        if row.asset not in account.securities:
            yield _of(row, "unknown-asset", "no price is known of it", value=row.asset)
            continue
        yield from _price(account, row, told)
        if row.is_sale:
            yield from _sale(account, row, told)
        elif row.is_buy:
            yield from _purchase(row)


def _of(
    row: TradeRow, code: str, words: str, value: float | str | None = None, limit: float | str | None = None
) -> Finding:
    numbers = isinstance(value, float) and isinstance(limit, float)
    excess = abs(value - limit) if numbers and math.isfinite(value) else None  # type: ignore[operator, arg-type]
    return Finding(code, f"{row.label}: {words}", row=row.line, name=row.asset, value=value, limit=limit, excess=excess)


def _day(account: AuditedAccount, row: TradeRow) -> Iterator[Finding]:
    expected = account.as_of.isoformat()
    if row.date and row.date[:10] != expected:
        yield _of(row, "date-differs", f"dated {row.date}, expected {expected}", row.date, expected)


def _shares(mandate: AuditedMandate, row: TradeRow) -> Iterator[Finding]:
    shares = row.shares
    if shares is None or math.isnan(shares):
        yield _of(row, "shares-unreadable", "no number of shares")
    elif shares < 0:
        yield _of(row, "negative-shares", f"{shares:.12g} shares", shares, 0.0)
    elif shares == 0:
        yield _of(row, "zero-shares", "no shares at all", shares)
    elif not mandate.fractional and not shares.is_integer():
        yield _of(row, "fractional-shares", f"{shares:.12g} shares, expected whole ones", shares, float(round(shares)))


def _price(account: AuditedAccount, row: TradeRow, told: Collection[str]) -> Iterator[Finding]:
    price = account.securities[row.asset].price
    if row.price is None or math.isnan(row.price):
        yield _of(row, "price-unreadable", f"no price, expected {price:.12g}", limit=price)
    elif not math.isclose(row.price, price, rel_tol=1e-9):
        yield _of(row, "price-differs", f"price {row.price:.12g}, expected {price:.12g}", row.price, price)
    amount = row.quantity * price
    if "amount" in told and (row.amount is None or not _near(row.amount, amount, amount, account)):
        found = "no amount" if row.amount is None else f"amount {row.amount:.12g}"
        yield _of(row, "amount-misstated", f"{found}, shares and price give {amount:.12g}", row.amount, amount)


def _near(value: float, expected: float, amount: float, account: AuditedAccount) -> bool:
    """Equal to what a sum in dollars can be off by: a rounded cent, where a cent is little, or binary dust."""
    cent = min(_HALF_A_CENT * (1 + 1e-9), TOLERANCE * account.nav)
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=max(cent, 1e-9 * abs(amount)))


def _purchase(row: TradeRow) -> Iterator[Finding]:
    if row.lot_id:
        yield _of(row, "lot-on-buy", f"lot {row.lot_id} on a purchase", row.lot_id)
    if row.term or row.gain is not None:
        yield _of(row, "gain-on-buy", "a gain or a term on a purchase", row.term or row.gain)


def _sale(account: AuditedAccount, row: TradeRow, told: Collection[str]) -> Iterator[Finding]:
    lot = account.lot_of.get(row.lot_id)
    if lot is None or lot.asset != row.asset:
        yield _no_lot(account, row, lot)
        return
    gain = account.gain(lot, row.quantity)
    amount = row.quantity * account.securities[row.asset].price
    if "gain" in told and (row.gain is None or math.isnan(row.gain)):
        yield _of(row, "gain-missing", f"no gain, expected {gain:.12g}", limit=gain)
    elif row.gain is not None and not _near(row.gain, gain, amount, account):
        words = f"gain {row.gain:.12g}, shares, price and basis give {gain:.12g}"
        yield _of(row, "gain-misstated", words, row.gain, gain)
    term = "long" if is_long_term(lot.holding_start, account.as_of) else "short"
    if "term" in told and row.term != term:
        words = f"term {row.term or 'not said'} of a lot held since {lot.holding_start}, expected {term}"
        yield _of(row, "term-misstated", words, row.term, term)


def _no_lot(account: AuditedAccount, row: TradeRow, lot: OpenLot | None) -> Finding:
    if not row.lot_id:
        return _of(row, "lot-missing", "no lot is named")
    if lot is not None:
        return _of(row, "lot-of-other-name", f"the lot holds {lot.asset}", lot.asset, row.asset)
    if row.lot_id in account.moved_out:
        return _of(row, "lot-moved-and-sold", "the lot moved to another account today", row.lot_id)
    elsewhere = next((other for other in account.elsewhere if other.lot_id == row.lot_id), None)
    if elsewhere is not None:
        whose = f"{elsewhere.account} ({elsewhere.account_type})"
        return _of(row, "lot-of-other-account", f"the lot belongs to account {whose}", elsewhere.account)
    return _of(row, "unknown-lot", "there is no such lot in lots.csv", row.lot_id)
