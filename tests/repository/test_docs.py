"""The documentation: every page is in the navigation, what it points to exists, and what it shows works."""

from __future__ import annotations

import importlib
import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest

from taxsleeve.command_line import main

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.M | re.S)
RUN = re.compile(r"^<!-- run -->\n```python\n(.*?)^```", re.M | re.S)
FOLDERS = ("risk", "tax", "audit", "optimizer", "backtest", "taxsleeve", "tests", "bench", "examples", ".ci")
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {path.relative_to(DOCS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
WITH_CODE = [name for name, text in PAGES.items() if RUN.search(text)]


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text)


def slug(heading: str) -> str:
    """Anchor of a heading, as Python-Markdown makes it."""
    plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
    return re.sub(r"[-\s]+", "-", plain)


def commands(text: str) -> list[list[str]]:
    """Words of every `taxsleeve ...` in the shell blocks of a page."""
    lines = [line for _, language, block in FENCE.findall(text) if language == "sh" for line in block.splitlines()]
    parts = [part for line in lines for part in re.split(r"&&|;(?= )", line)]
    found = (re.search(r"(?:^|/| )taxsleeve (.*)", part) for part in parts if "pip install" not in part)
    return [shlex.split(re.split(r" [>|] ", match[1])[0]) for match in found if match]


def test_every_page_is_in_the_navigation_and_every_entry_is_there(root: Path) -> None:
    nav = (root / "mkdocs.yml").read_text(encoding="utf-8").split("\nnav:\n")[1]
    entries = re.findall(r"[\w./-]+\.md", nav)
    assert len(entries) == len(set(entries))
    assert sorted(entries) == sorted(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    lost = []
    for target in re.findall(r"\]\(([^)]+)\)", prose(PAGES[name])):
        if re.match(r"https?:", target):
            continue
        page, _, anchor = target.partition("#")
        there = (DOCS / name).parent.joinpath(page).resolve() if page else DOCS / name
        if not there.is_file():
            lost.append(target)
        elif anchor:
            headings = re.findall(r"^#+ (.*)$", prose(there.read_text(encoding="utf-8")), re.M)
            if anchor not in {slug(heading) for heading in headings}:
                lost.append(target)
    assert not lost


@pytest.mark.parametrize("name", PAGES)
def test_every_file_of_ours_that_is_named_exists(name: str, root: Path) -> None:
    said = set(re.findall(r"(?<![\w./-])((?:[\w.]+/)+(?:[\w.-]+)?)", PAGES[name]))
    ours = {path for path in said if path.split("/")[0] in FOLDERS and not account_file(path)}
    assert not [path for path in sorted(ours) if not (root / path.rstrip(".")).exists()]


def account_file(path: str) -> bool:
    """Whether a path is of an account's or a batch's `risk/`, not of the package."""
    return path.startswith("risk/") and (path.endswith(".csv") or path in ("risk/NAME/", "risk/statistical/"))


def test_modules_of_the_reference_exist(sources: dict[str, Path]) -> None:
    said = [entry for text in PAGES.values() for entry in re.findall(r"^::: ([\w.]+)$", text, re.M)]
    assert not [entry for entry in said if entry not in sources and entry.rpartition(".")[0] not in sources]
    packages = {"risk", "tax", "audit", "optimizer", "backtest", "taxsleeve", "taxsleeve_errors"}
    assert packages <= set(said)


def options_of(words: list[str]) -> Iterator[str]:
    """What is wrong with a command, by click's own parser; its callbacks do not run."""
    command: click.Command = main
    # With our own settings: click remembers the first help option that it makes of a command.
    context = click.Context(command, info_name="taxsleeve", **command.context_settings)
    words = list(words)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        if found is None:
            yield "no such command"
            return
        command, context = found, click.Context(found, info_name=found.name, parent=context)
    if words in (["--help"], ["-h"]):
        return
    try:
        command.parse_args(context, words)
    except click.UsageError as error:
        yield error.format_message()


@pytest.mark.parametrize("name", PAGES)
def test_every_command_shown_can_be_parsed(name: str) -> None:
    wrong = [f"{shlex.join(words)}: {fault}" for words in commands(PAGES[name]) for fault in options_of(words)]
    assert not wrong


def test_the_parser_sees_what_is_wrong() -> None:
    assert commands("```sh\n.venv/bin/taxsleeve example x && taxsleeve rebalance x --uot y\n```\n") == [
        ["example", "x"],
        ["rebalance", "x", "--uot", "y"],
    ]
    assert list(options_of(["rebalance", "x", "--uot", "y"]))
    assert list(options_of(["rebalence", "x"]))
    assert len(commands(PAGES["tutorial.md"])) >= 5


@pytest.mark.parametrize("name", WITH_CODE)
def test_every_block_marked_to_run_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In this process: the kernels are loaded once. Later blocks of a page go on where earlier ones ended.
    monkeypatch.chdir(tmp_path)
    module = ModuleType("a_page")
    # Dataclasses look their module up.
    monkeypatch.setitem(sys.modules, module.__name__, module)
    code = compile("\n".join(RUN.findall(PAGES[name])), name, "exec", dont_inherit=True)
    exec(code, vars(module))  # noqa: S102
    assert capsys.readouterr().out


def test_the_account_of_the_tutorial_is_the_one_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    monkeypatch.chdir(tmp_path)
    text = PAGES["tutorial.md"]
    made = CliRunner().invoke(main, commands(text)[0])
    assert made.exit_code == 0, made.output
    assert all(line in text for line in made.output.splitlines())
    settings = (tmp_path / "my-account" / "account.toml").read_text(encoding="utf-8")
    shown = next(block for _, language, block in FENCE.findall(text) if language == "toml")
    assert shown in settings


def test_the_tutorials_infeasible_mandate_is_answered_as_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    from taxsleeve.example_account import write_example

    monkeypatch.chdir(tmp_path)
    # Smaller than the tutorial's, for speed.
    write_example(Path("impossible"), names=40, lots=2, seed=7)
    edit = next(line for line in PAGES["tutorial.md"].splitlines() if "impossible/account.toml" in line)
    file = Path("impossible/account.toml")
    text = file.read_text(encoding="utf-8")
    for pattern, value in re.findall(r"s/\^(\w+)\.\*/(.*?)/", edit):
        text, count = re.subn(rf"^{pattern}.*$", value, text, flags=re.M)
        assert count == 1
    file.write_text(text, encoding="utf-8")
    ran = CliRunner().invoke(main, next(words for words in commands(PAGES["tutorial.md"]) if "impossible" in words))
    assert ran.exit_code == 3
    assert "No trade list: no trade list can meet the limits." in ran.output
    assert {path.name for path in Path("impossible-trades").iterdir()} == {"summary.json"}


def exported(text: str) -> Iterator[tuple[str, str]]:
    """Classes and functions that the packages of a reference page export, by the package's name and by their own.

    A function that is named as its module hides behind it, and has an entry of its own.
    """
    for package in re.findall(r"^::: ([\w.]+)$", text, re.M):
        if not (DOCS.parent / package.replace(".", "/")).is_dir():
            continue
        module = importlib.import_module(package)
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isclass(thing) or inspect.isfunction(thing):
                yield f"{package}.{name}", f"{thing.__module__}.{thing.__qualname__}"


@pytest.mark.slow
def test_the_site_builds_without_a_warning(root: Path, tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed (it is in the docs extra)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=root, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for name, text in PAGES.items():
        page = (tmp_path / "site" / name).with_suffix(".html").read_text(encoding="utf-8")
        lost = [names for names in exported(text) if not any(f'id="{name}"' in page for name in names)]
        assert not lost, f"{name} does not show {lost}"
        # Readable without a network: nothing is loaded from elsewhere.
        assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"(?:https?:)?//[^\"]+", page)
