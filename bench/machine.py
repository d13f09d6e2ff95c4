"""What figures were measured with: machine, versions, date."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.part import ROOT

__all__ = ["TOOLS", "commit", "installed", "measured_with", "processor"]

TOOLS = ("numpy", "scipy", "pandas", "numba", "cvxpy", "clarabel", "osqp", "highspy", "scikit-learn")


def installed(distribution: str) -> str | None:
    """Version of a distribution, None where it is missing."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def processor() -> str:
    """Model of the processor."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def commit() -> str:
    """Short name of the commit, with a plus where files differ from it; "unknown" outside a checkout."""
    git = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.run([*git, "rev-parse", "--short=9", "HEAD"], capture_output=True, text=True, check=True)  # noqa: S603
        left = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.stdout.strip() + ("+" if left.stdout.strip() else "")


def measured_with(peers: Sequence[str]) -> dict[str, str]:
    """Date, commit, machine, system, Python and versions, those of `peers` too."""
    versions = {tool: installed(tool) for tool in (*TOOLS, *peers)}
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "commit": commit(),
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": ", ".join(f"{tool} {found}" for tool, found in versions.items() if found is not None),
        "missing": ", ".join(tool for tool, found in versions.items() if found is None),
        "times": "processor seconds on one thread",
    }
