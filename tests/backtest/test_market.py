"""A market's tables fit together, and no accessor looks ahead."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from backtest import Market, with_delisting_returns
from taxsleeve_errors import InputError

Make = Callable[..., Market]


def test_facts_are_the_last_known_and_never_later_ones(market_of: Make) -> None:
    market = market_of(adv=market_of().caps * 0.01, book_to_price=1 / market_of().caps)
    day = pd.Timestamp("2020-02-14")
    for panel, accessor in (
        (market.caps, market.caps_at),
        (market.adv, market.adv_at),
        (market.book_to_price, market.book_to_price_at),
    ):
        assert panel is not None
        pd.testing.assert_series_equal(accessor(day), panel.loc["2020-01-31"], check_names=False)
        # The figure of a month's end is known on that very day.
        pd.testing.assert_series_equal(accessor(pd.Timestamp("2020-01-31")), panel.loc["2020-01-31"], check_names=False)
        assert accessor(pd.Timestamp("2019-12-30")).isna().all()


def test_what_happens_later_changes_no_answer(market_of: Make) -> None:
    market = market_of()
    day = pd.Timestamp("2020-06-15")
    later = market.prices.copy()
    later.loc[later.index > day] *= 3
    caps = market.caps.copy()
    caps.loc[caps.index > day] *= 9
    changed = market_of(prices=later, caps=caps)
    for accessor in ("caps_at", "prices_at", "listed_at", "adv_at", "book_to_price_at"):
        pd.testing.assert_series_equal(getattr(market, accessor)(day), getattr(changed, accessor)(day))


def test_a_gap_in_capitalisation_is_carried_forward(market_of: Make) -> None:
    caps = market_of().caps.copy()
    caps.loc["2020-03-31", "N001"] = np.nan
    market = market_of(caps=caps)
    assert market.caps_at(pd.Timestamp("2020-04-10"))["N001"] == caps.loc["2020-02-28", "N001"]


def test_a_name_without_a_price_is_not_listed(market_of: Make) -> None:
    prices = market_of().prices.copy()
    prices.loc["2020-05-04":, "N002"] = np.nan
    market = market_of(prices=prices)
    assert market.listed_at(pd.Timestamp("2020-05-02"))["N002"]
    assert not market.listed_at(pd.Timestamp("2020-05-04"))["N002"]
    assert not market.listed_at(pd.Timestamp("2019-01-01")).any()
    assert market.prices_at(pd.Timestamp("2019-01-01")).isna().all()


def test_unknown_securities_are_filled_and_strangers_dropped(market_of: Make) -> None:
    table = pd.DataFrame({"name": ["A"], "sector": [None], "group": ["G"]}, index=["N000"])
    caps = market_of().caps.assign(STRANGER=1.0)
    market = market_of(securities=table, caps=caps)
    assert list(market.securities.index) == list(market.assets)
    assert market.securities.loc["N000"].tolist() == ["A", "Unknown", "G"]
    assert market.securities.loc["N005"].tolist() == ["N005", "Unknown", "N005"]
    assert "STRANGER" not in market.caps


def test_members_join_on_their_day_and_are_gone_on_the_day_they_leave(market_of: Make) -> None:
    rows = [("500", "N000", "2020-01-15", "2020-06-01", 0.4), ("500", "N001", "2020-01-01", None, None)]
    table = pd.DataFrame(rows, columns=["index", "asset", "start", "end", "weight"])
    table["start"], table["end"] = pd.to_datetime(table["start"]), pd.to_datetime(table["end"])
    market = market_of(membership=table)
    assert list(market.members_at("500", pd.Timestamp("2020-01-14")).index) == ["N001"]
    assert market.members_at("500", pd.Timestamp("2020-01-15"))["N000"] == 0.4
    assert list(market.members_at("500", pd.Timestamp("2020-06-01")).index) == ["N001"]
    with pytest.raises(InputError, match=r"400.*expected an index of 500"):
        market.members_at("400", pd.Timestamp("2020-06-01"))
    with pytest.raises(InputError, match="a market with membership lists"):
        market_of().members_at("400", pd.Timestamp("2020-06-01"))


@pytest.mark.parametrize(
    ("panel", "spoil", "message"),
    [
        ("prices", lambda f: f.assign(N001=0.0), "N001 on 2019-12-02: found '0', expected a price > 0"),
        ("prices", lambda f: f.iloc[::-1], "dates that rise"),
        ("prices", lambda f: f.reset_index(drop=True), "an index of dates"),
        ("returns", lambda f: f.iloc[1:], "the dates and assets of prices"),
        ("returns", lambda f: f - 2, "at least -1"),
        ("caps", lambda f: f.rename(columns=lambda c: c + "x"), "the assets of prices"),
        ("caps", lambda f: f * -1, "a capitalisation > 0"),
        ("caps", lambda f: f.shift(900, freq="D"), "a date up to 2021-03-31"),
        ("caps", lambda f: pd.concat([f, f], axis=1), "each asset once"),
        ("securities", lambda f: f.drop(columns="sector"), "securities, sector"),
        ("securities", lambda f: pd.concat([f, f]), "each asset once"),
        ("delistings", lambda f: f.drop(columns="return"), "delistings, return"),
    ],
)
def test_what_does_not_fit_is_named(
    market_of: Make, panel: str, spoil: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        market_of(**{panel: spoil(getattr(market_of(), panel))})


def test_the_frequency_is_one_that_can_be_annualised(market_of: Make) -> None:
    assert market_of(frequency="monthly").periods_per_year == 12
    with pytest.raises(InputError, match="hourly"):
        market_of(frequency="hourly")


def test_delisting_returns_come_on_the_day_after_the_last_price(market_of: Make) -> None:
    market = market_of()
    prices = market.prices.copy()
    prices.iloc[100:, 0] = np.nan
    returns = prices.pct_change(fill_method=None)
    table = pd.DataFrame({"asset": ["N000", "N001", "GONE"], "date": prices.index[[101, 5, 5]], "return": -0.3})
    total = with_delisting_returns(returns, prices, table)
    assert total.iloc[100, 0] == -0.3
    # N001 is priced to the end: there is no day for its delisting return.
    pd.testing.assert_frame_equal(total.drop(columns="N000"), returns.drop(columns="N000"))
    assert np.isnan(returns.iloc[100, 0])
    pd.testing.assert_frame_equal(with_delisting_returns(total, prices, table), total)
