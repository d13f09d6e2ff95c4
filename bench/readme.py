"""The README's tables, made of result files between markers: `<!-- bench:NAME -->` to `<!-- /bench:NAME -->`."""

from __future__ import annotations

import re
from pathlib import Path

from bench.part import ROOT
from bench.result_file import RESULTS, Result, read_result

__all__ = ["README", "block", "marked", "with_tables"]

README = ROOT / "README.md"
_BLOCK = re.compile(r"<!-- bench:([\w-]+) -->\n(.*?)<!-- /bench:\1 -->\n", re.S)


def marked(text: str) -> list[str]:
    """Names of the tables that a text has markers for, in their order."""
    return [match[1] for match in _BLOCK.finditer(text)]


def with_tables(text: str, results: Path = RESULTS) -> str:
    """Return the text with every marked table made anew.

    Raises
    ------
    ValueError
        A marker has no result file, or one of the small size.
    """
    return _BLOCK.sub(lambda match: _marked_block(match[1], results), text)


def block(result: Result) -> str:
    """Title, table, first note and where the figures come from, in Markdown."""
    table, how = result.table, result.measured_with
    lines = [f"**{result.shows}**", "", _row(table.columns), "|" + "---|" * len(table.columns)]
    lines += [_row(row) for row in table.rows]
    lines.append("")
    if table.notes:
        lines.append(table.notes[0])
    lines.append(f"`python -m bench {result.part}`, {how['date']}, {how['machine']}, one thread; versions, seeds and ")
    lines[-1] += f"the unrounded figures are in `bench/results/{result.part}.json`."
    return "\n".join(lines) + "\n"


def _marked_block(name: str, results: Path) -> str:
    path = results / f"{name}.json"
    if not path.is_file():
        raise ValueError(f"the README has a table bench:{name}, and there is no {path}; run python -m bench {name}")
    result = read_result(path)
    if result.quick:
        raise ValueError(f"{path} is of the small size, which is not for publishing; run python -m bench {name}")
    return f"<!-- bench:{name} -->\n{block(result)}<!-- /bench:{name} -->\n"


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
