"""A digest of program text: what was made by other code can then be told from what this code makes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import backtest
import optimizer
import risk
import tax

__all__ = ["program_digest", "sources_digest"]


def sources_digest(folders: Iterable[Path]) -> str:
    """Hash of the Python files of some packages, their names and places in them included."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(f"\0{folder.name}/{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def program_digest() -> str:
    """Sixteen digits that change with the code that risk models, taxes, trades and vintages are made by."""
    return sources_digest(Path(str(package.__file__)).parent for package in (backtest, optimizer, risk, tax))[:16]
