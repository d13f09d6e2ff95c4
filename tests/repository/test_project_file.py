"""The project file tells the truth."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

IMPORT_NAMES = {"scikit-learn": "sklearn"}
# Reached through CVXPY, by name.
ENGINES = {"clarabel"}
# Extras that a command asks for by name when they are missing, each imported in one module.
OPTIONAL = {
    "dask": ("distributed", "backtest.study.dask_executor"),
    "duckdb": ("duckdb", "taxsleeve.batch.duckdb_store"),
    "yahoo": ("yfinance", "taxsleeve.yahoo"),
}


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def requirement(text: str) -> tuple[str, str]:
    name, _, bound = text.partition(">=")
    return name.strip(), bound.strip()


def test_every_dependency_has_a_lower_bound(project: dict[str, Any]) -> None:
    extras = [r for group in project["project"]["optional-dependencies"].values() for r in group]
    for text in [*project["project"]["dependencies"], *extras]:
        name, bound = requirement(text)
        assert bound or name.startswith("taxsleeve["), text


def test_every_dependency_is_imported_and_every_import_declared(
    project: dict[str, Any], sources: dict[str, Path]
) -> None:
    extras = project["project"]["optional-dependencies"]
    for extra, (package, _) in OPTIONAL.items():
        assert [requirement(r)[0] for r in extras[extra]] == [package]
    declared = {IMPORT_NAMES.get(requirement(r)[0], requirement(r)[0]) for r in project["project"]["dependencies"]}
    ours = {module.split(".")[0] for module in sources}
    used = set()
    for module, path in sources.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                used |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                used.add(node.module.split(".")[0])
        for package, only in OPTIONAL.values():
            assert package not in used or module == only
            used.discard(package)
    third_party = used - ours - set(sys.stdlib_module_names)
    assert third_party == declared - ENGINES


def test_the_licence_is_apache(root: Path, project: dict[str, Any]) -> None:
    assert project["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (root / "LICENSE").read_text(encoding="utf-8")


def test_the_version_is_in_the_changelog(root: Path) -> None:
    assert "## Unreleased" in (root / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_of_shared_data_is_copied(root: Path) -> None:
    shared = root.parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("../shared is not here")
    sizes = {path.stat().st_size for path in shared.rglob("*") if path.is_file()}
    tracked = [p for p in root.rglob("*.parquet") if ".venv" not in p.parts]
    assert not [path for path in tracked if path.stat().st_size in sizes]
