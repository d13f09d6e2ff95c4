"""Wash sales by the exact ledger: the list appended to the household's history, and what the ledger then disallows.

The ledger (`tax.Ledger`) matches shares sold at a loss with shares bought from 30 days before to 30 days after, share
by share, over all accounts of the household. What it matches of the list is read from it: which lot's loss, how many
shares, and which purchase took it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from audit.account import AuditedAccount, OpenLot
from audit.finding import Finding
from audit.household_history import household_events, ledger_account
from audit.position import AfterTrading, Sale
from audit.priced_groups import priced_groups
from tax import Buy, Event, Ledger, Sell, SpecificIdentification, WashSale
from tax.money import exact
from taxsleeve_errors import LedgerError

__all__ = ["ListWash", "list_washes", "refused", "wash_findings"]

_TODAY = "\ttoday"
_DUST = Fraction(1, 10**9)


@dataclass(frozen=True)
class ListWash:
    """Shares sold at a loss that a purchase replaces, where the list makes the sale, the purchase or both.

    Parameters
    ----------
    sold : OpenLot or None
        The lot sold in the list; None of an earlier sale of the household.
    line, bought_line : int or None
        Rows of the sale and of the purchase in the list.
    replaced_by : OpenLot or None
        The open lot of the account that takes the loss.
    match : WashSale
        As the ledger has it.
    amount : float
        Dollars disallowed by the basis in lots.csv, or as the ledger says for an earlier sale.
    """

    sold: OpenLot | None
    line: int | None
    bought_line: int | None
    replaced_by: OpenLot | None
    match: WashSale
    amount: float

    @property
    def is_priced(self) -> bool:
        """Whether the loss only moves into a lot of the same security in the same account."""
        return self.sold is not None and self.replaced_by is not None and self.replaced_by.asset == self.sold.asset


def list_washes(after: AfterTrading) -> tuple[ListWash, ...]:
    """Record the list in the household's ledger, and read what it washes.

    Parameters
    ----------
    after : AfterTrading

    Returns
    -------
    tuple of ListWash

    Raises
    ------
    LedgerError
        The ledger cannot record the trades.
    """
    account = after.account
    ledger = Ledger()
    ledger.apply_all(household_events(account, {account.group(row.asset) for row in after.traded}))
    ledger.apply_all([*_sells(after), *_buys(after)])
    return tuple(wash for match in ledger.statement().wash_sales if (wash := _of_list(account, after, match)))


def _sells(after: AfterTrading) -> Iterator[Event]:
    left = {lot.lot_id: exact(lot.shares, "shares") for lot in after.account.lots}
    for sale in after.sales:
        shares = _sold(sale, left[sale.lot.lot_id])
        if shares <= 0:
            continue
        left[sale.lot.lot_id] -= shares
        yield Sell(
            date=after.account.as_of,
            event_id=f"{_TODAY} {sale.row.line}",
            symbol=sale.lot.asset,
            group=after.account.group(sale.lot.asset),
            account=ledger_account(sale.lot.account, sale.lot.account_type),
            shares=shares,
            price=after.price(sale.lot.asset),
            relief=SpecificIdentification(((sale.lot.lot_id, shares),)),
        )


def _sold(sale: Sale, left: Fraction) -> Fraction:
    """Shares that the ledger can record: no more than are left, and all of them where rounding alone leaves some."""
    shares = exact(sale.row.quantity, "shares")
    return left if shares >= left * (1 - _DUST) else shares


def _buys(after: AfterTrading) -> Iterator[Event]:
    for row in after.traded:
        if row.is_buy and row.quantity > 0:
            yield Buy(
                date=after.account.as_of,
                event_id=f"{_TODAY} {row.line}",
                symbol=row.asset,
                group=after.account.group(row.asset),
                account=ledger_account(*after.account.whose),
                shares=row.quantity,
                price=after.price(row.asset),
            )


def _line(event_id: str) -> int | None:
    return int(event_id.split()[1]) if event_id.startswith(_TODAY) else None


def _of_list(account: AuditedAccount, after: AfterTrading, match: WashSale) -> ListWash | None:
    line, bought_line = _line(match.sale_id), _line(match.replacement_id)
    if line is None and bought_line is None:
        return None
    sold = account.lot_of[match.lot_id] if line is not None else None
    amount = float(match.amount)
    if sold is not None:
        amount = float(match.shares) * (sold.cost_per_share - after.price(sold.asset))
        if amount <= 0:
            return None
    return ListWash(sold, line, bought_line, account.lot_of.get(match.replacement_id), match, amount)


def wash_findings(after: AfterTrading, washes: tuple[ListWash, ...]) -> Iterator[Finding]:
    """Find the wash sales that the mandate does not price, and disallowed losses that the list misstates."""
    priced = priced_groups(after)
    for wash in washes:
        if not (wash.is_priced and _group(after, wash) in priced):
            yield _finding(after, wash)


def _group(after: AfterTrading, wash: ListWash) -> str:
    return "" if wash.sold is None else after.account.group(wash.sold.asset)


def _finding(after: AfterTrading, wash: ListWash) -> Finding:
    shares, bought = float(wash.match.shares), wash.match.replacement_bought
    asset = wash.sold.asset if wash.sold is not None else wash.match.sale_id.split(" of ", 1)[-1]
    loss = f"${wash.amount:,.2f} of loss on {shares:.12g} shares of {asset}"
    if wash.sold is None:
        row = next(row for row in after.rows if row.line == wash.bought_line)
        words = f"BUY {row.asset}: washes {loss} sold on {wash.match.sold}"
        return Finding("wash-sale-earlier-loss", words, row=wash.bought_line, name=row.asset, value=wash.amount)
    name = f"SELL {asset} {wash.sold.lot_id}"
    if wash.bought_line is not None:
        other = next(row.asset for row in after.rows if row.line == wash.bought_line)
        code = "wash-sale-within-list" if other == asset else "group-sold-and-bought"
        words = f"{name}: {loss} washed by BUY {other} in row {wash.bought_line}"
        return Finding(code, words, row=wash.line, name=asset, value=wash.amount)
    where = wash.match.replacement_account
    if wash.match.is_permanent:
        words = f"{name}: {loss} lost for good to a purchase of {bought} in account {where.name}"
        return Finding("wash-sale-household-ira", words, row=wash.line, name=asset, value=wash.amount)
    code = "wash-sale-recent-buy" if wash.replaced_by is not None else "wash-sale-household"
    words = f"{name}: {loss} washed by a purchase of {bought} in account {where.name}"
    return Finding(code, words, row=wash.line, name=asset, value=wash.amount)


def refused(error: LedgerError) -> Finding:
    """The finding that the ledger refuses the list, with what it said."""
    return Finding("ledger-refused", f"the ledger cannot record the list: {error}")
