"""Rows of a vintage's months: what happened up to a close, and what the account looks like after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.holdings import Holdings
from backtest.vintage.sales import CAUSES, Sales
from backtest.vintage.settings import VintageSettings
from backtest.vintage.tape import Tape
from tax import rates_of

__all__ = ["BenchmarkPath", "benchmark_path", "days_frame", "realised_row", "state_row", "tax_saved", "with_realised"]

Floats = NDArray[np.float64]


def tax_saved(settings: VintageSettings, sales: Sequence[Sales]) -> float:
    """Tax that these sales save at the settings' rates, negative where they cost tax."""
    saved = sum(
        float(rates_of(settings.rates, settings.losses, long_term=one.long_term, is_loss=one.gain < 0) @ one.gain)
        for one in sales
    )
    return 0.0 - saved  # no minus zero


def realised_row(settings: VintageSettings, sales: Sequence[Sales]) -> dict[str, float]:
    """Losses and gains by term and by cause, and what they mean for tax."""
    gain = np.concatenate([np.zeros(0), *(one.gain for one in sales)])
    long_term = np.concatenate([np.zeros(0, dtype=bool), *(one.long_term for one in sales)])
    cause = np.concatenate([np.zeros(0, dtype=np.int64), *(one.cause for one in sales)])
    row = {}
    for side, counted in (("loss", np.minimum(gain, 0.0)), ("gain", np.maximum(gain, 0.0))):
        row[f"{side}_short"] = float(counted[~long_term].sum())
        row[f"{side}_long"] = float(counted[long_term].sum())
        by_cause = np.bincount(cause, weights=counted, minlength=len(CAUSES))
        row |= {f"{side} {name}": float(by_cause[i]) for i, name in enumerate(CAUSES)}
    return row | {
        "tax_saved": tax_saved(settings, sales),
        "ordinary_dividends": float(sum(one.ordinary for one in sales)),
        "disallowed": float(sum(one.disallowed for one in sales)),
    }


def state_row(tape: Tape, row: int, holdings: Holdings) -> dict[str, float]:
    """Lots and cash at a close."""
    lots = holdings.lots
    value = lots.shares * tape.last_price[row, lots.name]
    gain, long_term = value - lots.shares * lots.basis, lots.long_term(int(tape.days[row]))
    whole = float(value.sum()) + holdings.cash
    return {
        "locked": float(value[gain > 0].sum()) / whole,
        "embedded_gain": float(gain.sum()) / whole,
        "unrealised_short": float(gain[~long_term].sum()),
        "unrealised_long": float(gain[long_term].sum()),
        "cash": holdings.cash,
        "lots": float(len(lots)),
    }


def days_frame(tape: Tape, paths: Sequence[Floats]) -> pd.DataFrame:
    """Value and returns by day; each path begins with the value after a rebalance."""
    # A close's value before a rebalance's costs and taxes ends one day's return, after them it begins the next.
    values = np.concatenate([path[1:] for path in paths])
    returns = np.concatenate([path[1:] / path[:-1] - 1 for path in paths])
    table = {"value": values, "account": returns, "benchmark": tape.index_returns[1:]}
    return pd.DataFrame(table, index=pd.DatetimeIndex(tape.calendar[1:], name="date"))


@dataclass(frozen=True, eq=False)
class BenchmarkPath:
    """An index account at each row of the months, before the row's flow.

    Parameters
    ----------
    value, income : array (R + 1,)
        Dollars; dividends since the row before.
    """

    value: Floats
    income: Floats


def benchmark_path(tape: Tape, capital: float, flows: Floats) -> BenchmarkPath:
    """Carry an index account with the same capital and flows (R,)."""
    level = np.cumprod(np.concatenate([[1.0], 1 + np.nan_to_num(tape.index_returns[1:])]))
    rows = np.append(tape.rebalances, len(tape.calendar) - 1)
    value, income = np.empty(len(rows)), np.zeros(len(rows))
    value[0] = capital
    for number in range(1, len(rows)):
        start, end = int(rows[number - 1]), int(rows[number])
        units = (value[number - 1] + flows[number - 1]) / level[start]
        value[number] = units * level[end]
        income[number] = units * float(level[start:end] @ tape.index_income[start + 1 : end + 1])
    return BenchmarkPath(value, income)


def with_realised(tape: Tape, months: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    """Add the annualised deviation of the daily active returns until the next row."""
    active = (days["account"] - days["benchmark"]).to_numpy()
    rows = np.append(tape.rebalances, len(tape.calendar) - 1)
    realised = np.full(len(months), np.nan)
    for number in range(len(rows) - 1):
        part = active[rows[number] : rows[number + 1]]
        if len(part) > 1:
            realised[number] = part.std(ddof=1) * np.sqrt(tape.periods_per_year)
    return months.assign(realised=realised)
