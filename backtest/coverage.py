"""How much a market knows of its stocks, year by year."""

from __future__ import annotations

import pandas as pd

from backtest.calendar_years import full_years
from backtest.market import Market

__all__ = ["coverage"]


def coverage(market: Market) -> pd.DataFrame:
    """Count what is known at each calendar year's start, and who left during it.

    Returns
    -------
    DataFrame
        `year`; `listed` names; of these `capitalisation`, `book_to_price`, `volume`, `sector` (share of names for which
        it is known) and `book_to_price_by_cap` (share of capitalisation); `left` (names no longer listed at the year's
        end) and `delisting_return` (share of these whose last return is known).
    """
    known = set(market.delistings["asset"])
    rows = []
    for year in full_years(market.calendar):
        listed = market.listed_at(year.start)
        caps = market.caps_at(year.start)[listed]
        book = market.book_to_price_at(year.start)[listed].notna()
        left = listed & ~market.listed_at(year.end)
        rows.append(
            {
                "year": year.year,
                "listed": int(listed.sum()),
                "capitalisation": float(caps.notna().mean()),
                "book_to_price": float(book.mean()),
                "book_to_price_by_cap": float(caps[book].sum() / caps.sum()) if caps.notna().any() else 0.0,
                "volume": float(market.adv_at(year.start)[listed].notna().mean()),
                "sector": float((market.securities.loc[listed, "sector"] != "Unknown").mean()),
                "left": int(left.sum()),
                "delisting_return": float(left.index[left].isin(known).mean()) if left.any() else float("nan"),
            }
        )
    columns = ["year", "listed", "capitalisation", "book_to_price", "book_to_price_by_cap", "volume", "sector"]
    return pd.DataFrame(rows, columns=[*columns, "left", "delisting_return"])
