"""No path leaves the output folder: links in it are refused or replaced, never followed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from good_input import arguments

from taxsleeve.output_folder import prepare_output, subfolder, write_files
from taxsleeve_errors import InputError


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is nobody's output, with a file that is to stay as it is."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine.csv").write_text("mine")
    return tmp_path / "outside"


def untouched(outside: Path) -> bool:
    return [path.name for path in outside.iterdir()] == ["mine.csv"] and (outside / "mine.csv").read_text() == "mine"


def test_a_link_in_the_place_of_a_file_is_replaced(outside: Path, tmp_path: Path) -> None:
    (out := tmp_path / "out").mkdir()
    for name in ("a.csv", "b.csv", "stale.csv"):
        (out / name).symlink_to(outside / "mine.csv")
    write_files(out, {"a.csv": "new", "b.csv": "new"}, remove=("stale.csv",))
    assert untouched(outside)
    assert sorted(path.name for path in out.iterdir()) == ["a.csv", "b.csv"]
    assert not any(path.is_symlink() for path in out.iterdir())


def test_a_link_in_the_place_of_a_folder_is_refused(outside: Path, tmp_path: Path) -> None:
    (out := tmp_path / "out").mkdir()
    (out / "exhibits").symlink_to(outside)
    for names in ({"exhibits/mine.csv": "new"}, {"a.csv": "new"}):
        with pytest.raises(InputError, match="take the link away"):
            write_files(out, names, remove=("exhibits/mine.csv",))
    assert untouched(outside)
    assert [path.name for path in out.iterdir()] == ["exhibits"]


@pytest.mark.parametrize("name", ["..", "../other", ".", "/etc", "a/../../b"])
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder that holds what is written into it"):
        subfolder(tmp_path / "out", name)
    if name != ".":
        with pytest.raises(InputError):
            write_files(tmp_path / "out", {f"{name}/x.csv": "new"})
    assert not list(tmp_path.rglob("*.csv"))


def test_the_output_folder_itself_may_be_a_link(outside: Path, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(outside)
    write_files(tmp_path / "out", {"sub/new.csv": "new"})
    assert (outside / "sub" / "new.csv").read_text() == "new"


@pytest.mark.parametrize(("kind", "links"), [("folders", ["accounts"]), ("tables", ["results", "trades"])])
def test_a_batch_writes_into_no_link(kind: str, links: list[str], good: Callable[[str], Path], run: Any,
                                     outside: Path, tmp_path: Path) -> None:  # fmt: skip
    (tmp_path / "out").mkdir()
    for name in links:
        (tmp_path / "out" / name).symlink_to(outside)
    ran = run(*arguments(kind, good(kind), ""))
    assert ran.exit_code == 2
    assert "take the link away" in ran.stderr
    assert untouched(outside)


def test_an_accounts_own_link_in_a_batch_is_replaced(
    good: Callable[[str], Path], run: Any, outside: Path, tmp_path: Path
) -> None:
    (tmp_path / "out" / "accounts").mkdir(parents=True)
    (tmp_path / "out" / "accounts" / "A000001").symlink_to(outside)
    (tmp_path / "out" / "accounts" / "A000002").symlink_to(tmp_path / "nowhere")
    ran = run(*arguments("folders", good("folders"), ""))
    assert ran.exit_code == 0, ran.stderr
    assert untouched(outside)
    for name in ("A000001", "A000002"):
        assert (tmp_path / "out" / "accounts" / name / "summary.json").is_file()
        assert not (tmp_path / "out" / "accounts" / name).is_symlink()


@pytest.mark.parametrize("part", ["runs", "models", "exhibits"])
def test_a_study_writes_into_no_link(
    part: str, good: Callable[[str], Path], run: Any, outside: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / part).symlink_to(outside)
    ran = run(*arguments("study", good("study"), ""))
    assert ran.exit_code == 2, ran.stderr
    assert untouched(outside)


def test_the_output_is_no_folder_that_is_read(good: Callable[[str], Path], run: Any, tmp_path: Path) -> None:
    folder = good("household")
    (tmp_path / "elsewhere").mkdir()
    (folder / "household" / "mid").rename(tmp_path / "elsewhere" / "mid")
    path = folder / "household" / "household.toml"
    path.write_text(path.read_text().replace('name = "mid"', 'name = "mid"\nfolder = "../../elsewhere/mid"'))
    before = {entry: entry.read_bytes() for entry in tmp_path.rglob("*") if entry.is_file()}
    for out in (folder / "household" / "large", folder / "household" / "out", tmp_path / "elsewhere" / "mid" / "out"):
        ran = run("household", folder / "household", "--out", out)
        assert ran.exit_code == 2, ran.stderr
        assert "outside of" in ran.stderr
    assert {entry: entry.read_bytes() for entry in tmp_path.rglob("*") if entry.is_file()} == before


def test_a_batch_is_not_written_into_its_own_accounts(good: Callable[[str], Path], run: Any) -> None:
    accounts = good("folders") / "accounts"
    ran = run("batch", accounts, "--out", accounts / "out", "--workers", "1")
    assert ran.exit_code == 2
    assert "outside of" in ran.stderr
    prepare_output(accounts / "risk", unlike=accounts)


def test_nothing_is_written_but_in_the_output_folder(good: Callable[[str], Path], run: Any, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    folder = good("vendor")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    ran = run(*arguments("vendor", folder, ""))
    assert ran.exit_code == 0, ran.stderr
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    new = {path for path in after if path not in before}
    assert {path.parent for path in new} == {tmp_path / "out"}
    assert {path: stamp for path, stamp in after.items() if path in before} == before
