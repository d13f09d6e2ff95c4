"""The lists of several sleeves side by side: lists of other sleeves' lots, and losses that others' purchases touch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.account import AuditedAccount
from audit.finding import Finding
from audit.household import AuditedHousehold
from audit.position import AfterTrading
from audit.trade_rows import TradeRow
from audit.wash_sales import ListWash

__all__ = ["list_of_other_findings", "window_findings_across"]


def list_of_other_findings(
    household: AuditedHousehold, parts: Mapping[str, AfterTrading], moved: Mapping[str, AuditedAccount]
) -> Iterator[Finding]:
    """Find lists most of whose sales are of lots of one other sleeve, and not of their own."""
    for sleeve in household.sleeves:
        sales = [row for row in parts[sleeve.name].rows if row.is_sale]
        own = _of_account(sales, moved[sleeve.name])
        for name, account in moved.items():
            theirs = _of_account(sales, account)
            if name != sleeve.name and 2 * theirs > len(sales) > 2 * own:
                words = f"{theirs} of {len(sales)} sales are of lots of sleeve {name}, and {own} of its own"
                yield Finding("list-of-other-sleeve", words, f"{sleeve.name}/trades.csv", account=sleeve.name)


def _of_account(sales: list[TradeRow], account: AuditedAccount) -> int:
    found = (account.lot_of.get(row.lot_id) for row in sales)
    return sum(lot is not None and lot.asset == row.asset for lot, row in zip(found, sales, strict=True))


def window_findings_across(
    parts: Mapping[str, AfterTrading], washes: Mapping[str, tuple[ListWash, ...]]
) -> Iterator[Finding]:
    """Find losses beside purchases of the group in another list, which the ledger matches with nothing.

    The household's promise is by days alone, as in `audit.wash_windows`.
    """
    bought: dict[str, dict[str, TradeRow]] = {}
    for name, after in parts.items():
        for row in after.traded:
            if row.is_buy:
                bought.setdefault(after.account.group(row.asset), {}).setdefault(name, row)
    for name, after in parts.items():
        told = {wash.line for wash in washes[name]}
        for sale in after.sales:
            others = bought.get(after.account.group(sale.lot.asset), {})
            other = next((one for one in others if one != name), None)
            if sale.gain < 0 and other is not None and sale.row.line not in told:
                words = f"{sale.row.label}: a loss, and BUY {others[other].asset} in row {others[other].line} of the"
                words += f" list of {other}"
                yield Finding(
                    "window-across-lists", words, f"{name}/trades.csv", sale.row.line, sale.lot.asset, -sale.gain,
                    account=name,
                )  # fmt: skip
