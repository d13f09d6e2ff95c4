"""`taxsleeve import` without --from: the headers say whose exports they are, or an error names who it may be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from taxsleeve.custodian_recognition import recognised_custodian
from taxsleeve_errors import InputError

Command = Callable[..., Any]
SAMPLES = Path(__file__).parent / "data" / "custodians"
# A header that both Fidelity's lots and Schwab's are known by.
OF_TWO = "Account Name,Symbol,Acquired,Open Date,Quantity,Cost Basis,Cost Basis Total,Holding Period\n"


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_sample_is_known_by_its_header(path: Path) -> None:
    assert recognised_custodian([path]) == path.name.split("_")[0]


@pytest.mark.parametrize(("stem", "title"), [
    ("schwab", "Charles Schwab"), ("fidelity", "Fidelity"), ("pershing_account", "Pershing NetX360"),
])  # fmt: skip
def test_the_same_is_written_as_when_it_is_named(stem: str, title: str, tmp_path: Path, command: Command) -> None:
    files, custodian = sorted(SAMPLES.glob(f"{stem}_*.csv")), stem.split("_")[0]
    assert command("import", *files, "--from", custodian, "--out", tmp_path / "named").code == 0
    done = command("import", *files, "--out", tmp_path / "known")
    assert done.code == 0, done.stderr
    assert done.stdout.startswith(f"Exports of {title}, by their headers.\n")
    for table in (tmp_path / "named").iterdir():
        assert (tmp_path / "known" / table.name).read_bytes() == table.read_bytes()


@pytest.mark.parametrize("ending", ["xml", "csv"])
def test_a_flex_statement_in_both_forms(ending: str, tmp_path: Path, command: Command) -> None:
    done = command("import", SAMPLES / f"ibkr_flex.{ending}", "--out", tmp_path / "out", "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["custodian"] == "Interactive Brokers Flex"


def test_no_map_fits(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "export.csv"
    export.write_text("Ticker,Shares,Bought,Basis\nAAPL,3,2024-01-02,300\n", encoding="utf-8")
    done = command("import", export, "--out", tmp_path / "out")
    assert done.code == 2
    for words in (
        "export.csv: found 'none of these', expected a header of Fidelity (--from fidelity)",
        "Interactive Brokers Flex (--from ibkr)", "Pershing NetX360 (--from pershing)",
        "or Charles Schwab (--from schwab)", "(--map)",
    ):  # fmt: skip
        assert words in done.stderr
    assert not (tmp_path / "out").exists()


def test_several_maps_fit_one_file(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "export.csv"
    export.write_text(OF_TWO, encoding="utf-8")
    done = command("import", export, "--out", tmp_path / "out")
    assert done.code == 2
    said = "export.csv: found 'a header of Fidelity (--from fidelity) or Charles Schwab (--from schwab)'"
    assert said in done.stderr
    assert "of one custodian beyond doubt" in done.stderr
    # A second file decides.
    assert recognised_custodian([export, SAMPLES / "fidelity_history.csv"]) == "fidelity"


def test_files_of_two_custodians(tmp_path: Path, command: Command) -> None:
    files = [SAMPLES / "schwab_lots_all.csv", SAMPLES / "fidelity_history.csv"]
    done = command("import", *files, "--out", tmp_path / "out")
    assert done.code == 2
    assert "schwab_lots_all.csv: found 'a header of Charles Schwab (--from schwab)'" in done.stderr
    assert "fidelity_history.csv: found 'a header of Fidelity (--from fidelity)'" in done.stderr


def test_a_file_of_nobody_beside_a_known_one_is_named(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "export.csv"
    export.write_text("Ticker,Shares\nAAPL,3\n", encoding="utf-8")
    done = command("import", export, SAMPLES / "schwab_lots_all.csv", "--out", tmp_path / "out")
    assert done.code == 2
    assert "export.csv: found 'none of these', expected a header of Charles Schwab: lots" in done.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "export: found 'no file', expected a file exported by the custodian"),
        (b"", "export: found 'nothing', expected a file that is not empty"),
        (b"\xff\xfe1", "UTF-8 text"),
        (b"<a><b c='1'/></a>", "a header of Fidelity"),
        (b"<!DOCTYPE x><a/>", "a header of Fidelity"),
        (b'Symbol,"Quan"tity', "a header of Fidelity"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_nobodys(content: bytes | None, said: str, tmp_path: Path) -> None:
    export = tmp_path / "export"
    if content is not None:
        export.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(said)):
        recognised_custodian([export])
