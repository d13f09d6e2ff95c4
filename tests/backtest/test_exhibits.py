"""Every exhibit against a market small enough to work out by hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, CapSegment, Market, Sleeve, SleeveIndex, sleeve_indices, standard_sleeves
from backtest.exhibits import (
    asset_years,
    calendar_year_returns,
    concentration,
    index_returns,
    opportunity_left,
    shares_down,
    style_cycles,
    style_pairs,
    ten_year_periods,
    volatility,
)

DAYS = pd.bdate_range("2018-12-31", "2021-12-31", name="date")
BANDS = CapBands(("large",), (4,), (0.0,))


@pytest.fixture(scope="module")
def market(market_of: Callable[..., Market]) -> Market:
    """Four names of known weight; D is delisted in May 2020 with a loss of half, after having doubled."""
    alternating = np.where(np.arange(len(DAYS)) % 2, 0.01, -0.01 / 1.01)
    returns = pd.DataFrame({"A": alternating, "B": 2 * alternating, "C": 0.0, "D": 0.0}, index=DAYS)
    returns.iloc[0] = np.nan
    returns.loc["2019-06-03", "C"] = -0.06
    returns.loc["2019-06-03", "D"] = 1.0
    prices = 10 * (1 + returns.fillna(0)).cumprod()
    prices.loc["2020-05-04":, "D"] = np.nan
    returns = returns.where(prices.notna())
    returns.loc["2020-05-04", "D"] = -0.5
    caps = pd.DataFrame([[4e9, 3e9, 2e9, 1e9]], index=DAYS[:1], columns=list("ABCD"))
    return market_of(
        prices=prices,
        returns=returns,
        caps=caps,
        securities=pd.DataFrame({"name": "", "sector": "Energy", "group": list("ABCD")}, index=list("ABCD")),
    )


@pytest.fixture(scope="module")
def indices(market: Market) -> dict[str, SleeveIndex]:
    return sleeve_indices(market, [Sleeve("large", CapSegment(BANDS, ("large",)), months=(12,))])


def test_a_year_of_a_stock(market: Market) -> None:
    years = asset_years(market)
    assert list(years) == [2019, 2020, 2021]
    # Half of the days +1%, half -0.99%: a standard deviation of (1% + 0.990%) / 2 a day.
    assert years[2019].loc["A", "volatility"] == pytest.approx((0.01 + 0.01 / 1.01) / 2 * 252**0.5, rel=5e-3)
    assert years[2019].loc["B", "volatility"] == pytest.approx(2 * years[2019].loc["A", "volatility"], rel=1e-9)
    assert years[2019].loc["C", "total_return"] == pytest.approx(-0.06)
    assert np.isnan(years[2020].loc["D", "volatility"])
    assert years[2020].loc["D", "total_return"] == -0.5
    assert not years[2020].loc["D", "listed"]
    assert "D" not in years[2021].index


def test_exhibit_1_the_index_is_calmer_than_its_median_stock(indices: dict[str, SleeveIndex], market: Market) -> None:
    table = volatility(indices).set_index("year")
    stocks = asset_years(market)[2021]["volatility"]
    assert table.loc[2021, "median_stock_volatility"] == stocks.median()
    assert table["names"].tolist() == [4, 4, 3]
    earned = indices["large"].returns.loc["2021"]
    assert table.loc[2021, "index_volatility"] == pytest.approx(earned.std() * 252**0.5)


def test_exhibit_2_counts_stocks_that_lost_five_per_cent(indices: dict[str, SleeveIndex]) -> None:
    table = shares_down(indices).set_index("year")
    # C in 2019; in 2020 D, which is no longer listed at the year's end.
    assert table["share_down"].tolist() == [0.25, 0.25, 0.0]
    assert table["share_down_listed"].tolist() == [0.25, 0.0, 0.0]
    assert shares_down(indices, least_loss=0.07)["share_down"].tolist() == [0.0, 0.25, 0.0]
    assert table.loc[2019, "index_return"] > 0


def test_exhibit_3_counts_equal_bets(indices: dict[str, SleeveIndex]) -> None:
    table = concentration(indices).set_index("year")
    assert table.loc[2019, "effective_number"] == pytest.approx(1 / (0.16 + 0.09 + 0.04 + 0.01))
    # The last full year's end is the next one's start.
    assert table.index.tolist() == [2019, 2020, 2021, 2022]
    assert table.loc[2022, "names"] == 3
    assert table.loc[2022, "top_ten"] == pytest.approx(1.0)


def test_exhibit_4_what_is_left_to_harvest(indices: dict[str, SleeveIndex]) -> None:
    table = opportunity_left(indices).set_index(["start_year", "age"])
    assert table.loc[(2019, 1), "below_cost"] == 0.25
    assert table.loc[(2019, 1), "weight_below_cost"] == pytest.approx(0.2)
    # Bought at 2019's start: D doubled and is gone since; of A, B and C one is below cost.
    assert table.loc[(2019, 2), "listed"] == 0.75
    assert table.loc[(2019, 2), "below_cost"] == pytest.approx(1 / 3)
    assert table.loc[(2021, 1), "below_cost"] == 0.0
    assert opportunity_left(indices, first_year=2020)["start_year"].min() == 2020


def test_exhibits_6_and_7_rank_every_sleeve() -> None:
    years = pd.date_range("2000-12-31", periods=13, freq="YE")
    returns = pd.DataFrame({"a": 0.10, "b growth": 0.20, "b value": 0.05}, index=years)
    returns.loc["2005-12-31", "a"] = 0.5
    returns.loc["2003-12-31", "b value"] = np.nan
    quilt = calendar_year_returns(returns).set_index(["year", "sleeve"])
    assert quilt.loc[(2001, "b growth"), "rank"] == 1
    assert quilt.loc[(2005, "a"), "rank"] == 1
    assert (2003, "b value") not in quilt.index
    periods = ten_year_periods(returns, 3).set_index(["start_year", "sleeve"])
    assert periods.loc[(2005, "a"), "annual_return"] == pytest.approx((1.5 * 1.1**2) ** (1 / 3) - 1)
    assert periods.loc[(2005, "a"), "rank"] == 1
    assert periods.loc[(2005, "a"), "end_year"] == 2007
    assert max(periods.index.get_level_values(0)) == 2010
    assert (2002, "b value") not in periods.index
    cycles = style_cycles(returns, 3)
    assert cycles["difference"].to_numpy() == pytest.approx(0.15)
    assert cycles["start_year"].tolist() == [2004, 2005, 2006, 2007, 2008, 2009, 2010]
    assert style_cycles(returns[["a"]], 3).empty
    assert len(ten_year_periods(returns, 10).query("sleeve == 'a'")) == 3


def test_years_without_a_member_have_no_figure(market_of: Callable[..., Market]) -> None:
    market = market_of(names=6, days=DAYS)
    caps = market.caps.copy()
    caps[caps.index < "2020-06-30"] = np.nan
    late = sleeve_indices(market_of(names=6, days=DAYS, caps=caps), standard_sleeves(CapBands.scaled(6), styles=False))
    for table in (volatility(late), shares_down(late), calendar_year_returns(index_returns(late))):
        assert set(table["year"]) == {2021}
        assert set(table["sleeve"]) == {"large", "mid", "small", "all"}


def test_pairs_of_styles() -> None:
    names = ["large", "large growth", "mid growth", "large value"]
    assert style_pairs(names) == [("large", "large growth", "large value")]
