"""An index by weights is the index of its constituents, and uses nothing before its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from backtest import (
    ANNUAL,
    CapBands,
    CapSegment,
    Market,
    MembershipList,
    Sleeve,
    Style,
    listed_sleeves,
    name_turnover,
    sleeve_index,
    sleeve_indices,
    standard_sleeves,
    total_returns,
)
from backtest.exhibits import shares_down
from taxsleeve_errors import InputError

Make = Callable[..., Market]
BANDS = CapBands.scaled(30)


@pytest.fixture(scope="module")
def market(market_of: Make) -> Market:
    """Forty names: one delisted with a return, one that ends without, one with a gap, one listed late."""
    plain = market_of(names=40, seed=3)
    prices = plain.prices.copy()
    biggest = plain.caps.iloc[0].sort_values(ascending=False).index
    prices.loc["2020-08-05":, biggest[0]] = np.nan
    prices.loc["2020-08-20":, biggest[12]] = np.nan
    prices.loc["2020-05-06":"2020-05-07", biggest[1]] = np.nan
    prices.loc[:"2020-04-16", biggest[2]] = np.nan
    returns = total_returns(prices)
    returns.loc["2020-08-05", biggest[0]] = -0.45
    rng = np.random.default_rng(5)
    book = pd.DataFrame(rng.uniform(-0.05, 1.5, plain.caps.shape), plain.caps.index, plain.caps.columns)
    book.iloc[:, ::7] = np.nan
    return market_of(names=40, seed=3, prices=prices, returns=returns, book_to_price=book)


def value_of_constituents(market: Market, targets: pd.DataFrame) -> pd.Series:
    """An index kept in shares with a divisor, day by day: every name is bought, held, and its proceeds spread."""
    index, shares, divisor = pd.Series(np.nan, market.calendar), {}, 1.0
    level = dict.fromkeys(market.assets, 1.0)
    missing = dict.fromkeys(market.assets, 0)
    for day in market.calendar:
        for asset in market.assets:
            r = market.returns.loc[day, asset]
            level[asset] *= 1 + (0 if np.isnan(r) else r)
            priced = not np.isnan(market.prices.loc[day, asset])
            missing[asset] = 0 if priced else 5 if not np.isnan(r) else missing[asset] + 1
        worth = sum(count * level[asset] for asset, count in shares.items())
        index[day] = worth / divisor
        if not shares:
            index[day] = 1.0
        left = [asset for asset in shares if missing[asset] >= 5]
        if left:
            for asset in left:
                del shares[asset]
            divisor *= sum(count * level[asset] for asset, count in shares.items()) / worth
        if day in targets.index:
            weights = targets.loc[day]
            shares = {asset: w / level[asset] for asset, w in weights[weights > 0].items()}
            divisor = 1.0 / index[day]
    return index


@pytest.mark.parametrize("sleeve", standard_sleeves(BANDS), ids=lambda sleeve: sleeve.name)
def test_the_return_of_constituents_is_the_index_by_weights(market: Market, sleeve: Sleeve) -> None:
    index = sleeve_index(market, sleeve)
    by_shares = value_of_constituents(market, index.targets).pct_change()
    first = market.position(index.targets.index[0]) + 1
    assert index.returns.iloc[:first].isna().all()
    np.testing.assert_allclose(index.returns.iloc[first:], by_shares.iloc[first:], rtol=0, atol=1e-10)


def test_the_return_is_that_of_the_weights_the_evening_before(market: Market) -> None:
    index = sleeve_index(market, standard_sleeves(BANDS)[0])
    days = market.calendar[market.position(index.targets.index[0]) :]
    for before, day in pairwise(days):
        weights = index.weights_at(before)
        assert abs(weights.sum() - 1) < 1e-12
        assert abs((weights * market.returns.loc[day].fillna(0)).sum() - index.returns[day]) < 1e-12


def test_a_delisted_member_pays_its_return_and_its_proceeds_go_to_the_rest(market: Market) -> None:
    index = sleeve_index(market, standard_sleeves(BANDS)[0])
    largest = market.caps.iloc[0].idxmax()
    before = index.weights_at(pd.Timestamp("2020-08-04"))
    after = index.weights_at(pd.Timestamp("2020-08-05"))
    assert before[largest] > 0
    assert after[largest] == 0
    assert market.returns.loc[pd.Timestamp("2020-08-05"), largest] == -0.45
    rest = before.drop(largest) * (1 + market.returns.loc["2020-08-05"].drop(largest).fillna(0))
    np.testing.assert_allclose(after.drop(largest), rest / rest.sum(), atol=1e-12)


def test_a_name_without_prices_is_held_for_a_week_and_then_dropped(market: Market) -> None:
    index = sleeve_index(market, Sleeve("all", CapSegment(BANDS, BANDS.names)))
    ended = market.caps.iloc[0].sort_values(ascending=False).index[12]
    assert index.weights_at(pd.Timestamp("2020-08-25"))[ended] > 0
    assert index.weights_at(pd.Timestamp("2020-08-26"))[ended] == 0
    halted = market.caps.iloc[0].sort_values(ascending=False).index[1]
    assert index.weights_at(pd.Timestamp("2020-05-07"))[halted] > 0


def test_a_return_over_a_short_gap_is_earned_when_the_price_is_back(market: Market) -> None:
    halted = market.caps.iloc[0].sort_values(ascending=False).index[1]
    over = market.prices[halted].loc["2020-05-08"] / market.prices[halted].loc["2020-05-05"] - 1
    assert market.returns.loc[pd.Timestamp("2020-05-08"), halted] == pytest.approx(over, abs=1e-15)
    long_gap = market.prices[[halted]].copy()
    long_gap.loc["2020-05-06":"2020-05-15"] = np.nan
    assert np.isnan(total_returns(long_gap).loc["2020-05-18", halted])


def test_nothing_later_changes_weights(market: Market) -> None:
    day = pd.Timestamp("2020-09-30")
    scale = np.random.default_rng(9).uniform(0.2, 5, len(market.assets))

    def spoilt(frame: pd.DataFrame | None) -> pd.DataFrame:
        assert frame is not None
        changed = frame.copy()
        changed.loc[changed.index > day] *= scale
        return changed

    prices = spoilt(market.prices)
    other = replace(
        market,
        prices=prices,
        returns=total_returns(prices),
        caps=spoilt(market.caps),
        book_to_price=spoilt(market.book_to_price),
    )
    for sleeve in standard_sleeves(BANDS):
        # At the very close of the reconstitution, and in the middle of a quarter before it.
        for date in (day, pd.Timestamp("2020-08-31")):
            ours, theirs = (sleeve_index(m, sleeve).weights_at(date) for m in (market, other))
            pd.testing.assert_series_equal(ours, theirs, check_exact=False, atol=1e-12)
    later = sleeve_index(other, standard_sleeves(BANDS)[0]).weights_at(pd.Timestamp("2021-01-29"))
    assert (
        later - sleeve_index(market, standard_sleeves(BANDS)[0]).weights_at(pd.Timestamp("2021-01-29"))
    ).abs().max() > 0.01


def test_value_and_growth_together_are_the_segment(market: Market) -> None:
    indices = sleeve_indices(market, standard_sleeves(BANDS, months=ANNUAL))
    caps = market.caps_at(pd.Timestamp("2020-12-31"))
    for segment in ("large", "mid", "small", "all"):
        parts = [indices[f"{segment} {side}"] for side in ("value", "growth")]
        whole = indices[segment].targets.loc["2020-12-31"]
        # Each side's weights are caps times shares; the shares of a name in both sum to one.
        held = [part.targets.loc["2020-12-31"] for part in parts]
        scale = [(target[target > 0] / caps[target > 0]).max() for target in held]
        shares = [target / caps / s for target, s in zip(held, scale, strict=True)]
        members = whole > 0
        np.testing.assert_allclose((shares[0] + shares[1])[members], 1, atol=1e-9)
        assert ((shares[0] > 0.01) & (shares[1] > 0.01))[members].any()


def test_a_style_is_kept_between_ratings(market: Market) -> None:
    index = sleeve_index(market, Sleeve("v", CapSegment(BANDS, ("large",)), Style("value")))
    first, march = index.targets.iloc[0], index.targets.loc["2020-03-31"]
    caps = market.caps_at(pd.Timestamp("2020-03-31"))
    both = (
        (first > 0)
        & (march > 0)
        & (sleeve_index(market, Sleeve("c", CapSegment(BANDS, ("large",)))).targets.loc["2020-03-31"] > 0)
    )
    # Rated at 2019-12-31 and not again in March, though every book-to-price has changed since.
    december = index.targets.loc["2019-12-31"]
    caps_then = market.caps_at(pd.Timestamp("2019-12-31"))
    ratio = (march / caps)[both] / (december / caps_then)[both]
    assert ratio.dropna().std() / ratio.dropna().mean() < 1e-9
    assert both.sum() > 3


def test_a_membership_list_rules_day_by_day(market_of: Make) -> None:
    rows = [
        ("L", "N000", "2019-01-01", "2020-06-10"),
        ("L", "N001", "2019-01-01", None),
        ("L", "N002", "2020-06-10", None),
    ]
    table = pd.DataFrame(rows, columns=["index", "asset", "start", "end"]).assign(weight=np.nan)
    table["start"], table["end"] = pd.to_datetime(table["start"]), pd.to_datetime(table["end"])
    market = market_of(membership=table)
    (sleeve,) = listed_sleeves(market)
    index = sleeve_index(market, sleeve)
    assert list(index.members_at(pd.Timestamp("2020-06-08"))) == ["N000", "N001"]
    # The change of the tenth is traded at the close of the ninth.
    assert list(index.members_at(pd.Timestamp("2020-06-09"))) == ["N001", "N002"]
    given = market_of(membership=table.assign(weight=[0.3, 0.7, 0.3]))
    assert sleeve_index(given, sleeve).weights_at(pd.Timestamp("2020-06-09"))["N002"] == pytest.approx(0.3)
    assert listed_sleeves(market_of()) == ()


def test_buffers_lower_turnover(market_of: Make) -> None:
    market = market_of(names=60, days=pd.bdate_range("2014-12-31", "2019-12-31"), seed=4)
    wide, none = (
        name_turnover(sleeve_indices(market, standard_sleeves(bands, styles=False)))["left"].mean()
        for bands in (CapBands.scaled(45), CapBands.scaled(45, buffered=False))
    )
    assert 0 < wide < 0.6 * none


def test_what_a_sleeve_cannot_do_is_said(market_of: Make) -> None:
    with pytest.raises(InputError, match="book_to_price"):
        sleeve_index(market_of(), standard_sleeves(CapBands.scaled(6))[-1])
    with pytest.raises(InputError, match="segments of large, mid, small"):
        CapSegment(CapBands(), ("tiny",))
    with pytest.raises(InputError, match="membership"):
        sleeve_index(market_of(), Sleeve("x", MembershipList("500")))
    with pytest.raises(InputError, match="value or growth"):
        Style("momentum")
    empty = market_of(caps=market_of().caps * np.nan)
    with pytest.raises(InputError, match="at least one member"):
        sleeve_index(empty, Sleeve("all", CapSegment(CapBands(), ("large",))))


def test_an_index_ends_with_its_list(market_of: Make) -> None:
    table = pd.DataFrame({"index": "L", "asset": ["N000", "N001"], "weight": np.nan})
    table = table.assign(start=pd.Timestamp("2020-03-02"), end=pd.Timestamp("2020-08-03"))
    market = market_of(membership=table)
    index = sleeve_index(market, listed_sleeves(market)[0])
    earned = index.returns.dropna()
    assert (earned.index[0], earned.index[-1]) == (pd.Timestamp("2020-03-02"), pd.Timestamp("2020-07-31"))
    assert index.weights_at(pd.Timestamp("2020-07-30")).sum() == pytest.approx(1)
    assert index.weights_at(pd.Timestamp("2020-07-31")).sum() == 0
    assert shares_down({"L": index}).empty
    short = table.assign(start=pd.Timestamp("2019-12-02"))
    ended = sleeve_index(market_of(membership=short), listed_sleeves(market)[0])
    assert shares_down({"L": ended})["index_return"].isna().all()
