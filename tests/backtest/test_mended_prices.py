"""Returns that no price can have made are taken out; nothing else moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from backtest import Market, mended_prices
from risk.evaluate import History


def test_a_forgotten_split_is_mended(market_of: Callable[..., Market]) -> None:
    whole = market_of()
    day, name = whole.calendar[100], whole.assets[2]
    prices = whole.prices.copy()
    prices.loc[:day, name] *= 20
    prices.loc[day, name] /= 20
    dividends = pd.DataFrame(0.0, index=whole.calendar, columns=whole.assets)
    dividends.iloc[[50, 200], 2] = 1.0
    broken = market_of(prices=prices, returns=prices.pct_change(), dividends=dividends)
    history = History(broken.returns.iloc[1:], broken.caps, broken.securities["sector"])
    assert history.repairs[["date", "asset"]].to_numpy().tolist() == [[day, name]]
    mended = mended_prices(broken, history.repairs)
    steps = mended.prices.pct_change().iloc[1:]
    assert abs(steps.loc[day, name]) < 1e-12
    assert mended.returns.loc[day, name] == 0.0
    np.testing.assert_allclose(mended.returns.iloc[1:], steps, atol=1e-12)
    others = whole.returns.iloc[1:].drop(day)
    np.testing.assert_allclose(mended.returns.iloc[1:].drop(day), others, atol=1e-12)
    np.testing.assert_array_equal(mended.prices.loc[day:], broken.prices.loc[day:])
    # A dividend stays the same part of the price it was paid on.
    assert mended.dividends is not None
    share = mended.dividends.iloc[50, 2] / mended.prices.iloc[49, 2]
    assert np.isclose(share, 1.0 / broken.prices.iloc[49, 2])
    assert mended.dividends.iloc[200, 2] == 1.0


def test_repairs_of_names_and_days_that_are_not_there_change_nothing(market_of: Callable[..., Market]) -> None:
    market = market_of()
    days = [market.calendar[0], pd.Timestamp("1999-01-04"), market.calendar[5]]
    repairs = pd.DataFrame({"date": days, "asset": [market.assets[0], market.assets[0], "nobody"]})
    mended = mended_prices(market, repairs)
    pd.testing.assert_frame_equal(mended.prices, market.prices)
    pd.testing.assert_frame_equal(mended.returns, market.returns, check_names=False)
