"""What a ledger says: realised sales, open lots, wash sales, losses still waiting, dividends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from html import escape

from tax.accounts import Account
from tax.lots import Lots
from tax.wash_locks import WASH_DAYS
from tax.wash_policy import WashPolicy

__all__ = ["DividendRow", "LedgerLot", "LedgerSale", "PendingWash", "Statement", "WashSale"]


@dataclass(frozen=True)
class LedgerSale:
    """Shares of one acquisition with one holding-period start, disposed of in one sale. Exact dollars.

    Parameters
    ----------
    sale_id, kind : str
        The event, and what it was: "sale", "cash in lieu", "cash merger", "taxable merger", "merger cash" or
        "return of capital".
    lot_id : str
        The acquisition.
    account : Account
        Whose; rows of a retirement account are told, not taxed.
    symbol, group : str
        The security and its group of substantially identical ones.
    acquired, holding_start, sold : date
        Trade date of the acquisition; start of the holding period, tacked; trade date of the sale.
    shares, proceeds, adjusted_basis : Fraction
        Form 8949 columns d (net of fees) and e (earlier wash sales included).
    wash_shares, disallowed, permanent : Fraction
        Shares replaced, loss disallowed (column g, code W), and the part of it that is lost for good.
    is_long_term : bool
        By trade dates.
    """

    sale_id: str
    kind: str
    lot_id: str
    account: Account
    symbol: str
    group: str
    acquired: dt.date
    holding_start: dt.date
    sold: dt.date
    shares: Fraction
    proceeds: Fraction
    adjusted_basis: Fraction
    wash_shares: Fraction
    disallowed: Fraction
    permanent: Fraction
    is_long_term: bool

    @property
    def gain(self) -> Fraction:
        """Gain or loss before the wash-sale rule."""
        return self.proceeds - self.adjusted_basis

    @property
    def allowed(self) -> Fraction:
        """Gain or loss after it, Form 8949 column h."""
        return self.gain + self.disallowed


@dataclass(frozen=True)
class LedgerLot:
    """Open shares of one acquisition with one holding-period start and one basis a share. Exact dollars.

    Parameters
    ----------
    lot_id : str
        The acquisition.
    account : Account
        Where it is held.
    symbol, group : str
        The security and its group.
    bought, holding_start : date
        Trade date, which decides windows; start of the holding period, which decides the term.
    shares, original_cost, adjusted_basis : Fraction
        Cost is what was paid (carried over for a gift, allocated by spin-offs); basis has every adjustment.
    loss_basis : Fraction or None
        Of a gift worth less than the donor's basis: basis for a loss (I.R.C. s.1015(a)).
    replacement_shares : Fraction
        Shares bought and not yet used as a replacement: inside the window they can still wash a loss.
    """

    lot_id: str
    account: Account
    symbol: str
    group: str
    bought: dt.date
    holding_start: dt.date
    shares: Fraction
    original_cost: Fraction
    adjusted_basis: Fraction
    loss_basis: Fraction | None
    replacement_shares: Fraction


@dataclass(frozen=True)
class WashSale:
    """Shares sold at a loss and the purchase that replaced them; shares as on the day of the match."""

    sale_id: str
    lot_id: str
    sold: dt.date
    replacement_id: str
    replacement_account: Account
    replacement_bought: dt.date
    shares: Fraction
    amount: Fraction
    is_permanent: bool


@dataclass(frozen=True)
class PendingWash:
    """A loss, or what is left of it, that a purchase up to `last_day` would still disallow. Shares as of today."""

    sale_id: str
    lot_id: str
    account: Account
    symbol: str
    group: str
    sold: dt.date
    last_day: dt.date
    shares: Fraction
    amount: Fraction


@dataclass(frozen=True)
class DividendRow:
    """The part of a dividend that fell on one lot; whether it is qualified depends on how long the lot is kept."""

    event_id: str
    ex_date: dt.date
    lot_id: str
    account: Account
    symbol: str
    bought: dt.date
    shares: Fraction
    amount: Fraction


@dataclass(frozen=True)
class Statement:
    """A ledger as it stands after its last event.

    Parameters
    ----------
    as_of : date or None
        Date of the last event, None of an empty ledger. Losses of the last 30 days are not final.
    policy : WashPolicy
        How the unsettled points were read; print it with whatever is made of the statement.
    currency : str
        Of every amount.
    sales : tuple of LedgerSale
        In order of events, inside a sale in the order in which lots were relieved.
    lots : tuple of LedgerLot
        By acquisition id, account, symbol and holding-period start.
    wash_sales : tuple of WashSale
        In the order in which they were matched.
    pending : tuple of PendingWash
        Losses whose window is open on `as_of`, earliest first.
    dividends : tuple of DividendRow
        In order of events.
    """

    as_of: dt.date | None
    policy: WashPolicy
    currency: str
    sales: tuple[LedgerSale, ...]
    lots: tuple[LedgerLot, ...]
    wash_sales: tuple[WashSale, ...]
    pending: tuple[PendingWash, ...]
    dividends: tuple[DividendRow, ...]

    def _repr_html_(self) -> str:
        words = (
            f"<p>As of {self.as_of}: sales {len(self.sales)}, open lots {len(self.lots)}, wash sales "
            f"{len(self.wash_sales)}, losses whose window is open {len(self.pending)}; {escape(self.currency)}</p>"
        )
        rows = ["<table><tr><th>term</th><th>gain or loss</th><th>disallowed</th><th>allowed</th></tr>"]
        for term in ("short", "long"):
            sales = [s for s in self.sales if s.is_long_term == (term == "long") and not s.account.kind.is_retirement]
            figures = (sum(s.gain for s in sales), sum(s.disallowed for s in sales), sum(s.allowed for s in sales))
            cells = "".join(f"<td>{float(figure):,.2f}</td>" for figure in figures)
            rows.append(f"<tr><td>{term}</td>{cells}</tr>")
        return words + "".join(rows) + "</table>"

    def open_lots(self, *, taxable_only: bool = True) -> Lots:
        """The open lots as floats for an optimizer; a lot in several parts gets "/2", "/3" after its id.

        A gift with two bases is given with the one for gains.
        """
        rows = [lot for lot in self.lots if not (taxable_only and lot.account.kind.is_retirement)]
        seen: dict[str, int] = {}
        names = []
        for lot in rows:
            seen[lot.lot_id] = seen.get(lot.lot_id, 0) + 1
            names.append(lot.lot_id if seen[lot.lot_id] == 1 else f"{lot.lot_id}/{seen[lot.lot_id]}")
        return Lots.build(
            lot_id=names,
            asset=[lot.symbol for lot in rows],
            group=[lot.group for lot in rows],
            account=[lot.account.name for lot in rows],
            shares=[float(lot.shares) for lot in rows],
            basis=[float(lot.adjusted_basis / lot.shares) for lot in rows],
            acquired=[lot.bought for lot in rows],
            holding_start=[lot.holding_start for lot in rows],
        )


def last_day_of_window(sold: dt.date) -> dt.date:
    """Last day on which a purchase replaces shares sold on `sold`."""
    return sold + dt.timedelta(days=WASH_DAYS)
