"""The simulated market shows what real ones do: figures by segment against their targets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest.market import Market
from backtest.simulated import (
    CALM_ERA,
    RECENT_ERA,
    CapitalBehaviour,
    Era,
    SimulatedMarket,
    calibration_table,
)
from backtest.simulated.measures import migration, segment_figures, years_of_segments

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "us_equities"
# Too much luck for a seed or two to be held to the bands of; bench/simulated_market.py takes more seeds.
LUCK = {"effective_number_late", "below_cost_7", "multiple_7"}


@pytest.mark.slow
@pytest.mark.parametrize(("era", "seeds"), [(RECENT_ERA, (0, 1)), (CALM_ERA, (0,))], ids=["recent", "calm"])
def test_figures_lie_within_their_bands(era: Era, seeds: tuple[int, ...], capsys: pytest.CaptureFixture[str]) -> None:
    table = calibration_table(replace(era, market=replace(era.market, names=2000)), seeds)
    with capsys.disabled():
        print(f"\n{era.name}, seeds {seeds}\n{table.round(3).to_string()}")  # noqa: T201
    strict = table[~table.index.get_level_values("figure").isin(LUCK)]
    assert len(strict) >= 34
    assert strict["inside"].all(), strict[~strict["inside"]].to_string()


@pytest.mark.slow
def test_concentration_falls_only_where_asked() -> None:
    still = CapitalBehaviour(effective_number_end=144.0)
    figures = {}
    for name, capital in (("drift", CapitalBehaviour()), ("still", still)):
        market = SimulatedMarket(names=1500, years=10, seed=2, capital=capital)
        large = [y for y in years_of_segments(market.simulate(), market.segments) if y.segment == "large"]
        figures[name] = 1.0 / (large[-1].weights ** 2).sum()
    assert figures["drift"] < 75.0
    assert figures["still"] > 105.0


def hand_made() -> Market:
    """Six names over two years: the two of each segment rise and fall together or alone."""
    days = pd.DatetimeIndex(pd.bdate_range("2019-12-31", "2020-12-31"), name="date")
    rng = np.random.default_rng(0)
    returns = pd.DataFrame(0.01 * rng.standard_normal((len(days), 6)), index=days, columns=list("ABCDEF"))
    returns.iloc[0] = np.nan
    returns["B"] = returns["A"]
    # C ends the year a little more than 5% down, D a little less, E has gone by the middle.
    for name, total in (("C", 0.949), ("D", 0.951)):
        daily = returns[name].iloc[1:]
        returns.loc[daily.index, name] = (1.0 + daily) * (total / (1.0 + daily).prod()) ** (1.0 / len(daily)) - 1.0
    returns.iloc[130:, 4] = np.nan
    prices = (1.0 + returns.fillna(0.0)).cumprod()
    prices.iloc[130:, 4] = np.nan
    caps = pd.DataFrame([[60, 50, 40, 30, 20, 10], [60, 10, 40, 30, np.nan, 55]], index=days[[0, -1]], dtype=float)
    caps.columns = returns.columns
    securities = pd.DataFrame({"name": "x", "sector": "y", "group": list("ABCDEF")}, index=list("ABCDEF"))
    return Market("hand-made", prices, returns, caps, securities)


def test_measures_by_hand() -> None:
    market = hand_made()
    large, mid, small = years_of_segments(market, (2, 2, 2))
    assert [list(y.assets) for y in (large, mid, small)] == [["A", "B"], ["C", "D"], ["E", "F"]]
    figures = segment_figures(large)
    assert figures["correlation"] == pytest.approx(1.0)
    assert figures["first_component"] == pytest.approx(1.0)
    assert figures["effective_number"] == pytest.approx(110.0**2 / (60.0**2 + 50.0**2))
    assert figures["dispersion"] == pytest.approx(0.0)
    assert segment_figures(mid)["share_down"] == 0.5
    moves = migration(market, (2, 2, 2))
    assert moves.loc["large"].tolist() == [0.5, 0.0, 0.5, 0.0, 0.0]  # F has overtaken B
    assert moves.loc["small"].tolist() == [0.5, 0.0, 0.0, 0.5, 0.0]


@pytest.mark.skipif(not REAL.is_dir(), reason="../shared is not here")
def test_the_measures_are_those_of_the_targets() -> None:
    """On the real panel the measures give the figures that the simulation is held to."""
    prices = pd.read_parquet(REAL / "prices.parquet")
    prices = prices.loc["2016-12-30":"2017-12-31"]  # type: ignore[misc]
    securities = pd.read_csv(REAL / "securities.csv").set_index("asset")
    securities["group"] = securities.index
    market = Market(
        "real",
        prices,
        prices.pct_change(fill_method=None).clip(-0.9, 1.5),
        pd.read_parquet(REAL / "caps.parquet"),
        securities[["name", "sector", "group"]],
    )
    figures = [segment_figures(year) for year in years_of_segments(market, (500, 400, 600))]
    measured = {
        "median_volatility": ((0.189, 0.222, 0.262), 0.004),
        "share_down": ((0.130, 0.166, 0.263), 0.008),
        "effective_number": ((143.0, 379.0, 569.0), 1.0),
    }
    for figure, (targets, room) in measured.items():
        assert [of_segment[figure] for of_segment in figures] == pytest.approx(targets, abs=room)
    assert figures[0]["top_ten"] == pytest.approx(0.190, abs=0.001)
