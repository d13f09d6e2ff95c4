"""Intervals of means over overlapping vintages: they cover a known truth, where plain standard errors do not."""

import numpy as np
import pandas as pd
import pytest

from backtest.study_measures import Resampling, independent_periods, paired_difference, pooled_means
from backtest.study_measures.bootstrap import draw_counts
from taxsleeve_errors import InputError

FAST = Resampling(draws=400)


def overlapping(generator, vintages, years=10, apart=12):
    """Vintages that share the shocks of each calendar month, and their true mean."""
    shocks = generator.standard_normal(apart * (vintages - 1) + 12 * years)
    age = np.arange(12 * years)
    mean = 0.1 * np.exp(-age / 12)
    parts = []
    for vintage in range(vintages):
        month = vintage * apart + age
        own = 0.3 * generator.standard_normal(len(age))
        x = mean + (mean + 0.01) * (shocks[month] + own)
        parts.append(pd.DataFrame({"funded": vintage, "month": month, "age": age, "year": age // 12 + 1, "x": x}))
    return pd.concat(parts, ignore_index=True), mean.sum()


@pytest.mark.parametrize("vintages", [4, 12, 22])
def test_intervals_cover_the_truth_and_plain_errors_do_not(vintages):
    generator = np.random.default_rng(11)
    covered, plain = [], []
    for _ in range(80):
        frame, truth = overlapping(generator, vintages)
        row = pooled_means(frame, ["x"], FAST).loc["x"]
        covered.append(row["low"] <= truth <= row["high"])
        sums = frame.groupby("funded")["x"].sum()
        plain.append(abs(sums.mean() - truth) <= 1.96 * sums.std() / np.sqrt(vintages))
    assert np.mean(covered) >= 0.89
    assert np.mean(plain) <= 0.75


def test_the_mean_is_that_of_the_vintages_and_one_vintage_has_no_interval():
    frame, _ = overlapping(np.random.default_rng(0), 5)
    row = pooled_means(frame, ["x"], FAST).loc["x"]
    assert row["mean"] == pytest.approx(frame.groupby("funded")["x"].sum().mean())
    assert (row["vintages"], row["independent"]) == (5, 1)
    assert row["low"] < row["mean"] < row["high"]
    alone = pooled_means(frame[frame["funded"] == 0], ["x"], FAST).loc["x"]
    assert np.isnan(alone["low"])
    assert np.isnan(alone["high"])


def test_the_same_seed_gives_the_same_interval_and_another_one_another():
    frame, _ = overlapping(np.random.default_rng(0), 6)
    once, again = (pooled_means(frame, ["x"], Resampling(draws=400, seed=1)) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    assert not once.equals(pooled_means(frame, ["x"], Resampling(draws=400, seed=2)))


def test_what_all_vintages_share_cancels_in_a_paired_difference():
    frame, _ = overlapping(np.random.default_rng(3), 8)
    better = frame.assign(x=frame["x"] + 0.001)
    less = paired_difference(better, frame)
    row = pooled_means(less, ["x"], FAST).loc["x"]
    assert row["mean"] == pytest.approx(0.12)
    assert row["high"] - row["low"] == pytest.approx(0.0, abs=1e-12)


def test_vintages_without_a_pair_and_months_of_one_side_alone():
    frame, _ = overlapping(np.random.default_rng(3), 4, years=2)
    quarterly = frame[(frame["month"] % 3 == 0) & (frame["funded"] < 3)]
    less = paired_difference(frame, quarterly)
    assert set(less["funded"]) == {0, 1, 2}
    expected = frame[frame["funded"] < 3]["x"].sum() - quarterly["x"].sum()
    assert less["x"].sum() == pytest.approx(expected)


def test_only_vintages_that_share_no_month_are_independent():
    frame, _ = overlapping(np.random.default_rng(3), 22)
    assert independent_periods(frame) == 3
    assert independent_periods(overlapping(np.random.default_rng(3), 5, years=1)[0]) == 5


def test_gross_figures_have_no_interval_below_zero_where_asked():
    frame, _ = overlapping(np.random.default_rng(5), 3)
    frame["x"] = np.maximum(frame["x"], 0.0) ** 4
    assert pooled_means(frame, ["x"], FAST).loc["x", "low"] < 0
    assert pooled_means(frame, ["x"], FAST, floor=True).loc["x", "low"] == 0


def test_draws_are_blocks_of_the_length_asked_that_take_every_month_alike():
    counts = draw_counts(60, Resampling(block=12, draws=3000, seed=4))
    assert (counts.sum(axis=1) == 60).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(60), abs=0.15)
    # Neighbours are drawn together in all but one of twelve steps: their counts correlate, distant ones do not.
    together = np.corrcoef(counts[:, 10], counts[:, 11])[0, 1]
    apart = np.corrcoef(counts[:, 10], counts[:, 40])[0, 1]
    assert together > 0.7
    assert apart < 0


@pytest.mark.parametrize("wrong", [{"block": 0.5}, {"draws": 10}, {"level": 1.0}])
def test_nonsense_is_refused(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        Resampling(**wrong)
