"""Every exported name is there, documented and listed; every public error derives from one root."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import taxsleeve_errors
from taxsleeve_errors import TaxsleeveError

PUBLIC = ("risk", "tax", "audit", "optimizer", "backtest", "taxsleeve", "taxsleeve_errors")


@pytest.mark.parametrize("package", PUBLIC)
def test_all_is_sorted_and_true(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    # ruff's order: constants, classes, then functions.
    constants = sorted(name for name in names if name.isupper())
    classes = sorted(name for name in names if not name.isupper() and name[0].isupper())
    functions = sorted(name for name in names if name[0].islower())
    assert list(names) == constants + classes + functions
    assert all(hasattr(module, name) for name in names)


@pytest.mark.parametrize("package", PUBLIC)
def test_every_export_is_documented(package: str) -> None:
    module = importlib.import_module(package)
    assert inspect.getdoc(module)
    for name in module.__all__:
        thing = getattr(module, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            own = thing.__doc__ or ""
            assert own.strip(), f"{package}.{name} has no docstring"
            # A dataclass without one gets its signature for a docstring.
            assert not own.startswith(f"{name}("), f"{package}.{name} has no docstring of its own"


def test_every_public_function_is_documented(sources: dict[str, Path]) -> None:
    bare = []
    for module, path in sources.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            members = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
            for member in members:
                public = isinstance(member, ast.FunctionDef | ast.ClassDef) and not member.name.startswith("_")
                if public and not ast.get_docstring(member):
                    bare.append(f"{module}.{member.name}")
    assert not bare


def test_every_module_lists_what_it_gives(sources: dict[str, Path]) -> None:
    without = [
        module
        for module, path in sources.items()
        if not any(
            isinstance(node, ast.Assign | ast.AnnAssign)
            and any(
                getattr(t, "id", "") == "__all__" for t in getattr(node, "targets", [getattr(node, "target", None)])
            )
            for node in ast.parse(path.read_text(encoding="utf-8")).body
        )
    ]
    assert not without


def test_every_error_has_one_root(sources: dict[str, Path]) -> None:
    strangers = []
    for module in sources:
        for name, thing in vars(importlib.import_module(module)).items():
            error = inspect.isclass(thing) and issubclass(thing, BaseException) and thing.__module__ == module
            if error and not issubclass(thing, TaxsleeveError):
                strangers.append(f"{module}.{name}")
    assert not strangers


def test_the_tree_is_drawn_whole() -> None:
    errors = [name for name in taxsleeve_errors.__all__ if name.endswith("Error")]
    assert errors
    assert all(name in (taxsleeve_errors.__doc__ or "") for name in errors)


def test_no_function_is_too_long_and_no_file(sources: dict[str, Path]) -> None:
    long = []
    for module, path in sources.items():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > 450:
            long.append(module)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                doc = ast.get_docstring(node) or ""
                lines = (node.end_lineno or 0) - node.lineno - (doc.count("\n") + 1 if doc else 0)
                if lines > 80:
                    long.append(f"{module}.{node.name} ({lines} lines)")
    assert not long
