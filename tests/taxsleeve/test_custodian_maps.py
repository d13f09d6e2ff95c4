"""Column maps: those that come with the program, and one of a user's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taxsleeve.command_line import main
from taxsleeve.custodian_cells import number_of, symbol_of
from taxsleeve.custodian_map_file import known_custodians, read_custodian_map, shipped_map
from taxsleeve_errors import InputError

Command = Callable[..., Any]
OWN = r"""
title = "Haus & Cie"
titles = ['^Konto (?P<account>\S+) per (?P<as_of>\S+)$']

[dates]
formats = ["%d.%m.%Y"]

[numbers]
thousands = "."
decimal = ","
missing = ["k.A."]

[symbols]
mark = "-"
renames = { ALPH = "GOOGL" }

[account_types]
spouse = "^F"

[[tables]]
name = "Bestand"
rows = "lot"
header = ["Kürzel", "Kauf", "Stück"]
keep = ["gemeldet"]
[tables.columns]
symbol = "Kürzel"
acquired = "Kauf"
shares = "Stück"
total_cost = ["Einstand", "Kosten"]
gemeldet = "Gemeldet"
art = "Art"
[[tables.rules]]
reason = "Anleihe"
when = { art = "anleihe" }
"""
EXPORT = """Konto M-77 per 28.06.2024

Kürzel;Art;Kauf;Stück;Kosten;Gemeldet
BRK/B;Aktie;15.03.2020;1.000;200.000,50;ja
ALPH;Aktie;01.02.2024;2,5;250;
XY;Anleihe;;;;
""".replace(";", "\t")


def test_the_maps_of_the_program_are_the_choices_and_say_where_they_come_from() -> None:
    choice = next(option for option in main.commands["import"].params if option.name == "custodian")  # type: ignore[attr-defined]
    assert tuple(sorted(choice.type.choices)) == known_custodians()
    for name in known_custodians():
        assert shipped_map(name).tables
        text = (Path(main.callback.__code__.co_filename).parent / "custodians" / f"{name}.toml").read_text("utf-8")  # type: ignore[union-attr]
        assert "# Where the layouts were found:" in text
        assert re.search("not verified", text, re.IGNORECASE)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_map_of_ones_own(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "bestand.csv"
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split("\t")) for line in EXPORT.splitlines())
    export.write_text(quoted + "\n", encoding="utf-8")
    out = tmp_path / "account"
    done = command("import", export, "--map", written(tmp_path, OWN), "--out", out)
    assert done.code == 0, done.stderr
    assert (out / "lots.csv").read_text(encoding="utf-8").splitlines() == [
        "lot_id,asset,shares,cost_per_share,acquired,holding_start,account,account_type,gemeldet",
        "BRK-B-2020-03-15-1,BRK-B,1000,200.0005,2020-03-15,,M-77,taxable,ja",
        "GOOGL-2024-02-01-1,GOOGL,2.5,100,2024-02-01,,M-77,taxable,",
    ]
    assert "1 Anleihe: bestand.csv row 6" in done.stdout
    assert "as of 2024-06-28" in done.stdout


def test_a_map_of_the_program_printed_is_a_map_of_ones_own(tmp_path: Path, command: Command) -> None:
    for name in known_custodians():
        shown = command("import", "--show-map", name)
        assert shown.code == 0
        assert read_custodian_map(written(tmp_path, shown.stdout)) == shipped_map(name)


BAD_MAPS = [
    ('title = "Haus & Cie"', "", "title: expected a value"),
    ('title = "Haus & Cie"', "title =", "well-formed TOML"),
    ("per (?P<as_of>", "per (?P<as_of", "a regular expression ("),
    ("(?P<as_of>", "(?P<day>", "(found day)"),
    ('formats = ["%d.%m.%Y"]', "", "dates.formats: expected a value"),
    ('formats = ["%d.%m.%Y"]', 'formats = ["%d.%m.%Y"]\ntext = "x"', "a group (?P<date>...) in text"),
    ('rows = "lot"', 'rows = "lots"', "tables.0.rows: found 'lots'"),
    ('rows = "lot"', 'rows = "trade"', "sides = { BUY"),
    ('header = ["Kürzel", "Kauf", "Stück"]', "", "header = [...]"),
    ('shares = "Stück"', 'share = "Stück"', "(found share)"),
    ('gemeldet = "Gemeldet"', "", "(none for gemeldet)"),
    ('keep = ["gemeldet"]', 'keep = ["account"]', "(found account)"),
    ('when = { art = "anleihe" }', "when = {}", "tables.0.rules.0.when"),
    ('decimal = ","', 'decimal = "x"', "numbers.decimal: found 'x'"),
    ('decimal = ","', 'decimals = ","', "numbers.decimals"),
    ('art = "Art"', 'art = "Art"\n"=x" = "y"', "fields of letters"),
]


@pytest.mark.parametrize(("old", "new", "said"), BAD_MAPS)
def test_a_bad_map_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert OWN.count(old) == 1
    with pytest.raises(InputError) as refused:
        read_custodian_map(written(tmp_path, OWN.replace(old, new)))
    assert said in str(refused.value)
    assert str(refused.value).startswith("own.toml")


def test_a_map_that_is_not_there(tmp_path: Path, command: Command) -> None:
    done = command("import", "x.csv", "--map", tmp_path / "none.toml", "--out", tmp_path / "out")
    assert done.code == 2
    assert "expected a column map in TOML" in done.stderr


def test_one_of_from_and_map_at_most(tmp_path: Path, command: Command) -> None:
    done = command("import", "x.csv", "--from", "schwab", "--map", "own.toml", "--out", tmp_path / "out")
    assert done.code == 2
    assert "either --from, or --map" in done.stderr


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("1,234.50", "1234.50"), ("$1,234", "1234"), ("-$12.30", "-12.30"), ("$-12.30", "-12.30"), ("+.5", "0.5")),
        *(("(1,234.50)", "-1234.50"), ("($7)", "-7"), ("0012", "12"), ("$ 5", "5"), ("1234567.", "1234567")),
    ],
)
def test_numbers_as_brokers_write_them(text: str, number: str) -> None:
    found = number_of(text, shipped_map("schwab"))
    assert found is not None
    assert float(found) == float(number)


@pytest.mark.parametrize("text", ["1,23", "1,2345", "12,34.5", "-(5)", "+-5", "5%", "$", ".", "nan", "inf", "1" * 13])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="a number"):
        number_of(text, shipped_map("schwab"))


@pytest.mark.parametrize("text", ["BRK/B", "BRK B", "BRK.B", " brk.b ", "BRKB", "BRKB**"])
def test_spellings_of_one_symbol(text: str) -> None:
    assert symbol_of(text, shipped_map("fidelity")) == "BRK.B"
