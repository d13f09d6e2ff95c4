"""The simulated market is a market: dates, prices, dividends and lives fit together, and a seed fixes them all."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest.market import Market
from backtest.simulated import CapitalBehaviour, SimulatedMarket
from backtest.simulated.capital_curve import effective_numbers, log_capital, market_ranks, steepness
from risk import FundamentalRiskModel
from taxsleeve_errors import InputError

SMALL = SimulatedMarket(names=150, years=3, seed=7)
PINNED = (0.10, -0.25, 0.30)
FINGERPRINT = """
import hashlib
from backtest.simulated import SimulatedMarket
market = SimulatedMarket(names=500, years=1, seed=3).simulate()
print(hashlib.sha256(market.prices.to_numpy().tobytes() + market.caps.to_numpy().tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def small() -> Market:
    return SMALL.simulate()


@pytest.fixture(scope="module")
def full() -> Market:
    return SimulatedMarket(names=1500, years=3, seed=1, annual_returns=PINNED).simulate()


def fingerprint(market: Market) -> str:
    frames = (market.prices, market.returns, market.caps, market.book_to_price, market.dividends, market.adv)
    return hashlib.sha256(b"".join(frame.to_numpy().tobytes() for frame in frames if frame is not None)).hexdigest()


def test_days_are_those_of_the_exchange(small: Market) -> None:
    days = small.calendar
    assert days[0] == pd.Timestamp("2013-12-31")
    assert days[-1] == pd.Timestamp("2016-12-30")
    assert pd.Timestamp("2015-04-15") in days
    for closed in ("2015-04-03", "2014-11-27", "2015-07-03", "2016-01-18"):  # Good Friday among them
        assert pd.Timestamp(closed) not in days
    assert (days.day_of_week < 5).all()


def test_a_quiet_week_before_the_start_is_bridged() -> None:
    late = SimulatedMarket(names=20, years=1, start=dt.date(2001, 9, 17)).simulate()
    assert late.calendar[0] == pd.Timestamp("2001-09-10")
    assert late.calendar[1] == pd.Timestamp("2001-09-17")


def test_one_seed_one_market(small: Market) -> None:
    assert fingerprint(SMALL.simulate()) == fingerprint(small)
    assert fingerprint(replace(SMALL, seed=8).simulate()) != fingerprint(small)


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    prints = set()
    for threads in ("1", "3"):
        counts = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        env = {**os.environ, **counts, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        done = subprocess.run([sys.executable, "-c", FINGERPRINT], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        prints.add(done.stdout)
    assert len(prints) == 1


def test_total_return_is_price_and_dividend(full: Market) -> None:
    assert full.dividends is not None
    prices, paid = full.prices.to_numpy(), full.dividends.to_numpy()
    total = (prices[1:] + paid[1:]) / prices[:-1] - 1.0
    both = np.isfinite(total)
    np.testing.assert_allclose(full.returns.to_numpy()[1:][both], total[both], rtol=0, atol=1e-12)
    assert (paid > 0).sum() > 4 * 1500
    assert not paid[~np.isfinite(prices)].any()


def test_market_returns_are_pinned(full: Market) -> None:
    for year, target in zip((2014, 2015, 2016), PINNED, strict=True):
        days = full.calendar.year == year
        caps = full.caps_at(pd.Timestamp(year - 1, 12, 31))
        growth = (1.0 + full.returns[days].fillna(0.0)).prod()
        held = caps[full.listed_at(pd.Timestamp(year - 1, 12, 31))]
        # Bought and held over the year, deaths and listings aside: near, not equal.
        assert (held * growth[held.index]).sum() / held.sum() - 1.0 == pytest.approx(target, abs=0.02)


def test_names_come_and_go(full: Market) -> None:
    alive = full.prices.notna().sum(axis=1)
    assert alive.between(1470, 1500).all()
    assert len(full.assets) == 1500 + len(full.prices.columns[full.prices.iloc[0].isna()])
    gaps = full.prices.notna().astype(int).diff().abs().sum()
    assert (gaps <= 2).all()  # one listing, one end, no hole
    listed = full.prices.columns[full.prices.iloc[0].isna()]
    first = full.prices[listed].apply(pd.Series.first_valid_index)
    assert full.returns[listed].apply(pd.Series.first_valid_index).gt(first).all()


def test_what_holders_of_the_dead_get_is_a_return(full: Market) -> None:
    ends = full.prices.apply(pd.Series.last_valid_index)
    gone = ends[ends < full.calendar[-1]]
    assert sorted(gone.index) == sorted(full.delistings["asset"])
    for row in full.delistings.itertuples(index=False):
        asset, date, paid = row
        position = full.position(pd.Timestamp(str(date)))
        assert full.calendar[position - 1] == gone[asset]
        assert full.returns[asset].iloc[position] == paid
    # Takeovers end where the offer was, failures with a loss.
    losses = full.delistings["return"] < -0.02
    assert 0.1 < losses.mean() < 0.5
    assert full.delistings["return"][~losses].abs().max() < 0.11
    assert full.delistings["return"].min() >= -1.0


def test_a_takeover_jumps_and_then_hardly_moves(full: Market) -> None:
    calm = full.delistings.loc[full.delistings["return"].abs() < 0.01, "asset"]
    last_days = np.array([full.returns[asset].dropna().iloc[-30:-1].std() for asset in calm])
    jumps = np.array([full.returns[asset].dropna().iloc[-140:].max() for asset in calm])
    assert np.median(last_days) * np.sqrt(252.0) < 0.09
    assert np.median(jumps) > 0.15


def test_facts_are_there_for_all_names(full: Market) -> None:
    for panel in (full.caps, full.book_to_price, full.adv):
        assert panel is not None
        assert panel.index[0] == full.calendar[0]
        assert len(panel) == 37
        assert panel.index.isin(full.calendar).all()
        at_end = panel.iloc[-1][full.prices.iloc[-1].notna()]
        assert at_end.notna().all()
        assert (at_end > 0).all()
    assert full.securities["sector"].nunique() == 11
    assert full.prices.min().min() > 0


def test_a_small_universe_is_a_sample_of_the_market(small: Market) -> None:
    assert SMALL.segments == (50, 40, 60)
    caps = small.caps.iloc[0].dropna().sort_values(ascending=False)
    # The median name of the 1,500, not the 75th largest.
    assert caps.iloc[74] < 8e9
    assert SimulatedMarket(names=2600).segments == (500, 400, 600)


def test_ranks_of_the_market() -> None:
    assert market_ranks(1500)[[0, -1]].tolist() == [1.0, 1500.0]
    assert market_ranks(2600)[-1] == 2600.0
    assert market_ranks(100)[[0, -1]].tolist() == [8.0, 1493.0]


@pytest.mark.parametrize("number", [40.0, 144.0, 250.0])
def test_the_head_is_as_steep_as_its_effective_number_says(number: float) -> None:
    behaviour = CapitalBehaviour()
    caps = np.exp(log_capital(behaviour, np.arange(1.0, 501.0), steepness(behaviour, number)))
    assert caps.sum() ** 2 / (caps**2).sum() == pytest.approx(number, rel=1e-6)
    assert (np.diff(caps) < 0).all()


def test_a_short_run_sees_the_first_years_of_the_drift() -> None:
    behaviour = CapitalBehaviour(effective_number=144.0, effective_number_end=36.0, drift_years=10.0)
    assert effective_numbers(behaviour, 60)[[0, 60]] == pytest.approx([144.0, 72.0])
    assert effective_numbers(behaviour, 240)[[0, 120, 180, 240]] == pytest.approx([144.0, 144.0, 72.0, 36.0])


def test_the_fundamental_model_fits_without_complaint(small: Market) -> None:
    window = small.prices.columns[small.prices.iloc[-504:].notna().any()]
    assert small.book_to_price is not None
    assert small.adv is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = FundamentalRiskModel(eigenfactor_simulations=100).fit(
            small.returns[window].iloc[-504:],
            caps=small.caps[window],
            sectors=small.securities["sector"][window],
            book_to_price=small.book_to_price[window],
            adv=small.adv[window],
        )
    alive = small.prices.columns[small.prices.iloc[-1].notna()]
    assert set(alive) <= set(model.factor_risk_.assets)
    # A model that has understood anything gives a wild name more of its own than a calm one.
    volatility = small.returns[alive].iloc[-252:].std()
    specific = pd.Series(model.factor_risk_.specific_variance, index=list(model.factor_risk_.assets))[alive]
    assert volatility.corr(specific**0.5, method="spearman") > 0.7


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"names": 19}, "names"),
        ({"years": 0}, "years"),
        ({"seed": -1}, "seed"),
        ({"start": dt.date(1800, 1, 1)}, "start"),
        ({"annual_returns": (0.1, -1.0)}, "annual_returns"),
        ({"names": 99.5}, "names: found '99.5', expected a whole number"),
        ({"seed": "7"}, "seed: found \"'7'\", expected a whole number"),
        ({"start": "2014-01-01"}, "expected a date"),
        ({"annual_returns": (float("inf"),)}, "finite returns above -1"),
    ],
)
def test_what_cannot_be_simulated_is_said(wrong: dict[str, object], named: str) -> None:
    with pytest.raises(InputError, match=named):
        SimulatedMarket(**wrong)  # type: ignore[arg-type]
