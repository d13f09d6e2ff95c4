"""The wheel holds the six packages and the error tree, nothing else, and works outside the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    source = out / "source"
    # A copy of what git would give out, so that no build folder appears in the checkout.
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "taxsleeve_errors.py"):
        (source / name).write_bytes((root / name).read_bytes())
    for name in ("risk", "tax", "audit", "optimizer", "backtest", "taxsleeve", "tests", "examples"):
        for path in (root / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                target = source / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(source)], capture_output=True, text=True
    )
    if done.returncode and "No module named build" in done.stderr:
        pytest.skip("the build package is not installed (it is in the dev extra)")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_top_level_names(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {
        "risk",
        "tax",
        "audit",
        "optimizer",
        "backtest",
        "taxsleeve",
        "taxsleeve_errors.py",
    }


def test_it_holds_every_module_and_every_data_file(wheel: Path, root: Path, sources: dict[str, Path]) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {str(path.relative_to(root)) for path in sources.values()}
    for package in ("risk", "tax", "audit", "optimizer", "backtest", "taxsleeve"):
        for path in (root / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                wanted.add(str(path.relative_to(root)))
    assert wanted <= names


def test_it_works_outside_the_checkout(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    run = f"import sys; sys.path.insert(0, {str(unpacked)!r}); from taxsleeve.command_line import main; main()"
    for words in (["example", "account", "--names", "30"], ["rebalance", "account", "--out", "out"]):
        done = subprocess.run([sys.executable, "-P", "-c", run, *words], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "report.html").is_file()
