"""Corporate actions on lots (TAX_RULES 1.10), the shared vectors first."""

import csv
import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tax import (
    Account,
    AccountKind,
    Buy,
    CashAndStockMerger,
    CashInLieu,
    CashMerger,
    Dividend,
    GiftIn,
    Ledger,
    ReinvestedDividend,
    ReturnOfCapital,
    Sell,
    SpecificIdentification,
    SpinOff,
    Split,
    StockMerger,
    TaxableStockMerger,
    TransferInKind,
    WashPolicy,
)
from taxsleeve_errors import LedgerError

with (Path(__file__).parent / "data" / "corporate_action_cases.csv").open(newline="") as lines:
    VECTORS = {row["case_id"]: row for row in csv.DictReader(lines)}

A = Account("A")
HERS = Account("H", AccountKind.SPOUSE)
IRA = Account("I", AccountKind.IRA)


def day(text):
    return dt.date.fromisoformat(text)


def buy(lot_id, date, shares, total, account=A, symbol="X"):
    price = Fraction(total) / Fraction(shares)
    return Buy(date=day(date), event_id=lot_id, symbol=symbol, account=account, shares=Fraction(shares), price=price)


def statement(*events, policy=None):
    ledger = Ledger(policy)
    ledger.apply_all(events)
    return ledger.statement()


def lots(result):
    return {
        (lot.lot_id, lot.symbol): (lot.shares, lot.adjusted_basis, lot.holding_start.isoformat()) for lot in result.lots
    }


def sales(result):
    return [(sale.lot_id, sale.gain, "LT" if sale.is_long_term else "ST") for sale in result.sales]


def on(case, expected):
    """The vector file still says what this test checks."""
    assert expected in VECTORS[case]["expected"]


def test_split():
    on("C01", "200 sh, basis 5000 (25/sh), hp 2022-03-01, no gain")
    result = statement(
        buy("L", "2022-03-01", 100, 5000), Split(date=day("2023-01-03"), event_id="E", symbol="X", ratio=2)
    )
    assert lots(result) == {("L", "X"): (200, 5000, "2022-03-01")}
    assert not result.sales


def test_reverse_split():
    on("C03", "25 sh, basis 2500 (100/sh), hp unchanged")
    event = Split(date=day("2023-01-03"), event_id="E", symbol="X", ratio=0.1)
    assert lots(statement(buy("L", "2021-05-05", 250, 2500), event)) == {("L", "X"): (25, 2500, "2021-05-05")}


def test_spin_off_by_relative_value_lot_by_lot():
    on("C05", "A parent 2500 / child 15 sh 500; B parent 2000 / child 10 sh 400; hp tacks per lot")
    fraction = SpinOff.fraction_by_value(Fraction(1, 4), Fraction(80), Fraction(64))
    assert fraction == Fraction(1, 6)
    event = SpinOff(
        date=day("2023-06-01"), event_id="E", symbol="X", new_symbol="C", ratio=Fraction(1, 4), basis_fraction=fraction
    )
    result = statement(buy("A", "2022-01-03", 60, 3000), buy("B", "2022-02-03", 40, 2400), event)
    assert lots(result) == {
        ("A", "X"): (60, 2500, "2022-01-03"),
        ("A", "C"): (15, 500, "2022-01-03"),
        ("B", "X"): (40, 2000, "2022-02-03"),
        ("B", "C"): (10, 400, "2022-02-03"),
    }


def test_the_spin_off_of_publication_550():
    event = SpinOff(
        date=day("2023-06-01"), event_id="E", symbol="X", new_symbol="C", ratio=1, basis_fraction=Decimal("0.109624")
    )
    result = lots(statement(buy("A", "2022-01-03", 100, 5400), event))
    assert [round(float(result["A", symbol][1])) for symbol in "CX"] == [592, 4808]


def test_cash_merger():
    on("C07", "A LT gain 1500; B ST loss -750")
    event = CashMerger(date=day("2024-09-16"), event_id="M", symbol="X", cash=55)
    result = statement(buy("A", "2022-01-10", 100, 4000), buy("B", "2024-03-01", 50, 3500), event)
    assert sales(result) == [("A", 1500, "LT"), ("B", -750, "ST")]
    assert not result.lots


def test_the_loss_of_a_cash_merger_is_washed():
    event = CashMerger(date=day("2024-09-16"), event_id="M", symbol="X", cash=55)
    later = Buy(date=day("2024-09-20"), event_id="R", symbol="Y", account=A, shares=20, price=50, group="G")
    first = Buy(date=day("2024-03-01"), event_id="B", symbol="X", account=A, shares=50, price=70, group="G")
    result = statement(first, event, later)
    assert result.sales[0].disallowed == 20 * 15


@pytest.mark.parametrize(("case", "basis", "gain", "new_basis"), [("C09", 1000, 1000, 1000), ("C11", 2400, 600, 2000)])
def test_cash_and_stock_merger(case, basis, gain, new_basis):
    on(case, f"recognised {'min(2000,1000)=' if case == 'C09' else ''}{gain}")
    event = CashAndStockMerger(
        date=day("2024-09-16"), event_id="M", symbol="X", new_symbol="N", ratio=1, cash=10, price=20
    )
    result = statement(buy("A", "2022-01-10", 100, basis), event)
    assert sales(result) == [("A", gain, "LT")]
    assert lots(result) == {("A", "N"): (100, new_basis, "2022-01-10")}


def test_a_loss_in_a_cash_and_stock_merger_is_not_recognised_and_offsets_nothing():
    event = CashAndStockMerger(
        date=day("2024-09-16"), event_id="M", symbol="X", new_symbol="N", ratio=Fraction(1, 2), cash=10, price=40
    )
    result = statement(buy("G", "2022-01-10", 100, 2400), buy("L", "2022-02-10", 100, 5000), event)
    assert sales(result) == [("G", 600, "LT"), ("L", 0, "LT")]
    assert lots(result) == {("G", "N"): (50, 2000, "2022-01-10"), ("L", "N"): (50, 4000, "2022-02-10")}


def test_return_of_capital_above_basis():
    on("C13", "basis 0; LT gain 100")
    event = ReturnOfCapital(date=day("2024-05-01"), event_id="R", symbol="X", per_share=8)
    result = statement(buy("A", "2021-02-01", 100, 700), event)
    assert lots(result) == {("A", "X"): (100, 0, "2021-02-01")}
    assert sales(result) == [("A", 100, "LT")]


def test_return_of_capital_below_basis():
    event = ReturnOfCapital(date=day("2024-05-01"), event_id="R", symbol="X", per_share=3)
    result = statement(buy("A", "2021-02-01", 100, 700), event)
    assert lots(result) == {("A", "X"): (100, 400, "2021-02-01")}
    assert not result.sales
    assert result.lots[0].original_cost == 700


def taxable_merger(new_group=None):
    return TaxableStockMerger(
        date=day("2024-06-03"),
        event_id="M",
        symbol="X",
        new_symbol="N",
        ratio=Fraction(1, 5),
        price=200,
        new_group=new_group,
    )


def test_taxable_stock_merger():
    on("C15", "LT loss -1000; new 20 sh basis 4000 hp 2024-06-03; acquirer shares ARE an acquisition")
    result = statement(buy("A", "2023-01-05", 100, 5000), taxable_merger())
    assert sales(result) == [("A", -1000, "LT")]
    assert lots(result) == {("M", "N"): (20, 4000, "2024-06-03")}
    assert result.lots[0].replacement_shares == 20


def test_shares_of_a_taxable_merger_replace_shares_sold_at_a_loss():
    old = Buy(date=day("2023-01-05"), event_id="O", symbol="N", account=A, shares=5, price=300)
    loss = Sell(date=day("2024-06-01"), event_id="S", symbol="N", account=A, shares=5, price=200)
    result = statement(old, buy("A", "2023-01-05", 100, 5000), loss, taxable_merger())
    assert result.sales[0].disallowed == 500
    assert sum(lot.adjusted_basis for lot in result.lots) == 4000 + 500


def stock_merger():
    return StockMerger(date=day("2024-06-03"), event_id="M", symbol="X", new_symbol="N", ratio=Fraction(1, 5))


def test_tax_free_merger_carries_basis_and_is_no_acquisition():
    old = Buy(date=day("2023-01-05"), event_id="O", symbol="N", account=A, shares=5, price=300)
    loss = Sell(date=day("2024-06-01"), event_id="S", symbol="N", account=A, shares=5, price=200)
    result = statement(old, buy("A", "2023-01-05", 100, 5000), loss, stock_merger())
    assert result.sales[0].disallowed == 0
    assert lots(result) == {("A", "N"): (20, 5000, "2023-01-05")}


def test_a_purchase_just_before_a_tax_free_merger_still_replaces_after_it():
    old = Buy(date=day("2022-01-05"), event_id="O", symbol="N", account=A, shares=20, price=300)
    loss = Sell(
        date=day("2024-06-10"),
        event_id="S",
        symbol="N",
        account=A,
        shares=20,
        price=200,
        relief=SpecificIdentification.parse("O:20"),
    )
    result = statement(old, buy("A", "2024-05-20", 100, 5000), stock_merger(), loss)
    assert result.sales[0].disallowed == 2000
    assert lots(result) == {
        ("A", "N"): (20, 7000, (day("2024-05-20") - (day("2024-06-10") - day("2022-01-05"))).isoformat())
    }


def test_cash_in_lieu_is_a_sale_of_the_fraction():
    split = Split(date=day("2024-06-03"), event_id="E", symbol="X", ratio=Fraction(3, 2))
    cash = CashInLieu(date=day("2024-06-05"), event_id="C", symbol="X", account=A, shares=0.5, amount=30)
    result = statement(buy("A", "2022-01-05", 101, 6060), split, cash)
    assert sales(result) == [("A", 30 - 20, "LT")]
    assert lots(result) == {("A", "X"): (151, 6040, "2022-01-05")}


def test_reinvested_dividends_replace():
    sell = Sell(date=day("2024-06-03"), event_id="S", symbol="X", account=A, shares=100, price=40)
    drip = ReinvestedDividend(
        date=day("2024-06-20"), event_id="D", symbol="X", account=A, shares=Decimal("1.25"), price=41
    )
    assert statement(buy("A", "2024-01-02", 100, 5000), sell, drip).sales[0].disallowed == Fraction("12.5")


def test_dividends_fall_on_lots():
    paid = Dividend(date=day("2024-06-20"), event_id="D", symbol="X", per_share=Decimal("0.3"))
    hers = buy("H", "2024-01-02", 50, 500, account=HERS)
    rows = statement(buy("A", "2024-01-02", 100, 5000), hers, paid).dividends
    assert [(row.lot_id, row.account.name, row.shares, row.amount) for row in rows] == [
        ("A", "A", 100, 30),
        ("H", "H", 50, 15),
    ]


def test_a_dividend_of_one_account_falls_on_its_lots_alone():
    held = [buy("A", "2024-01-02", 100, 5000), buy("H", "2024-01-02", 50, 500, account=HERS)]
    for account in (A, HERS):
        paid = Dividend(date=day("2024-06-20"), event_id="D", symbol="X", account=account, per_share=Decimal("0.3"))
        assert [row.account for row in statement(*held, paid).dividends] == [account]
    paid = Dividend(date=day("2024-06-20"), event_id="D", symbol="X", account=Account("B"), per_share=Decimal("0.3"))
    with pytest.raises(LedgerError, match="account 'B' holds no X"):
        statement(*held, paid)


# transfers and gifts


def transfer(source, destination, shares, relief=None, date="2024-06-05"):
    return TransferInKind(
        date=day(date), event_id="T", symbol="X", account=source, destination=destination, shares=shares, relief=relief
    )


def test_a_transfer_is_no_sale_and_no_acquisition():
    loss = Sell(date=day("2024-06-01"), event_id="S", symbol="X", account=A, shares=10, price=1)
    result = statement(
        buy("O", "2024-01-02", 10, 500), buy("H", "2024-01-03", 10, 100, account=HERS), loss, transfer(HERS, A, 4)
    )
    assert result.sales[0].disallowed == 0
    assert [(lot.account.name, lot.shares, lot.adjusted_basis) for lot in result.lots] == [("A", 4, 40), ("H", 6, 60)]


def test_shares_bought_and_then_transferred_still_replace():
    recent = buy("H", "2024-05-25", 10, 100, account=HERS)
    loss = Sell(
        date=day("2024-06-10"),
        event_id="S",
        symbol="X",
        account=A,
        shares=10,
        price=1,
        relief=SpecificIdentification.parse("O:10"),
    )
    result = statement(buy("O", "2024-01-02", 10, 500), recent, transfer(HERS, A, 4), loss)
    assert result.sales[0].disallowed == 490
    assert {lot.account.name: lot.adjusted_basis for lot in result.lots} == {"A": 40 + 4 * 49, "H": 60 + 6 * 49}


def test_a_transfer_into_an_ira_is_refused():
    with pytest.raises(LedgerError, match="contribution"):
        statement(buy("O", "2024-01-02", 10, 500), transfer(A, IRA, 1))


def gift(value, account=A):
    return GiftIn(
        date=day("2024-01-10"),
        event_id="G",
        symbol="X",
        account=account,
        shares=10,
        donor_basis=50,
        fair_value=value,
        donor_start=day("2020-01-02"),
    )


@pytest.mark.parametrize(
    ("value", "price", "expected"),
    [
        (60, 40, ("G", -100, "LT")),
        (30, 20, ("G", -100, "ST")),  # loss from the value at the gift, held since the gift
        (30, 40, ("G", 0, "LT")),  # between the two
        (30, 60, ("G", 100, "LT")),
    ],
)
def test_the_two_bases_of_a_gift(value, price, expected):
    sell = Sell(date=day("2024-06-10"), event_id="S", symbol="X", account=A, shares=10, price=price)
    assert sales(statement(gift(value), sell)) == [expected]


def test_a_gift_replaces_nothing():
    sell = Sell(date=day("2024-01-05"), event_id="S", symbol="X", account=A, shares=10, price=1)
    assert statement(buy("O", "2024-01-02", 10, 500), sell, gift(60)).sales[0].disallowed == 0


def test_a_gift_with_two_bases_cannot_go_through_a_merger_with_cash():
    merger = CashAndStockMerger(
        date=day("2024-09-16"), event_id="M", symbol="X", new_symbol="N", ratio=1, cash=10, price=20
    )
    with pytest.raises(LedgerError, match="'G' is a gift"):
        statement(gift(30), merger)


def test_the_second_basis_follows_splits_spin_offs_and_returns_of_capital():
    split = Split(date=day("2024-02-01"), event_id="E", symbol="X", ratio=2)
    spin = SpinOff(
        date=day("2024-02-02"), event_id="P", symbol="X", new_symbol="C", ratio=1, basis_fraction=Decimal("0.2")
    )
    capital = ReturnOfCapital(date=day("2024-02-03"), event_id="R", symbol="X", per_share=2)
    result = statement(gift(30), split, spin, capital)
    assert {lot.symbol: (lot.shares, lot.adjusted_basis, lot.loss_basis) for lot in result.lots} == {
        "X": (20, 400 - 40, 240 - 40),
        "C": (20, 100, 60),
    }


def test_losses_in_an_ira_are_told_but_never_taxed():
    sell = Sell(date=day("2024-06-10"), event_id="S", symbol="X", account=IRA, shares=10, price=1)
    ledger = Ledger()
    ledger.apply_all([buy("O", "2024-01-02", 10, 500, account=IRA), sell, buy("R", "2024-06-11", 10, 10)])
    result = ledger.statement()
    assert result.sales[0].gain == -490
    assert result.sales[0].disallowed == 0
    assert not ledger.realized_sales()


def test_the_statement_names_its_policy():
    assert statement(policy=WashPolicy(group_map="ticker")).policy.describe()["group_map"] == "ticker"


def test_a_spin_off_meets_bases_that_a_sale_of_the_same_day_has_adjusted():
    other = {"account": Account("T"), "symbol": "X", "group": "G"}
    ledger = Ledger()
    ledger.apply(Buy(date=dt.date(2024, 1, 10), event_id="B1", shares=10, price=50, **other))
    ledger.apply(Buy(date=dt.date(2024, 6, 10), event_id="B2", shares=10, price=45, **other))
    first = SpecificIdentification((("B1", 10),))
    ledger.apply(Sell(date=dt.date(2024, 6, 20), event_id="S1", shares=10, price=40, relief=first, **other))
    ledger.apply(
        SpinOff(date=dt.date(2024, 6, 20), event_id="O1", symbol="X", new_symbol="C", ratio=1, basis_fraction=0.5)
    )
    lots = {lot.symbol: lot for lot in ledger.statement().lots}
    assert {symbol: lot.adjusted_basis for symbol, lot in lots.items()} == {"X": 275, "C": 275}
    assert {lot.holding_start for lot in lots.values()} == {dt.date(2023, 12, 31)}


def test_taxable_merger_shares_of_the_ira_replace_those_that_the_taxable_account_sells():
    mine, ira = Account("T"), Account("I", AccountKind.IRA)
    ledger = Ledger()
    for name, account in (("B1", mine), ("B2", ira)):
        ledger.apply(Buy(date=dt.date(2023, 1, 5), event_id=name, symbol="X", account=account, shares=100, price=50))
    ledger.apply(
        TaxableStockMerger(date=dt.date(2024, 6, 3), event_id="O1", symbol="X", new_symbol="A", ratio=0.2, price=200)
    )
    ledger.apply(Sell(date=dt.date(2024, 6, 20), event_id="S1", symbol="A", account=mine, shares=20, price=150))
    sale = ledger.statement().sales[-1]
    assert (sale.sale_id, sale.wash_shares, sale.disallowed, sale.permanent) == ("S1", 20, 1000, 1000)
