"""Settings in TOML, from anyone: large or deeply nested ones are refused before they cost time or memory."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from taxsleeve.input_limits import MOST_SETTINGS_BYTES
from taxsleeve.tables import Findings, read_text

__all__ = ["MOST_NESTED", "parsed_toml", "read_toml"]

# Settings have three levels: [limits], soft, turnover. The parser takes quadratic time for long dotted keys.
MOST_NESTED = 16
_PART = r"""(?:[\w-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = re.compile(rf"(?:\.\s*{_PART}\s*){{{MOST_NESTED},}}")
_DEEP = f"values nested at most {MOST_NESTED} deep"


def read_toml(path: Path, findings: Findings) -> dict[str, Any] | None:
    """Keys and values of a settings file; None, with the fault noted, where it is none."""
    text = read_text(path, findings, most=MOST_SETTINGS_BYTES)
    return None if text is None else parsed_toml(path.name, text, findings)


def parsed_toml(file: str, text: str, findings: Findings) -> dict[str, Any] | None:
    """Keys and values of the text of a settings file; None, with the fault noted, where it is none."""
    if _DOTTED.search(text):
        findings.fault(file, _DEEP, value="a longer dotted key")
        return None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        findings.fault(file, "well-formed TOML", value=error)
    except RecursionError:
        findings.fault(file, _DEEP, value="deeper ones")
    except ValueError as error:  # a whole number of thousands of digits
        findings.fault(file, "numbers that can be read", value=error)
    else:
        if _depth(values) <= MOST_NESTED:
            return values
        findings.fault(file, _DEEP, value="deeper ones")
    return None


def _depth(values: Any) -> int:
    """Levels of tables and arrays, found without recursion."""
    level, depth = [values], 0
    while level := [
        inner
        for value in level
        if isinstance(value, (dict, list))
        for inner in (value.values() if isinstance(value, dict) else value)
    ]:
        depth += 1
    return depth
