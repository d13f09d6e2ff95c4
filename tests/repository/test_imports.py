"""Imports go one way, and never in a circle."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

# Who may import whom; the error tree stands below all six rooms.
ALLOWED = {
    "taxsleeve_errors": set(),
    "risk": {"taxsleeve_errors"},
    "tax": {"taxsleeve_errors"},
    "audit": {"taxsleeve_errors", "risk", "tax"},
    "optimizer": {"taxsleeve_errors", "risk", "tax"},
    "backtest": {"taxsleeve_errors", "risk", "tax", "optimizer"},
    "taxsleeve": {"taxsleeve_errors", "risk", "tax", "audit", "optimizer", "backtest"},
}
READERS = {"csv", "tomllib", "argparse", "click", "pyarrow", "sqlite3"}


def imported(path: Path, module: str) -> set[str]:
    """Modules that a file imports anywhere in it, inside functions and type-checking blocks too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively; write the full name"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.fixture(scope="module")
def graph(sources: dict[str, Path]) -> dict[str, set[str]]:
    """Modules of ours that each of our modules imports."""
    return {module: (imported(path, module) & set(sources)) - {module} for module, path in sources.items()}


def test_every_room_is_there(sources: dict[str, Path]) -> None:
    assert {module.split(".")[0] for module in sources} == set(ALLOWED)


def test_arrows_go_only_as_the_design_says(graph: dict[str, set[str]]) -> None:
    wrong = [
        f"{module} imports {target}"
        for module, targets in graph.items()
        for target in targets
        if (room := target.split(".")[0]) != module.split(".")[0] and room not in ALLOWED[module.split(".")[0]]
    ]
    assert not wrong


def test_there_is_no_circle(graph: dict[str, set[str]]) -> None:
    # A package's own __init__ imports its modules; a module that imports a name from its own package closes the circle.
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules import each other in a circle: {' -> '.join(error.args[1])}")


def test_only_the_face_reads_files_and_arguments(sources: dict[str, Path]) -> None:
    wrong = [
        f"{module} imports {name}"
        for module, path in sources.items()
        if not module.startswith("taxsleeve.")
        for name in imported(path, module)
        # The tax tables shipped inside tax/ are program data, not input.
        if name.split(".")[0] in READERS and module != "tax.brackets"
    ]
    assert not wrong


def test_the_test_sees_arrows_inside_functions(tmp_path: Path) -> None:
    path = tmp_path / "sneaky.py"
    path.write_text("def f():\n    from optimizer.cone import cone_model\n", encoding="utf-8")
    assert "optimizer.cone" in imported(path, "sneaky")


# What reads an audit's files and tells what it found; a package's own __init__ is not part of it.
AUDIT = (
    "taxsleeve.audit_console",
    "taxsleeve.audit_files",
    "taxsleeve.audit_household_files",
    "taxsleeve.audit_household_run",
    "taxsleeve.audit_household_settings",
    "taxsleeve.audit_run",
    "taxsleeve.audit_settings",
    "taxsleeve.audit_summary",
    "taxsleeve.audited_household_lists",
    "taxsleeve.audited_list",
)


def test_the_auditor_reaches_nothing_of_the_optimizer(graph: dict[str, set[str]]) -> None:
    reached, left = set(), [*AUDIT, *(module for module in graph if module.split(".")[0] == "audit")]
    assert set(left) <= set(graph)
    while left:
        module = left.pop()
        if module not in reached:
            reached.add(module)
            left += graph[module]
    assert {module.split(".")[0] for module in reached} == {"audit", "risk", "tax", "taxsleeve", "taxsleeve_errors"}
