"""Bad input is refused with a reason, or repaired and listed; never silently."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from risk import Screening
from risk.screening import ScreenedReturns, read_returns, screen
from taxsleeve_errors import RiskModelError


@pytest.fixture
def frame() -> pd.DataFrame:
    values = np.random.default_rng(0).standard_normal((120, 4)) * 0.02
    return pd.DataFrame(values, index=pd.bdate_range("2019-01-01", periods=120), columns=list("ABCD"))


def run(frame: pd.DataFrame, settings: Screening | None = None) -> ScreenedReturns:
    returns, names, _ = read_returns(frame)
    return screen(returns, names, [str(day.date()) for day in frame.index], settings or Screening())


def test_clean_returns_are_left_alone(frame: pd.DataFrame) -> None:
    found = run(frame)
    np.testing.assert_array_equal(found.values, frame.to_numpy())
    np.testing.assert_array_equal(found.fitted, frame.to_numpy())
    assert found.repairs == ()


def test_a_price_that_stands_still_is_a_gap(frame: pd.DataFrame) -> None:
    frame.iloc[30:40, 1] = 0.0
    frame.iloc[60:69, 2] = 0.0
    found = run(frame)
    assert np.isnan(found.values[30:40, 1]).all()
    assert np.isfinite(found.values[:, 2]).all()
    [repair] = found.repairs
    assert (repair.asset, repair.kind, repair.periods) == ("B", "stale price", 10)
    assert repair.first == str(frame.index[30].date())
    assert "B: stale price, 10 periods from" in str(repair)
    assert run(frame, Screening(stale_run=0)).repairs == ()


def test_a_jump_is_winsorised_for_the_fit_alone(frame: pd.DataFrame) -> None:
    frame.iloc[50, 0] = 0.9
    found = run(frame)
    bound = 10 * np.median(np.abs(frame["A"])) / 0.6745
    assert found.values[50, 0] == 0.9
    assert found.fitted[50, 0] == pytest.approx(bound)
    [repair] = found.repairs
    assert (repair.kind, repair.periods) == ("jump", 1)
    assert "+90.0%" in repair.detail
    assert "10 robust deviations" in repair.detail


@pytest.mark.parametrize("value", [4.0, 9.0, -0.95])
def test_an_implausible_return_is_winsorised_for_every_use(frame: pd.DataFrame, value: float) -> None:
    frame.iloc[50, 0] = value
    found = run(frame)
    bound = 10 * np.median(np.abs(frame["A"])) / 0.6745
    assert abs(found.values[50, 0]) == pytest.approx(bound)
    assert found.fitted[50, 0] == found.values[50, 0]
    assert [repair.kind for repair in found.repairs] == ["implausible return"]


def test_duplicate_dates_and_names_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(RiskModelError, match="2019-01-01 00:00:00 stands twice among the dates"):
        read_returns(pd.concat([frame.iloc[:1], frame]))
    with pytest.raises(RiskModelError, match="A stands twice among the names"):
        read_returns(frame.rename(columns={"B": "A"}))


def test_dates_out_of_order_are_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(RiskModelError, match="sort the dates"):
        read_returns(frame.iloc[::-1])


def test_prices_and_per_cent_are_refused(frame: pd.DataFrame) -> None:
    prices = 50 * (1 + frame).cumprod()
    with pytest.raises(RiskModelError, match="prices or per cent may stand where returns are meant"):
        read_returns(prices)
    with pytest.raises(RiskModelError, match="prices or per cent"):
        read_returns(100 * frame)
    frame.iloc[7, 2] = -1.5
    with pytest.raises(RiskModelError, match=r"returns of C, period 7: -1\.5, expected at least -1"):
        read_returns(frame)
