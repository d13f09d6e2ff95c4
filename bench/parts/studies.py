"""What sleeves saved, and what wider limits on tracking error bring: simulated, and on real prices where they are."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.part import ROOT, NotHere, Part, Request, Table, environment, size

__all__ = ["FRONTIER", "REAL", "REAL_FRONTIER", "SLEEVES"]

_RUN = "import sys; from taxsleeve.command_line import main; main(sys.argv[1:])"
_REAL_YEARS = ("--years", "5", "--workers", "2")


def measure_sleeves(request: Request) -> Table:
    """Compare sleeves on the simulated market, or read a finished comparison."""
    words = size(
        request,
        ("compare", "--vintages", "22", "--years", "10", "--names", "2000", "--workers", "2"),
        ("compare", "--vintages", "2", "--years", "1", "--names", "150", "--sleeves", "large,small", "--workers", "1"),
    )
    return _sleeves(request.study, words)


def measure_real(request: Request) -> Table:
    """Compare sleeves on real prices, or read a finished comparison.

    Raises
    ------
    NotHere
        There are no real prices.
    """
    _require(request, request.real_study)
    words = ("compare", "--market", str(request.market), "--start-years", "2011..2015", "--sleeves",
             "large,mid,small,all", *_REAL_YEARS)  # fmt: skip
    return _sleeves(request.real_study, words)


def measure_frontier(request: Request) -> Table:
    """Widen the limit on tracking error on the simulated market."""
    words = size(
        request,
        ("frontier", "--vintages", "3", "--years", "5", "--names", "2000", "--sleeves", "large,mid,small",
         "--tracking-errors", "0.5%,1%,2%,4%", "--workers", "2"),
        ("frontier", "--vintages", "1", "--years", "1", "--names", "150", "--sleeves", "large", "--tracking-errors",
         "1%,3%", "--workers", "1"),
    )  # fmt: skip
    return _frontier(None, words)


def measure_real_frontier(request: Request) -> Table:
    """Widen the limit on tracking error on real prices, or read a finished frontier.

    Raises
    ------
    NotHere
        There are no real prices.
    """
    _require(request, request.real_frontier)
    words = ("frontier", "--market", str(request.market), "--start-years", "2011,2013,2015", "--sleeves",
             "large,mid,small", "--tracking-errors", "0.5%,1%,2%,4%", *_REAL_YEARS)  # fmt: skip
    return _frontier(request.real_frontier, words)


def _require(request: Request, finished: Path | None) -> None:
    if finished is None and not (request.market / "market.toml").is_file():
        raise NotHere(f"no market folder at {request.market}; the data are not part of the project (--market DIR)")
    if finished is None and request.quick:
        raise NotHere("real prices have no small size; give a finished study")


def _sleeves(finished: Path | None, words: Sequence[str]) -> Table:
    with tempfile.TemporaryDirectory() as work:
        folder = _study(finished, words, Path(work) / "study")
        runs = pd.read_parquet(folder / "summary.parquet")
        spread = pd.read_csv(folder / "exhibits" / "distribution.csv")
        differences = pd.read_csv(folder / "exhibits" / "differences.csv")
        settings = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    ours = runs[(runs["strategy"] == "optimizer") & (runs["setting"] == "base")]
    means = ours.groupby("sleeve", sort=False).mean(numeric_only=True)
    own = spread[(spread["strategy"] == "optimizer") & (spread["setting"] == "base")]
    net = own[own["measure"] == "tax_savings"].set_index("sleeve")
    rows, figures = [], {}
    for sleeve in map(str, means.index):
        mean, own_net = means.loc[sleeve], net.loc[sleeve]
        interval = f"{own_net['low']:.2%} to {own_net['high']:.2%}"
        shown = ("saved_on_losses", "tax_on_gains", "predicted_te", "realised_te")
        rows.append((sleeve, f"{mean['tax_savings']:.2%}", interval, *(f"{mean[name]:.2%}" for name in shown)))
        for name in ("tax_savings", "saved_on_losses", "tax_on_gains", "tax_alpha", "predicted_te", "realised_te"):
            figures[f"{sleeve}: {name}"] = float(mean[name])
    notes = (
        f"Saved a year, of value, net of tax on gains that index changes and risk forced, with the 95% interval over "
        f"vintages that overlap; means of {_vintages(ours)}, tracking error at most "
        f"{settings['terms']['tracking_error']:.0%}, losses usable at {settings['terms']['short_term']:.1%} and "
        f"{settings['terms']['long_term']:.1%}.{_over_large(differences)}",
        _origin(finished, settings),
    )
    columns = ("sleeve", "net", "interval", "on losses", "tax on gains", "TE predicted", "TE realised")
    return Table(columns, tuple(rows), notes, _seed(settings), figures)


def _frontier(finished: Path | None, words: Sequence[str]) -> Table:
    with tempfile.TemporaryDirectory() as work:
        folder = _study(finished, words, Path(work) / "study")
        points = pd.read_csv(folder / "exhibits" / "frontier.csv")
        settings = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    points = points[points["strategy"] == "optimizer"]
    limits = sorted(points["te_limit"].unique())
    rows, figures = [], {}
    for sleeve, own in points.groupby("sleeve", sort=False):
        by_limit = own.set_index("te_limit")
        cells = []
        for limit in limits:
            point = by_limit.loc[limit]
            cells.append(f"{point['tax_savings']:.2%} (TE {point['realised_te']:.2%})")
            for name in ("tax_savings", "tax_alpha", "realised_te", "predicted_te", "turnover"):
                figures[f"{sleeve}, {limit:.1%}: {name}"] = float(point[name])
        rows.append((str(sleeve), *cells))
    vintages = int(points["vintages"].max())
    notes = (
        f"Saved a year, of value, net of tax on gains, by the limit on tracking error (realised in brackets); means of "
        f"{vintages} vintages of {settings['years']} years.",
        _origin(finished, settings),
    )
    return Table(("sleeve", *(f"{limit:.1%}" for limit in limits)), tuple(rows), notes, _seed(settings), figures)


def _study(finished: Path | None, words: Sequence[str], out: Path) -> Path:
    """Folder of the finished study, run where none is given."""
    if finished is not None:
        if not (finished / "summary.parquet").is_file():
            raise NotHere(f"{finished} has no finished study (no summary.parquet)")
        return finished
    ours = [sys.executable, "-c", _RUN, *words, "--out", str(out), "--quiet"]
    subprocess.run(ours, cwd=ROOT, env=environment(), check=True, stdout=subprocess.DEVNULL)  # noqa: S603
    return out


def _vintages(runs: pd.DataFrame) -> str:
    count, years = runs["funded"].nunique(), float(np.mean(runs["years"]))
    first, last = pd.Timestamp(runs["funded"].min()), pd.Timestamp(runs["funded"].max())
    return f"{count} vintages of {years:.0f} years funded from {first:%Y-%m} to {last:%Y-%m}"


def _over_large(differences: pd.DataFrame) -> str:
    """Say whether small saved more than large, where both are there."""
    own = differences[
        (differences["sleeve"] == "small")
        & (differences["against"] == "large")
        & (differences["strategy"] == "optimizer")
        & (differences["measure"] == "tax_savings")
        & (differences["setting"] == "base")
    ]
    if own.empty:
        return ""
    one = own.iloc[0]
    told = "" if one["low"] * one["high"] > 0 else ", not to be told from zero"
    return f" Small over large: {one['mean']:+.2%} (95% interval {one['low']:+.2%} to {one['high']:+.2%}{told})."


def _origin(finished: Path | None, settings: dict[str, Any]) -> str:
    how = "run for this table" if finished is None else "a finished study was read"
    return f"Study: {how}; program {settings['program']}, code {settings.get('code', 'not told')}."


def _seed(settings: dict[str, Any]) -> str:
    simulated = settings.get("simulation")
    return "real prices" if simulated is None else f"simulated market {simulated['seed']}, {simulated['names']} names"


SLEEVES = Part(
    name="study-sleeves",
    group="study",
    shows="What each sleeve saved on the simulated market",
    measure=measure_sleeves,
    minutes=18,
    in_readme=True,
)
FRONTIER = Part(
    name="study-frontier",
    group="study",
    shows="Saved by the limit on tracking error, simulated market",
    measure=measure_frontier,
    minutes=8,
)
REAL = Part(
    name="study-real",
    group="study",
    shows="What each sleeve saved on real US stocks",
    measure=measure_real,
    minutes=15,
)
REAL_FRONTIER = Part(
    name="study-real-frontier",
    group="study",
    shows="Saved by the limit on tracking error, real US stocks",
    measure=measure_real_frontier,
    minutes=15,
)
