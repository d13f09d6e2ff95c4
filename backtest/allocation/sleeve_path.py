"""What a dollar in a sleeve does from row to row: read from a stored run, three ways."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.study_measures.index_account import index_account
from backtest.study_measures.prepared import Prepared
from backtest.study_measures.timeline import put_in_of

__all__ = ["SleevePath", "View", "sleeve_path"]

Floats = NDArray[np.float64]
_GAINS = ["unrealised_short", "unrealised_long"]


class View(enum.StrEnum):
    """What the sleeves are held as.

    `HARVESTED`: the study's accounts, after tax. `FUND`: index accounts that harvest nothing, their dividends taxed.
    `INDEX`: the index returns alone, before tax and costs.
    """

    HARVESTED = "harvested"
    FUND = "fund"
    INDEX = "index"


@dataclass(frozen=True, eq=False)
class SleevePath:
    """K steps from row to row; all per dollar at work at the start of a step.

    Parameters
    ----------
    earned : array (K,)
        Return before tax, costs and dividends in it.
    tax : array (K,)
        Tax due; below zero where losses save more.
    paid_out : array (K,)
        Dividends, cash until the end of the step.
    gain : array (K, 2)
        What is added to unrealised short-term and long-term gains.
    free : array (K,)
        Share of the value at the step's end in lots worth no more than they cost, and in cash.
    """

    earned: Floats
    tax: Floats
    paid_out: Floats
    gain: Floats
    free: Floats


def sleeve_path(run: Prepared, view: View) -> SleevePath:
    """Read a path from a run."""
    return {View.HARVESTED: _harvested, View.FUND: _fund, View.INDEX: _index}[view](run)


def _harvested(run: Prepared) -> SleevePath:
    months, steps = run.months, run.returns.steps
    begins = put_in_of(months)[:-1]
    return SleevePath(
        earned=_array(steps["pre"]),
        tax=_array(steps["pre"] - steps["after"]),
        paid_out=_array(months["dividends"])[1:] / begins,
        gain=_added(months[_GAINS]) / begins[:, None],
        free=np.clip(1 - _array(months["locked"])[1:], 0.0, 1.0),
    )


def _fund(run: Prepared) -> SleevePath:
    steps, begins = run.returns.steps, _index_begins(run.months)
    earned = _array(steps["index_pre"])
    return SleevePath(
        earned=earned,
        tax=earned - _array(steps["index_after"]),
        paid_out=_array(run.months["benchmark_income"])[1:] / begins,
        gain=_added(index_account(run.months)[_GAINS]) / begins[:, None],
        free=np.zeros(len(earned)),
    )


def _index(run: Prepared) -> SleevePath:
    earned = _array(run.returns.steps["index_pre"])
    nothing = np.zeros(len(earned))
    paid_out = _array(run.months["benchmark_income"])[1:] / _index_begins(run.months)
    return SleevePath(earned, nothing, paid_out, np.zeros((len(earned), 2)), np.ones(len(earned)))


def _index_begins(months: pd.DataFrame) -> Floats:
    return _array(months["benchmark"] + months["flow"])[:-1]


def _added(gains: pd.DataFrame) -> Floats:
    # What opening lots bring along counts with the first step.
    levels = gains.to_numpy(dtype=float).copy()
    levels[0] = 0.0
    added: Floats = np.diff(levels, axis=0)
    return added


def _array(column: pd.Series) -> Floats:
    values: Floats = column.to_numpy(dtype=float)
    return values
