"""Every wash-sale vector: the authority's own examples, published explanations, derived, converted and random ones."""

import csv
import datetime as dt
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

from tax import Account, AccountKind, Buy, Ledger, Sell, SpecificIdentification, Split, WashPolicy, fill_form_8949

DATA = Path(__file__).parent / "data"


def read(name):
    cases = defaultdict(list)
    with (DATA / name).open(newline="") as lines:
        for row in csv.DictReader(lines):
            cases[row["case_id"]].append(row)
    return cases


INDEX = {case: rows[0] for case, rows in read("wash_index.csv").items()}
TRADES = read("wash_trades.csv")
SALES = read("wash_expected_sales.csv")
LOTS = read("wash_expected_lots.csv")


def event(row):
    common = {
        "date": dt.date.fromisoformat(row["trade_date"]),
        "event_id": row["trade_id"],
        "symbol": row["symbol"],
        "seq": int(row["seq"]),
    }
    if row["side"] == "SPLIT":
        return Split(**common, ratio=Decimal(row["price"]))
    common |= {
        "account": Account(row["account"], AccountKind(row["account_type"])),
        "shares": Decimal(row["qty"]),
        "price": Decimal(row["price"]),
        "fees": Decimal(row["fees"]),
        "group": row["si_group"],
    }
    if row["side"] == "BUY":
        return Buy(**common)
    relief = SpecificIdentification.parse(row["spec_lots"]) if row["spec_lots"] else None
    return Sell(**common, relief=relief)


def ledger_of(case, policy=None):
    ledger = Ledger(policy or WashPolicy.parse([INDEX[case]["policy"]]))
    ledger.apply_all(event(row) for row in TRADES[case])
    return ledger


def run(case, policy=None):
    return ledger_of(case, policy).statement()


def money(*amounts):
    return [pytest.approx(float(amount), abs=0.005) for amount in amounts]


@pytest.mark.parametrize("case", sorted(INDEX))
def test_sales(case):
    names = ("proceeds", "adjusted_basis", "gain_loss_before_wash", "disallowed_loss", "of_which_permanent")
    expected = [
        [row["sale_id"], row["from_buy"], row["sale_date"], row["term"], row["holding_period_start"]]
        + [pytest.approx(float(row[name]), abs=1e-6) for name in ("qty", "wash_qty")]
        + money(*(row[name] for name in (*names, "allowed_gain_loss")))
        for row in SALES[case]
    ]
    got = [
        [sale.sale_id, sale.lot_id, str(sale.sold), "LT" if sale.is_long_term else "ST", str(sale.holding_start)]
        + [float(sale.shares), float(sale.wash_shares), float(sale.proceeds), float(sale.adjusted_basis)]
        + [float(amount) for amount in (sale.gain, sale.disallowed, sale.permanent, sale.allowed)]
        for sale in run(case).sales
    ]
    assert got == expected


@pytest.mark.parametrize("case", sorted(INDEX))
def test_lots(case):
    expected = [
        [
            row["buy_id"],
            row["account"],
            row["symbol"],
            row["bought"],
            row["holding_period_start"],
            pytest.approx(float(row["qty"]), abs=1e-06),
            *money(row["original_cost"], row["adjusted_basis"], row["adjusted_basis_per_share"]),
        ]
        for row in LOTS[case]
    ]
    got = [
        [
            lot.lot_id,
            lot.account.name,
            lot.symbol,
            str(lot.bought),
            str(lot.holding_start),
            float(lot.shares),
            float(lot.original_cost),
            float(lot.adjusted_basis),
            float(lot.adjusted_basis / lot.shares),
        ]
        for lot in run(case).lots
    ]
    assert got == expected


@pytest.mark.parametrize("case", sorted(INDEX))
def test_form_8949_agrees_with_the_sales(case):
    ledger = ledger_of(case)
    statement, form = ledger.statement(), fill_form_8949(ledger.realized_sales())
    assert float(sum(row.gain_loss for row in form.rows)) == pytest.approx(
        float(sum(sale.allowed for sale in statement.sales)), abs=0.01 * max(1, len(form.rows))
    )
    assert {row.code for row in form.rows if row.adjustment} <= {"W"}


@pytest.mark.parametrize("case", sorted(INDEX))
def test_matches_add_up_to_the_sales(case):
    statement = run(case)
    assert sum(match.amount for match in statement.wash_sales) == sum(sale.disallowed for sale in statement.sales)
    lost = sum(match.amount for match in statement.wash_sales if match.is_permanent)
    assert lost == sum(sale.permanent for sale in statement.sales)


# What each switch changes, on the vector that turns on it.


def allowed(case, setting):
    return sum(sale.allowed for sale in run(case, WashPolicy.parse([setting])).sales)


def test_same_day_sales_replace_each_other_only_sale_by_sale():
    assert allowed("X23", "same_day_batch=True") == -20000 - 10000
    statement = run("X23", WashPolicy(same_day_batch=False))
    assert statement.sales[0].disallowed == 20000


def test_the_rest_of_the_acquisition_replaces_in_a_mechanical_1099b():
    assert allowed("X05", "same_acquisition_exclusion=True") == -100
    assert allowed("X05", "same_acquisition_exclusion=False") == 0


def test_candidates_older_than_the_lot_sold():
    assert allowed("W41", "require_candidate_after_sold_lot=False") == 0
    assert allowed("W41", "require_candidate_after_sold_lot=True") == -500


def test_share_classes_are_one_group_unless_tickers_are():
    assert allowed("W46", "group_map=ALPHABET") == 0
    assert allowed("W46", "group_map=ticker") == -100


def test_sub_lots_by_holding_period_start():
    # B4 of F21 holds 50 shares with basis 29.46 held from August 11 and 25 with 28.71 held from August 6.
    rows = [row for row in TRADES["F21"] if row["trade_id"] != "S4"]
    part = next(row for row in TRADES["F21"] if row["trade_id"] == "S4") | {"qty": "30", "spec_lots": "B4:30"}
    rows.insert(7, part)
    starts = {}
    for order in ("highest_basis", "fifo"):
        ledger = Ledger(WashPolicy(sub_lot_order=order))
        ledger.apply_all(event(row) for row in rows)
        starts[order] = [str(s.holding_start) for s in ledger.statement().sales if s.sale_id == "S4"]
    assert starts == {"highest_basis": ["2023-08-11"], "fifo": ["2023-08-06", "2023-08-11"]}


def test_a_spouse_account_can_lose_the_loss_for_good():
    rows = [row | {} for row in TRADES["W35"]]
    rows[2] |= {"account": "HERS", "account_type": "spouse"}
    results = []
    for adjust in (True, False):
        ledger = Ledger(WashPolicy(spouse_basis_adjust=adjust))
        ledger.apply_all(event(row) for row in rows)
        statement = ledger.statement()
        results.append((statement.sales[0].permanent, statement.lots[0].adjusted_basis))
    assert results == [(0, 2040), (400, 1640)]
