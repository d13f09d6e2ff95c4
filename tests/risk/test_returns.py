"""From prices to simple returns: gaps stay gaps, and prices that cannot be are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from risk import simple_returns
from taxsleeve_errors import RiskModelError

DAYS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"], name="date")


def prices(**columns: list[float]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=DAYS)


def test_returns_by_hand() -> None:
    returns = simple_returns(prices(A=[100.0, 110.0, 99.0, 99.0]))
    np.testing.assert_allclose(returns["A"], [0.10, -0.10, 0.0])
    assert list(returns.index) == list(DAYS[1:])


def test_a_gap_is_missing_on_both_sides_and_never_a_zero_return() -> None:
    returns = simple_returns(prices(A=[100.0, np.nan, 99.0, 100.0], B=[1.0, 2.0, 3.0, 4.0]))
    assert returns["A"].isna().tolist() == [True, True, False]
    assert returns["B"].notna().all()
    assert returns["A"].iloc[2] == pytest.approx(100 / 99 - 1)


def test_missing_values_of_nullable_columns_are_gaps_too() -> None:
    frame = prices(A=[1.0, 2.0, 3.0, 4.0]).astype("Float64")
    frame.iloc[1, 0] = pd.NA
    assert simple_returns(frame)["A"].isna().tolist() == [True, True, False]


@pytest.mark.parametrize("bad", [0.0, -5.0])
def test_a_price_that_is_not_positive_is_refused_by_name_and_day(bad: float) -> None:
    with pytest.raises(RiskModelError, match=rf"prices of B on 2024-01-04 00:00:00: {bad}, expected > 0"):
        simple_returns(prices(A=[1.0, 1.0, 1.0, 1.0], B=[1.0, 1.0, bad, 1.0]))


@pytest.mark.parametrize("order", [[1, 0, 2, 3], [0, 0, 1, 2]])
def test_dates_out_of_order_or_repeated_are_refused(order: list[int]) -> None:
    with pytest.raises(RiskModelError, match="dates must rise and stand once each"):
        simple_returns(prices(A=[1.0, 2.0, 3.0, 4.0]).iloc[order])


def test_one_row_of_prices_has_no_returns() -> None:
    assert simple_returns(prices(A=[1.0, 2.0, 3.0, 4.0]).iloc[:1]).shape == (0, 1)
