"""What is written of a whole night: results.csv, exceptions.csv, night.json and the dashboard."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from taxsleeve.batch.account_row import ROW_COLUMNS, AccountRow
from taxsleeve.batch.dashboard import dashboard
from taxsleeve.batch.exceptions import KINDS, BatchException, exceptions_of
from taxsleeve.batch.night import Night, NightBuilder, percentiles
from taxsleeve.csv_file import row_writer
from taxsleeve.summary_text import summary_text
from taxsleeve_errors import InputError

__all__ = ["NIGHT_FILES", "night_summary", "write_night"]

NIGHT_FILES = ("results.csv", "exceptions.csv", "night.json", "dashboard.html")
_HEADER = ("kind", "account", "nav", "message", "remedy")
_SHOWN = 200


def write_night(out: Path, source: str, rows: Iterable[AccountRow], lost: Sequence[str], widest_gap: float) -> Night:
    """Read all rows once and write the night's files, each whole or absent.

    Parameters
    ----------
    out : Path
        An existing folder.
    source : str
        What was rebalanced, for the dashboard.
    rows : iterable of AccountRow
        In order.
    lost : sequence of str
        What is known of accounts that have no row, because the process that had them died.
    widest_gap : float

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    builder, shown = NightBuilder(), list[BatchException]()
    try:
        with tempfile.TemporaryDirectory(prefix=".taxsleeve-", dir=out) as beside:
            folder = Path(beside)
            _write_tables(folder, rows, lost, widest_gap, builder, shown)
            night = builder.built()
            (folder / "night.json").write_bytes(summary_text(night_summary(night)).encode())
            shown.sort(key=lambda one: KINDS.index(one.kind))
            (folder / "dashboard.html").write_bytes(dashboard(source, night, shown).encode())
            for name in NIGHT_FILES:
                (folder / name).replace(out / name)
    except OSError as error:
        raise InputError.of("--out", "a folder that can be written", value=f"{out} ({error.strerror})") from error
    return night


def night_summary(night: Night) -> dict[str, Any]:
    """Summarise a night for machines."""
    return {
        "accounts": night.accounts,
        "done": night.done,
        "statuses": night.statuses,
        "exceptions": night.exceptions,
        "sums": night.sums,
        "tracking_error": percentiles(night.tracking_errors),
        "tracking_error_of_limit": percentiles(night.te_of_limit),
        "gap": percentiles(night.gaps),
        "harvested_of_nav": percentiles(night.harvest_rates),
    }


def _write_tables(
    folder: Path,
    rows: Iterable[AccountRow],
    lost: Sequence[str],
    widest_gap: float,
    builder: NightBuilder,
    shown: list[BatchException],
) -> None:
    """Write both tables in one pass; exceptions of each kind into a file of their own first, so that none is held."""
    with ExitStack() as open_files:
        results = _writer(folder / "results.csv", open_files)
        results(ROW_COLUMNS)
        by_kind = {kind.name: _writer(folder / f"{kind.name}.part", open_files) for kind in KINDS}
        counted = dict.fromkeys(by_kind, 0)

        def note(found: Sequence[BatchException]) -> None:
            for one in found:
                by_kind[one.kind.name](_cells(one))
                counted[one.kind.name] += 1
                if counted[one.kind.name] <= _SHOWN:
                    shown.append(one)

        gone = [BatchException(KINDS[0], account, None, message) for account, _, message in map(_split, lost)]
        for one in gone:
            builder.add(AccountRow(one.account, "unexpected", message=one.message), [one])
        note(gone)
        for row in rows:
            found = exceptions_of(row, widest_gap)
            builder.add(row, found)
            note(found)
            results([_rounded(getattr(row, name)) for name in ROW_COLUMNS])
    with (folder / "exceptions.csv").open("w", encoding="utf-8", newline="") as together:
        row_writer(together)(_HEADER)
        for kind in KINDS:
            part = folder / f"{kind.name}.part"
            with part.open(encoding="utf-8", newline="") as lines:
                together.writelines(lines)
            part.unlink()


def _split(text: str) -> tuple[str, str, str]:
    return text.partition(": ")


def _writer(path: Path, open_files: ExitStack) -> Callable[[Sequence[object]], object]:
    return row_writer(open_files.enter_context(path.open("w", encoding="utf-8", newline="")))


def _cells(one: BatchException) -> list[object]:
    return [_rounded(cell) for cell in (one.kind.name, one.account, one.nav, one.message, one.kind.remedy)]


def _rounded(cell: object) -> object:
    return float(f"{cell:.12g}") if isinstance(cell, float) else cell
