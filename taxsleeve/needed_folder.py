"""A folder that a command is to read: there, or a message that says which may have been meant and what makes one."""

from __future__ import annotations

from pathlib import Path

from taxsleeve.spelling import did_you_mean
from taxsleeve_errors import InputError

__all__ = ["require_folder"]


def require_folder(folder: Path, kind: str, remedy: str) -> None:
    """Refuse what is no folder.

    Parameters
    ----------
    folder : Path
    kind : str
        What it should be: "an account folder".
    remedy : str
        What makes one.

    Raises
    ------
    InputError
        Folders beside it with nearly its name are named.
    """
    if folder.is_dir():
        return
    found = "a file" if folder.exists() else "no such folder"
    raise InputError.of(str(folder), f"{kind}{did_you_mean(folder.name, _beside(folder))}; {remedy}", value=found)


def _beside(folder: Path) -> list[str]:
    try:
        return sorted(one.name for one in folder.parent.iterdir() if one.is_dir())
    except OSError:
        return []
