"""What must hold between the tables of a market, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from taxsleeve_errors import Fault

__all__ = ["market_faults"]


def market_faults(
    panels: Mapping[str, pd.DataFrame], tables: Mapping[str, tuple[pd.DataFrame, tuple[str, ...]]]
) -> list[Fault]:
    """List everything that keeps these tables from being a market.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        Dates x assets: `prices`, `returns`, `caps`, and what else there is.
    tables : mapping of str to (DataFrame, tuple of str)
        Each with the columns that it must have; that of `securities` has the asset as index.
    """
    faults = []
    for name, panel in panels.items():
        faults += _panel_faults(name, panel)
    for name, (table, columns) in tables.items():
        missing = [column for column in columns if column not in table.columns]
        faults += [Fault(name, "this column", column=column, value="no such column") for column in missing]
    securities = tables["securities"][0].index
    if securities.has_duplicates:
        twice = securities[securities.duplicated()][0]
        faults.append(Fault("securities", "each asset once", column="asset", value=str(twice)))
    return faults or _agreement_faults(panels["prices"], panels["returns"], panels["caps"])


def _panel_faults(name: str, frame: pd.DataFrame) -> list[Fault]:
    if not isinstance(frame.index, pd.DatetimeIndex):
        return [Fault(name, "an index of dates", value=type(frame.index).__name__)]
    faults = []
    if not len(frame) or not frame.shape[1]:
        faults.append(Fault(name, "at least one date and one asset", value=f"{frame.shape[0]} x {frame.shape[1]}"))
    if frame.index.has_duplicates or not frame.index.is_monotonic_increasing:
        faults.append(Fault(name, "dates that rise and stand once each"))
    if frame.columns.has_duplicates:
        twice = frame.columns[frame.columns.duplicated()][0]
        faults.append(Fault(name, "each asset once", value=str(twice)))
    values = frame.to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        floor = {"prices": values <= 0, "caps": values <= 0, "returns": values < -1, "dividends": values < 0}
        bad = np.isinf(values) | floor.get(name, np.zeros_like(values, dtype=bool))
    if bad.any():
        row, column = map(int, np.argwhere(bad)[0])
        place = f"{frame.columns[column]} on {frame.index[row].date()}"
        least = {"prices": "a price > 0", "caps": "a capitalisation > 0", "returns": "at least -1", "dividends": ">= 0"}
        expected = f"{least.get(name, 'a finite number')}, or NaN where there is none"
        faults.append(Fault(name, expected, column=place, value=f"{values[row, column]:g}"))
    return faults


def _agreement_faults(prices: pd.DataFrame, returns: pd.DataFrame, caps: pd.DataFrame) -> list[Fault]:
    faults = []
    if not returns.index.equals(prices.index) or not returns.columns.equals(prices.columns):
        shapes = f"{returns.shape} against {prices.shape}"
        faults.append(Fault("returns", "the dates and assets of prices, in the same order", value=shapes))
    if not len(prices.columns.intersection(caps.columns)):
        faults.append(Fault("caps", "the assets of prices", value=", ".join(map(str, caps.columns[:3]))))
    if caps.index[0] > prices.index[-1]:
        faults.append(Fault("caps", f"a date up to {prices.index[-1].date()}", value=str(caps.index[0].date())))
    return faults
