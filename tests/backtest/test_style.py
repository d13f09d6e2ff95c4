"""A name's share of value, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from backtest import ANNUAL, QUARTERLY, full_years, reconstitution_closes, value_share


def test_shares_fall_with_book_to_price_and_the_middle_is_in_both() -> None:
    # Five equal weights: middles of weight at .1 .3 .5 .7 .9; with pure = 1/4 the share is (3/4 - p) / (1/2).
    book = np.array([0.1, 0.9, 0.5, 0.7, 0.3])
    np.testing.assert_allclose(value_share(book, np.ones(5), 0.25), [0, 1, 0.5, 0.9, 0.1])


def test_names_outside_do_not_count_and_unrated_ones_are_half_in_each() -> None:
    book = np.array([2.0, np.nan, -0.5, 1.0, 0.2])
    share = value_share(book, np.array([0.0, 1.0, 1.0, 1.0, 1.0]), 1 / 3)
    np.testing.assert_allclose(share[1:], [0.5, 0.5, 1.0, 0.0])


def test_value_is_about_half_of_the_weight() -> None:
    rng = np.random.default_rng(1)
    weights, book = np.exp(rng.standard_normal(400)), rng.uniform(0.05, 2, 400)
    for pure in (0.0, 1 / 3, 0.5):
        assert value_share(book, weights, pure) @ weights / weights.sum() == pytest.approx(0.5, abs=0.02)


def test_reconstitution_is_at_the_last_close_of_its_months() -> None:
    days = pd.bdate_range("2019-12-05", "2020-12-31")
    closes = [f"{day:%Y-%m-%d}" for day in reconstitution_closes(days, QUARTERLY)]
    assert closes == ["2019-12-05", "2019-12-31", "2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31"]
    # The history ends before December does.
    assert reconstitution_closes(days[:-1], ANNUAL)[-1] == pd.Timestamp("2019-12-31")
    months = pd.date_range("2019-12-31", "2020-12-31", freq="ME")
    assert len(reconstitution_closes(months, ANNUAL)) == 2


def test_only_whole_years_count() -> None:
    years = full_years(pd.bdate_range("2018-06-01", "2020-12-28"))
    assert [(y.year, f"{y.start:%Y-%m-%d}", f"{y.end:%Y-%m-%d}") for y in years] == [
        (2019, "2018-12-31", "2019-12-31"),
        (2020, "2019-12-31", "2020-12-28"),
    ]
    assert [y.year for y in full_years(pd.bdate_range("2019-01-03", "2019-12-31"))] == [2019]
    assert [y.year for y in full_years(pd.date_range("2018-12-31", "2020-11-30", freq="ME"))] == [2019]
