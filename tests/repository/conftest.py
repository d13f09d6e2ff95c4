from __future__ import annotations

from pathlib import Path

import pytest

PACKAGES = ("risk", "tax", "audit", "optimizer", "backtest", "taxsleeve")


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def packages() -> tuple[str, ...]:
    return PACKAGES


@pytest.fixture(scope="session")
def sources(root: Path) -> dict[str, Path]:
    """Path of every module of the six packages, and of the error tree below them, by dotted name."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    modules = {}
    for path in [*paths, root / "taxsleeve_errors.py"]:
        parts = path.relative_to(root).with_suffix("").parts
        modules[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return modules
