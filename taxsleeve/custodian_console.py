"""What is seen of an import on the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from taxsleeve.counting import counted
from taxsleeve.custodian_import import CustodianImport

__all__ = ["import_summary", "show_import"]

_PLAIN: dict[str, Any] = {"markup": False, "highlight": False, "soft_wrap": True}
_LINES = 8


def show_import(console: Console, read: CustodianImport, out: Path, written: Sequence[str]) -> None:
    """Print what was taken over, what was skipped and why, and what the folder still lacks."""
    day = "" if read.as_of is None else f", as of {read.as_of}"
    accounts = len({lot.place.account for lot in read.lots})
    whose = "" if accounts == 1 else f" in {accounts} accounts"
    console.print(
        f"{out}: {counted(len(read.lots), 'lot')} of {counted(len(read.assets), 'name')}{whose}, "
        f"{counted(len(read.trades), 'trade')}{day}. "
        f"Written: {', '.join(written)}.",
        **_PLAIN,
    )
    if read.cash is not None:
        console.print(f"Cash: ${read.cash:,.2f}.", **_PLAIN)
    if read.positions:
        console.print(f"The lots add up to the {counted(read.positions, 'position')} in the files.", **_PLAIN)
    _show_skipped(console, read)
    for note in read.notes:
        console.print(f"Note: {note}.", **_PLAIN)
    for line in _to_do(read, out):
        console.print(line, **_PLAIN)


def import_summary(read: CustodianImport, out: Path, written: Sequence[str]) -> dict[str, Any]:
    """Summarise an import as `taxsleeve import --json` prints it."""
    return {
        "folder": str(out),
        "custodian": read.custodian,
        "written": list(written),
        "as_of": None if read.as_of is None else str(read.as_of),
        "cash": None if read.cash is None else float(read.cash),
        "lots": len(read.lots),
        "names": len(read.assets),
        "accounts": sorted({lot.place.account for lot in read.lots}),
        "trades": len(read.trades),
        "positions": read.positions,
        "skipped": [{"file": row.file, "row": row.line, "reason": row.reason} for row in read.skipped],
        "notes": list(read.notes),
        "still_to_do": _wanted(read, out),
    }


def _show_skipped(console: Console, read: CustodianImport) -> None:
    counts = Counter(row.reason for row in read.skipped)
    if not counts:
        console.print("Skipped: nothing.", **_PLAIN)
        return
    console.print(f"Skipped on purpose: {counted(len(read.skipped), 'row')}.", **_PLAIN)
    for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        places = [f"{row.file} row {row.line}" for row in read.skipped if row.reason == reason]
        more = f" and {len(places) - _LINES} more" if len(places) > _LINES else ""
        console.print(f"  {count:,} {reason}: {', '.join(places[:_LINES])}{more}", **_PLAIN)


def _to_do(read: CustodianImport, out: Path) -> list[str]:
    lines = ["Still to fill in:", *(f"  {entry}" for entry in _wanted(read, out))]
    return [*lines, f"Then: taxsleeve rebalance {out} --out {out.name}-trades"]


def _wanted(read: CustodianImport, out: Path) -> list[str]:
    settings = out / "account.toml"
    cash = "" if read.cash is None else f", cash = {read.cash:.2f}"
    day = "" if read.as_of is None else f" as_of = {read.as_of}{cash},"
    wanted = []
    if not settings.exists():
        wanted.append(f"account.toml:{day} tax rates and limits (--skeleton begins one)")
    elif _is_begun(settings):
        wanted.append("account.toml: what is commented out")
    else:
        wanted.append(f"account.toml: check{day or ' as_of and cash,'} it is left as it was")
    if not _has(out, "benchmark"):
        wanted.append("benchmark.csv: asset, weight")
    if not _has(out, "securities"):
        wanted.append(
            f"securities.csv: asset, price of the {counted(len(read.assets), 'name')} held and the benchmark's"
        )
    if not (out / "risk").is_dir() and not _has(out, "prices"):
        wanted.append("prices.parquet, or a vendor's model in risk/")
    if not read.trades and _has(out, "trades"):
        wanted.append("trades.csv: it is of an earlier time and left as it was")
    return wanted


def _has(out: Path, stem: str) -> bool:
    return any((out / f"{stem}.{ending}").exists() for ending in ("csv", "parquet"))


def _is_begun(settings: Path) -> bool:
    return settings.read_text(encoding="utf-8", errors="replace").startswith("# Begun by `taxsleeve import`")
