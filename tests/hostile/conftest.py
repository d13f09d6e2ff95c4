"""Good input of every command, to be spoilt, and the commands as functions."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from taxsleeve.command_line import main

# The mutators and the good inputs stand beside the tests.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(scope="session")
def run() -> Callable[..., Any]:
    """Run `taxsleeve` with arguments; an error that no exit status stands for is raised."""

    def invoke(*arguments: object) -> Any:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Good input of a kind, made once."""
    from good_input import MAKERS

    root, made = tmp_path_factory.mktemp("good"), set[str]()

    def template(kind: str) -> Path:
        if kind not in made:
            (root / kind).mkdir()
            MAKERS[kind](root / kind)
            made.add(kind)
        return root / kind

    return template


@pytest.fixture
def good(templates: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of good input of a kind, to be spoilt."""
    return lambda kind: Path(shutil.copytree(templates(kind), tmp_path / "in"))
