"""Washes of losses when a split, a spin-off or a merger comes between the sale and the purchase."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

from tax import Account, Buy, Ledger, Sell, SpinOff, Split, StockMerger

A = Account("A")


def day(text):
    return dt.date.fromisoformat(text)


def buy(lot_id, date, shares, total, symbol="X", group=None):
    price = Fraction(total) / Fraction(shares)
    return Buy(date=day(date), event_id=lot_id, symbol=symbol, group=group, account=A, shares=shares, price=price)


def sell(sale_id, date, shares, price, symbol="X", group=None):
    return Sell(date=day(date), event_id=sale_id, symbol=symbol, group=group, account=A, shares=shares, price=price)


def statement(*events):
    ledger = Ledger()
    ledger.apply_all(events)
    return ledger.statement()


def lots(result):
    return {
        (lot.lot_id, lot.symbol): (lot.shares, lot.adjusted_basis, lot.holding_start.isoformat()) for lot in result.lots
    }


def test_a_split_between_a_loss_and_its_replacement():
    loss = sell("S", "2024-06-03", 100, 40)
    split = Split(date=day("2024-06-10"), event_id="E", symbol="X", ratio=2)
    result = statement(buy("A", "2024-01-02", 100, 5000), loss, split, buy("R", "2024-06-20", 120, 2520))
    sale = result.sales[0]
    assert (sale.wash_shares, sale.disallowed) == (60, 600)
    assert lots(result) == {("R", "X"): (120, 3120, "2024-01-19")}
    assert result.pending[0].shares == 80
    assert result.pending[0].amount == 400


def test_sales_before_and_after_a_split_of_one_day_are_one_batch():
    first = Sell(date=day("2024-06-03"), event_id="S1", symbol="X", account=A, shares=100, price=40, relief=None)
    split = Split(date=day("2024-06-03"), event_id="E", symbol="X", ratio=2)
    second = Sell(date=day("2024-06-03"), event_id="S2", symbol="X", account=A, shares=200, price=20)
    result = statement(buy("A", "2024-01-02", 100, 5000), buy("B", "2024-05-20", 100, 5000), first, split, second)
    assert [sale.disallowed for sale in result.sales] == [0, 0]


def test_shares_washed_after_a_split_are_counted_as_on_the_day_of_the_sale():
    loss = sell("S", "2024-06-03", 100, 40)
    split = Split(date=day("2024-06-10"), event_id="E", symbol="X", ratio=3)
    sale = statement(buy("A", "2024-01-02", 100, 5000), loss, split, buy("R", "2024-06-20", 100, 1400)).sales[0]
    assert (sale.wash_shares, sale.disallowed) == (Fraction(100, 3), Fraction(1000, 3))


def test_a_split_leaves_waiting_losses_of_the_other_class_alone():
    split = Split(date=day("2024-06-10"), event_id="E", symbol="X", ratio=2)
    for symbol in ("W", "Y"):
        bought = (buy("L", "2024-01-02", 100, 5000, symbol, "G"), buy("K", "2024-01-02", 1, 50, "X", "G"))
        loss, again = sell("S", "2024-06-03", 100, 40, symbol, "G"), buy("R", "2024-06-20", 60, 2400, symbol, "G")
        sale = statement(*bought, loss, split, again).sales[0]
        assert (sale.wash_shares, sale.disallowed) == (60, 600)


def test_spun_off_shares_are_no_replacement():
    spin = SpinOff(
        date=day("2024-06-10"), event_id="E", symbol="P", new_symbol="X", ratio=1, basis_fraction=Decimal("0.5")
    )
    loss = Sell(date=day("2024-06-12"), event_id="S", symbol="X", account=A, shares=10, price=1, relief=None)
    result = statement(buy("B", "2022-01-03", 10, 500), buy("P", "2024-06-01", 10, 100, symbol="P"), spin, loss)
    assert result.sales[0].disallowed == 0


def test_spun_off_shares_are_no_replacement_after_a_merger_either():
    spin = SpinOff(
        date=day("2024-06-10"), event_id="E", symbol="P", new_symbol="C", ratio=1, basis_fraction=Decimal("0.5")
    )
    merger = StockMerger(date=day("2024-06-11"), event_id="M", symbol="C", new_symbol="X", ratio=1)
    loss = sell("S", "2024-06-12", 10, 1)
    result = statement(buy("B", "2022-01-03", 10, 500), buy("P", "2024-06-01", 10, 100, symbol="P"), spin, merger, loss)
    assert [(sale.lot_id, sale.disallowed) for sale in result.sales] == [("B", 0)]
