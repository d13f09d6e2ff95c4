"""How long the ledger and the lot book take: `python bench/ledger_speed.py [EVENTS]`.

The history is a household's: three taxable accounts, a spouse's and an IRA, 300 securities of which some share a group,
fees, splits, reinvested dividends, FIFO and HIFO sales, random prices; everything seeded.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np

from tax import (
    Account,
    AccountKind,
    Buy,
    Event,
    HighestBasisFirst,
    LeastTax,
    Ledger,
    LotBook,
    ReinvestedDividend,
    Sell,
    Split,
)

ACCOUNTS = (
    Account("TAX1"),
    Account("TAX2"),
    Account("TAX3"),
    Account("HERS", AccountKind.SPOUSE),
    Account("IRA", AccountKind.IRA),
)
SYMBOLS = 300


class Household:
    """Draws a history; keeps the shares of each position so that no sale takes more."""

    def __init__(self, seed: int, years: float, count: int) -> None:
        self.random = random.Random(seed)  # noqa: S311
        self.prices = [self.random.uniform(20, 200) for _ in range(SYMBOLS)]
        self.held: dict[tuple[int, int], Fraction] = {}
        self.step = years * 365.25 / count
        self.count = count

    def events(self) -> list[Event]:
        """The whole history."""
        start = dt.date(2015, 1, 2)
        return [self.event(number, start + dt.timedelta(days=int(number * self.step))) for number in range(self.count)]

    def event(self, number: int, date: dt.date) -> Event:
        """The next event, which moves its security's price."""
        symbol = self.random.randrange(SYMBOLS)
        self.prices[symbol] *= self.random.lognormvariate(0, 0.04)
        name = f"N{symbol:03}"
        if self.random.random() < 0.001 and any((account, symbol) in self.held for account in range(len(ACCOUNTS))):
            self.prices[symbol] /= 2
            for account in range(len(ACCOUNTS)):
                if (account, symbol) in self.held:
                    self.held[account, symbol] *= 2
            return Split(date=date, event_id=f"E{number}", symbol=name, ratio=2)
        common = {
            "date": date,
            "event_id": f"E{number}",
            "symbol": name,
            "price": Decimal(f"{self.prices[symbol]:.2f}"),
            "fees": self.random.choice((Decimal(0), Decimal("0.65"))),
            "group": f"G{symbol // 2}" if symbol < 20 else None,
        }
        held = [account for account in range(len(ACCOUNTS)) if self.held.get((account, symbol))]
        if held and self.random.random() < 0.48:
            return self.sale(self.random.choice(held), symbol, common)
        return self.purchase(self.random.randrange(len(ACCOUNTS)), symbol, common)

    def purchase(self, account: int, symbol: int, common: dict[str, object]) -> Event:
        """A purchase of whole shares, or a reinvested dividend of a fraction."""
        reinvested = self.random.random() < 0.2
        shares = (
            Fraction(self.random.randint(1, 40_000), 10_000) if reinvested else Fraction(self.random.randint(1, 90))
        )
        self.held[account, symbol] = self.held.get((account, symbol), Fraction(0)) + shares
        kind = ReinvestedDividend if reinvested else Buy
        return kind(account=ACCOUNTS[account], shares=shares, **common)

    def sale(self, account: int, symbol: int, common: dict[str, object]) -> Event:
        """A sale of some or all of a position."""
        shares = self.held[account, symbol]
        if self.random.random() < 0.6 and shares > 2:
            shares = Fraction(self.random.randint(1, int(shares) - 1))
        self.held[account, symbol] -= shares
        relief = self.random.choice((None, HighestBasisFirst()))
        return Sell(account=ACCOUNTS[account], shares=shares, relief=relief, **common)


def time_ledger(count: int) -> None:
    """Print the CPU time of a history of `count` events."""
    events = Household(7, 10, count).events()
    before = time.process_time()
    ledger = Ledger()
    ledger.apply_all(events)
    applied = time.process_time()
    statement = ledger.statement()
    done = time.process_time()
    washed = sum(sale.disallowed > 0 for sale in statement.sales)
    print(
        f"ledger: {count:,} events, {len(statement.sales):,} sale rows, {washed:,} washed, {len(statement.lots):,} lots"
    )
    print(f"  events {applied - before:.2f} s + statement {done - applied:.2f} s = {done - before:.2f} s of one CPU")


def time_lot_book(lots: int = 10_000, names: int = 500, repeats: int = 300) -> None:
    """Print the time in which a lot book sells part of every name by least tax; no loss meets a recent purchase."""
    draw = np.random.default_rng(7)
    relief = LeastTax(Decimal("0.408"), Decimal("0.238"))
    seconds = []
    for _ in range(repeats):
        book = LotBook(names)
        for year in range(4):
            asset = draw.integers(0, names, lots // 4)
            book.buy(
                dt.date(2020 + year, 3, 2), asset, draw.integers(1, 100, lots // 4), draw.uniform(20, 90, lots // 4)
            )
        held = book.shares()
        asset = np.flatnonzero(held)
        shares, prices = np.ceil(held[asset] / 3), draw.uniform(20, 90, len(asset))
        before = time.perf_counter()
        sales = book.sell(dt.date(2023, 12, 1), asset, shares, prices, relief)
        seconds.append(time.perf_counter() - before)
    print(f"lot book: {lots:,} lots, {len(asset)} sales by least tax, {len(sales.lot):,} lots touched")
    print(f"  median {1e3 * np.median(seconds):.3f} ms, best {1e3 * min(seconds):.3f} ms")


if __name__ == "__main__":
    time_ledger(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    time_lot_book()
