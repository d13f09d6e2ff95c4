"""`taxsleeve completion`: a script that a shell accepts, and words that it completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from taxsleeve.command_line import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_the_program(shell: str) -> None:
    ran = CliRunner().invoke(main, ["completion", shell])
    assert ran.exit_code == 0
    assert "_TAXSLEEVE_COMPLETE" in ran.output
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ran.output, text=True, check=True)


def test_options_are_completed() -> None:
    words = {"COMP_WORDS": "taxsleeve rebalance --fr", "COMP_CWORD": "2", "_TAXSLEEVE_COMPLETE": "bash_complete"}
    program = "from taxsleeve.command_line import main; main(prog_name='taxsleeve')"
    ran = subprocess.run([sys.executable, "-c", program], env={**os.environ, **words}, capture_output=True, text=True)
    assert ran.stdout.split() == ["plain,--frontier"]


def test_an_unknown_shell_is_refused() -> None:
    assert CliRunner().invoke(main, ["completion", "tcsh"]).exit_code == 2
