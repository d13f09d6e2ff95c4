"""`taxsleeve allocate` on a study folder: files, page, words, and what it refuses."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.run_store import RunFolder

Command = Callable[..., Any]
FILES = {"report.html", "frontier.csv", "mixes.csv", "vintages.csv", "allocation.json"}
TWO = ("--sleeves", "large,small")


@pytest.fixture(scope="module")
def made():
    path = Path(__file__).parents[1] / "backtest" / "allocation_runs.py"
    spec = importlib.util.spec_from_file_location("allocation_runs_for_command", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def template(made, tmp_path_factory) -> Path:
    """A study folder of three sleeves and the whole market, three vintages, with passive runs beside."""
    folder = tmp_path_factory.mktemp("studied") / "study"
    runs = made.made_runs(years=(2000, 2001, 2002))
    runs += [
        *made.whole_market(runs, {"large": 0.8, "mid": 0.15, "small": 0.05}),
        *made.made_runs(("large", "small"), (2000, 2001), strategy="passive"),
    ]
    for run in runs:
        RunFolder(folder / "runs").keep(run)
    return folder


@pytest.fixture
def study(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "study"))


@pytest.fixture(scope="module")
def done(template: Path, tmp_path_factory, command: Command) -> Any:
    out = tmp_path_factory.mktemp("allocated") / "out"
    ran = command("allocate", template, "--out", out, *TWO, "--mix", "large=62%,small=38%", out=out)
    assert ran.code == 0, ran.stderr
    return ran


def test_every_file_is_written_and_nothing_else(done):
    assert {path.name for path in done.out.iterdir()} == FILES


def test_the_answer_comes_first_in_plain_sentences(done):
    said = " ".join(done.stdout.split())
    assert said.startswith("After tax, sold at the end, over 3 vintages of 3 years that overlap (1 without overlap): ")
    assert "95% interval" in said
    assert re.search(r"Of (1 efficient mix|\d+ efficient mixes) ", said)
    assert "picked after the fact" in said
    assert said.index("After tax") < said.index("Mixes after tax")
    assert "own mix:" in said
    assert "…" not in said


def test_tables_have_their_columns_and_weights_sum_to_one(done):
    frontier, mixes, vintages = (pd.read_csv(done.out / f"{n}.csv") for n in ("frontier", "mixes", "vintages"))
    for table in (frontier, mixes):
        assert table[["weight large", "weight small"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert set(frontier["view"]) == {"harvested", "fund", "index"}
    assert {"return_low", "over_low", "risk_over_high"} <= set(frontier)
    assert len(mixes) == 23  # the grid, in which equal parts are, the market mix and the user's own
    assert set(vintages["funded"]) == {"1999-12-31", "2000-12-31", "2001-12-31"}


def test_the_json_says_what_the_tables_say(done):
    found = json.loads((done.out / "allocation.json").read_text(encoding="utf-8"))
    assert found["sleeves"] == ["large", "small"]
    assert (found["strategy"], found["setting"]) == ("optimizer", "base")
    assert found["policy"] == {"band": 0.05, "contribution": 0.0, "ending": "liquidation", "rate": None}
    named = {row["name"]: row for row in found["named"]}
    mixes = pd.read_csv(done.out / "mixes.csv", float_precision="round_trip").set_index("mix")
    assert named["own mix"]["harvested_return"] == mixes.loc["large 62%, small 38%", "harvested_return"]
    assert found["independent"] == 1


def test_the_page_needs_no_network_and_says_what_its_pictures_show(done, read_page):
    page = read_page((done.out / "report.html").read_text(encoding="utf-8"))
    assert page.loaded == []
    assert page.links <= page.ids
    assert len(page.words) == 6
    assert all(re.search(r"\d", words) and len(words) > 60 for words in page.words)


def test_the_page_answers_before_any_table_and_names_its_assumptions(done):
    text = (done.out / "report.html").read_text(encoding="utf-8")
    answer = json.loads((done.out / "allocation.json").read_text(encoding="utf-8"))["answer"]
    assert text.index(answer[0][:60]) < text.index('<table class="sortable" data-name="mixes">')
    for word in ("Politis and Romano", "average gain", "prefers-color-scheme: dark", "@media print", "no promise"):
        assert word in text


def test_the_same_study_gives_the_same_bytes(done, template, tmp_path, command):
    out = tmp_path / "again"
    again = command("allocate", template, "--out", out, *TWO, "--mix", "large=62%,small=38%", "--quiet", out=out)
    assert again.stdout == ""
    assert again.stderr == ""
    assert again.bytes_of(*sorted(FILES)) == done.bytes_of(*sorted(FILES))


def test_endings_bands_and_new_money_are_taken(template, tmp_path, command):
    words = ("--ending=donation", "--rate=37%", "--band=never", "--contribution=5%", "--strategy=passive")
    own = ("--reference", "large=0.9,small=0.1")
    ran = command("allocate", template, "--out", tmp_path / "out", *TWO, *words, *own)
    assert ran.code == 0, ran.stderr
    found = json.loads((tmp_path / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert found["policy"] == {"band": None, "contribution": 0.05, "ending": "donation", "rate": 0.37}
    assert found["strategy"] == "passive"
    assert found["reference"] == {"name": "reference mix", "mix": "large 90%, small 10%", "why": "as given"}
    assert "given away at the end" in " ".join(ran.stdout.split())
    assert "steered by new money alone" in " ".join(ran.stdout.split())


def test_segments_are_mixed_by_default_and_json_is_printed_alone(template, tmp_path, command):
    ran = command("allocate", template, "--out", tmp_path / "out", "--json")
    found = json.loads(ran.stdout)
    assert found == json.loads((tmp_path / "out" / "allocation.json").read_text(encoding="utf-8"))
    assert found["sleeves"] == ["large", "mid", "small"]
    assert found["reference"]["name"] == "market mix"
    assert found["reference"]["mix"].startswith("large 8")


def test_a_spoilt_run_is_left_out_and_said(study, tmp_path, command):
    path = study / "runs" / "small+2000-12-31+optimizer+base.parquet"
    path.write_bytes(path.read_bytes()[:-50])
    ran = command("allocate", study, "--out", tmp_path / "out", *TWO)
    assert ran.code == 0, ran.stderr
    assert "small+2000-12-31+optimizer+base.parquet is spoilt and left out" in ran.stderr
    assert "over 2 vintages" in " ".join(ran.stdout.split())


@pytest.mark.parametrize(
    ("words", "fragments"),
    [
        (("--sleeves", "large,tiny"), ("--sleeves", "'tiny'", "large, mid, small", "taxsleeve compare")),
        (("--sleeves", "large"), ("two or more to mix",)),
        (("--sleeves", "large,large"), ("each once",)),
        (("--strategy", "oracle"), ("--strategy", "optimizer, passive")),
        (("--setting", "te 2%"), ("--setting", "base")),
        (("--mix", "large=60%,small=30%"), ("--mix", "sums to 90.0000%", "weights that sum to 100%")),
        (("--mix", "large=60%,tiny=40%"), ("--mix", "'tiny'")),
        (("--mix", "large"), ("--mix", "large=60%,small=40%")),
        (("--mix", "large=60%,large=40%"), ("each sleeve once",)),
        (("--reference", "large=50%"), ("--reference", "sums to 50.0000%")),
        (("--band", "wide"), ("--band", "a percentage as 1%")),
        (("--band", "150%"), ("--band", "from 0 to 100%")),
        (("--contribution", "-5%"), ("--contribution", "withdrawals")),
        (("--rate", "140%"), ("--rate", "from 0 to 100%")),
        (("--ending", "party"), ("--ending", "step-up")),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(words, fragments, template, tmp_path, command):
    ran = command("allocate", template, "--out", tmp_path / "out", *words)
    assert ran.code == 2, ran.stdout
    for fragment in fragments:
        assert fragment in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_no_study_is_refused_with_the_remedy(study, tmp_path, command):
    shutil.rmtree(study / "runs")
    for arguments, said in (
        ((study,), "no folder runs/ in it"),
        ((tmp_path / "nowhere",), "no such folder"),
        ((), "STUDY_DIR"),
    ):
        ran = command("allocate", *arguments, "--out", tmp_path / "out")
        assert ran.code == 2
        assert said in ran.stderr
        assert "taxsleeve compare --sleeves large,mid,small --out STUDY_DIR" in ran.stderr
    (study / "runs").mkdir()
    ran = command("allocate", study, "--out", tmp_path / "out")
    assert ran.code == 2
    assert "no finished run" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_one_vintage_is_too_few(study, tmp_path, command):
    for path in (study / "runs").iterdir():
        if "1999" not in path.name:
            path.unlink()
    ran = command("allocate", study, "--out", tmp_path / "out")
    assert ran.code == 2
    assert "vintages: found '1', expected two or more" in ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_studys_own_folder_is_no_place_for_the_files(study, tmp_path, command):
    before = {path: path.read_bytes() for path in study.rglob("*") if path.is_file()}
    assert command("allocate", study, "--out", study).code == 2
    other = shutil.copytree(study, tmp_path / "other")
    ran = command("allocate", study, "--out", other)
    assert ran.code == 2
    assert "another folder than a study's" in ran.stderr
    assert {path: path.read_bytes() for path in study.rglob("*") if path.is_file()} == before


def test_help_shows_examples(command):
    ran = command("allocate", "--help")
    assert ran.code == 0
    assert "taxsleeve allocate my-study --out my-allocation" in ran.stdout
