"""Every kind of page in headless Chromium: network, contrast, phone, paper, and what mouse and keys do."""

from __future__ import annotations

import csv
import io
import time
from typing import Any

import pytest

LEAST_CONTRAST = 4.5
# What is left of a sheet of A4 or letter paper between margins, in the pixels of style sheets.
PAPER = 720
# Pages whose tables have many columns are printed across.
ACROSS = {"allocate": 1040, "study": 1040}


@pytest.fixture(params=[False, True], ids=["light", "dark"])
def scheme(request: pytest.FixtureRequest, page: Any) -> Any:
    page.look(width=1280, dark=request.param, paper=False)
    yield page
    page.look(dark=False)


def test_no_script_complains_and_nothing_is_loaded(page: Any) -> None:
    assert page.complaints == ()
    # Data in the page itself, which plotly looks at to see what pictures a browser knows, is loaded from nowhere.
    assert [one for one in page.requests if not one.startswith("data:")] == [page.path.as_uri()]
    assert page.browser.evaluate("document.querySelectorAll('.js-plotly-plot .main-svg').length") > 0


def test_words_stand_out_from_what_is_behind_them(scheme: Any) -> None:
    assert scheme.measure(f"faint({LEAST_CONTRAST})") == []


def test_every_figure_has_words_for_those_who_cannot_see_it(page: Any) -> None:
    assert page.measure("wordless()") == []


@pytest.mark.parametrize("width", [1280, 375])
def test_figures_show_all_of_their_words(page: Any, width: int) -> None:
    page.look(width=width)
    assert page.measure("cut()") == []


def test_the_page_is_no_wider_than_a_phone(page: Any) -> None:
    page.look(width=375)
    assert page.browser.evaluate("document.documentElement.scrollWidth") <= 375


def test_paper_shows_all_and_nothing_to_be_clicked(page: Any) -> None:
    width = ACROSS.get(page.kind, PAPER)
    page.look(width=width, dark=True, paper=True)
    try:
        assert page.measure("shown('nav, .tools, .tools *')") == 0
        assert page.measure("clipped()") == []
        assert page.measure(f"faint({LEAST_CONTRAST})") == []
        assert page.browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.measure(f"wide({width})") == []
    finally:
        page.look(width=1280, dark=False, paper=False)


def test_tables_are_sorted_by_mouse_and_by_key(page: Any) -> None:
    page.look(width=1280)
    tables = page.measure("tables()")
    assert len(tables) == len({name for name, _, _ in tables}) > 0
    assert page.kind == "survey" or max(count for _, _, count in tables) > 3
    for name, _, _ in tables:
        opened_details(page, name)
        headings = page.browser.evaluate(f"measures.table('{name}').tHead.rows[0].cells.length")
        for column in (0, headings - 1):
            sorted_by(page, name, column)


def sorted_by(page: Any, name: str, column: int) -> None:
    """Sort up by mouse, down by Enter and up by the space bar."""
    heading = f"measures.table('{name}').tHead.rows[0].cells[{column}]"
    unsorted = page.measure(f"column('{name}', {column})")
    page.browser.click(f"{heading}.querySelector('button')")
    for key, direction in ((None, "ascending"), ("Enter", "descending"), (" ", "ascending")):
        if key is not None:
            page.browser.evaluate(f"{heading}.querySelector('button').focus()")
            page.browser.press(key)
        assert page.browser.evaluate(f"{heading}.getAttribute('aria-sort')") == direction, (name, column)
        assert page.browser.evaluate(f"{heading}.parentElement.querySelectorAll('[aria-sort]').length") == 1
        shown = page.measure(f"column('{name}', {column})")
        assert sorted(shown) == sorted(unsorted)
        assert in_order(shown, down=direction == "descending"), (name, column, shown)


def in_order(cells: list[str], *, down: bool) -> bool:
    """Whether cells stand in order: numbers by size, words by the alphabet, and what is empty last."""
    filled = [cell for cell in cells if cell]
    if cells != filled + [""] * (len(cells) - len(filled)):
        return False
    try:
        values: list[Any] = [number(cell) for cell in filled]
    except ValueError:
        values = [cell.casefold() for cell in filled]
    return values == sorted(values, reverse=down)


def number(cell: str) -> float:
    return float(cell.replace("\N{MINUS SIGN}", "-").replace("$", "").replace(",", "").replace("%", ""))


def opened_details(page: Any, name: str) -> None:
    page.browser.evaluate(f"(measures.table('{name}').closest('details') || {{}}).open = true")


def test_rows_are_filtered_and_saved(page: Any) -> None:
    page.look(width=1280)
    some = [(name, count) for name, has_tools, count in page.measure("tables()") if has_tools]
    assert some
    for name, count in some:
        opened_details(page, name)
        last = page.measure(f"column('{name}', 0)")[-1]
        rows = saved(page, name, last, count)
        assert any(row[0] == last or row[0].startswith(f"{last} (") for row in rows)


def test_what_is_saved_holds_no_formula(page: Any) -> None:
    if page.kind != "rebalance":
        pytest.skip("one page will do")
    page.look(width=1280)
    counts = {name: count for name, _, count in page.measure("tables()")}
    rows = saved(page, "trades", "=1+1 ", counts["trades"])
    assert [row[1] for row in rows] == ["Side", "'=1+1 buy"]


def saved(page: Any, name: str, wanted: str, count: int) -> list[list[str]]:
    """Filter a table by mouse and keys, save what is left, and read it."""
    tools = f"measures.table('{name}').parentElement.previousElementSibling"
    page.browser.click(f"{tools}.querySelector('input')")
    page.browser.write(wanted.upper())
    words = page.browser.evaluate(f"[...measures.table('{name}').tBodies[0].rows].map((row) => row.textContent)")
    matching = sum(wanted.strip().lower() in text.lower() for text in words)
    assert page.browser.evaluate(f"{tools}.querySelector('[role=status]').textContent") == f"{matching} of {count} rows"
    assert len(page.measure(f"column('{name}', 0)")) == matching > 0
    page.browser.click(f"{tools}.querySelector('button')")
    rows = saved_rows(page, f"{name}.csv")
    assert len(rows) == 1 + matching
    assert len({len(row) for row in rows}) == 1
    page.browser.evaluate(
        f"((field) => {{ field.value = ''; field.dispatchEvent(new Event('input')); }})({tools}.querySelector('input'))"
    )
    return rows


def saved_rows(page: Any, file: str) -> list[list[str]]:
    path, until = page.saved / file, time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        page.browser.evaluate("0")
        time.sleep(0.05)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return list(csv.reader(io.StringIO(text)))
