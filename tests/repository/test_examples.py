"""Every example runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted(path.name for path in (Path(__file__).resolve().parents[2] / "examples").glob("*.py"))
# Studies of many accounts.
SLOW = {
    "exhibits_of_a_market.py",
    "frontier_of_a_sleeve.py",
    "household_to_its_tenth_year.py",
    "sleeves_through_time.py",
}


def test_there_are_examples() -> None:
    assert set(EXAMPLES) > SLOW


@pytest.mark.parametrize("name", [pytest.param(e, marks=pytest.mark.slow if e in SLOW else ()) for e in EXAMPLES])
def test_example_runs(name: str, root: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, str(root / "examples" / name)], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
