"""The frontier: tracking-error limit against tax alpha, savings and realised tracking error, with its slope."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from backtest.study_measures.differences import difference
from backtest.study_measures.runs import Group, MeasuredRuns
from taxsleeve_errors import InputError

__all__ = ["frontier"]

_SHOWN = ("tax_alpha", "tax_alpha_liquidated", "tax_savings", "net_losses", "losses", "gains", "predicted_te",
          "realised_te", "turnover")  # fmt: skip
_SLOPED = ("tax_alpha", "tax_savings")
_ENDS = {"": "mean", "_low": "low", "_high": "high"}
_FIRST = ["sleeve", "line", "te_limit", "strategy", "setting", "vintages", "independent"]


def frontier(runs: MeasuredRuns, spread: pd.DataFrame) -> pd.DataFrame:
    """Line up the groups that differ in their limit on tracking error.

    Parameters
    ----------
    runs : MeasuredRuns
        The limit is the fact `te_limit`.
    spread : DataFrame
        `distribution` of the same runs.

    Returns
    -------
    DataFrame
        By sleeve, line (what the points of one curve have in common: their strategy, or their setting where each
        strategy has one limit) and limit: `<measure>, <measure>_low, <measure>_high`; `tax_alpha_slope` and
        `tax_savings_slope`: gain for each unit of tracking error more than the point before, with `_low` and `_high`,
        paired by vintage. Empty where no line has two limits.
    """
    rows = []
    for (sleeve, line), points in _lines(runs):
        for before, (limit, group) in _with_before(points):
            row = {"sleeve": sleeve, "line": line, "te_limit": limit, "strategy": group[1], "setting": group[2]}
            row |= _figures(spread, group)
            if before is not None:
                row |= _slopes(runs, group, before[1], limit - before[0])
            rows.append(row)
    slopes = [f"{name}_slope{end}" for name in _SLOPED for end in _ENDS]
    shown = [f"{name}{end}" for name in _SHOWN for end in _ENDS]
    return pd.DataFrame(rows, columns=[*_FIRST, *shown, *slopes])


Point = tuple[float, Group]


def _lines(runs: MeasuredRuns) -> Iterator[tuple[tuple[str, str], list[Point]]]:
    limits = _limits(runs)
    by_strategy = _gathered(limits, 1)
    lines = {key: points for key, points in by_strategy.items() if len({limit for limit, _ in points}) > 1}
    if not lines:
        by_setting = _gathered(limits, 2)
        lines = {key: points for key, points in by_setting.items() if len({limit for limit, _ in points}) > 1}
    for key, points in lines.items():
        # Of settings with the same limit the first stands for it; the others vary something else.
        first: dict[float, Group] = {}
        for limit, group in points:
            first.setdefault(limit, group)
        yield key, sorted(first.items())


def _limits(runs: MeasuredRuns) -> list[Point]:
    if "te_limit" not in runs.summary:
        return []
    points = []
    for group in runs.contributions:
        if group[1] == runs.choices.passive:
            continue
        limits = runs.of(group)["te_limit"].astype(float).dropna().unique()
        if len(limits) > 1:
            raise InputError.of(", ".join(group), "one te_limit for all vintages", value=sorted(limits))
        points += [(float(limit), group) for limit in limits if np.isfinite(limit)]
    return sorted(points, key=lambda point: point[1][2] != runs.base)


def _gathered(points: list[Point], part: int) -> dict[tuple[str, str], list[Point]]:
    gathered: dict[tuple[str, str], list[Point]] = {}
    for limit, group in points:
        gathered.setdefault((group[0], group[part]), []).append((limit, group))
    return gathered


def _with_before(points: list[Point]) -> Iterator[tuple[Point | None, Point]]:
    yield None, points[0]
    yield from pairwise(points)


def _figures(spread: pd.DataFrame, group: Group) -> dict[str, float]:
    sleeve, strategy, setting = group
    own = (spread["sleeve"] == sleeve) & (spread["strategy"] == strategy) & (spread["setting"] == setting)
    table = spread[own].set_index("measure").to_dict("index")
    figures = {count: table[_SHOWN[0]][count] for count in ("vintages", "independent")}
    return figures | {f"{name}{end}": table[name][column] for name in _SHOWN for end, column in _ENDS.items()}


def _slopes(runs: MeasuredRuns, ours: Group, theirs: Group, step: float) -> dict[str, float]:
    less = difference(runs, ours, theirs)
    if less is None:
        return {}
    table = less.to_dict("index")
    return {f"{name}_slope{end}": table[name][column] / step for name in _SLOPED for end, column in _ENDS.items()}
