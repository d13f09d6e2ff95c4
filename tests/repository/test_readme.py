"""The README's commands and code run, and say what they say there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.newton.kernel_cache import cache_home

HISTORY = """\
seq,trade_id,trade_date,side,account,account_type,symbol,si_group,qty,price,fees,spec_lots
1,B1,2025-01-06,BUY,TAX1,taxable,X,X,100,10,0,
2,S1,2025-03-10,SELL,TAX1,taxable,X,X,100,7.5,0,
"""


@pytest.fixture(scope="module")
def blocks(root: Path) -> list[tuple[str, str]]:
    """Language and text of every fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```", (root / "README.md").read_text(encoding="utf-8"), re.M | re.S)


def shell_lines(blocks: list[tuple[str, str]]) -> list[str]:
    return [line for language, text in blocks if language == "sh" for line in text.splitlines() if line.strip()]


def environment(root: Path, tmp_path: Path) -> dict[str, str]:
    """An environment in which `taxsleeve` and `python` are those of this test run."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir(exist_ok=True)
    (bin_folder / "taxsleeve").write_text(
        f"#!{sys.executable}\nfrom taxsleeve.command_line import main\nmain()\n", encoding="utf-8"
    )
    (bin_folder / "taxsleeve").chmod(0o755)
    if not (bin_folder / "python").exists():
        (bin_folder / "python").symlink_to(sys.executable)
    return {
        "PATH": f"{bin_folder}:/usr/bin:/bin",
        "PYTHONPATH": str(root),
        "COLUMNS": "120",
        "HOME": str(tmp_path),
        # The home is new; compiled kernels need not be.
        "TAXSLEEVE_CACHE_DIR": str(cache_home() or tmp_path),
    }


def test_the_two_commands_are_there(blocks: list[tuple[str, str]]) -> None:
    lines = shell_lines(blocks)
    assert sum("pip install ." in line and "taxsleeve rebalance" in line for line in lines) == 1
    assert sum("pip install" in line and "pytest" in line for line in lines) == 1


# All in one process, which loads the libraries once.
ONE_AFTER_ANOTHER = """
import json, sys
from taxsleeve.command_line import main
for line in json.load(sys.stdin):
    try:
        main(line[1:], prog_name="taxsleeve")
    except SystemExit as end:
        if end.code:
            raise SystemExit(f"{' '.join(line)}: exit status {end.code}")
"""
# The two that the README begins with, on an account that further ones use.
FIRST = ["taxsleeve example my-account", "taxsleeve rebalance my-account --out my-trades"]


def run_commands(commands: list[str], root: Path, folder: Path) -> str:
    """What commands print, run one after another in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_ANOTHER],
        input=json.dumps([shlex.split(command, comments=True) for command in commands]),
        cwd=folder, env=environment(root, folder), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def begun(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder in which the first two commands have been run, and what they printed."""
    folder = tmp_path_factory.mktemp("begun")
    return folder, run_commands(FIRST, root, folder)


@pytest.mark.slow
def test_every_taxsleeve_command_runs(root: Path, blocks: list[tuple[str, str]], begun: tuple[Path, str]) -> None:
    commands = [
        part.strip().removeprefix(".venv/bin/")
        for line in shell_lines(blocks)
        for part in line.split("&&")
        if re.match(r"(\.venv/bin/)?taxsleeve ", part.strip())
    ]
    assert commands[:2] == FIRST
    assert len(commands) >= 15
    (begun[0] / "history.csv").write_text(HISTORY, encoding="utf-8")
    # One worker: others would load the libraries again, and change no byte (tests/backtest/test_study.py).
    spared = {"compare", "frontier"}
    further = [f"{one} --workers 1" if one.split()[1] in spared else one for one in commands[2:]]
    run_commands(further, root, begun[0])


def test_every_python_block_runs(root: Path, blocks: list[tuple[str, str]], tmp_path: Path) -> None:
    code = [text for language, text in blocks if language == "python"]
    assert code
    env = environment(root, tmp_path)
    made = ["taxsleeve", "example", "my-account", "--names", "60"]
    subprocess.run(made, cwd=tmp_path, env=env, check=True, capture_output=True)
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_table_shown_is_what_the_command_prints(blocks: list[tuple[str, str]], begun: tuple[Path, str]) -> None:
    shown = [text for language, text in blocks if language == "text"]
    assert len(shown) == 1
    figures = re.findall(r"NAV \$[\d,]+", shown[0])
    assert figures
    # The account is the same to the cent on every machine; trades may differ in the last share between solver versions.
    assert all(figure in begun[1] for figure in figures)
    for heading in ("Losses harvested", "Tracking error a year", "Limits", "Files in"):
        assert heading in shown[0]
        assert heading in begun[1]
