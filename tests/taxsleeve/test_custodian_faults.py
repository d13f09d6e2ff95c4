"""`taxsleeve import` refuses what it does not understand: every bad row by file, row, column and value; no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
SAMPLES = Path(__file__).parent / "data" / "custodians"

# Sample, what stands in it, what is put in its place, and what must be said.
BAD_ROWS = [
    ("schwab_lots_AAPL", '"05/20/2024 00:00:00"', '"Various"', ("row 5, Open Date: found 'Various'", "a row of its")),
    ("schwab_lots_AAPL", '"05/20/2024 00:00:00"', '""', ("row 5, Open Date: found 'an empty cell'",)),
    ("schwab_lots_AAPL", '"05/20/2024 00:00:00"', '"02/30/2024"', ("found '02/30/2024'", "a day, as 06/28/2024")),
    ("schwab_lots_AAPL", '"05/20/2024 00:00:00"', '"05/20/0024"', ("found '05/20/0024'",)),
    ("schwab_lots_AAPL", '"1,002"', '"-1,002"', ("row 5, Quantity: found '-1,002'", "short positions")),
    ("schwab_lots_AAPL", '"1,002"', '"(1,002)"', ("row 5, Quantity: found '(1,002)'", "short positions")),
    ("schwab_lots_AAPL", '"1,002"', '"0"', ("row 5, Quantity: found '0'",)),
    ("schwab_lots_AAPL", '"1,002"', '"10,02"', ("row 5, Quantity: found '10,02'", "a number")),
    ("schwab_lots_AAPL", '"1,002"', '"1e3"', ("row 5, Quantity: found '1e3'", "a number")),
    ("schwab_lots_AAPL", '"1,002"', '"--5"', ("row 5, Quantity: found '--5'", "a number")),
    ("schwab_lots_AAPL", '"1,002"', '"٣"', ("row 5, Quantity: found '٣'", "a number")),
    ("schwab_lots_AAPL", '"1,002"', '"--"', ("row 5, Quantity: found '--'", "a number of shares > 0")),
    ("schwab_lots_AAPL", '"$190,380.00"', '"$190,830.00"', ("row 5, Cost Basis", "agrees with 190380.00")),
    ("schwab_lots_AAPL", '"$190,380.00"', '"-$190,380.00"', ("row 5, Cost Basis", "a cost >= 0")),
    (
        "schwab_lots_AAPL",
        '"$190.00","$211,041.24","$190,380.00"',
        '"--","--","Incomplete"',
        ("'Incomplete'",),
    ),
    ("schwab_lots_AAPL", '"Short Term"', '"Medium"', ("row 5, Holding Period: found 'Medium'", "--map")),
    ("schwab_lots_AAPL", '"Short Term",', '"Short Term","1","2"', ("row 5: found '11 cells'", "9 cells")),
    ("schwab_lots_AAPL", "AAPL Lot Details", "=AAPL() Lot Details", ("symbol: found '=AAPL()'", "a symbol")),
    ("schwab_lots_AAPL", "for XXXX-5792", "for =HYPERLINK(1)", ("account: found '=HYPERLINK(1)'", "formula")),
    (
        "schwab_lots_AAPL",
        "AAPL Lot Details for XXXX-5792 as of 08:03 AM ET, 06/28/2024",
        "Lots",
        ("row 3", "a column Sym"),
    ),
    ("schwab_lots_AAPL", "06/28/2024", "02/31/2024", ("row 1, as_of: found '02/31/2024'",)),
    ("schwab_lots_AAPL", '"Total","1,010"', '"Sum","1,010"', ("row 6, Open Date: found 'Sum'",)),
    ("schwab_lots_AAPL", '"Open Date"', '"Bought"', ("a header of Charles Schwab", "Open Date, Quantity")),
    ("schwab_lots_AAPL", '"Total","1,010"', '"Tot"al","1,010"', ("row 6", "well-formed CSV")),
    ("schwab_transactions", '"Sell"', '"Sell Short"', ("row 3, Action: found 'Sell Short'", "take the row out")),
    ("schwab_transactions", '"Sell"', '"Stock Plan Activity"', ("found 'Stock Plan Activity'",)),
    ("schwab_transactions", '"05/20/2024","Buy"', '"Someday","Buy"', ("row 5, Date: found 'Someday'",)),
    ("schwab_transactions", '"1,002"', '"-1,002"', ("row 5, Quantity", "of a cancelled trade take out both rows")),
    ("schwab_transactions", '"$190.00"', '""', ("row 5, Price: found 'an empty cell'", "a price")),
    ("schwab_transactions", '"$190.00"', '"-$190.00"', ("row 5, Price: found '-$190.00'", "a price >= 0")),
    ("fidelity_positions", "$2069.43", "n/a", ("row 2, Current Value: found 'n/a'", "cash in dollars")),
    (
        "fidelity_positions",
        "VTI,VANGUARD INDEX FDS VANGUARD TOTAL STK MKT,50,",
        "VTI,X,51,",
        ("row 3", "the 53.643 shares of VTI", "lots of 52.643"),
    ),
    ("fidelity_positions", ",BRKB,", ",MSFT,", ("row 4, symbol: found 'no lot'", "the 10 shares of MSFT held")),
    ("fidelity_positions", ",BRKB,", ",MSFT,", ("fidelity_lots.csv", "a position of BRK.B, as positions of other")),
    ("ibkr_flex.xml", 'position="40"', 'position="-40"', ("row 12, position: found '-40'", "short positions")),
    ("ibkr_flex.xml", 'buySell="BUY"', 'buySell="BUY (Ca.)"', ("row 19, buySell: found 'BUY (Ca.)'",)),
    (
        "ibkr_flex.xml",
        "20240115;101500",
        "20240815;101500",
        ("holdingPeriodDateTime", "not after the purchase"),
    ),
    ("ibkr_flex.xml", "</Trades>", "</Trade>", ("row 22", "well-formed XML")),
    ("ibkr_flex.xml", "<FlexQueryResponse", "<!DOCTYPE x><FlexQueryResponse", ("document type",)),
    ("ibkr_flex.xml", "2368917099", "@SUM(1)", ("originatingTransactionID: found '@SUM(1)'", "formula")),
    ("pershing_lots", "Long Term,Noncovered", "Long Term,=1+1", ("row 5, Covered/Noncovered: found '=1+1'", "formula")),
    ("pershing_account_lots", ",01/04/2021,01/04/2021", ",,01/04/2021", ("row 10, Trade Date: found 'an empty cell'",)),
    ("pershing_lots", "BRK.B", "Berkshire Hathaway", ("row 7, Symbol: found 'Berkshire Hathaway'", "--map")),
]
COMPANIONS = {"fidelity_positions": ["fidelity_lots"]}


@pytest.mark.parametrize(("name", "old", "new", "said"), BAD_ROWS)
def test_a_bad_row_is_named_and_nothing_is_written(
    name: str, old: str, new: str, said: tuple[str, ...], tmp_path: Path, command: Command
) -> None:
    files = []
    for stem in [name, *COMPANIONS.get(name, [])]:
        file = stem if "." in stem else f"{stem}.csv"
        text = (SAMPLES / file).read_text(encoding="utf-8")
        assert stem != name or text.count(old) >= 1
        files.append(tmp_path / file)
        files[-1].write_text(text.replace(old, new, 1) if stem == name else text, encoding="utf-8")
    out = tmp_path / "account"
    done = command("import", *files, "--from", name.split("_")[0], "--out", out)
    assert done.code == 2, done.stdout
    assert "Nothing was written" in done.stderr
    assert files[0].name in done.stderr
    for words in said:
        assert words in done.stderr
    assert not out.exists()


def test_all_faults_of_all_files_are_listed_at_once(tmp_path: Path, command: Command) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    text = (SAMPLES / "schwab_lots_AAPL.csv").read_text(encoding="utf-8")
    files[0].write_text(text.replace("10/30/2017 00:00:00", "Various").replace('"1,002"', '"many"'), encoding="utf-8")
    files[1].write_text(text.replace("Short Term", "soon"), encoding="utf-8")
    done = command("import", *files, tmp_path / "c.csv", "--from", "schwab", "--out", tmp_path / "out")
    assert done.code == 2
    assert "4 faults" in done.stderr
    for words in (
        "a.csv, row 4, Open Date",
        "a.csv, row 5, Quantity",
        "b.csv, row 5, Holding",
        "c.csv: found 'no file'",
    ):
        assert words in done.stderr


@pytest.mark.parametrize("name", ["schwab_lots_AAPL.csv", "schwab_transactions.csv", "schwab_positions.csv"])
def test_what_two_files_hold_is_refused(name: str, tmp_path: Path, command: Command) -> None:
    copy = tmp_path / "again.csv"
    copy.write_bytes((SAMPLES / name).read_bytes())
    lots = [SAMPLES / "schwab_lots_AAPL.csv", SAMPLES / "schwab_lots_all.csv"]
    files = [*lots, copy] if "lots" in name else [*lots, SAMPLES / name, copy]
    done = command("import", *files, "--from", "schwab", "--out", tmp_path / "out")
    assert done.code == 2
    assert f"the same stands in {name}, row" in done.stderr
    twice = command("import", *lots, lots[0], "--from", "schwab", "--out", tmp_path / "out")
    assert twice.code == 2
    assert "each file once" in twice.stderr


def test_a_table_that_no_map_knows_is_one_fault(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "flex.csv"
    text = (SAMPLES / "ibkr_flex.csv").read_text(encoding="utf-8")
    export.write_text(text + '"ClientAccountID","Dividend"\n"U1","2"\n"U1","3"\n', encoding="utf-8")
    done = command("import", export, "--from", "ibkr", "--out", tmp_path / "out")
    assert done.code == 2
    assert "1 fault." in done.stderr
    assert "flex.csv, row 27: found 'another one', expected a table that the map knows" in done.stderr


def test_files_without_lots_are_not_enough(tmp_path: Path, command: Command) -> None:
    done = command("import", SAMPLES / "schwab_transactions.csv", "--from", "schwab", "--out", tmp_path / "out")
    assert done.code == 2
    assert "export them too" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "not empty"), (b"\xff\xfe1", "UTF-8"), (b"<a><b c='1'/></a>", "OpenP")]
)
def test_no_export_at_all(content: bytes, said: str, tmp_path: Path, command: Command) -> None:
    export = tmp_path / "export"
    export.write_bytes(content)
    done = command("import", export, "--from", "ibkr", "--out", tmp_path / "out")
    assert done.code == 2
    assert said in done.stderr


def test_xml_of_a_custodian_that_writes_none(tmp_path: Path, command: Command) -> None:
    done = command("import", SAMPLES / "ibkr_flex.xml", "--from", "schwab", "--out", tmp_path / "out")
    assert done.code == 2
    assert "a CSV export of Charles Schwab" in done.stderr


def test_a_query_without_a_field_says_which(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "flex.xml"
    text = (SAMPLES / "ibkr_flex.xml").read_text(encoding="utf-8").replace("openDateTime=", "opened=")
    export.write_text(text, encoding="utf-8")
    done = command("import", export, "--from", "ibkr", "--out", tmp_path / "out")
    assert done.code == 2
    assert "expected an attribute OpenDateTime of OpenPosition: add the field to the query" in done.stderr


def test_an_output_that_is_a_file_is_refused(tmp_path: Path, command: Command) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    done = command("import", SAMPLES / "pershing_lots.csv", "--from", "pershing", "--out", tmp_path / "out")
    assert done.code == 2
    assert (tmp_path / "out").read_text(encoding="utf-8") == "x"
