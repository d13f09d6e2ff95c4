"""Exhibit 4: growth against value over rolling ten-year periods."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from backtest.exhibits.performance import ten_year_periods

__all__ = ["style_cycles", "style_pairs"]


def style_pairs(sleeves: Iterable[str]) -> list[tuple[str, str, str]]:
    """Segment, growth sleeve and value sleeve, where both of "large growth" and "large value" are there."""
    names = list(sleeves)
    segments = [name.removesuffix(" growth") for name in names if name.endswith(" growth")]
    return [(s, f"{s} growth", f"{s} value") for s in segments if f"{s} value" in names]


def style_cycles(returns: pd.DataFrame, years: int = 10) -> pd.DataFrame:
    """Growth less value, a year, over every period of `years` calendar years.

    Parameters
    ----------
    returns : DataFrame (T, S)
        Total returns with columns such as "large growth" and "large value".
    years : int

    Returns
    -------
    DataFrame
        `start_year, end_year, segment, growth, value, difference`; empty where no segment has both styles.
    """
    periods = ten_year_periods(returns, years)
    wide = periods.pivot_table(index=["start_year", "end_year"], columns="sleeve", values="annual_return").reset_index()
    parts = []
    for segment, growth, value in style_pairs(map(str, wide.columns)):
        part = wide[["start_year", "end_year"]].assign(segment=segment, growth=wide[growth], value=wide[value])
        parts.append(part.assign(difference=part["growth"] - part["value"]).dropna())
    columns = ["start_year", "end_year", "segment", "growth", "value", "difference"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
