"""Account folders that are not good: exit 2, file, row, column, value and expectation, and nothing written."""

from __future__ import annotations

from typing import Any

import pytest

NUMBER_ABOVE_ZERO, NUMBER, DATE = "a number > 0", "a number >= 0", "a date as YYYY-MM-DD"
IN_CALENDAR = f"{DATE} that is in the calendar"
NAME = "a name of 1 to 200 printable characters"
PAST = "a date from 1900-01-01 to as_of, 2024-06-28"
TYPES, RULES = "one of taxable, spouse, ira, roth", "one of no_buy, no_sell, no_trade, exclude"

CELLS = [
    ("lots.csv", "shares", "abc", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "-5", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "0", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "NaN", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "inf", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "1,000", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "1_000", NUMBER_ABOVE_ZERO),
    ("lots.csv", "shares", "1e999", NUMBER_ABOVE_ZERO),
    ("lots.csv", "cost_per_share", "-0.01", NUMBER),
    ("lots.csv", "cost_per_share", "$12.50", NUMBER),
    ("lots.csv", "acquired", "2024-02-30", IN_CALENDAR),
    ("lots.csv", "acquired", "06/28/2024", DATE),
    ("lots.csv", "acquired", "28.06.2024", DATE),
    ("lots.csv", "acquired", "20240628", DATE),
    ("lots.csv", "acquired", "45471", DATE),
    ("lots.csv", "acquired", "2024-06-28 16:00", DATE),
    ("lots.csv", "acquired", "2024-06-29", PAST),
    ("lots.csv", "acquired", "1899-12-31", PAST),
    ("lots.csv", "holding_start", "soon", DATE),
    ("lots.csv", "account_type", "401k", TYPES),
    ("lots.csv", "lot_id", "L\u202e1", NAME),
    ("lots.csv", "asset", "NOSUCH", "an asset with a price in securities.csv"),
    ("benchmark.csv", "weight", "ten", NUMBER),
    ("benchmark.csv", "weight", "-0.1", NUMBER),
    ("benchmark.csv", "weight", "nan", NUMBER),
    ("benchmark.csv", "weight", "5%", NUMBER),
    ("benchmark.csv", "asset", "NO.SUCH", "an asset with a price in securities.csv"),
    ("securities.csv", "price", "0", NUMBER_ABOVE_ZERO),
    ("securities.csv", "price", "-1", NUMBER_ABOVE_ZERO),
    ("securities.csv", "price", "n/a", NUMBER_ABOVE_ZERO),
    ("securities.csv", "price", "Infinity", NUMBER_ABOVE_ZERO),
    ("securities.csv", "market_cap", "12bn", NUMBER_ABOVE_ZERO),
    ("securities.csv", "spread_bps", "-2", NUMBER),
    ("securities.csv", "book_to_price", "NaN", "a number"),
    ("securities.csv", "adv", "many", NUMBER),
    ("trades.csv", "date", "2024-06-31", IN_CALENDAR),
    ("trades.csv", "date", "2025-01-01", PAST),
    ("trades.csv", "side", "SHORT", "one of BUY, SELL"),
    ("trades.csv", "shares", "-10", NUMBER_ABOVE_ZERO),
    ("trades.csv", "price", "?", NUMBER),
    ("trades.csv", "realized_gain", "loss", "a number"),
    ("trades.csv", "account_type", "brokerage", TYPES),
    ("restrictions.csv", "rule", "never", RULES),
    ("restrictions.csv", "until", "2024-1-31", DATE),
]


@pytest.mark.parametrize(("file", "column", "value", "expected"), CELLS)
def test_a_bad_cell(file: str, column: str, value: str, expected: str, account: Any, refused: Any) -> None:
    account.cell(file, 3, column, value)
    ran = refused(account, f"  {file}, row 3, {column}: found {value!r}, expected {expected}")
    assert "The input is not good: 1 fault." in ran.stderr


REQUIRED = [
    *(("lots.csv", column) for column in ("lot_id", "asset", "shares", "cost_per_share", "acquired")),
    *(("benchmark.csv", column) for column in ("asset", "weight")),
    *(("securities.csv", column) for column in ("asset", "price")),
    *(("trades.csv", column) for column in ("date", "side", "asset", "shares", "price")),
    *(("restrictions.csv", column) for column in ("asset", "rule")),
]


@pytest.mark.parametrize(("file", "column"), REQUIRED)
def test_a_missing_column(file: str, column: str, account: Any, refused: Any) -> None:
    account.put(file, account.table(file).drop(columns=column))
    refused(account, f"  {file}, {column}: found 'no such column', expected a column {column} (found: ")


@pytest.mark.parametrize(("file", "column"), REQUIRED)
def test_an_empty_required_cell(file: str, column: str, account: Any, refused: Any) -> None:
    account.cell(file, 3, column, " ")
    refused(account, f"  {file}, row 3, {column}: found 'an empty cell', expected a value")


@pytest.mark.parametrize(
    ("file", "key"), [("lots.csv", "lot_id"), ("benchmark.csv", "asset"), ("securities.csv", "asset")]
)
def test_a_key_that_stands_twice(file: str, key: str, account: Any, refused: Any) -> None:
    first = account.table(file)[key][0]
    account.cell(file, 4, key, first)
    refused(account, f"  {file}, row 4, {key}: found {first!r}, expected each {key} once (it is in row 2)")


def test_a_holding_period_that_starts_after_the_purchase(account: Any, refused: Any) -> None:
    bought = account.table("lots.csv")["acquired"][0]
    account.cell("lots.csv", 2, "holding_start", "2024-06-27")
    expected = f"a date from 1900-01-01 to acquired, {bought} (a wash sale moves it back, never on)"
    refused(account, f"  lots.csv, row 2, holding_start: found '2024-06-27', expected {expected}")


def test_lots_of_two_taxable_accounts(account: Any, refused: Any) -> None:
    lots = account.table("lots.csv")
    account.put("lots.csv", lots.assign(account=["main", "main", *["other"] * (len(lots) - 2)]))
    refused(account, "  lots.csv, row 4, account: found 'other', expected taxable lots of one account, 'main'")


def test_lots_of_tax_free_accounts_only(account: Any, refused: Any) -> None:
    account.put("lots.csv", account.table("lots.csv").assign(account_type="ira"))
    refused(account, "  lots.csv, row 2, account_type: found 'ira', expected lots of a taxable account")


@pytest.mark.parametrize(("factor", "total"), [(0.5, "0.5"), (1.00001, "1.00001"), (0.99999, "0.99999")])
def test_weights_that_do_not_sum_to_one(factor: float, total: str, account: Any, refused: Any, rebalance: Any) -> None:
    benchmark = account.table("benchmark.csv")
    weights = benchmark["weight"].astype(float) * factor
    account.put("benchmark.csv", benchmark.assign(weight=weights.map("{:.14f}".format)))
    refused(account, f"  benchmark.csv, weight: found 'a sum of {total}", "--normalize scales them")
    assert rebalance(account, "--normalize").code == 0


def test_weights_within_a_millionth_of_one_are_good(account: Any, rebalance: Any) -> None:
    weight = float(account.table("benchmark.csv")["weight"][0])
    account.cell("benchmark.csv", 2, "weight", f"{weight - 9e-7:.12f}")
    assert rebalance(account).code == 0


def test_weights_that_are_all_zero_are_refused_even_when_scaled(account: Any, refused: Any) -> None:
    account.put("benchmark.csv", account.table("benchmark.csv").assign(weight="0"))
    refused(account, "  benchmark.csv, weight: found 'a sum of 0'", flags=("--normalize",))


@pytest.mark.parametrize("cash", ["-100_000_000.0", "-1e12"])
def test_an_account_that_is_worth_nothing(cash: str, account: Any, refused: Any) -> None:
    account.setting("cash", f"cash = {cash}")
    refused(account, "account.toml, cash: found '-", "together worth more than zero")


def test_an_account_without_lots_and_without_cash(account: Any, refused: Any) -> None:
    account.put("lots.csv", account.table("lots.csv").head(0))
    account.setting("cash", "cash = 0")
    refused(account, "account.toml, cash: found '0.0'", "together worth more than zero")


def test_faults_of_every_file_are_listed_in_one_run(account: Any, refused: Any) -> None:
    account.setting("turnover", "turnovr = 0.3")
    account.cell("lots.csv", 2, "shares", "-1")
    account.cell("lots.csv", 3, "acquired", "yesterday")
    account.cell("lots.csv", 3, "cost_per_share", "?")
    account.cell("benchmark.csv", 2, "weight", "x")
    account.cell("securities.csv", 5, "price", "0")
    account.cell("trades.csv", 2, "side", "HOLD")
    account.cell("restrictions.csv", 2, "rule", "maybe")
    account.write("prices.parquet", b"PAR1 and nothing more")
    ran = refused(
        account,
        "account.toml, limits.turnovr",
        "lots.csv, row 2, shares",
        "lots.csv, row 3, acquired",
        "lots.csv, row 3, cost_per_share",
        "benchmark.csv, row 2, weight",
        "securities.csv, row 5, price",
        "trades.csv, row 2, side",
        "restrictions.csv, row 2, rule",
        "prices.parquet",
    )
    faults = ran.stderr.count("\n  ")
    assert f"The input is not good: {faults} faults. Nothing was written." in ran.stderr


def test_a_fault_does_not_drag_others_behind_it(account: Any, refused: Any) -> None:
    account.cell("benchmark.csv", 2, "weight", "x")
    ran = refused(account, "The input is not good: 1 fault.")
    assert "sum" not in ran.stderr


def test_text_that_looks_like_markup_is_printed_as_it_stands(account: Any, refused: Any) -> None:
    account.cell("lots.csv", 2, "shares", "[bold]5[/bold]")
    refused(account, "lots.csv, row 2, shares: found '[bold]5[/bold]', expected")
    account.cell("lots.csv", 2, "shares", "[/nothing]")
    refused(account, "lots.csv, row 2, shares: found '[/nothing]', expected")


def test_restrictions_on_names_that_play_no_part_are_only_warned_of(account: Any, rebalance: Any) -> None:
    account.cell("restrictions.csv", 2, "asset", "ELSEWHERE")
    ran = rebalance(account)
    assert ran.code == 0
    assert ran.stderr.count("warning: restrictions.csv: not held, not in the benchmark: ELSEWHERE") == 1
