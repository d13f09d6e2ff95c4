"""Wash sales by the exact ledger: the list appended to the household's history, and what the ledger then disallows.

The ledger (`tax.Ledger`) matches shares sold at a loss with shares bought from 30 days before to 30 days after, share
by share, over all accounts of the household. What it matches of the list is read from it: which lot's loss, how many
shares, and which purchase took it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from audit.account import OpenLot
from audit.finding import Finding
from audit.household_history import household_events, ledger_account, lot_event
from audit.position import AfterTrading, Sale
from audit.priced_groups import priced_groups
from tax import Buy, Event, Ledger, Sell, SpecificIdentification, WashSale
from tax.money import exact
from taxsleeve_errors import LedgerError

__all__ = ["ListWash", "household_washes", "list_washes", "refused", "wash_findings"]

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
    bought_asset : str
        What that purchase buys, "" where it is in no list.
    bought_by : str
        Account of the household in whose list the purchase stands, "" where that is the list of the sale.
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
    bought_asset: str
    bought_by: str
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
    return household_washes({"": after})[""]


def household_washes(afters: Mapping[str, AfterTrading]) -> dict[str, tuple[ListWash, ...]]:
    """Record the lists of all accounts of a household in one ledger, and read what each washes.

    Parameters
    ----------
    afters : mapping of str to AfterTrading
        By account, all of one day and with one past; lots that moved in kind where they are now.

    Returns
    -------
    dict of str to tuple of ListWash
        By the account that sells, or of an earlier loss by the one that buys.

    Raises
    ------
    LedgerError
        The ledger cannot record the trades.
    """
    groups = {after.account.group(row.asset) for after in afters.values() for row in after.traded}
    ledger = Ledger()
    ledger.apply_all(household_events({name: after.account for name, after in afters.items()}, groups))
    for side in (_sells, _buys):
        for place, (name, after) in enumerate(afters.items()):
            ledger.apply_all(side(name, after, f"{_TODAY} {place}"))
    found: dict[str, list[ListWash]] = {name: [] for name in afters}
    lots = {name: {lot_event(name, lot.lot_id): lot for lot in one.account.lots} for name, one in afters.items()}
    for match in ledger.statement().wash_sales:
        if (wash := _of_lists(afters, lots, match)) is not None:
            found[wash[0]].append(wash[1])
    return {name: tuple(washes) for name, washes in found.items()}


def _sells(name: str, after: AfterTrading, today: str) -> Iterator[Event]:
    left = {lot.lot_id: exact(lot.shares, "shares") for lot in after.account.lots}
    for sale in after.sales:
        shares = _sold(sale, left[sale.lot.lot_id])
        if shares <= 0:
            continue
        left[sale.lot.lot_id] -= shares
        yield Sell(
            date=after.account.as_of,
            event_id=f"{today} {sale.row.line}",
            symbol=sale.lot.asset,
            group=after.account.group(sale.lot.asset),
            account=ledger_account(sale.lot.account, sale.lot.account_type),
            shares=shares,
            price=after.price(sale.lot.asset),
            relief=SpecificIdentification(((lot_event(name, sale.lot.lot_id), shares),)),
        )


def _sold(sale: Sale, left: Fraction) -> Fraction:
    """Shares that the ledger can record: no more than are left, and all of them where rounding alone leaves some."""
    shares = exact(sale.row.quantity, "shares")
    return left if shares >= left * (1 - _DUST) else shares


def _buys(_name: str, after: AfterTrading, today: str) -> Iterator[Event]:
    for row in after.traded:
        if row.is_buy and row.quantity > 0:
            yield Buy(
                date=after.account.as_of,
                event_id=f"{today} {row.line}",
                symbol=row.asset,
                group=after.account.group(row.asset),
                account=ledger_account(*after.account.whose),
                shares=row.quantity,
                price=after.price(row.asset),
            )


def _row(names: list[str], event_id: str) -> tuple[str, int | None]:
    """Account and line of a trade of today; no line of another event."""
    if not event_id.startswith(_TODAY):
        return "", None
    _, place, line = event_id.split()
    return names[int(place)], int(line)


def _of_lists(
    afters: Mapping[str, AfterTrading], lots: Mapping[str, Mapping[str, OpenLot]], match: WashSale
) -> tuple[str, ListWash] | None:
    """What a match washes in whose list; None where no list has a part in it."""
    names = list(afters)
    seller, line = _row(names, match.sale_id)
    buyer, bought_line = _row(names, match.replacement_id)
    if line is None and bought_line is None:
        return None
    whose = seller if line is not None else buyer
    after, own = afters[whose], lots[whose]
    sold = own[match.lot_id] if line is not None else None
    amount = float(match.amount)
    if sold is not None:
        amount = float(match.shares) * (sold.cost_per_share - after.price(sold.asset))
        if amount <= 0:
            return None
    purchases = afters[buyer].rows if bought_line is not None else ()
    bought = next((row.asset for row in purchases if row.line == bought_line), "")
    by = buyer if bought_line is not None and buyer != whose else ""
    return whose, ListWash(sold, line, bought_line, bought, by, own.get(match.replacement_id), match, amount)


def wash_findings(after: AfterTrading, washes: tuple[ListWash, ...]) -> Iterator[Finding]:
    """Find the wash sales that the mandate does not price, and disallowed losses that the list misstates."""
    priced = priced_groups(after)
    for wash in washes:
        if not (wash.is_priced and _group(after, wash) in priced):
            yield _finding(wash)


def _group(after: AfterTrading, wash: ListWash) -> str:
    return "" if wash.sold is None else after.account.group(wash.sold.asset)


def _taken(wash: ListWash) -> str:
    return "lost for good to" if wash.match.is_permanent else "washed by"


def _code_within(wash: ListWash, asset: str) -> str:
    """Code of a loss that a purchase of today washes."""
    if wash.bought_by:
        return "wash-sale-across-lists-ira" if wash.match.is_permanent else "wash-sale-across-lists"
    return "wash-sale-within-list" if wash.bought_asset == asset else "group-sold-and-bought"


def _finding(wash: ListWash) -> Finding:
    shares = float(wash.match.shares)
    asset = wash.sold.asset if wash.sold is not None else wash.match.sale_id.split(" of ", 1)[-1]
    loss = f"${wash.amount:,.2f} of loss on {shares:.12g} shares of {asset}"
    if wash.sold is None:
        bought = wash.bought_asset
        words = f"BUY {bought}: washes {loss} sold on {wash.match.sold}"
        return Finding("wash-sale-earlier-loss", words, row=wash.bought_line, name=bought, value=wash.amount)
    name = f"SELL {asset} {wash.sold.lot_id}"
    if wash.bought_line is not None:
        words = f"{name}: {loss} {_taken(wash)} BUY {wash.bought_asset} in row {wash.bought_line}"
        words += f" of the list of {wash.bought_by}" if wash.bought_by else ""
        return Finding(_code_within(wash, asset), words, row=wash.line, name=asset, value=wash.amount)
    where = wash.match.replacement_account
    words = f"{name}: {loss} {_taken(wash)} a purchase of {wash.match.replacement_bought} in account {where.name}"
    if wash.match.is_permanent:
        return Finding("wash-sale-household-ira", words, row=wash.line, name=asset, value=wash.amount)
    code = "wash-sale-recent-buy" if wash.replaced_by is not None else "wash-sale-household"
    return Finding(code, words, row=wash.line, name=asset, value=wash.amount)


def refused(error: LedgerError) -> Finding:
    """The finding that the ledger refuses the list, with what it said."""
    return Finding("ledger-refused", f"the ledger cannot record the list: {error}")
