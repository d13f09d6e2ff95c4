"""`taxsleeve survey` on a small market folder: tables, pictures and a page; and what it refuses."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.chart_plotly import plotly_chart
from taxsleeve.chart_png import png_chart
from taxsleeve.charts import Chart, series_colour, text_colour

Command = Callable[..., Any]
NAMES = [f"N{i:02d}" for i in range(60)]
EXHIBITS = {
    "exhibit_1_volatility.csv",
    "exhibit_2_shares_down.csv",
    "exhibit_3_concentration.csv",
    "exhibit_4_style_cycles.csv",
    "exhibit_4_opportunity_left.csv",
    "exhibit_6_calendar_years.csv",
    "exhibit_7_periods.csv",
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty names over three years, one with an absurd return that a later one does not undo."""
    folder = tmp_path_factory.mktemp("survey") / "market"
    folder.mkdir()
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2015-12-31", "2018-12-31", name="date")
    market = 0.008 * rng.standard_normal((len(days), 1))
    R = market + np.linspace(0.01, 0.025, 60) * rng.standard_normal((len(days), 60))
    R[300, 7] = 4.0
    prices = pd.DataFrame(30 * np.cumprod(1 + R, axis=0), index=days, columns=NAMES)
    prices.loc["2018-05-01":, "N59"] = np.nan
    months = days[days.to_period("M") != (days + pd.offsets.BDay(1)).to_period("M")]
    shares = np.sort(np.exp(1.2 * rng.standard_normal(60)))[::-1] * 3e8
    caps = prices.loc[months] * shares
    prices.to_parquet(folder / "prices.parquet")
    caps.to_parquet(folder / "caps.parquet")
    book = np.exp(0.5 * rng.standard_normal(60)) * 15 / prices.loc[months]
    book.to_parquet(folder / "book_to_price.parquet")
    pd.DataFrame({"asset": NAMES, "sector": "Energy"}).to_csv(folder / "securities.csv", index=False)
    (folder / "market.toml").write_text(
        'name = "Sixty <names>"\nprices_include_dividends = true\nnotes = "Made up & small."\n', encoding="utf-8"
    )
    return folder


@pytest.fixture
def market(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "market"))


@pytest.fixture(scope="module")
def surveyed(template: Path, tmp_path_factory: pytest.TempPathFactory, command: Command) -> Any:
    out = tmp_path_factory.mktemp("surveyed") / "out"
    done = command("survey", "--market", template, "--out", out, out=out)
    assert done.code == 0, done.stderr
    return done


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A survey of whose tables alone something is asked draws nothing; its pictures are empty files."""
    monkeypatch.setattr("taxsleeve.survey_run.png_chart", lambda chart: b"")
    monkeypatch.setattr("taxsleeve.survey_run.survey_report", lambda *_: "")


def test_every_table_and_picture_is_written(surveyed: Any) -> None:
    files = {path.name for path in surveyed.out.iterdir()}
    assert EXHIBITS | {"coverage.csv", "defects.csv", "turnover.csv", "survey.html"} <= files
    pictures = {name for name in files if name.endswith(".png")}
    assert len(pictures) == 8
    for name in pictures:
        assert (surveyed.out / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    table = pd.read_csv(surveyed.out / "exhibit_1_volatility.csv")
    assert set(table["year"]) == {2016, 2017, 2018}
    assert len(set(table["sleeve"])) == 12
    by_size = table.groupby("sleeve")["median_stock_volatility"].mean()
    assert by_size["small"] > by_size["large"]


def test_what_matters_is_said_on_the_screen(surveyed: Any) -> None:
    for words in ("Coverage of Sixty <names>", "absurd return", "no delisting return", "Files in"):
        assert words in surveyed.stdout
    assert "segments are cut to scale (large to rank 20, mid to rank 36, small to rank 60)" in surveyed.stderr
    assert "1-year periods instead of ten-year ones" in surveyed.stderr


def test_the_page_needs_no_network_and_escapes_what_it_is_told(surveyed: Any) -> None:
    page = (surveyed.out / "survey.html").read_text(encoding="utf-8")
    assert "Sixty &lt;names&gt;" in page
    assert "Made up &amp; small." in page
    own = re.sub(r"<script>.*?</script>", "", page, count=1, flags=re.S)
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", own)
    assert page.count('class="plotly-graph-div"') == 8
    # The absurd return is listed with its name and day.
    absurd = pd.read_csv(surveyed.out / "defects.csv").query("kind == 'absurd return'").iloc[0]
    assert absurd["asset"] == "N07"
    assert f"N07 {absurd['date']}" in page


@pytest.mark.slow
def test_the_same_survey_gives_the_same_bytes(surveyed: Any, template: Path, tmp_path: Path, command: Command) -> None:
    again = command("survey", "--market", template, "--out", tmp_path / "again", "--quiet", out=tmp_path / "again")
    assert again.stdout == ""
    names = sorted(path.name for path in surveyed.out.iterdir())
    assert names == sorted(path.name for path in again.out.iterdir())
    assert surveyed.bytes_of(*names) == again.bytes_of(*names)


def test_without_a_folder_the_simulated_market_is_surveyed(tmp_path: Path, command: Command, unseen: None) -> None:
    arguments = ("--names", 60, "--years", 2, "--seed", 4)
    done = command("survey", "--out", tmp_path / "out", *arguments)
    assert done.code == 0, done.stderr
    assert "Coverage of simulated, seed 4" in done.stdout
    table = pd.read_csv(tmp_path / "out" / "exhibit_2_shares_down.csv")
    assert sorted(set(table["year"])) == [2014, 2015]
    again = command("survey", "--out", tmp_path / "again", *arguments, "--quiet")
    assert again.code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert all((tmp_path / "out" / n).read_bytes() == (tmp_path / "again" / n).read_bytes() for n in names)


@pytest.mark.slow
def test_membership_lists_make_the_sleeves(
    market: Path, tmp_path: Path, command: Command, request: pytest.FixtureRequest
) -> None:
    rows = "\n".join(f"{'Top' if i < 30 else 'Tail'},{name},2015-01-01," for i, name in enumerate(NAMES))
    (market / "membership.csv").write_text(f"index,asset,start,end\n{rows}\n", encoding="utf-8")
    out = tmp_path / "out"
    assert command("survey", "--market", market, "--out", out, "--quiet").code == 0
    assert set(pd.read_csv(out / "exhibit_6_calendar_years.csv")["sleeve"]) == {"Top", "Tail"}
    assert not (out / "exhibit_4_style_cycles.png").exists()
    request.getfixturevalue("unseen")
    assert command("survey", "--market", market, "--out", out, "--quiet", "--by-rank").code == 0
    assert "large value" in set(pd.read_csv(out / "exhibit_6_calendar_years.csv")["sleeve"])
    # The picture of a run with styles is not left beside the tables of one without.
    assert (out / "exhibit_4_style_cycles.png").exists()
    assert command("survey", "--market", market, "--out", out, "--quiet").code == 0
    assert not (out / "exhibit_4_style_cycles.png").exists()


def test_cuts_and_buffers_are_parameters(market: Path, tmp_path: Path, command: Command, unseen: None) -> None:
    arguments = ("--cuts", "10,40", "--buffers", "0", "--annual", "--quiet")
    assert command("survey", "--market", market, "--out", tmp_path / "out", *arguments).code == 0
    table = pd.read_csv(tmp_path / "out" / "exhibit_3_concentration.csv")
    counts = table.query("year == 2016").set_index("sleeve")["names"]
    assert counts[["large", "mid", "all"]].tolist() == [10, 30, 40]


def test_a_market_without_book_values_has_no_styles(market: Path, tmp_path: Path, command: Command) -> None:
    (market / "book_to_price.parquet").unlink()
    done = command("survey", "--market", market, "--out", tmp_path / "out")
    assert done.code == 0
    assert "there are no value and growth sleeves" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--cuts", "40,10"), "rising last ranks"),
        (("--cuts", "ten"), "one to three rising ranks"),
        (("--cuts", "10,20,30,40"), "one to three rising ranks"),
        (("--cuts", "10.5"), "one to three rising ranks"),
        (("--cuts", "10,20", "--buffers", "0.1,0.2,0.3"), "as many"),
        (("--buffers", "2"), "under 1"),
        (("--buffers", "wide"), "fractions, as"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    market: Path, tmp_path: Path, command: Command, arguments: tuple[str, ...], said: str
) -> None:
    done = command("survey", "--market", market, "--out", tmp_path / "out", *arguments)
    assert done.code == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def _short(folder: Path) -> None:
    prices = pd.read_parquet(folder / "prices.parquet")
    prices.loc["2016-02":"2016-09"].to_parquet(folder / "prices.parquet")


def _thousands(folder: Path) -> None:
    caps = pd.read_parquet(folder / "caps.parquet")
    (caps / 1000).to_parquet(folder / "caps.parquet")


def _two_names(folder: Path) -> None:
    caps = pd.read_parquet(folder / "caps.parquet")
    caps.iloc[:, :2].to_parquet(folder / "caps.parquet")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_two_names, "found '2', expected at least 3 priced names with a capitalisation"),
        (_short, "at least one full calendar year"),
        (_thousands, "these look like thousands"),
        (lambda folder: (folder / "prices.parquet").unlink(), "prices.parquet: found 'no such file'"),
        (lambda folder: (folder / "prices.parquet").write_bytes(b"PAR1"), "prices.parquet"),
        (shutil.rmtree, "no such folder"),
    ],
)
def test_a_bad_market_is_refused_and_nothing_written(
    market: Path, tmp_path: Path, command: Command, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(market)
    done = command("survey", "--market", market, "--out", tmp_path / "out")
    assert done.code == 2, done.stdout
    assert said in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_market_folder_itself_is_no_place_for_a_survey(market: Path, command: Command) -> None:
    assert command("survey", "--market", market, "--out", market).code == 2


def test_a_quilt_is_ranked_best_on_top() -> None:
    data = pd.DataFrame({"large": [0.1, -0.1], "small growth": [0.2, np.nan]}, index=[2001, 2002])
    figure = plotly_chart(Chart("q", "Quilt", "quilt", data))
    assert [list(bar.text) for bar in figure.data] == [["small growth<br>20.0%", "large<br>10.0%"], ["large<br>-10.0%"]]
    assert list(figure.layout.yaxis.range) == [2, 0]
    assert png_chart(Chart("q", "Quilt", "quilt", data)) == png_chart(Chart("q", "Quilt", "quilt", data))


def test_a_sleeve_keeps_its_colour() -> None:
    names = ["large", "large value", "Nikkei", "large growth", "TOPIX"]
    colours = [series_colour(name, names) for name in names]
    assert len(set(colours)) == 5
    assert series_colour("large: index", ["large: index"]) == colours[0]
    assert text_colour("#000000") == "#ffffff"
    assert text_colour("#ffffff") == "#000000"
