"""Tables over many runs."""

import numpy as np
import pandas as pd
import pytest

from backtest.study_measures import Choices, Resampling, study_tables
from taxsleeve_errors import InputError

CHOICES = Choices(resampling=Resampling(draws=200))
SCALES = {"large": 1.0, "mid": 1.3, "small": 1.6, "all": 1.1}
SETTINGS = {
    "base": {"te_limit": 0.01},
    "te 2%": {"te_limit": 0.02},
    "no wash": {"te_limit": 0.01, "wash_rule": "off"},
    "daily": {"te_limit": 0.01, "frequency": "daily"},
}
GROWN = {"base": 1.0, "te 2%": 1.5, "no wash": 1.4, "daily": 1.1}


@pytest.fixture(scope="module")
def runs(made):
    done = []
    for sleeve, scale in SCALES.items():
        for year in (2000, 2001, 2003):
            done.append(made.drawn_run(sleeve, year, "passive", te_limit=0.01, wash_rule="on"))
            done += [
                made.drawn_run(sleeve, year, setting=name, scale=scale * GROWN[name], **{"wash_rule": "on", **facts})
                for name, facts in SETTINGS.items()
                if name in ("base", "te 2%") or sleeve == "large"
            ]
    return done


@pytest.fixture(scope="module")
def tables(runs):
    return study_tables(runs, CHOICES)


def picked(frame, **equal):
    for name, value in equal.items():
        frame = frame[frame[name] == value]
    return frame


def test_exhibit_5_takes_off_the_same_vintage_of_the_other_sleeve(tables):
    own = picked(tables.exhibit_5, strategy="optimizer", setting="base").set_index(["sleeve", "funded"])
    less = own.loc["mid", "tax_savings"] - own.loc["large", "tax_savings"]
    assert own.loc["mid", "over_large"].tolist() == pytest.approx(less.tolist())
    assert own.loc["large", "over_large"].isna().all()
    passive = picked(tables.exhibit_5, strategy="passive", sleeve="mid").set_index("funded")["tax_savings"]
    assert own.loc["mid", "over_passive"].tolist() == pytest.approx((own.loc["mid", "tax_savings"] - passive).tolist())


def test_net_is_gross_less_gains_in_every_table(tables):
    for frame in (tables.exhibit_5, tables.summary, tables.years):
        net = frame["saved_on_losses"] - frame["tax_on_gains"]
        assert frame["tax_savings"].tolist() == pytest.approx(net.tolist())
    causes = tables.causes.groupby(["sleeve", "funded", "strategy", "setting"])["net_losses"].sum()
    whole = tables.summary.set_index(["sleeve", "funded", "strategy", "setting"])["net_losses"]
    assert causes.tolist() == pytest.approx(whole.reindex(causes.index).tolist())


def test_every_mean_has_an_interval_and_says_of_how_many(tables):
    for frame in (tables.distribution, tables.year_means, tables.cause_means, tables.differences):
        means = frame.dropna(subset="mean")
        assert len(means)
        assert means[["low", "high"]].notna().all(axis=None)
        assert (means["low"] <= means["high"]).all()
        assert (means["vintages"] == 3).all()
        assert (means["independent"] == 2).all()


def test_distribution_is_that_of_the_runs(tables):
    row = picked(tables.distribution, sleeve="small", strategy="optimizer", setting="base", measure="tax_savings").iloc[
        0
    ]
    own = picked(tables.summary, sleeve="small", strategy="optimizer", setting="base")["tax_savings"]
    assert row["mean"] == pytest.approx(own.mean())
    assert (row["min"], row["median"], row["max"]) == (own.min(), own.median(), own.max())


def test_differences_are_paired(tables):
    row = picked(tables.differences, comparison="sleeve", sleeve="small", against="large", strategy="optimizer",
                 setting="base", measure="tax_savings").iloc[0]  # fmt: skip
    extra = picked(tables.exhibit_5, sleeve="small", strategy="optimizer", setting="base")["over_large"]
    assert row["mean"] == pytest.approx(extra.mean())
    assert row["ahead"] == (extra > 0).mean()


def test_years_since_inception_have_their_means(tables):
    row = picked(tables.year_means, sleeve="mid", strategy="optimizer", setting="base", year=2, measure="tax_savings")
    own = picked(tables.years, sleeve="mid", strategy="optimizer", setting="base", year=2)["tax_savings"]
    assert row["mean"].iloc[0] == pytest.approx(own.mean())


def test_the_frontier_has_a_slope(tables):
    own = picked(tables.frontier, sleeve="mid")
    assert own["te_limit"].tolist() == [0.01, 0.02]
    rise = own["tax_alpha"].diff().iloc[1] / 0.01
    assert own["tax_alpha_slope"].iloc[1] == pytest.approx(rise)
    assert np.isnan(own["tax_alpha_slope"].iloc[0])
    assert set(tables.frontier["line"]) == {"optimizer"}


def test_the_sweep_says_what_differs_and_by_how_much(tables):
    row = picked(tables.sweep, sleeve="large", setting="no wash").iloc[0]
    assert row["differs"] == "wash rule off for on"
    assert row["losses_ratio"] == pytest.approx(1.4)
    base = picked(tables.sweep, sleeve="large", strategy="optimizer", setting="base").iloc[0]
    assert row["tax_savings_change"] == pytest.approx(row["tax_savings"] - base["tax_savings"])


def test_bands_find_the_wash_rule_and_daily_settings(tables):
    rows = tables.bands.set_index("quantity")
    ratio = picked(tables.sweep, sleeve="large", setting="no wash")["tax_alpha_ratio"].iloc[0]
    assert rows.loc["Cost of the wash-sale rule, of tax alpha", "ours"] == pytest.approx(1 - 1 / ratio)
    daily = picked(tables.sweep, sleeve="large", setting="daily")["tax_alpha_ratio"].iloc[0]
    assert rows.loc["Daily instead of monthly, tax alpha", "ours"] == pytest.approx(daily - 1)
    assert rows.loc["Losses of ten years, gross", "verdict"] == "no run"
    assert rows.loc["Losses of mid over large, gross", "ours"] == pytest.approx(1.3)
    assert rows.loc["Losses of mid over large, gross", "verdict"] == "above"
    assert rows.loc["Short-term share of losses", "verdict"] == "inside"


def test_outside_a_band_the_reason_is_given(tables):
    outside = tables.bands[tables.bands["verdict"].isin(["above", "below"])]
    assert len(outside)
    assert outside["beside"].str.contains("tracking error").all()
    gross = outside[outside["quantity"].str.contains("gross")]
    assert gross["beside"].str.contains("gains").all()


def test_published_figures_have_ours_beside_them(tables):
    row = tables.published.set_index("ident").loc["P02"]
    own = picked(tables.distribution, sleeve="large", strategy="optimizer", setting="base", measure="tax_alpha").iloc[0]
    assert (row["ours"], row["low"], row["high"]) == (own["mean"], own["low"], own["high"])


def test_the_order_of_runs_changes_no_figure(runs):
    few = [run for run in runs if run.key.sleeve == "mid" and run.key.setting == "base"]
    keys = ["sleeve", "strategy", "setting", "measure"]
    tables = [study_tables(some, CHOICES).distribution for some in (few, list(reversed(few)))]
    one, other = (table.sort_values(keys).reset_index(drop=True) for table in tables)
    pd.testing.assert_frame_equal(one, other)


def test_one_run_is_a_study(made):
    tables = study_tables([made.drawn_run("mid", 2000)], CHOICES)
    assert tables.frontier.empty
    assert tables.sweep.empty
    assert tables.differences.empty
    assert tables.distribution.set_index("measure").loc["tax_savings", ["low", "high"]].isna().all()


def test_a_bad_run_is_named(made):
    run = made.drawn_run("mid", 2000)
    bad = made.Run(run.key, run.months.drop(columns="flow"), run.facts)
    with pytest.raises(InputError, match=r"run mid, 1999-12-31, optimizer, base.*flow"):
        study_tables([bad], CHOICES)


@pytest.mark.parametrize("wrong", [{"main": "magic"}, {"base": "nowhere"}])
def test_a_choice_without_runs_is_refused(made, wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        study_tables([made.drawn_run("mid", 2000)], Choices(**wrong))


def test_no_runs_are_refused():
    with pytest.raises(InputError, match="at least one"):
        study_tables([], CHOICES)
