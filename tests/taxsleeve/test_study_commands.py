"""`taxsleeve compare` and `frontier`: study folders, resuming, and what they refuse."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from backtest.study import RunKey, program_digest
from taxsleeve.run_store import RunFolder
from taxsleeve.study_settings import read_study_settings, study_text
from taxsleeve_errors import InputError

Command = Callable[..., Any]
SMALL = ("--names", "40", "--years", "1", "--sleeves", "large,small", "--strategies", "threshold,passive")
QUICK = (*SMALL, "--vintages", "2", "--workers", "1")


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (out / "runs").iterdir()}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory, command: Command) -> Any:
    out = tmp_path_factory.mktemp("compared") / "out"
    done = command("compare", "--out", out, *QUICK, out=out)
    assert done.code == 0, done.stderr
    return done


@pytest.fixture
def copy(compared: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(compared.out, tmp_path / "out"))


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A study of whose runs alone something is asked draws and writes nothing for people to look at."""
    monkeypatch.setattr("taxsleeve.study_exhibits.png_chart", lambda chart: b"")
    monkeypatch.setattr("taxsleeve.study_finish.study_report", lambda *_: "")


@pytest.mark.slow
def test_every_run_is_stored_with_its_facts(compared: Any) -> None:
    keys = [RunKey.of_name(path.stem) for path in (compared.out / "runs").iterdir()]
    assert {(key.sleeve, key.strategy, key.funded.year) for key in keys} == {
        (sleeve, strategy, year)
        for sleeve in ("large", "small")
        for strategy in ("threshold", "passive")
        for year in (2021, 2022)
    }
    run = RunFolder(compared.out / "runs").load(keys[0])
    assert run is not None
    assert run.facts["short_term"] == 0.408
    assert ("threshold" in run.facts) == (keys[0].strategy == "threshold")
    assert "te_limit" not in run.facts
    assert len(run.months) == 13
    table = pq.read_table(compared.out / "runs" / f"{keys[0].name}.parquet")
    assert b"pandas" not in table.schema.metadata


def test_the_study_file_has_every_setting(compared: Any) -> None:
    text = (compared.out / "study.toml").read_text(encoding="utf-8")
    given = tomllib.loads(text)
    assert given["start_years"] == [2022, 2023]
    assert given["simulation"] == {"names": 40, "start": "2020-01-01", "years": 4, "seed": 0}
    assert given["terms"]["loss_per_name"] == "none"
    assert study_text(read_study_settings(compared.out / "study.toml")) == text


@pytest.mark.slow
def test_the_same_command_again_runs_nothing_again(copy: Path, command: Command) -> None:
    before = {path: path.stat().st_mtime_ns for path in (copy / "runs").iterdir()}
    done = command("compare", "--out", copy, *QUICK, "--json")
    assert done.code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["runs"], said["failed"]) == (len(before), [])
    assert {row["sleeve"] for row in said["summary"]} == {"large", "small"}
    assert {path: path.stat().st_mtime_ns for path in (copy / "runs").iterdir()} == before


@pytest.mark.slow
def test_the_study_file_runs_the_study_again(compared: Any, tmp_path: Path, command: Command, unseen: None) -> None:
    done = command("compare", "--study", compared.out / "study.toml", "--out", tmp_path / "again", "--workers", "1")
    assert done.code == 0, done.stderr
    assert contents(tmp_path / "again") == contents(compared.out)
    assert (tmp_path / "again" / "study.toml").read_bytes() == (compared.out / "study.toml").read_bytes()


@pytest.mark.slow
def test_a_spoilt_run_is_run_again(copy: Path, command: Command, unseen: None) -> None:
    good = contents(copy)
    files = sorted((copy / "runs").iterdir())
    files[0].write_bytes(b"")
    files[1].write_bytes(good[files[1].name][:-100])
    third = bytearray(good[files[2].name])
    # In the last page of a column: headers of pages hold more than what is read of them, and no checksum.
    column = pq.ParquetFile(files[2]).metadata.row_group(0).column(1)
    begins = column.dictionary_page_offset or column.data_page_offset
    third[begins + column.total_compressed_size - 2] ^= 255
    files[2].write_bytes(bytes(third))
    assert command("compare", "--out", copy, *QUICK).code == 0
    assert contents(copy) == good


def test_another_study_is_refused(copy: Path, command: Command) -> None:
    before = contents(copy)
    done = command("compare", "--out", copy, *QUICK, "--short-term", "37%")
    assert done.code == 2
    assert "terms.short_term is 0.408, not 0.37" in done.stderr
    assert contents(copy) == before
    (copy / "study.toml").unlink()
    done = command("compare", "--out", copy, *QUICK)
    assert done.code == 2
    assert "without study.toml" in done.stderr


@pytest.mark.slow
def test_runs_of_other_code_are_kept_only_where_their_owner_says_so(copy: Path, command: Command, unseen: None) -> None:
    before, file = contents(copy), copy / "study.toml"
    text = file.read_text(encoding="utf-8")
    own = next(line for line in text.splitlines() if line.startswith("code = "))
    assert own == f'code = "{program_digest()}"'
    other = text.replace(own, 'code = "0123456789abcdef"')
    file.write_text(other, encoding="utf-8")
    done = command("compare", "--out", copy, *QUICK)
    assert done.code == 2
    assert "the program has changed since these runs were made" in done.stderr
    assert "take the line `code` out of" in " ".join(done.stderr.split())
    assert file.read_text(encoding="utf-8") == other
    file.write_text(text.replace(own + "\n", ""), encoding="utf-8")
    assert command("compare", "--out", copy, *QUICK).code == 0
    assert contents(copy) == before


def test_a_run_that_cannot_be_written_is_said_to_be_so(compared: Any, tmp_path: Path) -> None:
    key = RunKey.of_name(min(path.stem for path in (compared.out / "runs").iterdir()))
    run = RunFolder(compared.out / "runs").load(key)
    assert run is not None
    long = replace(run, key=replace(key, setting="x" * 300))
    with pytest.raises(InputError, match=re.escape(f"{long.key.name}.parquet can be written")) as caught:
        RunFolder(tmp_path).keep(long)
    assert "File name too long" in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_study_killed_half_way_goes_on(compared: Any, tmp_path: Path, command: Command, unseen: None) -> None:
    out = tmp_path / "killed"
    run = "from taxsleeve.command_line import main; main()"
    started = subprocess.Popen(
        [sys.executable, "-c", run, "compare", "--out", str(out), *SMALL, "--vintages", "2", "--workers", "2"],
        start_new_session=True,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 300
    while len(list(out.glob("runs/*.parquet"))) < 2:
        assert started.poll() is None, started.stderr and started.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.002)
    os.killpg(started.pid, signal.SIGKILL)
    started.wait()
    left = contents(out)
    done = command("compare", "--out", out, *QUICK)
    assert done.code == 0, done.stderr
    there = {name: data for name, data in contents(out).items() if name.endswith(".parquet")}
    assert there == contents(compared.out)
    assert len(there) == 2 * 2 * 2
    assert len(left) < len(there)


@pytest.mark.slow
def test_what_is_swept_is_a_setting_of_its_own(tmp_path: Path, command: Command) -> None:
    sweeps = ("--sweep", "threshold=2%,20%", "--sweep", "rates=37%/20%", "--sweep", "wash_rule=off")
    done = command("compare", "--out", tmp_path, *SMALL, "--vintages", "1", "--workers", "1", *sweeps)
    assert done.code == 0, done.stderr
    keys = [RunKey.of_name(path.stem) for path in (tmp_path / "runs").iterdir()]
    cases = {(key.strategy, key.setting) for key in keys}
    both = {
        (name, setting) for name in ("threshold", "passive") for setting in ("base", "rates=37%/20%", "wash_rule=off")
    }
    assert cases == both | {("threshold", "threshold=2%"), ("threshold", "threshold=20%")}
    store = RunFolder(tmp_path / "runs")
    loss = {}
    for key in keys:
        run = store.load(key)
        assert run is not None
        if (key.sleeve, key.strategy) == ("small", "threshold"):
            loss[key.setting] = -run.months["loss harvest"].sum()
            assert run.facts.get("value") == (None if key.setting == "base" else key.setting.split("=")[1])
    assert loss["threshold=2%"] > loss["threshold=20%"]
    assert loss["wash_rule=off"] > 0


def test_a_frontier_is_a_run_for_every_limit(tmp_path: Path, command: Command) -> None:
    words = ("--names", "40", "--years", "1", "--vintages", "1", "--sleeves", "large", "--risk", "statistical")
    limits = ("--tracking-errors", "1%,4%")
    done = command("frontier", "--out", tmp_path, *words, *limits, "--workers", "1", "--json")
    assert done.code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["runs"], said["failed"]) == (2, [])
    frames = {}
    for path in (tmp_path / "runs").iterdir():
        key = RunKey.of_name(path.stem)
        run = RunFolder(tmp_path / "runs").load(key)
        assert run is not None
        frames[run.facts["te_limit"]] = run.months.iloc[:-1]
    assert set(frames) == {0.01, 0.04}
    assert frames[0.01]["tracking_error"].where(frames[0.01]["relaxed"] == 1).max() < 0.0101
    assert frames[0.04]["loss harvest"].sum() <= frames[0.01]["loss harvest"].sum()
    assert list((tmp_path / "models").rglob("*.npz"))


@pytest.mark.slow
def test_vintages_longer_than_the_simulation_fail_and_are_listed(tmp_path: Path, command: Command) -> None:
    done = command("compare", "--out", tmp_path, *QUICK, "--sim-years", "1")
    assert done.code == 0, done.stderr
    assert {RunKey.of_name(path.stem).funded.year for path in (tmp_path / "runs").iterdir()} == {2022}
    assert "Failed: large, 2021-12-31, threshold, base: funded, until" in done.stderr
    all_fail = command(
        "compare", "--out", tmp_path / "none", *SMALL, "--start-years", "2022", "--sim-years", "1", "--years", "2"
    )
    assert all_fail.code == 1
    assert "Failed: large, 2021-12-31, threshold, base: funded, until" in all_fail.stderr


@pytest.mark.parametrize(
    ("words", "fragment"),
    [
        (("--sleeves", "large,tiny"), "large, mid, small, all"),
        (("--sleeves", "large,large"), "--sleeves"),
        (("--strategies", "oracle"), "optimizer, threshold, passive, perfect"),
        (("--tracking-error", "one percent"), "a percentage as 1%"),
        (("--tracking-error", "-1%"), "--tracking-error"),
        (("--short-term", "140%"), "--short-term"),
        (("--loss-per-name", "nan"), "--loss-per-name"),
        (("--start-years", "2014..1993"), "--start-years"),
        (("--start-years", "twelve"), "--start-years"),
        (("--sweep", "luck=1"), "loss_per_name"),
        (("--sweep", "frequency=hourly"), "monthly"),
        (("--sweep", "wash_rule=maybe"), "on or off"),
        (("--sweep", "rates=37%"), "37%/20%"),
        (("--study", "nowhere.toml"), "nowhere.toml"),
        (("--cluster", "nonsense"), "Dask"),
        (("--vintages", "90", "--years", "20"), "100 simulated years"),
        (("--market", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_is_refused(words: tuple[str, ...], fragment: str, tmp_path: Path, command: Command) -> None:
    if "--cluster" in words:
        pytest.importorskip("distributed")
    settings = () if "--study" in words else ("--names", "40")
    done = command("compare", "--out", tmp_path / "out", *settings, *words)
    assert done.code == 2, done.stdout
    assert fragment in done.stderr
    assert not (tmp_path / "out" / "runs").exists()


def test_a_study_file_allows_no_settings_beside_it(compared: Any, tmp_path: Path, command: Command) -> None:
    file = compared.out / "study.toml"
    done = command("compare", "--study", file, "--out", tmp_path / "x", "--years", "3")
    assert done.code == 2
    assert "--years" in done.stderr
    spoilt = tmp_path / "study.toml"
    for old, new, words in (
        ("years = 1", "years = 1\nluck = 7", "luck"),
        ("short_term = 0.408", "short_term = 4.08", "terms.short_term"),
        ("years = 1", "years = ", "well-formed TOML"),
        ("[simulation]", "[simulated]", "simulated"),
    ):
        spoilt.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        done = command("compare", "--study", spoilt, "--out", tmp_path / "x")
        assert done.code == 2
        assert words in done.stderr


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """Forty names over four years in a folder, one with a split that was not booked."""
    folder = tmp_path / "market"
    folder.mkdir()
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2013-12-31", "2017-12-29", name="date")
    R = 0.008 * rng.standard_normal((len(days), 1)) + 0.015 * rng.standard_normal((len(days), 40))
    R[700, 7] = 6.0
    names = [f"N{i:02d}" for i in range(40)]
    prices = pd.DataFrame(30 * np.cumprod(1 + R, axis=0), index=days, columns=names)
    prices.to_parquet(folder / "prices.parquet")
    shares = np.sort(np.exp(rng.standard_normal(40)))[::-1] * 3e8
    months = days[days.to_period("M") != (days + pd.offsets.BDay(1)).to_period("M")]
    (prices.loc[months] * shares).to_parquet(folder / "caps.parquet")
    pd.DataFrame({"asset": names, "sector": "Energy"}).to_csv(folder / "securities.csv", index=False)
    (folder / "market.toml").write_text('name = "Forty"\nprices_include_dividends = true\n', encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_market_folder_is_mended_and_studied(market: Path, tmp_path: Path, command: Command) -> None:
    words = ("--market", market, "--years", "1", "--strategies", "passive", "--workers", "1")
    out = tmp_path / "out"
    done = command("compare", "--out", out, *words)
    assert done.code == 0, done.stderr
    assert "1 return that no price can have made" in done.stderr
    assert "none is paid out or taxed" in done.stderr
    assert pd.read_csv(out / "repairs.csv")["asset"].tolist() == ["N07"]
    given = tomllib.loads((out / "study.toml").read_text(encoding="utf-8"))
    assert given["start_years"] == [2016, 2017]
    assert given["sleeves"] == ["large", "mid", "small", "all"]
    run = RunFolder(out / "runs").load(RunKey.of_name("large+2015-12-31+passive+base"))
    assert run is not None
    assert run.months["benchmark"].pct_change().max() < 0.2
    styled = command("compare", "--out", tmp_path / "styled", *words, "--sleeves", "small value")
    assert styled.code == 2
    prices = pd.read_parquet(market / "prices.parquet")
    (prices * 1.01).to_parquet(market / "prices.parquet")
    changed = command("compare", "--study", out / "study.toml", "--out", tmp_path / "again")
    assert changed.code == 2
    assert "content" in changed.stderr


def test_help_shows_examples(command: Command) -> None:
    for name in ("compare", "frontier"):
        done = command(name, "--help")
        assert done.code == 0
        assert f"taxsleeve {name} --vintages" in done.stdout
