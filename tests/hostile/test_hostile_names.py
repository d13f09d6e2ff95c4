"""Names that are markup or formulas: pages show them as text, CSV never as formulas, from every command."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import good_input
import numpy as np
import pandas as pd
import pytest
from good_input import arguments
from spoiling import content, rewrite

from taxsleeve.cells import FORMULA_STARTS, NUMBER
from taxsleeve.csv_file import csv_of_frame, csv_of_rows

SCRIPT, IMAGE = "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>'
FORMULA = '=HYPERLINK("http://x","y")'
Runs = dict[str, Path]


class Page(HTMLParser):
    """Elements of a page that a name could have made."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.images: list[str] = []
        self.handlers: list[str] = []
        self.text: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        if tag in ("img", "iframe", "object", "embed", "link", "base", "form"):
            self.images.append(f"{tag} {attrs}")
        self.handlers += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        (self.scripts if self._in_script else self.text).append(data)


def rename(folder: Path, old: str, new: str) -> None:
    """Give something another name in every CSV file of a folder."""
    for path in folder.rglob("*.csv"):
        rewrite(path, [[new if cell == old else cell for cell in row] for row in content(path)])


def account(folder: Path) -> None:
    """Assets, sectors, lots and reasons of an account, and columns that only its owner knows."""
    place = folder / "account"
    assets = [row[0] for row in content(place / "securities.csv")[1:]]
    rename(place, assets[0], SCRIPT)
    rename(place, assets[1], IMAGE)
    rename(place, content(place / "securities.csv")[2][2], f"{IMAGE} sector")
    header, *rows = content(place / "lots.csv")
    rewrite(place / "lots.csv", [[*header, "=evil()", "note"], *([*row, FORMULA, "-12.5"] for row in rows)])
    header, *rows = content(place / "restrictions.csv")
    rewrite(place / "restrictions.csv", [header, *([row[0], row[1], "", FORMULA] for row in rows)])


def market(folder: Path) -> None:
    """A market whose name, notes, sectors, companies and sleeves are markup or formulas."""
    place = folder / "market"
    settings = (place / "market.toml").read_text(encoding="utf-8")
    named = settings.replace('"Small"', f"'''{SCRIPT}'''") + f"notes = '''{IMAGE} {FORMULA}'''\n"
    (place / "market.toml").write_text(named, encoding="utf-8")
    for path in place.glob("*.parquet"):
        pd.read_parquet(path).rename(columns={"AA": SCRIPT, "BB": IMAGE}).to_parquet(path)
    for old, new in {"AA": SCRIPT, "BB": IMAGE, "Energy": SCRIPT, "A Inc": FORMULA, "TOP": f"{IMAGE} top"}.items():
        rename(place, old, new)
    members = content(place / "membership.csv")
    rewrite(place / "membership.csv", [*members, [SCRIPT, "CC", "2017-01-01", "", ""]])
    (place / "actions.csv").unlink()
    (place / "book_to_price.csv").unlink()


@pytest.fixture(scope="module")
def runs(templates: Callable[[str], Path], run: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Output folders by command."""
    root, found = tmp_path_factory.mktemp("hostile"), dict[str, Path]()

    def ran(name: str, *words: object, codes: tuple[int, ...] = (0,)) -> Path:
        done = run(*words, "--out", root / f"{name}-out")
        assert done.exit_code in codes, f"{name}: {done.stderr}"
        found[name] = root / f"{name}-out"
        return found[name]

    def copied(kind: str, change: Callable[[Path], None]) -> Path:
        folder = Path(shutil.copytree(templates(kind), root / kind))
        change(folder)
        return folder

    own = copied("vendor", account) / "account"
    trades = ran("rebalance", "rebalance", own, "--frontier", "2%..3%")
    ran("audit", "audit", own, trades, codes=(0, 3))
    (root / "market").mkdir()
    good_input.market(root / "market", pd.bdate_range("2017-12-29", "2020-01-03", name="date"))
    market(root / "market")
    place = root / "market" / "market"
    ran("survey", "survey", "--market", place, "--by-rank", "--cuts", "2")
    words = ("--market", place, "--strategies", "threshold,passive", "--years", "1", "--workers", "1")
    study = ran("compare", "compare", *words, "--start-years", "2018,2019")
    ran("allocate", "allocate", study)
    ran("fit", "risk", "fit", place, "--window", "60")
    wide = _wide_market(root / "wide")
    ran(
        "evaluate",
        "risk",
        "evaluate",
        wide,
        "--window",
        "252",
        "--cuts",
        "30,70",
        "--random",
        "3",
        "--start",
        "2015-05",
    )
    ran("household", *_household(copied("household", lambda _: None)), codes=(0,))
    ran("batch", *_batch(copied("folders", lambda _: None)), codes=(0, 3))
    ran("ledger", *_ledger(copied("ledger", lambda _: None)))
    return found


def _wide_market(place: Path) -> Path:
    """Seventy names for two years, one of them with a return that no price can have made."""
    place.mkdir()
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2014-01-01", periods=400, name="date")
    names = [SCRIPT, IMAGE, *(f"N{i:02d}" for i in range(68))]
    R = 0.009 * rng.standard_normal((400, 1)) + 0.015 * rng.standard_normal((400, 70))
    R[320, 0] = 4.5
    prices = pd.DataFrame(50 * np.cumprod(1 + R, axis=0), index=days, columns=names)
    prices.to_parquet(place / "prices.parquet")
    caps = pd.DataFrame(np.tile(np.linspace(9e10, 1e9, 70), (20, 1)), index=days[::20], columns=names)
    caps.to_parquet(place / "caps.parquet")
    rewrite(
        place / "securities.csv", [["asset", "sector"], *([name, ("A", IMAGE)[i % 2]] for i, name in enumerate(names))]
    )
    settings = f"name = '{SCRIPT}'\nprices_include_dividends = true\nnotes = '{IMAGE}'\n"
    (place / "market.toml").write_text(settings, encoding="utf-8")
    return place


def _household(folder: Path) -> tuple[object, ...]:
    place = folder / "household"
    text = (place / "household.toml").read_text(encoding="utf-8")
    named = text.replace('name = "mid"', f"name = '{IMAGE}'\nfolder = \"mid\"")
    (place / "household.toml").write_text(named, encoding="utf-8")
    return ("household", place)


def _batch(folder: Path) -> tuple[object, ...]:
    for number, path in enumerate(sorted((folder / "accounts").glob("A*/account.toml"))):
        name = (SCRIPT, IMAGE, FORMULA.replace('"', ""))[number]
        kept = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("account =")]
        path.write_text("\n".join([f"account = '{name}'", *kept, ""]), encoding="utf-8")
    broken = folder / "accounts" / f"Z{IMAGE.replace('/', '')}"
    broken.mkdir()
    (broken / "account.toml").write_text(f"cash = '{SCRIPT}'\n", encoding="utf-8")
    return ("batch", folder / "accounts", "--workers", "1")


def _ledger(folder: Path) -> tuple[object, ...]:
    rename(folder, "Z", SCRIPT)
    return ("ledger", folder / "history.csv")


@pytest.mark.slow
def test_pages_show_names_as_text(runs: Runs) -> None:
    pages = {name: path for name, out in runs.items() for path in sorted(out.rglob("*.html"))}
    assert set(pages) == {"rebalance", "survey", "compare", "allocate", "evaluate", "household", "batch"}
    for name, out in runs.items():
        for path in out.rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            page = Page()
            page.feed(text)
            assert not page.images, f"{name}: {page.images}"
            assert not page.handlers, f"{name}: {page.handlers}"
            assert not any(re.match(r"\s*alert\(", script) for script in page.scripts), name
            # Inside our scripts a name is a string whose brackets cannot end the script.
            assert not any("<script>alert" in script for script in page.scripts), name
            assert "<script>alert" not in text, name
            assert "<img src=x" not in text, name


@pytest.mark.slow
def test_pages_do_show_them(runs: Runs) -> None:
    for name in ("rebalance", "survey", "compare", "household", "batch", "evaluate"):
        texts = [path.read_text(encoding="utf-8") for path in runs[name].rglob("*.html")]
        assert any("alert(1)&lt;/script" in text or "img src=x onerror" in text for text in texts), name


@pytest.mark.slow
def test_no_cell_of_any_csv_is_a_formula(runs: Runs) -> None:
    files = [path for out in runs.values() for path in sorted(out.rglob("*.csv"))]
    assert len(files) >= 30
    formulas = 0
    for path in files:
        with path.open(encoding="utf-8", newline="") as lines:
            for number, row in enumerate(csv.reader(lines, strict=True), start=1):
                for cell in row:
                    formulas += cell.startswith("'=")
                    harmless = len(cell) < 2 or NUMBER.fullmatch(cell) or not cell.startswith(FORMULA_STARTS)
                    assert harmless, f"{path}, row {number}: {cell!r}"
    assert formulas >= 5, "the names did not come as far as the files"


def test_numbers_and_words_of_a_table_are_left_as_they_are() -> None:
    frame = pd.DataFrame({"=a": ["=1+1", "-5", "+1e3", "-", None], "b": [1.5, -2.0, float("nan"), 0.1, 3.0]})
    text = "'=a,b\n'=1+1,1.5\n-5,-2.0\n+1e3,\n-,0.1\n,3.0\n"
    assert csv_of_frame(frame) == text
    assert (
        csv_of_rows(["=a"], [["@x"], ["\uff1d1"], ["\tx"], ["a\nb"], [-5]])
        == "'=a\n'@x\n'\uff1d1\n'\tx\n\"a\nb\"\n-5\n"
    )


@pytest.mark.parametrize(
    "name", ["../../x", SCRIPT, "..", "a/b", "a\\b", "C:x", ".hidden", "summary.json", "report.html"]
)
def test_a_sleeve_is_called_nothing_that_is_no_folder(name: str, good: Callable[[str], Path], run: Any) -> None:
    folder = good("household")
    path = folder / "household" / "household.toml"
    path.write_text(path.read_text().replace('name = "mid"', f"name = '{name}'\nfolder = \"mid\""), encoding="utf-8")
    ran = run(*arguments("household", folder, ""))
    assert ran.exit_code == 2
    assert "sleeve.name" in ran.stderr
    assert sorted(entry.name for entry in folder.parent.iterdir()) == ["in"]
