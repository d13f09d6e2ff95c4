"""The shadow index account: what its dividends and the client's withdrawals realise, and what stays unrealised."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tax.holding_period import long_term_from
from taxsleeve_errors import TaxError

__all__ = ["index_account"]

Floats = NDArray[np.float64]


def index_account(months: pd.DataFrame) -> pd.DataFrame:
    """Keep the lots of an account that holds the index with the run's own flows.

    As `tax.measurement.shadow_benchmark` (a test holds it to that, lot by lot), on arrays: dividends are reinvested at
    their row, deposits buy, withdrawals sell the highest cost first.

    Parameters
    ----------
    months : DataFrame
        `benchmark` (before the row's flow, dividends reinvested), `benchmark_income` and `flow` by date.

    Returns
    -------
    DataFrame
        By the rows of `months`, dollars: `dividends`, `short`, `long` (realised by withdrawals), `unrealised_short`,
        `unrealised_long` and `value` (both after the row's flow).

    Raises
    ------
    TaxError
        More is withdrawn than is there.
    """
    dates = [date.date() for date in pd.DatetimeIndex(months.index)]
    today = np.array(dates, dtype="datetime64[D]")
    long_from = np.array([long_term_from(date) for date in dates], dtype="datetime64[D]")
    value, income, flow = (months[n].to_numpy(dtype=float) for n in ("benchmark", "benchmark_income", "flow"))
    units, cost = np.zeros(len(value)), np.ones(len(value))
    units[0] = value[0] + flow[0]
    rows = [np.array([0.0, 0.0, 0.0, 0.0, 0.0, units[0]])]
    for k in range(1, len(value)):
        price = (value[k] - income[k]) / units.sum()
        units[k], cost[k] = (income[k] + max(0.0, flow[k])) / price, price
        long = today[k] >= long_from[: k + 1]
        gain = price - cost[: k + 1]
        sold = _highest_cost_first(units[: k + 1], cost[: k + 1], max(0.0, -flow[k]) / price, dates[k])
        units[: k + 1] -= sold
        realised, left = sold * gain, units[: k + 1] * gain
        parts = [income[k], realised[~long].sum(), realised[long].sum(), left[~long].sum(), left[long].sum()]
        rows.append(np.array([*parts, price * units.sum()]))
    columns = ["dividends", "short", "long", "unrealised_short", "unrealised_long", "value"]
    return pd.DataFrame(rows, index=months.index, columns=columns)


def _highest_cost_first(units: Floats, cost: Floats, wanted: float, date: object) -> Floats:
    sold = np.zeros(len(units))
    if wanted == 0:
        return sold
    held = float(units.sum())
    if wanted > held * (1 + 1e-12):
        raise TaxError(
            f"index account on {date}: withdrawal of {wanted:.6g} units, expected at most the {held:.6g} held"
        )
    order = np.argsort(-cost, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(units[order])[:-1]])
    sold[order] = np.clip(wanted - before, 0.0, units[order])
    return sold
