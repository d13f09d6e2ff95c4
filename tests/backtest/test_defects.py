"""Planted defects are found, on their day; a clean market has none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from backtest import Market, cash_dividends, coverage, defects, total_returns, with_delisting_returns

Make = Callable[..., Market]


def test_a_clean_market_has_no_defects(market_of: Make) -> None:
    assert defects(market_of()).empty


@pytest.fixture(scope="module")
def spoilt(market_of: Make) -> Market:
    plain = market_of(names=8)
    prices, caps = plain.prices.copy(), plain.caps.copy()
    prices.loc["2020-02-03":"2020-02-05", "N000"] *= 8
    prices.loc["2020-03-02":"2020-03-20", "N001"] = prices.loc["2020-03-02", "N001"]
    prices.loc["2020-04-01":"2020-04-02", "N002"] = np.nan
    caps.loc["2020-05-29":, "N003"] *= 3
    caps["N004"] = np.nan
    prices.loc["2020-06-01":, "N005"] = np.nan
    prices.loc["2020-07-01":, "N006"] = np.nan
    prices = prices.drop(pd.bdate_range("2020-08-03", "2020-08-07"))
    caps.loc["2020-08-31":"2020-12-31", "N001"] = np.nan
    sunday = pd.DataFrame(prices.loc[["2020-09-04"]].to_numpy(), pd.DatetimeIndex(["2020-09-06"]), prices.columns)
    prices = pd.concat([prices, sunday]).sort_index().rename_axis("date")
    delistings = pd.DataFrame(
        {"asset": ["N006", "N007"], "date": pd.to_datetime(["2020-07-01", "2021-03-31"]), "return": [0.2, -0.1]}
    )
    returns = with_delisting_returns(total_returns(prices), prices, delistings)
    returns.loc["2020-10-05", "N004"] += 0.3
    returns.loc["2020-10-06":"2020-10-07", "N003"] = np.nan
    return market_of(names=8, prices=prices, returns=returns, caps=caps, delistings=delistings)


@pytest.mark.parametrize(
    ("kind", "asset", "date", "value"),
    [
        ("absurd return", "N000", "2020-02-03", None),
        ("stale price", "N001", "2020-03-03", 14),
        ("gap in prices", "N002", "2020-04-01", 2),
        ("capitalisation against price", "N003", "2020-05-29", 3),
        ("no capitalisation", "N004", "2019-12-02", None),
        ("stale capitalisation", "N001", "2020-11-09", 59),
        ("return against price", "N004", "2020-10-05", None),
        ("no return", "N003", "2020-10-06", 2),
        ("no delisting return", "N005", "2020-05-29", None),
        ("delisting unused", "N007", "2021-03-31", -0.1),
        ("hole in the calendar", "", "2020-08-10", 10),
        ("weekend", "", "2020-09-06", None),
    ],
)
def test_a_planted_defect_is_listed(spoilt: Market, kind: str, asset: str, date: str, value: float | None) -> None:
    table = defects(spoilt)
    own = table[table["kind"] == kind]
    assert pd.Timestamp(date) in set(own["date"])
    assert set(own["asset"]) == {asset}
    if value is not None:
        assert own["value"].iloc[0] == pytest.approx(value)


def test_every_defect_has_its_kind(spoilt: Market) -> None:
    assert defects(spoilt)["kind"].nunique() == 12


def test_absurd_returns_stay_in_the_market(spoilt: Market) -> None:
    assert spoilt.returns.loc["2020-02-03", "N000"] > 3


def test_coverage_counts_what_is_known(spoilt: Market, market_of: Make) -> None:
    year = coverage(spoilt).set_index("year").loc[2020]
    assert year["listed"] == 8
    assert year["capitalisation"] == 7 / 8
    assert year["left"] == 2
    assert year["delisting_return"] == 0.5
    assert year["book_to_price"] == 0
    known = market_of()
    book = 1 / known.caps
    book.iloc[:, 0] = np.nan
    row = coverage(market_of(book_to_price=book)).iloc[0]
    caps = known.caps.iloc[0]
    assert row["book_to_price"] == 5 / 6
    assert row["book_to_price_by_cap"] == pytest.approx(1 - caps.iloc[0] / caps.sum())


def test_dividends_are_what_total_return_has_more(market_of: Make) -> None:
    plain = market_of()
    returns = plain.returns.copy()
    returns.loc["2020-03-16", "N001"] += 0.01
    paid = cash_dividends(market_of(returns=returns))
    assert paid.loc["2020-03-16", "N001"] == pytest.approx(0.01 * plain.prices.loc["2020-03-13", "N001"])
    assert (paid > 0).sum().sum() == 1
    own = pd.DataFrame({"N002": [0.5]}, index=pd.DatetimeIndex(["2020-03-16"]))
    assert cash_dividends(market_of(dividends=own)).sum().sum() == 0.5
    assert cash_dividends(market_of(returns=returns, prices_include_dividends=True)).sum().sum() == 0
