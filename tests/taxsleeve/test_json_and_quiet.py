"""--json and --quiet on every command that prints a result: they are there, and what they leave on the two streams."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from taxsleeve.command_line import main

# Prints a script for a shell: that is its result, and JSON of it would be of no use.
OF_THEIR_OWN = {"completion"}
COMMANDS: dict[str, tuple[str, tuple[object, ...]]] = {
    "example": ("", ("example", "OUT", "--names", 12, "--lots", 2)),
    "example of many": ("", ("example", "OUT", "--names", 20, "--lots", 2, "--accounts", 2)),
    "example of a household": ("", ("example", "OUT", "--names", 10, "--lots", 2, "--household")),
    "rebalance": ("vendor", ("rebalance", "account", "--out", "OUT")),
    "audit": ("audit", ("audit", "account", "list")),
    "ledger": ("ledger", ("ledger", "history.csv", "--out", "OUT")),
    "import": ("custodian", ("import", "schwab_lots_AAPL.csv", "--from", "schwab", "--out", "OUT")),
    "prices": ("prices", ("import-market", "prices", "files/long.csv", "--out", "OUT")),
    "fit": ("account", ("risk", "fit", "account", "--out", "OUT")),
    "show": ("vendor", ("risk", "show", "account")),
    "survey": ("market", ("survey", "--market", "market", "--out", "OUT")),
}
# Audits end with 3 where they find something, and this one does.
CODES = {"audit": 3}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with its name."""
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            yield from leaves(one, (*path, name))
    else:
        yield path, command


@pytest.mark.parametrize(("path", "command"), [pytest.param(*leaf, id=" ".join(leaf[0])) for leaf in leaves(main)])
def test_every_command_that_prints_a_result_has_both(path: tuple[str, ...], command: click.Command) -> None:
    flags = {option: one for one in command.params for option in one.opts if getattr(one, "is_flag", False)}
    wanted = set() if path[0] in OF_THEIR_OWN else {"--json", "--quiet"}
    assert wanted <= flags.keys()
    assert all(getattr(flags[option], "help", "") for option in wanted)


def good_input() -> Any:
    """Load the small good input of every command that stands beside the tests of bad input."""
    name = "good_input_for_json"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / "hostile" / "good_input.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory, command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command of COMMANDS with further flags; its input is made once."""
    root, made = tmp_path_factory.mktemp("asked"), set[str]()

    def asked(name: str, *flags: str) -> Any:
        kind, words = COMMANDS[name]
        folder = root / (kind or "none")
        if kind not in made:
            made.add(kind)
            folder.mkdir()
            if kind:
                good_input().MAKERS[kind](folder)
        out = folder / f"{name}-{''.join(flags)}"
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            return command(*(out if word == "OUT" else word for word in words), *flags, out=out)

    return asked


@pytest.mark.parametrize("name", COMMANDS)
def test_json_is_all_that_is_on_the_first_stream(name: str, ask: Callable[..., Any]) -> None:
    ran = ask(name, "--json")
    assert ran.code == CODES.get(name, 0), ran.stderr
    said = json.loads(ran.stdout)
    assert isinstance(said, dict)
    assert said
    assert "\x1b" not in ran.stdout + ran.stderr
    assert "NaN" not in ran.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_quiet_says_nothing_on_either(name: str, ask: Callable[..., Any]) -> None:
    ran = ask(name, "--quiet")
    assert (ran.code, ran.stdout, ran.stderr) == (CODES.get(name, 0), "", "")


def test_no_colour_where_none_is_wanted(ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in ask("show").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    plain = ask("show").stdout
    assert plain
    assert not any(f"\x1b[{code}m" in plain for code in range(30, 38))
