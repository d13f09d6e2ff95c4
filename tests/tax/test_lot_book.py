"""The lot book of the backtest against the exact ledger, share by share."""

import datetime as dt
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tax import (
    Account,
    Buy,
    FirstInFirstOut,
    HighestBasisFirst,
    LastInFirstOut,
    LeastTax,
    Ledger,
    LotBook,
    Sell,
    Split,
)
from tax.lot_arrays import day_number
from taxsleeve_errors import TaxError

ASSETS, GROUPS = 5, [0, 0, 2, 3, 4]
METHODS = [FirstInFirstOut(), HighestBasisFirst(), LeastTax(Fraction(3, 8), Fraction(1, 4))]
ACCOUNT = Account("A")


class Twins:
    """The same history in a lot book and in a ledger. Prices are quarters, so that floats are exact."""

    def __init__(self, seed, relief):
        self.draw = random.Random(seed)  # noqa: S311 (a seeded test)
        self.relief = relief
        self.book, self.ledger = LotBook(ASSETS, GROUPS), Ledger(relief=relief)
        self.date, self.lot, self.sales = dt.date(2023, 1, 3), 0, []

    def run(self, days):
        for _ in range(days):
            self.date += dt.timedelta(days=self.draw.choice((1, 3, 10, 29, 30, 31, 90)))
            if self.draw.random() < 0.4:
                self.buy()
            self.sell()
            if self.draw.random() < 0.5:
                self.buy()
            if self.draw.random() < 0.1:
                self.date += dt.timedelta(days=1)
                self.split(self.draw.randrange(ASSETS))
        return self

    def names(self, among):
        return self.draw.sample(among, self.draw.randint(0, len(among)))

    def event(self, kind, event_id, asset, **fields):
        account = {} if kind is Split else {"account": ACCOUNT, "group": f"G{GROUPS[asset]}"}
        self.ledger.apply(kind(date=self.date, event_id=event_id, symbol=str(asset), **account, **fields))

    def buy(self):
        assets = [self.draw.randrange(ASSETS) for _ in range(self.draw.randint(1, 4))]
        shares = [self.draw.randint(1, 8) for _ in assets]
        prices = [self.draw.randint(40, 60) / 4 for _ in assets]
        self.book.buy(self.date, assets, shares, prices)
        for asset, count, price in zip(assets, shares, prices, strict=True):
            self.event(Buy, f"L{self.lot}", asset, shares=count, price=price)
            self.lot += 1

    def sell(self):
        held = self.book.shares()
        assets = self.names([asset for asset in range(ASSETS) if held[asset]])
        if not assets:
            return
        draw = self.draw
        shares = [held[asset] if draw.random() < 0.3 else draw.randint(1, int(held[asset])) for asset in assets]
        prices = [self.draw.randint(40, 60) / 4 for _ in assets]
        self.sales.append(self.book.sell(self.date, assets, shares, prices, self.relief))
        for asset, count, price in zip(assets, shares, prices, strict=True):
            self.event(Sell, f"S{self.date}{asset}", asset, shares=count, price=price)

    def split(self, asset):
        if (self.book.lots.asset == asset).any():
            self.book.split(asset, 2.0)
            self.event(Split, f"R{self.date}", asset, ratio=2)


def summed(rows):
    total = {}
    for key, *amounts in rows:
        known = total.get(key, [0] * len(amounts))
        total[key] = [float(one + other) for one, other in zip(known, amounts, strict=True)]
    return total


def book_sales(twins):
    for sale in twins.sales:
        columns = (sale.asset, sale.lot, sale.start, sale.is_long_term, sale.shares, sale.price, sale.basis)
        for row in zip(*columns, sale.wash_shares, sale.disallowed, strict=True):
            asset, lot, start, is_long, shares, price, basis, wash_shares, disallowed = row
            key = (f"S{sale.date}{asset}", f"L{lot}", int(start), bool(is_long))
            yield key, shares, shares * price, shares * basis, wash_shares, disallowed


def ledger_sales(statement):
    for sale in statement.sales:
        key = (sale.sale_id, sale.lot_id, day_number(sale.holding_start), sale.is_long_term)
        yield key, sale.shares, sale.proceeds, sale.adjusted_basis, sale.wash_shares, sale.disallowed


def book_lots(book):
    lots = book.lots
    for row in range(len(lots)):
        key = (f"L{lots.lot[row]}", str(lots.asset[row]), int(lots.start[row]), float(lots.basis[row]))
        yield key, lots.shares[row], lots.shares[row] * lots.eligible[row]


def ledger_lots(statement):
    for lot in statement.lots:
        basis = float(lot.adjusted_basis / lot.shares)
        yield (lot.lot_id, lot.symbol, day_number(lot.holding_start), basis), lot.shares, lot.replacement_shares


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(METHODS))
def test_share_by_share_as_the_ledger(seed, relief):
    twins = Twins(seed, relief).run(20)
    statement = twins.ledger.statement()
    assert summed(book_sales(twins)) == summed(ledger_sales(statement))
    assert summed(book_lots(twins.book)) == summed(ledger_lots(statement))


def test_the_histories_meet_every_case():
    rows = [row for seed in range(40) for row in ledger_sales(Twins(seed, METHODS[2]).run(20).ledger.statement())]
    assert sum(row[-1] > 0 for row in rows) > 100
    assert sum(0 < row[-2] < row[1] for row in rows) > 20
    assert sum(row[0][3] for row in rows) > 10


# 58370: a sale at exactly its basis, of which floats make a loss in the sixteenth digit.
@example(58370, METHODS[1])
@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(METHODS))
def test_cents_and_fractions_of_shares_to_float_precision(seed, relief):
    draw = np.random.default_rng(seed)
    book, ledger = LotBook(3), Ledger(relief=relief)
    date, sales = dt.date(2023, 1, 3), []
    for day in range(12):
        date += dt.timedelta(days=int(draw.integers(5, 40)))
        shares, prices = draw.integers(1, 10**6, 3) / 1000, draw.integers(1000, 2000, 3) / 100
        book.buy(date, [0, 1, 2], shares, prices)
        for asset in range(3):
            fields = {"shares": float(shares[asset]), "price": float(prices[asset])}
            ledger.apply(Buy(date=date, event_id=f"L{day}{asset}", symbol=str(asset), account=ACCOUNT, **fields))
        date += dt.timedelta(days=1)
        shares, prices = np.round(book.shares() * draw.random(3), 3), draw.integers(1000, 2000, 3) / 100
        sales.append(book.sell(date, [0, 1, 2], shares, prices, relief))
        for asset in range(3):
            fields = {"shares": float(shares[asset]), "price": float(prices[asset])}
            ledger.apply(Sell(date=date, event_id=f"S{day}{asset}", symbol=str(asset), account=ACCOUNT, **fields))
    statement = ledger.statement()
    for name in ("gain", "allowed"):
        got = sum(getattr(sale, name)().sum() for sale in sales)
        expected = sum(getattr(sale, name) for sale in statement.sales)
        assert got == pytest.approx(float(expected), abs=1e-6)
    basis = (book.lots.shares * book.lots.basis).sum()
    assert basis == pytest.approx(float(sum(lot.adjusted_basis for lot in statement.lots)), abs=1e-6)


DAY = dt.date(2024, 6, 20)


def small():
    book = LotBook(3)
    book.buy(dt.date(2024, 1, 10), [0, 1], [10, 10], [50, 40])
    return book


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda book: book.sell(DAY, [0], [11], [40], FirstInFirstOut()), "asset 0: found a sale of 11.0 .* 10.0 held"),
        (lambda book: book.sell(DAY, [0, 0], [1, 1], [40, 40], FirstInFirstOut()), "stands twice"),
        (lambda book: book.sell(DAY, [0], [1], [40], LastInFirstOut()), "found LastInFirstOut"),
        (lambda book: book.sell(DAY, [3], [1], [40], FirstInFirstOut()), "asset 3"),
        (lambda book: book.sell(DAY, [0], [np.nan], [40], FirstInFirstOut()), "found nan shares"),
        (lambda book: book.buy(DAY, [0], [1], [-1]), "at -1.0"),
        (lambda book: book.buy(DAY, [0, 1], [1], [1]), "shapes"),
        (lambda book: book.buy(DAY, 0, 1, 1), "shapes"),
        (lambda book: book.buy(dt.date(2024, 1, 9), [0], [1], [1]), "no date before 2024-01-10"),
        (lambda book: book.split(0, 0.0), "found ratio 0.0"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(act, message):
    book = small()
    with pytest.raises(TaxError, match=message):
        act(book)
    assert book.lots.shares.tolist() == [10, 10]
    assert book.lots.lot.tolist() == [0, 1]


def test_what_rounding_leaves_of_a_lot_goes_with_it():
    book = small()
    sales = book.sell(DAY, [0], [10 - 5e-10], [40], FirstInFirstOut())
    assert sales.shares.tolist() == [10]
    assert book.lots.lot.tolist() == [1]


def test_sales_of_a_day_come_in_one_call():
    book = small()
    book.sell(DAY, [0], [1], [40], FirstInFirstOut())
    with pytest.raises(TaxError, match="second call of sell"):
        book.sell(DAY, [1], [1], [40], FirstInFirstOut())


def test_groups_are_numbered():
    with pytest.raises(TaxError, match="expected 3 numbers"):
        LotBook(3, [0, 1])


@pytest.mark.parametrize("relief", [HighestBasisFirst(), LeastTax(Fraction(1, 2), Fraction(1, 2))])
@pytest.mark.parametrize(("dearer", "first"), [(8e-9, 1), (2e-10, 0), (0.0, 0), (-8e-9, 0)])
def test_bases_that_differ_in_the_ninth_decimal_are_two_and_those_that_differ_in_the_tenth_are_one(
    relief, dearer, first
):
    """What binary noise tells apart is one basis, of which the earlier acquisition goes first."""
    book = LotBook(1)
    book.buy(dt.date(2024, 1, 3), [0], [10], [50])
    book.buy(dt.date(2024, 1, 4), [0], [10], [50 + dearer])
    book.sell(dt.date(2024, 6, 3), [0], [10], [60], relief)
    assert book.lots.lot.tolist() == [1 - first]
