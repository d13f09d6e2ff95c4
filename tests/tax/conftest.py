"""Random histories of a household, for the tests that compare or check a ledger on many of them."""

import datetime as dt
import random
from fractions import Fraction

import pytest

from tax import Account, AccountKind, Buy, Sell, SpecificIdentification, Split

ACCOUNTS = (
    Account("TAX1"),
    Account("TAX1"),
    Account("TAX2"),
    Account("HERS", AccountKind.SPOUSE),
    Account("IRA", AccountKind.IRA),
)
# Two classes of one issuer, and one security on its own, which alone is split.
GROUPS = {"XA": "X", "XB": "X", "Y": "Y"}


class HistoryMaker:
    """Draws events from a seed; knows only how many shares of each lot are held."""

    def __init__(self, seed, *, fees=False, splits=True):
        self.random = random.Random(seed)  # noqa: S311 (a seeded test)
        self.fees = fees
        self.splits = splits
        self.held = {}
        self.day = dt.date(2023, 1, 2)
        self.events = []

    def make(self, count):
        for number in range(count):
            if self.random.random() < 0.7:
                self.day += dt.timedelta(days=self.random.choice((1, 2, 5, 9, 14, 29, 30, 31, 45)))
            kind = self.random.random()
            if kind < 0.06 and self.splits and any(symbol == "Y" for _, symbol in self.held):
                self.split(number)
            elif kind < 0.5 and self.held:
                self.sell(number)
            else:
                self.buy(number)
        return self.events

    def amounts(self):
        fees = Fraction(self.random.choice((0, 0, 1, 7)), 4) if self.fees else Fraction(0)
        return {"price": Fraction(self.random.randint(30, 60)), "fees": fees}

    def buy(self, number):
        account, symbol = self.random.choice(ACCOUNTS), self.random.choice(tuple(GROUPS))
        shares = Fraction(self.random.randint(1, 6))
        lot_id = f"B{number}"
        self.held.setdefault((account, symbol), {})[lot_id] = shares
        self.events.append(
            Buy(
                date=self.day,
                event_id=lot_id,
                symbol=symbol,
                account=account,
                shares=shares,
                group=GROUPS[symbol],
                **self.amounts(),
            )
        )

    def sell(self, number):
        (account, symbol), lots = self.random.choice(list(self.held.items()))
        named = self.random.sample(list(lots), self.random.randint(1, min(3, len(lots))))
        if self.random.random() < 0.4:
            named = sorted(named, key=list(lots).index)
        shares = {lot_id: Fraction(self.random.randint(1, int(lots[lot_id]))) for lot_id in named}
        relief = SpecificIdentification(tuple(shares.items()))
        for lot_id, sold in shares.items():
            lots[lot_id] -= sold
            if not lots[lot_id]:
                del lots[lot_id]
        if not lots:
            del self.held[account, symbol]
        self.events.append(
            Sell(
                date=self.day,
                event_id=f"S{number}",
                symbol=symbol,
                account=account,
                shares=sum(shares.values()),
                relief=relief,
                group=GROUPS[symbol],
                **self.amounts(),
            )
        )

    def split(self, number):
        for (_, symbol), lots in self.held.items():
            if symbol == "Y":
                lots.update({lot_id: 2 * shares for lot_id, shares in lots.items()})
        self.events.append(Split(date=self.day, event_id=f"R{number}", symbol="Y", ratio=Fraction(2)))
        self.day += dt.timedelta(days=1)


@pytest.fixture(scope="session")
def history_maker():
    """The class, so that each test draws its own histories."""
    return HistoryMaker
