"""Exhibit 3: how many stocks an index really holds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtest.calendar_years import full_years
from backtest.sleeve_index import SleeveIndex

__all__ = ["concentration"]


def concentration(indices: Mapping[str, SleeveIndex]) -> pd.DataFrame:
    """Effective number of stocks, 1 / sum of squared weights (the inverse Herfindahl index), and the ten largest.

    Returns
    -------
    DataFrame
        `year` (that begins at the close measured), `date` of that close, `sleeve, names, effective_number, top_ten`
        (weight of the ten largest). The close that ends the last full year counts as the next year's start.
    """
    rows = []
    for name, index in indices.items():
        years = full_years(index.market.calendar)
        closes = [(year.year, year.start) for year in years] + [(year.year + 1, year.end) for year in years[-1:]]
        for year, close in closes:
            weights = index.weights_at(close).to_numpy()
            weights = np.sort(weights[weights > 0])[::-1]
            if len(weights):
                rows.append(
                    {
                        "year": year,
                        "date": close,
                        "sleeve": name,
                        "names": len(weights),
                        "effective_number": float(1 / np.sum(weights**2)),
                        "top_ten": float(np.sum(weights[:10])),
                    }
                )
    return pd.DataFrame(rows, columns=["year", "date", "sleeve", "names", "effective_number", "top_ten"])
