"""Which lots a sale takes."""

import csv
import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from tax import (
    Account,
    Buy,
    FirstInFirstOut,
    HighestBasisFirst,
    LastInFirstOut,
    LeastTax,
    Ledger,
    LossHarvest,
    LowestBasisFirst,
    Sell,
    SpecificIdentification,
    TransferInKind,
)
from taxsleeve_errors import TaxError

with (Path(__file__).parent / "data" / "lot_relief_cases.csv").open(newline="") as lines:
    CASES = list(csv.DictReader(lines))

METHODS = {
    "FIFO": FirstInFirstOut(),
    "LIFO": LastInFirstOut(),
    "HIFO": HighestBasisFirst(),
    "LOFO": LowestBasisFirst(),
}
TAXABLE = Account("A")


def sell(lots, quantity, price, date, relief):
    """Lots as (id, ISO date, shares, price)."""
    ledger = Ledger()
    for lot_id, bought, shares, cost in sorted(lots, key=lambda lot: lot[1]):
        day = dt.date.fromisoformat(bought)
        ledger.apply(Buy(date=day, event_id=lot_id, symbol="X", account=TAXABLE, shares=shares, price=cost))
    day = dt.date.fromisoformat(date)
    ledger.apply(Sell(date=day, event_id="S", symbol="X", account=TAXABLE, shares=quantity, price=price, relief=relief))
    return ledger.statement().sales


@pytest.mark.parametrize("case", CASES, ids=[case["case_id"] for case in CASES])
def test_cases(case):
    lots = []
    for text in case["lots"].split():
        lot_id, rest = text.split("=")
        bought, rest = rest.split("/")
        shares, cost = rest.split("@")
        lots.append((lot_id, bought, Decimal(shares), Decimal(cost)))
    rates = Decimal(case["st_rate"]), Decimal(case["lt_rate"])
    relief = METHODS.get(case["method"]) or LeastTax(*rates)
    sales = sell(lots, Decimal(case["sell_qty"]), Decimal(case["price"]), case["sale_date"], relief)
    short = sum(sale.gain for sale in sales if not sale.is_long_term)
    long = sum(sale.gain for sale in sales if sale.is_long_term)
    assert ";".join(f"{sale.lot_id}:{float(sale.shares):g}" for sale in sales) == case["exp_lots"]
    assert (float(short), float(long)) == (float(case["exp_st_gain"]), float(case["exp_lt_gain"]))
    assert float(short * Fraction(rates[0]) + long * Fraction(rates[1])) == pytest.approx(float(case["exp_tax"]))


FOUR = [
    ("SG", "2024-03-01", 10, 40),
    ("SL", "2024-02-01", 10, 60),
    ("LG", "2022-01-10", 10, 45),
    ("LL", "2022-06-01", 10, 70),
]


def test_loss_harvest_takes_losses_before_gains_and_short_before_long_among_losses():
    sales = sell(FOUR, 40, 50, "2024-08-15", LossHarvest())
    assert [sale.lot_id for sale in sales] == ["SL", "LL", "LG", "SG"]


def test_least_tax_prefers_a_short_loss_to_a_larger_long_one_when_its_rate_is_higher():
    assert [sale.lot_id for sale in sell(FOUR, 10, 50, "2024-08-15", LeastTax(Decimal("0.5"), Decimal("0.2")))] == [
        "SL"
    ]
    assert [sale.lot_id for sale in sell(FOUR, 10, 50, "2024-08-15", LeastTax(Decimal("0.3"), Decimal("0.2")))] == [
        "LL"
    ]


def test_specific_identification_keeps_the_order_named():
    relief = SpecificIdentification.parse(" LG:4 ; SG:10;")
    assert [(sale.lot_id, sale.shares) for sale in sell(FOUR, 14, 50, "2024-08-15", relief)] == [("LG", 4), ("SG", 10)]


@pytest.mark.parametrize(("named", "sold"), [(4, 5), (5, 4)])
def test_shares_named_must_add_up_to_the_sale(named, sold):
    with pytest.raises(TaxError, match=f"names {named} shares, expected {sold}"):
        sell(FOUR, sold, 50, "2024-08-15", SpecificIdentification((("LG", named),)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("LG", "'LG'"),
        ("LG:x", "'LG:x'"),
        (":4", "':4'"),
        ("LG:nan", "finite"),
        ("LG:-1", "more than 0"),
        ("LG:1;LG:2", "named twice"),
    ],
)
def test_a_specific_identification_that_cannot_be_read(text, message):
    with pytest.raises(TaxError, match=message):
        SpecificIdentification.parse(text)


@pytest.mark.parametrize("rates", [(-0.1, 0.2), (0.4, float("nan"))])
def test_least_tax_refuses_rates_that_are_none(rates):
    with pytest.raises(TaxError, match="_rate"):
        LeastTax(*rates)


def test_first_in_first_out_is_by_acquisition_wherever_the_lots_came_from():
    """A lot that moves in kind into an account with a younger one goes before it."""
    other = Account("B")
    day = dt.date(2024, 1, 3)
    common = {"symbol": "X", "shares": 10}
    ledger = Ledger()
    ledger.apply_all(
        [
            Buy(date=day, event_id="B1", account=TAXABLE, price=10, **common),
            Buy(date=day, event_id="B2", account=other, price=11, **common),
            Buy(date=day, event_id="B3", account=other, price=12, **common),
            TransferInKind(date=day, event_id="T", account=TAXABLE, destination=other, **common),
            Sell(date=dt.date(2024, 6, 3), event_id="S", account=other, symbol="X", shares=25, price=20),
        ]
    )
    assert [(sale.lot_id, sale.shares) for sale in ledger.statement().sales] == [("B1", 10), ("B2", 10), ("B3", 5)]
