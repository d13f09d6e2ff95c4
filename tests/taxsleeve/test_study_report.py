"""The page, the pictures and the words of a study."""

from __future__ import annotations

import dataclasses
import importlib.util
import io
import sys
from pathlib import Path

import pytest
from rich.console import Console

from backtest.study_measures import Choices, Resampling, study_tables
from taxsleeve.chart_plotly import plotly_chart
from taxsleeve.chart_png import png_chart
from taxsleeve.study_answer import study_answer, study_assumptions
from taxsleeve.study_charts import study_charts
from taxsleeve.study_console import show_study
from taxsleeve.study_exhibits import study_exhibits
from taxsleeve.study_notes import StudyNotes
from taxsleeve.study_report import study_report

CHOICES = Choices(resampling=Resampling(draws=200))
NOTES = StudyNotes(
    title="Sleeves & <styles>",
    market="Made up, 1999 to 2004",
    data=("Names that failed before 2001 are missing.",),
    assumptions=(("Risk model", "statistical, 5 factors"),),
    failed={"small, 2010-12-31, optimizer, base": "history ends on 2005-12-30"},
    warnings=("one risk model could not be fitted",),
)


@pytest.fixture(scope="module")
def made():
    path = Path(__file__).parents[1] / "backtest" / "study_measures" / "made_runs.py"
    spec = importlib.util.spec_from_file_location("study_made_runs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def some_runs(made, settings=("base", "te 2%")):
    limits = {"base": 0.01, "te 2%": 0.02}
    runs = []
    for sleeve, scale in (("large", 1.0), ("small", 1.6), ("small value", 1.8)):
        for year in (2000, 2001):
            runs.append(made.drawn_run(sleeve, year, "passive", te_limit=0.01))
            runs += [made.drawn_run(sleeve, year, setting=s, scale=scale * (1 + (s != "base")), te_limit=limits[s])
                     for s in settings]  # fmt: skip
    return runs


@pytest.fixture(scope="module")
def tables(made):
    return study_tables(some_runs(made), CHOICES)


@pytest.fixture(scope="module")
def page(tables):
    return study_report(tables, NOTES)


@pytest.fixture(scope="module")
def exhibits(tables):
    return study_exhibits(tables, study_charts(tables))


def test_the_page_needs_no_network_and_its_links_lead_somewhere(page, read_page):
    read = read_page(page)
    assert read.loaded == []
    assert read.links <= read.ids
    assert read.words
    assert all(read.words)


def test_the_answer_comes_first_and_nothing_is_left_unescaped(page, tables):
    assert page.index(study_answer(tables)[:40]) < page.index("<table>")
    assert "Sleeves &amp; &lt;styles&gt;" in page
    assert "<styles>" not in page


@pytest.mark.parametrize(
    "text", ["Names that failed before 2001", "statistical, 5 factors", "history ends on 2005-12-30",
             "one risk model could not be fitted", "Politis and Romano", "Parametric in FA-mag", "wash-sale"]
)  # fmt: skip
def test_the_page_says_what_must_be_said(page, text):
    assert text in page


def test_the_page_is_for_light_and_dark_for_phones_and_for_paper(page):
    assert "prefers-color-scheme: dark" in page
    assert "width=device-width" in page
    assert "@media print" in page


@pytest.mark.slow
def test_the_same_study_gives_the_same_page(made, page):
    assert study_report(study_tables(some_runs(made), CHOICES), NOTES) == page


def test_the_answer_names_sleeve_interval_gains_and_overlap(tables):
    answer = study_answer(tables)
    assert "small value saved the most net tax" in answer
    assert "95% interval" in answer
    assert "tax on gains" in answer
    assert "2 vintages that overlap (1 without overlap)" in answer
    assert "points against large" in answer
    assert "picked as the best after the fact" in answer


def test_a_difference_that_chance_explains_is_called_that(tables):
    less = tables.differences.copy()
    for low, said in ((-0.01, True), (0.001, False)):
        less[["low", "high"]] = [low, 0.02]
        answer = study_answer(dataclasses.replace(tables, differences=less))
        assert ("not to be told from zero" in answer) is said


def test_one_vintage_is_not_dressed_up(made):
    answer = study_answer(study_tables([made.drawn_run("mid", 2000)], CHOICES))
    assert "one vintage, so that no interval can be given" in answer
    assert "interval " not in answer.replace("no interval can", "")


def test_assumptions_name_rates_and_use_of_losses(tables):
    said = dict(study_assumptions(tables))
    assert "40.0%" in said["Rates"]
    assert "outside gains" in said["Use of losses"]
    assert "95%" in said["Intervals"]


def test_charts_are_there_where_there_is_data(tables, made):
    names = {chart.name for chart in study_charts(tables)}
    assert {"exhibit_5_tax_savings", "exhibit_5_tax_savings_styles", "exhibit_5_over_large", "savings_distribution",
            "harvest_yield", "cumulative_net_losses", "losses_by_cause", "tracking_error", "frontier_tax_alpha",
            "settings"} <= names  # fmt: skip
    alone = {chart.name for chart in study_charts(study_tables(some_runs(made, ("base",))[:3], CHOICES))}
    assert "frontier_tax_alpha" not in alone
    assert "settings" not in alone


def test_no_chart_shows_losses_without_gains(tables):
    for chart in study_charts(tables):
        columns = [str(name) for name in chart.data.columns]
        if any("gross" in name or "losses" in name for name in columns):
            assert any("net" in name for name in columns), chart.name


def test_every_chart_draws_for_pages_and_for_files(tables, exhibits):
    for chart in study_charts(tables):
        figure = plotly_chart(chart)
        drawn = [trace for trace in figure.data if trace.name in {*map(str, chart.data.columns), "net of gains"}]
        assert len(drawn) == chart.data.shape[1]
        png = exhibits[f"{chart.name}.png"]
        assert png.startswith(b"\x89PNG")
        assert png == png_chart(chart)


def test_intervals_are_drawn_about_the_mean(tables):
    chart = next(chart for chart in study_charts(tables) if chart.name == "frontier_tax_alpha")
    trace = plotly_chart(chart).data[0]
    low = chart.low.iloc[0, 0]
    assert trace.y[0] - trace.error_y.arrayminus[0] == pytest.approx(low)


def test_exhibits_are_files_by_name(tables, exhibits):
    assert {f"{chart.name}.png" for chart in study_charts(tables)} <= set(exhibits)
    text = exhibits["exhibit_5.csv"]
    assert text.splitlines()[0].startswith("sleeve,funded,strategy,setting,tax_savings,saved_on_losses,tax_on_gains")
    assert text.count("\n") == len(tables.exhibit_5) + 1
    assert "runs.csv" in exhibits


def test_the_screen_shows_net_first(tables):
    console = Console(file=io.StringIO(), width=80)
    show_study(console, tables)
    text = console.file.getvalue()
    assert "saved the most net tax" in text
    heading = next(line for line in text.splitlines() if line.strip().startswith("sleeve") and "on losses" in line)
    assert heading.index("net") < heading.index("on losses")
    assert "te 2%" in text
    assert "…" not in text  # nothing is cut short on a screen of eighty columns
