"""On the real data the exhibits give the measured figures of MARKET_FACTS.md; skipped where the data is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest import ANNUAL, CapBands, SleeveIndex, name_turnover, sleeve_indices, standard_sleeves
from backtest.exhibits import asset_years, concentration, opportunity_left, shares_down, volatility
from taxsleeve.market_files import read_market_folder

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not (DATA / "us_equities").is_dir(), reason="../shared/data is not here")

SEGMENTS = ["large", "mid", "small"]
COLUMNS = ["volatility", "down", "number", "dispersion"]
# Year; median-stock volatility, share down, effective number, dispersion (large, mid, small each); top ten of large.
FACTS = """
2010 .293 .316 .374 .142 .128 .147 135 375 551 .270 .311 .384 .189
2011 .343 .392 .432 .422 .448 .485 144 378 559 .249 .250 .291 .180
2012 .233 .283 .304 .126 .205 .203 131 379 558 .230 .299 .320 .198
2013 .209 .237 .265 .066 .077 .110 134 379 559 .273 .349 .468 .191
2014 .210 .236 .274 .194 .297 .335 149 380 563 .233 .269 .273 .179
2015 .245 .260 .297 .418 .454 .516 148 377 564 .231 .273 .293 .180
2016 .252 .282 .334 .186 .217 .212 143 377 568 .211 .266 .333 .188
2017 .189 .222 .262 .130 .166 .263 143 379 569 .240 .324 .314 .190
2018 .264 .275 .333 .569 .594 .648 128 375 565 .214 .256 .298 .209
2019 .233 .265 .318 .059 .125 .190 115 375 563 .240 .311 .360 .223
"""
# Age; still 5% or more below cost, still listed, median multiple (large, mid, small each), of 2013 to 2019 starts.
BY_AGE = """
1 .232 .276 .327 .984 .970 .960 1.142 1.123 1.105
2 .226 .280 .343 .969 .932 .911 1.222 1.197 1.141
3 .202 .254 .301 .952 .901 .869 1.343 1.319 1.218
4 .190 .232 .271 .932 .872 .830 1.485 1.469 1.342
5 .196 .245 .275 .923 .853 .787 1.600 1.553 1.418
6 .179 .240 .229 .905 .826 .742 1.770 1.675 1.530
7 .138 .188 .178 .898 .810 .742 2.277 2.088 1.987
"""


def facts(text: str) -> np.ndarray:
    return np.array([[float(cell) for cell in line.split()] for line in text.strip().splitlines()])


@pytest.fixture(scope="module")
def market() -> object:
    return read_market_folder(DATA / "us_equities").market


@pytest.fixture(scope="module")
def indices(market) -> dict[str, SleeveIndex]:
    """Cut by rank alone at each year's start, as the measured figures are."""
    bands = CapBands(buffers=(0.0, 0.0, 0.0))
    return sleeve_indices(market, standard_sleeves(bands, styles=False, months=ANNUAL))


def by_segment(table: pd.DataFrame, column: str) -> np.ndarray:
    wide = table.pivot_table(index="year", columns="sleeve", values=column)
    return wide.loc[2010:2019, SEGMENTS].to_numpy()


def test_the_exhibits_are_the_measured_figures(market, indices: dict[str, SleeveIndex]) -> None:
    years = asset_years(market)
    known = facts(FACTS)
    # Up to 0.008: of mid caps down in 2010 we count 0.135, the facts say 0.128 (three names of 400); everything else is
    # within 0.005. The facts' screen of implausible quotes is not known; ours keeps every name, absurd returns too.
    down = shares_down(indices, years)
    np.testing.assert_allclose(by_segment(down, "share_down_listed"), known[:, 4:7], atol=0.008)
    np.testing.assert_allclose(by_segment(down, "dispersion"), known[:, 10:13], atol=0.005)
    risk = by_segment(volatility(indices, years), "median_stock_volatility")
    np.testing.assert_allclose(risk, known[:, 1:4], atol=0.0025)
    held = concentration(indices)
    np.testing.assert_allclose(by_segment(held, "effective_number"), known[:, 7:10], atol=1.0)
    np.testing.assert_allclose(by_segment(held, "top_ten")[:, 0], known[:, 13], atol=0.001)


def test_the_opportunity_left_is_the_measured_one(indices: dict[str, SleeveIndex]) -> None:
    known = facts(BY_AGE)
    left = opportunity_left(indices, first_year=2013)
    for column, first, tolerance in (("below_cost", 1, 0.003), ("listed", 4, 0.003), ("median_multiple", 7, 0.01)):
        ours = left.pivot_table(index="age", columns="sleeve", values=column)[SEGMENTS].to_numpy()
        np.testing.assert_allclose(ours, known[:, first : first + 3], atol=tolerance)


def test_buffers_bring_turnover_near_the_real_indices(market, indices: dict[str, SleeveIndex]) -> None:
    def mean(found: dict[str, SleeveIndex]) -> pd.Series:
        table = name_turnover(found)
        return table[table["year"] >= 2010].groupby("sleeve")["left"].mean()

    bare = mean(indices)
    assert bare["mid"] > 0.25
    assert bare["small"] > 0.25
    buffered = mean(sleeve_indices(market, standard_sleeves(styles=False)))
    assert 0.03 < buffered["large"] < 0.07
    assert 0.06 < buffered["mid"] < 0.13
    assert 0.06 < buffered["small"] < 0.11


@pytest.mark.parametrize(
    ("sleeve", "fund", "correlation"),
    [
        ("large", "IVV", 0.995),
        ("mid", "IJH", 0.98),
        ("small", "IJR", 0.975),
        ("large value", "IVE", 0.985),
        ("large growth", "IVW", 0.99),
        ("mid value", "IJJ", 0.975),
        ("small growth", "IJT", 0.96),
    ],
)
def test_sleeves_follow_the_funds_they_are_modelled_on(
    market, styled, sleeve: str, fund: str, correlation: float
) -> None:
    funds = pd.read_parquet(DATA / "index_level" / "etf_prices.parquet")[fund].pct_change(fill_method=None)
    ours = styled[sleeve].returns.loc["2014":"2019"]
    assert ours.corr(funds.reindex(ours.index)) > correlation


@pytest.fixture(scope="module")
def styled(market) -> dict[str, SleeveIndex]:
    return sleeve_indices(market, standard_sleeves())
