"""Small markets whose every figure can be worked out by hand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backtest import Market

# Strategies of `study_parts` are sent to other processes, which import them by this path too.
sys.path.append(str(Path(__file__).parent))

DAYS = pd.bdate_range("2019-12-02", "2021-03-31", name="date")


def make_market(names: int = 6, days: pd.DatetimeIndex = DAYS, seed: int = 0, **changes: Any) -> Market:
    """Make a market of `names` stocks with random prices; capitalisation at each month's end follows the price."""
    rng = np.random.default_rng(seed)
    assets = [f"N{i:03d}" for i in range(names)]
    returns = 0.0003 + 0.015 * rng.standard_normal((len(days), names))
    prices = pd.DataFrame(50 * np.cumprod(1 + returns, axis=0), index=days, columns=assets)
    shares = np.exp(rng.standard_normal(names)) * 1e7
    tables: dict[str, Any] = {
        "name": "Made up",
        "prices": prices,
        "returns": prices.pct_change(),
        "caps": (prices * shares).groupby(days.to_period("M")).tail(1),
        "securities": pd.DataFrame({"name": assets, "sector": "Energy", "group": assets}, index=assets),
    }
    return Market(**{**tables, **changes})


@pytest.fixture(scope="session")
def market_of() -> Callable[..., Market]:
    """Make a small market; keywords replace its tables."""
    return make_market
