"""The quick form of `bench/optimizer_engines.py` runs, and its figures that do not depend on the machine hold."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.optimizer_report import Figure

pytestmark = pytest.mark.slow
PROGRAM = Path(__file__).resolve().parents[2] / "bench" / "optimizer_engines.py"


@pytest.fixture(scope="module")
def printed() -> str:
    """What the quick run prints; rich draws its tables with bars between the columns."""
    run = subprocess.run(
        [sys.executable, str(PROGRAM), "--quick"], capture_output=True, text=True, timeout=900, encoding="utf-8"
    )
    assert run.returncode in (0, 1), run.stderr
    assert "Traceback" not in run.stderr
    return run.stdout


def row(printed: str, start: str) -> list[str]:
    """Cells of the first row whose figure starts with these words."""
    line = next(line for line in printed.splitlines() if line.startswith("│") and start in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_says_what_the_figures_were_measured_with(printed: str) -> None:
    for word in ("machine", "versions", "seeds", "date"):
        assert len(row(printed, word)[1]) > 3
    assert re.search(r"clarabel \d+\.\d+", printed)


@pytest.mark.parametrize("engine", ["newton", "osqp"])
def test_engines_agree_on_every_account(engine: str, printed: str) -> None:
    assert row(printed, f"{engine}: difference from Clarabel")[3] == "met"
    assert row(printed, f"{engine}: worst excess over a limit")[3] == "met"
    assert row(printed, f"{engine}: with trades, called infeasible")[3] == "met"


@pytest.mark.parametrize("shares", ["fractional", "whole"])
def test_every_rebalance_passes_the_independent_check(shares: str, printed: str) -> None:
    figure, worst, _, met = row(printed, f"{shares} shares: worst excess by the independent check")
    assert int(re.findall(r"of (\d+) rebalances", figure)[0]) > 0
    assert float(worst) <= 1e-6
    assert met == "met"


def test_no_rival_saves_more_than_the_optimizer(printed: str) -> None:
    assert row(printed, "accounts where the threshold rule saves more")[1] == "0"
    assert row(printed, "accounts where the sell-only pattern saves more")[1] == "0"


@pytest.mark.parametrize(
    ("met", "missed"), [(None, False), (True, False), (False, True), (np.bool_(True), False), (np.bool_(False), True)]
)
def test_a_target_is_missed_also_where_numpy_says_so(met: Any, missed: bool) -> None:
    assert Figure("what", "1", "<= 0", met).missed is missed
