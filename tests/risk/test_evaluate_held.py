"""Bias of portfolios that were held, by year."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk.evaluate import HeldPeriod, held_bias
from taxsleeve_errors import RiskModelError

N, DAYS = 30, 21


def held(accounts: int = 8, realised: tuple[float, float] = (1.0, 1.5), seed: int = 0) -> list[HeldPeriod]:
    """Accounts with tracking errors of their own, over 2016 and 2017; realised deviation over predicted by year."""
    rng = np.random.default_rng(seed)
    periods = []
    for date in pd.date_range("2015-12-31", "2017-11-30", freq="ME"):
        for account in range(accounts):
            a = rng.standard_normal(N) / N
            a -= a.mean()
            daily = 0.01
            te = float(np.sqrt(252 * daily**2 * (a @ a)))
            scale = realised[0] if (date + pd.Timedelta(days=1)).year == 2016 else realised[1]
            returns = scale * daily * rng.standard_normal((DAYS, N))
            periods.append(HeldPeriod(date.date(), f"account {account}", a, te, returns))
    return periods


def test_bias_by_year_is_what_was_put_in() -> None:
    table = held_bias(held(accounts=120))
    assert list(table.index) == [2016, 2017, "all"]
    assert table["periods"].tolist() == [12, 12, 24]
    assert set(table["portfolios"]) == {120}
    for score, tolerance in (("daily", 0.03), ("rms", 0.08), ("monthly", 0.08)):
        assert table.loc[2016, score] == pytest.approx(1.0, abs=tolerance)
        assert table.loc[2017, score] == pytest.approx(1.5, abs=1.5 * tolerance)
    assert table.loc["all", "daily"] == pytest.approx(np.sqrt((1 + 1.5**2) / 2), abs=0.03)
    assert table.loc[2017, "qlike"] > 2 * table.loc[2016, "qlike"]


def test_one_period_by_hand() -> None:
    a = np.array([0.02, -0.02])
    returns = np.array([[0.01, 0.0], [0.0, 0.03], [-0.02, 0.01]])
    table = held_bias([HeldPeriod(dt.date(2018, 5, 31), "x", a, 0.01, returns)])
    active = [0.02 * 0.01, -0.02 * 0.03, -0.02 * 0.02 - 0.02 * 0.01]
    assert table.loc[2018, "daily"] == pytest.approx(np.sqrt(np.mean(np.square(active)) * 252) / 0.01)
    whole = 0.02 * (1.01 * 0.98 - 1) - 0.02 * (1.03 * 1.01 - 1)
    assert table.loc["all", "rms"] == pytest.approx(abs(whole) / (0.01 * np.sqrt(3 / 252)))
    assert np.isnan(table.loc[2018, "monthly"])


def test_months_that_trend_show_monthly_and_not_daily() -> None:
    rng = np.random.default_rng(1)
    periods = []
    for date in pd.date_range("2010-01-31", periods=120, freq="ME"):
        drift = 0.0015 * rng.standard_normal()
        x = 0.001 * rng.standard_normal(DAYS) + 0.2 * drift
        returns = np.column_stack([x, np.zeros(DAYS)])
        periods.append(HeldPeriod(date.date(), "x", np.array([1.0, -1.0]), float(0.001 * np.sqrt(252)), returns))
    table = held_bias(periods)
    assert table.loc["all", "daily"] < 1.1
    assert table.loc["all", "monthly"] > 1.3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"active": np.zeros(3)}, r"active weights \(3,\)"),
        ({"returns": np.zeros((0, N))}, "a day at least"),
        ({"returns": np.full((5, N), np.nan)}, "NaN or infinite"),
        ({"tracking_error": 0.0}, "expected more than 0"),
    ],
)
def test_bad_input_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RiskModelError, match=said):
        dataclasses.replace(held(accounts=1)[0], **change)


def test_no_period_and_one_twice_are_refused() -> None:
    with pytest.raises(RiskModelError, match="no period"):
        held_bias([])
    one = held(accounts=1)[0]
    with pytest.raises(RiskModelError, match="account 0: two periods from 2015-12-31"):
        held_bias([one, one])
