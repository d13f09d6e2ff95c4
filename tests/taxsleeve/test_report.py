"""report.html: one page that needs no network, says what the files say, and cannot be made to run a name's script."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest

HOSTILE = "<script>alert(1)</script>"
ATTRIBUTE = "\"'><img src=x onerror=alert(2)>"


class Page(HTMLParser):
    """Tags with their attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def html(ran: Any) -> str:
    return (ran.out / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(done: Any) -> Page:
    return Page(html(done))


def test_the_page_is_whole_and_loads_nothing(done: Any, page: Page) -> None:
    assert html(done).startswith("<!doctype html>")
    assert html(done).rstrip().endswith("</html>")
    assert {"html", "head", "body", "table", "script", "style"} <= {tag for tag, _ in page.tags}
    assert not {"link", "iframe", "img", "object", "embed", "base"} & {tag for tag, _ in page.tags}
    for tag, attributes in page.tags:
        assert not {"src", "href", "srcset", "action", "data"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    style = html(done).split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_the_page_can_be_read_on_a_phone_and_by_a_screen_reader(page: Page) -> None:
    attributes = dict(page.tags[0][1])
    assert attributes == {"lang": "en"}
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in page.tags
    pictures = [a for _, a in page.tags if a.get("role") == "img"]
    assert len(pictures) == 3
    assert all(picture["aria-label"] for picture in pictures)
    assert all(a.get("scope") for tag, a in page.tags if tag == "th")


def test_the_page_says_what_the_files_say(done: Any, page: Page) -> None:
    summary, trades = done.summary, done.table("trades.csv")
    for figure in (sum(summary["harvested"].values()), summary["nav"], summary["cash_after"], summary["tax_value"]):
        assert f"${figure:,.0f}" in page.words
    assert f"{100 * summary['tracking_error']['after']:.3f}%" in page.words
    assert f"{summary['orders']} orders, {len(trades)} rows in trades.csv" in page.words
    for reason, lot in zip(trades["reason"], trades["lot_id"].fillna(""), strict=True):
        assert reason in page.words
        assert lot in page.words
    for entry in summary["limits"]:
        assert entry["name"] in page.words


def test_the_same_bytes_twice(account: Any, done: Any, rebalance: Any) -> None:
    assert html(rebalance(account)) == html(done)


@pytest.mark.parametrize("hostile", [HOSTILE, ATTRIBUTE, "</script><script>alert(3)</script>", "{{ 7 * 7 }}"])
def test_a_hostile_name_stays_text(hostile: str, account: Any, done: Any, page: Page, rebalance: Any) -> None:
    sells = done.table("trades.csv").query("side == 'SELL' and gain < 0")
    name = sells["asset"].iloc[0]
    for stem in ("lots", "benchmark", "securities", "trades"):
        account.put(f"{stem}.csv", account.table(f"{stem}.csv").replace({"asset": {name: hostile}}))
    securities = account.table("securities.csv")
    account.put("securities.csv", securities.replace({"group": {name: hostile}}).assign(sector=hostile + "s"))
    account.setting("sector_active", "")
    prices = pd.read_parquet(account.path / "prices.parquet")
    prices.rename(columns={name: hostile}).to_parquet(account.path / "prices.parquet")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert hostile in set(ran.table("trades.csv")["asset"])
    assert hostile in set(ran.words("lots_after.csv")["asset"])
    spoilt = Page(html(ran))
    assert hostile in spoilt.words
    kinds = [tag for tag, _ in page.tags]
    assert [tag for tag, _ in spoilt.tags if tag not in ("td", "tr", "th")] == [
        tag for tag in kinds if tag not in ("td", "tr", "th")
    ]
    for tag, attributes in spoilt.tags:
        assert not [key for key in attributes if key.startswith("on")], tag


def test_a_hostile_lot_account_and_restriction_stay_text(account: Any, page: Page, rebalance: Any) -> None:
    lots = account.table("lots.csv")
    account.put("lots.csv", lots.assign(lot_id=HOSTILE + lots["lot_id"], account=HOSTILE))
    account.cell("restrictions.csv", 2, "reason", HOSTILE)
    account.cell("trades.csv", 2, "date", "2024-06-20")
    account.cell("trades.csv", 2, "account", HOSTILE)
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    spoilt = Page(html(ran))
    assert f"{HOSTILE}L0" in spoilt.words
    assert f"account {HOSTILE}" in spoilt.words, "why a name is locked names the account"
    count = [tag for tag, _ in page.tags].count("script")
    assert [tag for tag, _ in spoilt.tags].count("script") == count


def test_an_empty_trade_list_makes_a_page(account: Any, rebalance: Any) -> None:
    account.setting("turnover", "turnover = 0.0")
    ran = rebalance(account)
    assert ran.code == 0, ran.stderr
    assert ran.words("trades.csv").empty
    assert ran.words("orders.csv").columns.tolist() == ["asset", "side", "shares"]
    assert len(ran.words("lots_after.csv")) == len(account.table("lots.csv"))
    assert "0 orders, 0 rows in trades.csv" in Page(html(ran)).words
