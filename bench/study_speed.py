"""Print time and peak memory of a whole study: vintages x sleeves on the simulated market, risk models included.

    python bench/study_speed.py [--vintages 22] [--years 10] [--names 2000] [--workers 2] [--out FOLDER]

Runs `taxsleeve compare` in a process of its own, with the optimizer and passive replication on large, mid, small and
all caps and the value and growth side of all, and adds up the resident memory of it and its workers ten times a second.
The models are fitted anew unless `--out` names a folder that has them. Expect 15 to 20 minutes on two idle cores.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_TICK = 0.1
_PAGE = 4096


def resident(root: int) -> int:
    """Bytes of a process and all its descendants; pages that they share are counted for each."""
    children: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            after_name = (folder / "stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
            pages[int(folder.name)] = int((folder / "statm").read_text(encoding="utf-8").split()[1])
        except (OSError, IndexError):
            # It has ended meanwhile.
            continue
        children.setdefault(int(after_name[1]), []).append(int(folder.name))
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        total += pages.get(process, 0) * _PAGE
        waiting += children.get(process, [])
    return total


def timed(words: list[str]) -> tuple[float, int]:
    """Seconds and peak bytes of `taxsleeve` with these words."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from taxsleeve.command_line import main; main()"
    started, peak = time.monotonic(), 0
    with subprocess.Popen([sys.executable, "-c", code, *words]) as process:  # noqa: S603 - our own command
        while process.poll() is None:
            peak = max(peak, resident(process.pid))
            time.sleep(_TICK)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.monotonic() - started, peak


def main() -> int:
    """Run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--vintages", type=int, default=22)
    parser.add_argument("--years", type=int, default=10)
    parser.add_argument("--names", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = given.out or Path(folder) / "study"
        words = ["compare", "--out", str(out), "--quiet"]
        for name in ("vintages", "years", "names", "workers"):
            words += [f"--{name}", str(getattr(given, name))]
        seconds, peak = timed(words)
        runs, models = len(list(out.glob("runs/*.parquet"))), len(list(out.glob("models/*/*.npz")))
    print(f"{runs} runs of {given.years} years, {models} risk models, {given.names} names, {given.workers} workers:")
    print(f"{seconds / 60:.1f} minutes, {peak / 2**30:.1f} GB in all at the most")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
