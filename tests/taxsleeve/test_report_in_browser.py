"""report.html in headless Chromium: tables sort, filter and are saved, on a phone's width, and no script complains."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed (Debian: apt-get install chromium)")
# Stands first in the page, acts when all is loaded, and leaves what it saw in an attribute of the body.
PROBE = """<script>
const complaints = [];
addEventListener("error", (event) => complaints.push(String(event.message)));
const honest = console.error;
console.error = (...words) => { complaints.push(words.join(" ")); honest(...words); };
addEventListener("load", () => setTimeout(async () => {
  const seen = { complaints, wide: document.documentElement.scrollWidth - innerWidth };
  const table = document.querySelector("table[data-name=trades]");
  const column = (rows, i) => rows.map((row) => row.cells[i].textContent);
  const headings = [...table.tHead.rows[0].cells], amount = headings.findIndex((one) => one.textContent === "Amount");
  seen.focusable = headings.every((one) => one.querySelector("button").tabIndex === 0);
  headings[amount].querySelector("button").click();
  seen.rising = column([...table.tBodies[0].rows], amount);
  headings[amount].querySelector("button").click();
  seen.falling = column([...table.tBodies[0].rows], amount);
  seen.sorted = headings[amount].getAttribute("aria-sort");
  const tools = table.parentElement.previousElementSibling, field = tools.querySelector("input");
  field.value = "buy";
  field.dispatchEvent(new Event("input"));
  seen.status = tools.querySelector("[role=status]").textContent;
  seen.sides = column([...table.tBodies[0].rows].filter((row) => !row.hidden), 1);
  const made = [];
  URL.createObjectURL = (blob) => { made.push(blob); return "#"; };
  tools.querySelector("button").click();
  seen.csv = await made[0].text();
  seen.plots = document.querySelectorAll(".js-plotly-plot .main-svg").length;
  document.body.setAttribute("data-seen", JSON.stringify(seen));
}, 200));
</script>"""


def opened(page: Path, width: int) -> dict[str, Any]:
    """What the probe sees in a page."""
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900"]
    arguments += ["--virtual-time-budget=8000", "--dump-dom", page.as_uri()]
    ran = subprocess.run([str(BROWSER), *arguments], capture_output=True, text=True, check=True, timeout=120)
    found = re.search(r'data-seen="([^"]*)"', ran.stdout)
    assert found is not None, ran.stderr[-2000:]
    seen: dict[str, Any] = json.loads(html.unescape(found.group(1)))
    return seen


@pytest.fixture(scope="module")
def seen(done: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    page = tmp_path_factory.mktemp("browser") / "report.html"
    text = (done.out / "report.html").read_text(encoding="utf-8").replace("<head>", f"<head>{PROBE}", 1)
    # A name that a spreadsheet would run.
    page.write_text(text.replace(">BUY<", ">=1+1 buy<", 1), encoding="utf-8")
    return opened(page, 500)


def dollars(cells: list[str]) -> list[float]:
    return [float(cell.replace("$", "").replace(",", "")) for cell in cells]


def test_no_script_complains_and_figures_are_drawn(seen: dict[str, Any]) -> None:
    assert seen["complaints"] == []
    assert seen["plots"] >= 3


def test_the_page_is_no_wider_than_a_narrow_window(seen: dict[str, Any]) -> None:
    assert seen["wide"] <= 0


def test_headings_sort_by_number_both_ways_and_can_be_reached_by_key(seen: dict[str, Any]) -> None:
    assert dollars(seen["rising"]) == sorted(dollars(seen["rising"]))
    assert dollars(seen["falling"]) == sorted(dollars(seen["rising"]), reverse=True)
    assert len(set(seen["rising"])) > 3
    assert seen["sorted"] == "descending"
    assert seen["focusable"]


def test_rows_are_filtered_and_saved_without_formulas(seen: dict[str, Any], done: Any) -> None:
    trades = pd.read_csv(done.out / "trades.csv", keep_default_na=False)
    buys = trades[trades["side"] == "BUY"]
    matching = trades.astype(str).agg(" ".join, axis=1).str.lower().str.contains("buy").sum()
    assert seen["status"] == f"{matching} of {len(trades)} rows"
    assert sorted(side.lower()[-3:] for side in seen["sides"]) == ["buy"] * len(buys) + ["ell"] * (matching - len(buys))
    header, *lines = seen["csv"].strip().splitlines()
    assert header.startswith('"Name","Side","Lot","Shares","Price","Amount"')
    assert len(lines) == matching
    assert sum('"\'=1+1 buy"' in line for line in lines) == 1
