"""A small account folder that is good, ways to spoil it, and the command line as a function."""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from taxsleeve.command_line import main
from taxsleeve.example_account import write_example

# Wide limits: what a test changes must decide its outcome, not how tight the simulated account happens to be.
SETTINGS = """as_of = 2024-06-28
cash = 1000.00
cash_flow = 0.0

[taxes]
short_term = 0.408
long_term = 0.238
losses = "unlimited"

[limits]
tracking_error = 0.03
loss_per_name = 0.01
turnover = 0.50
active_weight = 0.10
sector_active = 0.15
cash = [0.0, 0.05]
realized_gain = 0.05
min_trade = 0.0002
names = [1, 40]
harvest_threshold = 0.0
strict = false

[costs]
spread_bps = 5.0
commission = 0.0

[shares]
fractional = false
"""


class AccountCopy:
    """An account folder of a test's own, with short words for changing it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def table(self, file: str) -> pd.DataFrame:
        """Read a table as text, as it stands."""
        return pd.read_csv(self.path / file, dtype=str, keep_default_na=False)

    def put(self, file: str, table: pd.DataFrame) -> None:
        """Write a table."""
        table.to_csv(self.path / file, index=False, lineterminator="\n")

    def cell(self, file: str, row: int, column: str, value: str) -> None:
        """Set a cell of a row, numbered as an editor counts; a column that is not there is added, otherwise empty."""
        table = self.table(file)
        if column not in table:
            table[column] = ""
        table.loc[row - 2, column] = value
        self.put(file, table)

    def text(self, file: str) -> str:
        return (self.path / file).read_text(encoding="utf-8")

    def write(self, file: str, content: str | bytes) -> None:
        """Write a file as it is, making its folder if need be."""
        target = self.path / file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def setting(self, key: str, line: str) -> None:
        """Put another line where account.toml sets a key (the first of that name), or take it out with ""."""
        lines = self.text("account.toml").splitlines()
        at = next(i for i, text in enumerate(lines) if text.split(" =")[0] == key)
        lines[at : at + 1] = line.splitlines()
        self.write("account.toml", "\n".join(lines) + "\n")

    @property
    def assets(self) -> list[str]:
        return self.table("securities.csv")["asset"].tolist()

    def snapshot(self) -> dict[str, bytes]:
        """Every file with its bytes."""
        return {str(path.relative_to(self.path)): path.read_bytes() for path in self.path.rglob("*") if path.is_file()}


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str
    out: Path

    @property
    def summary(self) -> dict[str, Any]:
        return json.loads((self.out / "summary.json").read_text(encoding="utf-8"))

    def table(self, file: str) -> pd.DataFrame:
        text = ("lot_id", "asset", "side", "term", "reason")
        return pd.read_csv(self.out / file, dtype=dict.fromkeys(text, str), keep_default_na=False, na_values=[""])

    def words(self, file: str) -> pd.DataFrame:
        """A table as text."""
        return pd.read_csv(self.out / file, dtype=str, keep_default_na=False)

    def bytes_of(self, *files: str) -> list[bytes]:
        return [(self.out / file).read_bytes() for file in files]


class PageReader(HTMLParser):
    """Addresses that a page would load, ids it has and links to, and the words beside its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str | None] = []
        self.ids: set[str | None] = set()
        self.links: set[str] = set()
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = dict(attrs)
        self.loaded += [facts[name] for name in ("src", "data") if name in facts]
        self.loaded += [facts["href"]] if tag == "link" else []
        self.ids.add(facts.get("id"))
        target = facts.get("href") or ""
        if tag == "a" and target.startswith("#"):
            self.links.add(target[1:])
        if facts.get("role") == "img":
            self.words.append(facts.get("aria-label") or "")


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], PageReader]:
    """Read the HTML of a page."""

    def read(text: str) -> PageReader:
        page = PageReader()
        page.feed(text)
        return page

    return read


def _runner() -> CliRunner:
    # Until click 8.2 the two streams are one unless asked for.
    parameters = inspect.signature(CliRunner).parameters
    return CliRunner(mix_stderr=False) if "mix_stderr" in parameters else CliRunner()


def _command(*arguments: object, out: Path = Path()) -> Ran:
    result = _runner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr, out)


def _rebalance(account: AccountCopy | Path, *flags: str, out: Path | None = None) -> Ran:
    folder = account if isinstance(account, Path) else account.path
    target = out or folder.parent / "out"
    return _command("rebalance", folder, "--out", target, *flags, out=target)


@pytest.fixture(scope="session")
def command() -> Callable[..., Ran]:
    """Run `taxsleeve` with arguments; an error that no exit code stands for is raised."""
    return _command


@pytest.fixture(scope="session")
def rebalance() -> Callable[..., Ran]:
    """Run `taxsleeve rebalance` on an account, by default into a folder beside it."""
    return _rebalance


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "account"
    write_example(folder, names=12, lots=4, seed=1)
    copy = AccountCopy(folder)
    assets = copy.assets
    copy.write("account.toml", SETTINGS)
    copy.write(
        "trades.csv",
        "date,side,asset,shares,price,realized_gain,account,account_type\n"
        f"2024-04-15,BUY,{assets[3]},10,12.5,,main,taxable\n"
        f"2024-04-16,SELL,{assets[4]},10,12.5,-150.25,main,taxable\n"
        f"2024-04-17,SELL,{assets[5]},10,12.5,99,main,taxable\n",
    )
    copy.write(
        "restrictions.csv",
        "asset,rule,until,reason\n"
        f"{assets[11]},no_buy,,client's employer\n"
        f"{assets[10]},no_trade,2024-01-31,was closed\n",
    )
    return folder


@pytest.fixture
def account(_template: Path, tmp_path: Path) -> AccountCopy:
    """A good account of twelve names, free to be spoilt."""
    shutil.copytree(_template, tmp_path / "account")
    return AccountCopy(tmp_path / "account")


@pytest.fixture(scope="session")
def good(_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AccountCopy:
    """The same account, for tests that only read it."""
    shutil.copytree(_template, folder := tmp_path_factory.mktemp("good") / "account")
    return AccountCopy(folder)


@pytest.fixture(scope="session")
def done(good: AccountCopy) -> Iterator[Ran]:
    """The good account rebalanced once."""
    before = good.snapshot()
    ran = _rebalance(good)
    assert ran.code == 0, ran.stderr
    yield ran
    assert good.snapshot() == before, "an account folder is only ever read"


@pytest.fixture
def refused() -> Callable[..., Ran]:
    """Assert that an account is refused: exit 2, every fragment in the message, and nothing written anywhere."""

    def check(account: AccountCopy, *fragments: str, flags: tuple[str, ...] = (), out: Path | None = None) -> Ran:
        around = account.path.parent
        before = sorted(around.rglob("*"))
        content = account.snapshot() if account.path.is_dir() else {}
        ran = _rebalance(account, *flags, out=out)
        assert ran.code == 2, ran.stderr or ran.stdout
        for fragment in fragments:
            assert fragment in ran.stderr
        assert "Nothing was written" in ran.stderr
        assert ran.stdout == ""
        assert sorted(around.rglob("*")) == before
        assert not account.path.is_dir() or account.snapshot() == content
        return ran

    return check
