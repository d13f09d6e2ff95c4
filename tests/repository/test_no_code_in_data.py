"""Nothing that is read can run as code: the packages call none of what would let it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

# Calls that run what they are given, by how they are written; what reads arrays must say that it takes no pickles.
FORBIDDEN = {"eval", "exec", "compile", "__import__", "breakpoint", "input", "execfile"}
MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "yaml",
    "code",
    "runpy",
    "imp",
    "jsonpickle",
}
ATTRIBUTES = {
    *{"read_pickle", "to_pickle", "read_hdf", "read_clipboard", "read_html", "read_xml", "read_sql"},
    *{"import_module", "spec_from_file_location", "system", "popen", "spawnv", "execv", "execvp"},
}
# Text that pandas would evaluate; `query` and `eval` of a frame, by any name of it.
EVALUATED = {"query", "eval"}
PROCESSES = {"subprocess", "multiprocessing", "socket", "urllib.request", "requests", "http", "ftplib", "telnetlib"}


def faults(tree: ast.AST) -> Iterator[str]:
    """What is wrong with a module, by line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{node.lineno}: import {a.name}" for a in node.names if _forbidden_module(a.name))
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            if _forbidden_module(node.module) or (node.module == "joblib" and {a.name for a in node.names} & {"load"}):
                yield f"{node.lineno}: from {node.module} import"
        elif isinstance(node, ast.Call):
            yield from _call(node)


def _forbidden_module(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in MODULES | PROCESSES)


def _call(node: ast.Call) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in FORBIDDEN:
        yield f"{node.lineno}: {called.id}(...)"
    if not isinstance(called, ast.Attribute):
        return
    owner = called.value.id if isinstance(called.value, ast.Name) else ""
    if called.attr in ATTRIBUTES or called.attr in EVALUATED:
        yield f"{node.lineno}: .{called.attr}(...)"
    if owner == "joblib" and called.attr in ("load", "dump", "Memory"):
        yield f"{node.lineno}: joblib.{called.attr}(...)"
    if owner in ("np", "numpy") and called.attr in ("load", "save", "savez", "savez_compressed", "fromfile", "memmap"):
        said = {word.arg: word.value for word in node.keywords}.get("allow_pickle")
        if not (isinstance(said, ast.Constant) and said.value is False):
            yield f"{node.lineno}: np.{called.attr} without allow_pickle=False"


def test_no_module_of_ours_runs_what_it_reads(sources: dict[str, Path]) -> None:
    found = [
        f"{module}:{fault}"
        for module, path in sources.items()
        for fault in faults(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_csv_is_written_in_one_place(sources: dict[str, Path]) -> None:
    # There, every cell is looked at; the examples are our own words.
    written = [
        module
        for module, path in sources.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        if node.attr == "to_csv"
        or (node.attr in ("writer", "DictWriter") and isinstance(node.value, ast.Name) and node.value.id == "csv")
    ]
    # A digest of a market's tables is no file.
    allowed = {
        "taxsleeve.csv_file",
        "taxsleeve.study_market",
        "taxsleeve.example_account",
        "taxsleeve.example_household",
    }
    assert set(written) == allowed


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from yaml import load",
        "eval(x)",
        "frame.query(x)",
        "pd.read_pickle(x)",
        "np.load(x)",
        "np.load(x, allow_pickle=True)",
        "joblib.load(x)",
        "from joblib import load",
        "def f():\n    import subprocess",
        "__import__(x)",
    ],
)
def test_the_test_sees_it(text: str) -> None:
    assert list(faults(ast.parse(text)))
    assert not list(faults(ast.parse("np.load(x, allow_pickle=False)\ntomllib.loads(x)\nre.compile(x)")))
