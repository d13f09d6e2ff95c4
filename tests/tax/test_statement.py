"""What a statement hands on: open lots for an optimizer, and a table for a notebook."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tax import Account, AccountKind, Buy, Ledger, Sell, SpecificIdentification

MAIN, IRA = Account("main"), Account("ira", AccountKind.IRA)


def named(date: dt.date, event_id: str, account: Account = MAIN, symbol: str = "A") -> dict[str, Any]:
    return {"date": date, "event_id": event_id, "symbol": symbol, "account": account}


def of(lot_id: str, shares: int) -> SpecificIdentification:
    return SpecificIdentification.parse(f"{lot_id}:{shares}")


def ledger() -> Ledger:
    """Gains and losses of both terms, a loss that three shares wash, and a gain of an IRA."""
    found = Ledger()
    found.apply_all(
        [
            Buy(**named(dt.date(2022, 1, 3), "OLD"), shares=10, price=10),
            Buy(**named(dt.date(2022, 1, 4), "GAIN"), shares=10, price=5),
            Buy(**named(dt.date(2022, 1, 5), "I", IRA, "B"), shares=10, price=5),
            Buy(**named(dt.date(2024, 1, 3), "NEW"), shares=3, price=9),
            Sell(**named(dt.date(2024, 1, 8), "S1"), shares=7, price=8, relief=of("OLD", 7)),
            Sell(**named(dt.date(2024, 3, 8), "S2"), shares=4, price=8, relief=of("GAIN", 4)),
            Buy(**named(dt.date(2024, 3, 9), "C", symbol="C"), shares=8, price=20),
            Sell(**named(dt.date(2024, 5, 6), "S3", symbol="C"), shares=2, price=15, relief=of("C", 2)),
            Sell(**named(dt.date(2024, 5, 6), "S4", IRA, "B"), shares=5, price=50),
        ]
    )
    return found


def test_open_lots_are_those_of_taxed_accounts_with_basis_a_share() -> None:
    lots = ledger().statement().open_lots()
    held = zip(lots.lot_id.tolist(), lots.asset.tolist(), lots.shares.tolist(), lots.basis.tolist(), strict=True)
    # The two dollars a share that were lost on three of OLD are in NEW.
    assert sorted(held) == [("C", "C", 6, 20), ("GAIN", "A", 6, 5), ("NEW", "A", 3, 11), ("OLD", "A", 3, 10)]
    assert set(ledger().statement().open_lots(taxable_only=False).lot_id.tolist()) == {"C", "GAIN", "I", "NEW", "OLD"}


def test_a_notebook_shows_what_is_taxed_by_term() -> None:
    page = ledger().statement()._repr_html_()
    assert page.startswith(
        "<p>As of 2024-05-06: sales 4, open lots 5, wash sales 1, losses whose window is open 1; USD</p>"
    )
    rows = page.split("<tr>")[1:]
    assert len(rows) == 3
    # A loss of ten dollars; one of fourteen, six of it washed, and a gain of twelve.
    assert rows[1].startswith("<td>short</td><td>-10.00</td><td>0.00</td><td>-10.00</td></tr>")
    assert rows[2] == "<td>long</td><td>-2.00</td><td>6.00</td><td>4.00</td></tr></table>"
