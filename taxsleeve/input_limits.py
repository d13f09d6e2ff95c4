"""How large an input may be: what is larger is refused before it is read whole, with the limit and how to go on."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

from taxsleeve_errors import InputError

__all__ = [
    "MOST_CELLS",
    "MOST_COLUMNS",
    "MOST_CSV_CELLS",
    "MOST_SETTINGS_BYTES",
    "MOST_TABLE_BYTES",
    "MOST_TEXT_BYTES",
    "parsed_json",
    "read_bytes",
    "require_size",
]

# Far above what accounts, households and markets need, far below what stops a machine; docs/security.md tells them.
MOST_SETTINGS_BYTES = 256 * 2**10
MOST_TEXT_BYTES = 512 * 2**20
MOST_TABLE_BYTES = 8 * 2**30
MOST_COLUMNS = 100_000
MOST_CSV_CELLS = 50_000_000
MOST_CELLS = 1_000_000_000
_REMEDY = "leave out what is not needed, or split it into several"


def require_size(path: Path, most: int, label: str = "") -> None:
    """Refuse what is no regular file, or one of more than `most` bytes.

    Raises
    ------
    InputError
    OSError
        The file cannot be looked at.
    """
    found, file = path.stat(), label or path.name
    if not stat.S_ISREG(found.st_mode):
        raise InputError.of(file, "a regular file", value="a device, pipe or folder")
    if found.st_size > most:
        raise InputError.of(file, f"at most {_shown(most)}; {_REMEDY}", value=_shown(found.st_size))


def read_bytes(path: Path, most: int, label: str = "") -> bytes:
    """Bytes of a regular file of at most `most` bytes, which may not grow beyond them while it is read.

    Raises
    ------
    InputError
        It is larger, is no regular file, or cannot be read.
    """
    file = label or path.name
    try:
        require_size(path, most, label)
        with path.open("rb") as opened:
            content = opened.read(most + 1)
    except OSError as error:
        raise InputError.of(file, "a file that can be read", value=error.strerror or error) from error
    if len(content) > most:
        raise InputError.of(file, f"at most {_shown(most)}; {_REMEDY}", value="more")
    return content


def parsed_json(text: str | bytes) -> Any:
    """Value of a JSON text; everything wrong with it is a `ValueError`, text that no UTF-8 file can hold too."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _shown(count: int) -> str:
    return f"{count / 2**20:,.6g} MiB" if count >= 2**20 else f"{count / 2**10:,.6g} KiB"
