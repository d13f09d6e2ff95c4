"""One browser for all pages, and every kind of page opened in it once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

# The driver and the sample pages stand beside the tests.
sys.path.append(str(Path(__file__).parent))

from chromium import BROWSER, Chromium
from page_samples import MAKERS

_MEASURES = (Path(__file__).parent / "measures.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Opened:
    """A page in the browser, what it complained of while it was opened, and where it saves to."""

    kind: str
    browser: Chromium
    path: Path
    complaints: tuple[str, ...]
    requests: tuple[str, ...]
    saved: Path

    def look(self, **facts: Any) -> None:
        self.browser.look(**facts)

    def measure(self, expression: str) -> Any:
        return self.browser.evaluate(f"measures.{expression}")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """Chromium, or a skip with the reason."""
    if BROWSER is None:
        pytest.skip("no Chromium is installed (Debian: apt-get install chromium)")
    browser = Chromium(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


def rebalance_page(report: Path, folder: Path) -> Path:
    """The report with a side of trade that a spreadsheet would run."""
    page = folder / "report.html"
    page.write_text(report.read_text(encoding="utf-8").replace(">BUY<", ">=1+1 buy<", 1), encoding="utf-8")
    return page


@pytest.fixture(scope="module", params=("rebalance", *MAKERS))
def page(
    request: pytest.FixtureRequest,
    browser: Chromium,
    done: Any,
    command: Callable[..., Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Opened:
    """A page of every kind, opened."""
    kind, folder = request.param, tmp_path_factory.mktemp(request.param)
    path = rebalance_page(done.out / "report.html", folder) if kind == "rebalance" else MAKERS[kind](folder, command)
    browser.look(dark=False, paper=False)
    browser.open(path)
    (folder / "saved").mkdir()
    browser.downloads_to(folder / "saved")
    opened = Opened(kind, browser, path, tuple(browser.complaints), tuple(browser.requests), folder / "saved")
    browser.evaluate(f"{_MEASURES}; 0")
    return opened
