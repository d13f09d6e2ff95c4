"""What the holders of a delisted stock got, as part of its total return."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["no_delistings", "with_delisting_returns"]


def no_delistings() -> pd.DataFrame:
    """Return the empty table of delistings: `asset, date, return`."""
    date = pd.Series([], dtype="datetime64[ns]")
    return pd.DataFrame({"asset": pd.Series([], dtype=object), "date": date, "return": pd.Series([], dtype=float)})


def with_delisting_returns(returns: pd.DataFrame, prices: pd.DataFrame, delistings: pd.DataFrame) -> pd.DataFrame:
    """Put each delisting return on the first trading day after the name's last price.

    A cell that already has a return keeps it: returns that include their delistings come out unchanged. A delisting
    whose name is priced up to the last day, or has no price at all, changes nothing; the survey lists it.

    Parameters
    ----------
    returns, prices : DataFrame (T, N)
    delistings : DataFrame
        `asset, date, return`.

    Returns
    -------
    DataFrame (T, N)
        New where anything was put in.
    """
    if not len(delistings):
        return returns
    values = returns.to_numpy(dtype=float, na_value=np.nan, copy=True)
    priced = prices.notna().to_numpy()
    position = {asset: j for j, asset in enumerate(prices.columns)}
    for asset, paid in zip(delistings["asset"], delistings["return"], strict=True):
        j = position.get(asset)
        if j is None or not priced[:, j].any():
            continue
        after = int(np.flatnonzero(priced[:, j])[-1]) + 1
        if after < len(values) and np.isnan(values[after, j]) and np.isfinite(paid):
            values[after, j] = paid
    return pd.DataFrame(values, index=returns.index, columns=returns.columns)
