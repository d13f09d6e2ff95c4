"""Coverage-guided fuzzing of every reader: `python bench/fuzz_readers.py TARGET|all [--seconds 60] [--corpus DIR]`.

Needs atheris (`pip install 'taxsleeve[fuzz]'`); without it this says so and ends with status 0. Each target runs in a
process of its own, which ends with a traceback and a file `crash-...` in the corpus folder where a reader raises
anything but `InputError`, hangs for more than 20 seconds, or takes more than 4 GB.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    import atheris
except ImportError:
    atheris = None


def main() -> int:
    """Fuzz one target here, or all of them one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "taxsleeve-corpus")
    given = parser.parse_args()
    if atheris is None:
        print("skipped: atheris is not installed (pip install 'taxsleeve[fuzz]')")
        return 0
    if given.target != "all":
        _fuzz(given.target, given.seconds, given.corpus)
        return 0
    from bench.fuzz_targets import TARGETS

    failed = []
    for target in TARGETS:
        words = [target, "--seconds", str(given.seconds), "--corpus", str(given.corpus)]
        command = [sys.executable, __file__, *words]
        ran = subprocess.run(  # noqa: S603 - ourselves
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        last = [line for line in ran.stdout.splitlines() if "DONE" in line or "exec/s" in line]
        found = "found something" if ran.returncode else "nothing found"
        print(f"{target}: {found}; {last[-1] if last else ''}", flush=True)
        if ran.returncode:
            failed.append(target)
            told = [line for line in ran.stdout.splitlines() if not line.startswith("#")]
            print("\n".join(told[-25:]), flush=True)
    return 1 if failed else 0


def _fuzz(target: str, seconds: int, corpus: Path) -> None:
    """Fuzz one target; does not return."""
    with atheris.instrument_imports(include=["taxsleeve", "tax", "risk", "tomllib", "csv"]):
        from bench.fuzz_targets import SEEDS, read
    logging.disable(logging.CRITICAL)
    place = corpus / target
    place.mkdir(parents=True, exist_ok=True)
    (place / "seed").write_bytes(SEEDS.get(target, b""))

    def one(data: bytes) -> None:
        with contextlib.redirect_stderr(None):
            read(target, data)

    words = [f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=4096", f"-artifact_prefix={corpus}/{target}-"]
    atheris.Setup([sys.argv[0], str(place), *words, "-max_len=4096", "-print_final_stats=1"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
