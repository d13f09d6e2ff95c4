"""The promise that is stronger than the law: no purchase within 30 days of a loss, and no loss within 30 of a purchase.

The law disallows a loss only where shares replace those sold, each share once. The household's promise is by days
alone, so that no reading of the law matters: it is broken as well where the ledger finds nothing left to match. Written
pair by pair from the dates, by neither of the ways in which `tax` finds its locks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from audit.finding import Finding
from audit.position import AfterTrading, Sale
from audit.priced_groups import inside, priced_groups, recent_purchases
from audit.wash_sales import ListWash

__all__ = ["window_findings"]

_DAYS = 30


def window_findings(after: AfterTrading, washes: tuple[ListWash, ...]) -> Iterator[Finding]:
    """Find trades inside a window that have no wash sale in the ledger."""
    told = {wash.line for wash in washes} | {wash.bought_line for wash in washes if not wash.bought_by}
    losses = [sale for sale in after.sales if sale.gain < 0 and sale.row.quantity > 0]
    yield from _purchases_after_losses(after, told)
    yield from _within_list(after, losses, told)
    recent, priced, emptied = recent_purchases(after.account), priced_groups(after), _emptied(after)
    for sale in losses:
        group = after.account.group(sale.lot.asset)
        if sale.row.line in told or group in priced:
            continue
        for purchase in recent.get(group, ()):
            # What is left of the very lot sold is no replacement (Rev. Rul. 56-602), nor is what is sold with it.
            goes = purchase.lot_id and (purchase.lot_id == sale.lot.lot_id or group in emptied)
            if not goes:
                words = f"{sale.row.label}: a loss within {_DAYS} days of {purchase.asset} bought on {purchase.day}"
                words += f" in account {purchase.where}"
                yield Finding("window-loss-sale", words, row=sale.row.line, name=sale.lot.asset, value=-sale.gain)
                break


def _purchases_after_losses(after: AfterTrading, told: set[int | None]) -> Iterator[Finding]:
    account = after.account
    losses = {
        trade.group: trade
        for trade in sorted(account.past, key=lambda trade: trade.date)
        if trade.may_be_loss and inside(account, trade.date)
    }
    for row in after.traded:
        loss = losses.get(account.group(row.asset))
        if row.is_buy and loss is not None and row.line not in told:
            result = "at a result not known" if loss.gain is None else "at a loss"
            words = f"{row.label}: within {_DAYS} days of {loss.asset} sold {result} on {loss.date}"
            yield Finding("window-buy", f"{words} in account {loss.account}", row=row.line, name=row.asset)


def _within_list(after: AfterTrading, losses: list[Sale], told: set[int | None]) -> Iterator[Finding]:
    """Losses beside purchases in one list whose shares an earlier loss has used up."""
    bought: dict[str, str] = {after.account.group(row.asset): row.asset for row in after.traded if row.is_buy}
    for sale in losses:
        other = bought.get(after.account.group(sale.lot.asset))
        if other is not None and sale.row.line not in told:
            code = "wash-sale-within-list" if other == sale.lot.asset else "group-sold-and-bought"
            words = f"{sale.row.label}: a loss, and BUY {other} in the same list"
            yield Finding(code, words, row=sale.row.line, name=sale.lot.asset, value=-sale.gain)


def _emptied(after: AfterTrading) -> set[str]:
    """Groups of which every open lot of the account is sold whole."""
    sold: dict[str, float] = defaultdict(float)
    for sale in after.sales:
        sold[sale.lot.lot_id] += sale.row.quantity
    lots = after.account.lots
    kept = {after.account.group(lot.asset) for lot in lots if sold[lot.lot_id] < lot.shares * (1 - 1e-9)}
    return {after.account.group(lot.asset) for lot in lots} - kept
