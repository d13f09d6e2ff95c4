"""An allocation study as a whole, on made runs."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtest.allocation import (
    EQUAL,
    PICKS,
    AllocationChoices,
    Ending,
    Mix,
    Policy,
    View,
    allocation_study,
    gather_vintages,
    reference_mix,
)
from backtest.allocation.efficient import candidates
from backtest.allocation.outcomes import return_contributions, risk_contributions, simulated_outcomes
from backtest.study_measures import Resampling, prepare, run_summary
from backtest.study_measures.pooled import pooled_means, redrawn_means
from taxsleeve_errors import InputError

SLEEVES = ("large", "small")
RESAMPLING = Resampling(draws=300)


@pytest.fixture(scope="module")
def made():
    path = Path(__file__).with_name("allocation_runs.py")
    spec = importlib.util.spec_from_file_location("allocation_runs", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def runs(made):
    return made.made_runs()


@pytest.fixture(scope="module")
def vintages(runs):
    return gather_vintages(runs, SLEEVES, "optimizer", "base")


def asked(sleeves=SLEEVES, **more) -> AllocationChoices:
    return AllocationChoices(sleeves, "optimizer", "base", resampling=RESAMPLING, **more)


@pytest.fixture(scope="module")
def study(runs):
    own = (Mix.of({"large": 0.62, "small": 0.38}, SLEEVES),)
    return allocation_study(runs, asked(own=own))


def test_it_shows_itself_in_a_notebook(study):
    page = study._repr_html_()
    assert all(name in page for name in study.named)
    assert page.count("<tr") >= 2 + len(study.named) + len(study.frontier)


@pytest.mark.parametrize("band", [None, 0.0, 0.05])
def test_one_sleeve_alone_is_its_own_account(runs, vintages, band):
    policy = Policy(band=band, ending=Ending.STEP_UP)
    found = simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.eye(2), policy)
    funds = simulated_outcomes(vintages, SLEEVES, View.FUND, np.eye(2), policy)
    index = simulated_outcomes(vintages, SLEEVES, View.INDEX, np.eye(2), policy)
    for place, sleeve in enumerate(SLEEVES):
        own = [prepare(run.months, run.facts).returns for run in runs if run.key.sleeve == sleeve]
        assert found.annual[:, place] == pytest.approx([one.annual("after") for one in own], rel=1e-12)
        assert funds.annual[:, place] == pytest.approx([one.annual("index_after") for one in own], rel=1e-12)
        assert index.annual[:, place] == pytest.approx([one.annual("index_pre") for one in own], rel=1e-12)
        deviations = [one.steps["after"].std() * np.sqrt(12) for one in own]
        assert found.volatility[:, place] == pytest.approx(deviations)


def test_an_account_that_saves_nothing_is_sold_as_the_study_sells_it(made):
    """Without tax on the way no money is added or taken, so the embedded gain is the stored account's."""
    plain = ["loss_short", "loss_long", "gain_short", "gain_long", "dividends"]
    runs = made.made_runs(years=(2000, 2001), qualified_dividends=0.0)
    runs = [replace(run, months=run.months.assign(**dict.fromkeys(plain, 0.0))) for run in runs]
    found = simulated_outcomes(
        gather_vintages(runs, SLEEVES, "optimizer", "base"), SLEEVES, View.HARVESTED, np.eye(2), Policy()
    )
    for place, sleeve in enumerate(SLEEVES):
        own = [prepare(run.months, run.facts) for run in runs if run.key.sleeve == sleeve]
        assert found.annual[:, place] == pytest.approx([one.returns.liquidated() for one in own], rel=1e-12)
        given = [run_summary(one)["terminal_donated"] for one in own]
        assert found.wealth[Ending.DONATION][:, place] == pytest.approx(given, rel=1e-12)


def test_no_money_appears_or_is_lost(vintages):
    """Over every view and mix: what is there at the end is what was paid in, times the returns."""
    weights = np.array([[0.3, 0.7], [0.5, 0.5]])
    for view in View:
        found = simulated_outcomes(vintages, SLEEVES, view, weights, Policy(band=0.01))
        growth = np.stack([np.prod(1 + own, axis=0) for own in found.returns])
        assert found.wealth[Ending.STEP_UP] == pytest.approx(growth, rel=1e-12)


def test_a_band_of_the_whole_never_sells(vintages):
    found = simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.array([[0.5, 0.5]]), Policy(band=1.0))
    tight = simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.array([[0.5, 0.5]]), Policy(band=0.0))
    assert not found.sold.any()
    assert not found.sale_tax.any()
    assert (tight.sold > 0).all()


def test_contributions_lower_nothing_but_come_in(vintages):
    without, paid = (
        simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.array([[1.0, 0.0]]), Policy(contribution=c))
        for c in (0.0, 0.1)
    )
    # A time-weighted return before the ending knows nothing of flows, but for the cost of investing them.
    for one, other in zip(without.returns, paid.returns, strict=True):
        assert other == pytest.approx(one, abs=1e-5)
    assert (paid.wealth[Ending.STEP_UP] != without.wealth[Ending.STEP_UP]).all()


def test_months_add_up_to_what_they_are_parts_of(vintages):
    found = simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.array([[0.4, 0.6], [1.0, 0.0]]), Policy())
    grown = return_contributions(vintages, found).groupby("funded")[["0", "1"]].sum()
    assert grown.to_numpy() == pytest.approx(np.log1p(found.annual))
    risk = risk_contributions(vintages, found).groupby("funded")[["0", "1"]].sum()
    assert risk.to_numpy() == pytest.approx(found.volatility)


def test_redrawn_means_have_the_interval_of_the_mean(vintages):
    found = simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.array([[0.4, 0.6]]), Policy())
    added, means = return_contributions(vintages, found), pd.Series(found.annual.mean(axis=0), index=["0"])
    drawn = redrawn_means(added, ["0"], RESAMPLING, means)
    interval = pooled_means(added, ["0"], RESAMPLING, means).loc["0", ["low", "high"]]
    assert np.quantile(drawn, [0.025, 0.975], axis=0)[:, 0] == pytest.approx(interval.to_numpy(dtype=float))


def test_frontier_weights_sum_to_one_and_nothing_beats_them(study):
    frontier, mixes = study.frontier, study.mixes
    assert frontier[["weight large", "weight small"]].sum(axis=1).to_numpy() == pytest.approx(1.0)
    for view in View:
        own = frontier[frontier["view"] == view]
        assert own["volatility"].is_monotonic_increasing
        assert own["return"].is_monotonic_increasing
        for risk, reward in mixes[[f"{view}_volatility", f"{view}_return"]].to_numpy():
            assert ((own["volatility"] <= risk) & (own["return"] >= reward)).any()


def test_picks_are_the_best_of_the_mixes(study):
    mixes = study.mixes.reset_index(drop=True)
    for view in View:
        risk, reward = mixes[f"{view}_volatility"], mixes[f"{view}_return"]
        places = (risk.idxmin(), (reward / risk).idxmax(), reward.idxmax())
        assert study.picks[view] == dict(zip(PICKS, places, strict=True))
    assert len(set(study.picks[View.HARVESTED].values())) == 3


def test_of_losses_the_smaller_at_less_risk_is_the_better(made):
    """A ratio of a loss to its risk would be best where the risk is greatest."""
    runs = [
        replace(run, months=run.months.assign(**{name: run.months[name] * np.exp(-0.03 * np.arange(37))
                                                 for name in ("value", "benchmark")}))
        for run in made.made_runs(SLEEVES)
    ]  # fmt: skip
    found = allocation_study(runs, asked())
    own = found.mixes.iloc[found.picks[View.HARVESTED][PICKS[1]]]
    assert (found.mixes["harvested_return"] < 0).all()
    assert (found.mixes["harvested_return"] * found.mixes["harvested_volatility"]).idxmax() == own.name


def test_the_reference_is_held_against_itself_without_doubt(study):
    row = study.mixes.iloc[study.simulated.reference]
    for name in ("over", "risk_over"):
        assert (row[[f"harvested_{name}", f"harvested_{name}_low", f"harvested_{name}_high"]] == 0).all()
    others = study.mixes.drop(index=str(study.simulated.reference))
    assert (others["harvested_over_low"] < others["harvested_over"]).all()
    assert (others["harvested_over"] < others["harvested_over_high"]).all()


def test_intervals_hold_their_means_and_weights(study):
    for name in ("harvested_return", "harvested_volatility", "fund_return", "index_return", "tax_alpha"):
        assert (study.mixes[f"{name}_low"] < study.mixes[name]).all()
        assert (study.mixes[name] < study.mixes[f"{name}_high"]).all()
    assert (study.certainty["low"] <= study.certainty["mean"]).all()
    assert (study.certainty["mean"] <= study.certainty["high"]).all()


def test_mixing_saves_volatility_and_one_sleeve_alone_saves_none(study):
    alone = list(study.simulated.single.values())
    assert study.mixes["volatility_saved"].iloc[alone].to_numpy() == pytest.approx(0.0, abs=1e-12)
    assert study.mixes["volatility_saved"].iloc[study.simulated.equal] > 0


def test_gains_left_to_heirs_are_worth_more_than_sold(study):
    assert (study.mixes["wealth_step-up"] > study.mixes["wealth_liquidation"]).all()
    assert (study.mixes["wealth_donation"] > study.mixes["wealth_step-up"]).all()


def test_named_mixes_are_followed_vintage_by_vintage(study):
    assert {*PICKS, EQUAL, "own mix"} <= set(study.named)
    rows = study.vintages
    assert len(rows) == 4 * (2 + len(study.named))
    own = rows[rows["name"] == "own mix"]
    place = study.named["own mix"]
    assert own["return"].to_numpy() == pytest.approx(study.simulated.outcomes[View.HARVESTED].annual[:, place])
    assert set(own["mix"]) == {"large 62%, small 38%"}


def test_who_was_best_is_counted_before_and_after_tax(study):
    rows = study.vintages[study.vintages["name"].isin(SLEEVES)]
    for column, shown in (("index_return", "best_before_tax"), ("return", "best_after_tax")):
        best = rows.loc[rows.groupby("funded")[column].idxmax(), "name"].value_counts(normalize=True)
        assert study.sleeves[shown].to_dict() == {name: best.get(name, 0.0) for name in SLEEVES}
    pair = study.correlations.iloc[0]
    assert (pair["sleeve"], pair["other"]) == SLEEVES
    assert 0 < pair["before_tax"] < 1
    assert 0 < pair["tax_savings"] <= 1


def test_ways_of_keeping_are_held_against_never(study):
    table = study.keeping[study.keeping["name"].str.contains(EQUAL)].set_index("way")
    assert list(table.index) == ["never", "new money only", "band", "always"]
    assert table.loc["never", ["over_never", "sold"]].tolist() == [0, 0]
    assert table.loc["new money only", "sold"] == 0
    assert table.loc["always", "sold"] >= table.loc["band", "sold"]
    assert table["over_never"].to_numpy() == pytest.approx((table["return"] - table.loc["never", "return"]).to_numpy())


def test_the_same_runs_give_the_same_tables(runs, study):
    again = allocation_study(list(reversed(runs)), study.choices)
    for name in ("mixes", "certainty", "vintages", "keeping", "sleeves", "correlations"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(study, name), check_exact=True)


def test_more_sleeves_are_searched_on_finer_and_finer_grids():
    seen = []

    def measured(weights):
        seen.append(len(weights))
        return [((weights**2).sum(axis=1), weights @ [0.1, 0.2, 0.3, 0.4])]

    weights = candidates(4, measured)
    assert seen == [286]
    assert len(weights) > 286
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert len(np.unique(weights, axis=0)) == len(weights)
    assert np.isclose(weights * 20, np.round(weights * 20)).all()


def test_the_market_mix_is_read_from_capitalisations(made):
    caps = {"large": 800.0, "small": 200.0}
    runs = [replace(r, facts={**r.facts, "capitalisation": caps[r.key.sleeve]}) for r in made.made_runs(SLEEVES)]
    found = reference_mix(runs, SLEEVES)
    assert (found.name, found.mix.weights) == ("market mix", (0.8, 0.2))


def test_capitalisations_of_sleeves_that_overlap_are_no_market(made, runs):
    caps = {"large": 900.0, "mid": 600.0, "small": 100.0, "all": 1000.0}
    blend = {"large": 0.8, "mid": 0.15, "small": 0.05}
    known = [replace(r, facts={**r.facts, "capitalisation": caps[r.key.sleeve]})
             for r in [*runs, *made.whole_market(runs, blend)]]  # fmt: skip
    assert reference_mix(known, ("large", "mid", "small")).mix.weights == pytest.approx((0.8, 0.15, 0.05), abs=0.002)
    assert reference_mix(known, ("large", "small")).mix.weights == (0.9, 0.1)
    assert reference_mix(known, ("large", "all")).mix.weights == (0.0, 1.0)


def test_the_market_mix_is_told_from_the_index_of_all(made, runs):
    blend = {"large": 0.8, "mid": 0.15, "small": 0.05}
    found = reference_mix([*runs, *made.whole_market(runs, blend)], ("large", "mid", "small"))
    assert found.name == "market mix"
    assert found.mix.weights == pytest.approx(tuple(blend.values()), abs=0.002)


def test_without_either_parts_are_equal_and_it_is_said(runs):
    found = reference_mix(runs, SLEEVES)
    assert (found.name, found.mix.weights) == (EQUAL, (0.5, 0.5))
    assert "no capitalisations" in found.why
    typed = Mix.of({"large": 0.9, "small": 0.1}, SLEEVES)
    assert reference_mix(runs, SLEEVES, typed).mix == typed


def test_only_vintages_that_all_sleeves_have_are_used(made, runs):
    some = [run for run in runs if not (run.key.sleeve == "small" and run.key.funded == made.funded(2001))]
    found = gather_vintages(some, SLEEVES, "optimizer", "base")
    assert [vintage.funded for vintage in found] == [made.funded(year) for year in (2000, 2002, 2003)]


def test_vintages_of_other_lengths_go_beside_each_other(made):
    runs = [made.made_run(sleeve, year, years=years) for sleeve in SLEEVES for year, years in ((2000, 3), (2001, 2))]
    found = allocation_study(runs, asked())
    assert found.vintages["years"].unique().tolist() == [3.0, 2.0]
    assert len(found.simulated.outcomes[View.HARVESTED].annual) == 2


def test_accounts_rebalanced_every_week_are_studied_by_the_month(made):
    runs = [made.made_run(sleeve, year, years=1, every="W-FRI") for sleeve in SLEEVES for year in (2000, 2001)]
    vintages = gather_vintages(runs, SLEEVES, "optimizer", "base")
    found = simulated_outcomes(vintages, SLEEVES, View.HARVESTED, np.eye(2), Policy(contribution=0.12))
    assert [len(own) for own in found.returns] == [52, 52]
    added = return_contributions(vintages, found)
    assert added.groupby("funded")["month"].nunique().tolist() == added.groupby("funded").size().tolist()
    assert added.groupby("funded")["0"].sum().to_numpy() == pytest.approx(np.log1p(found.annual[:, 0]))
    own = [run.months["value"].pct_change().std() * np.sqrt(52) for run in runs[:2]]
    assert found.volatility[:, 0] == pytest.approx(own, rel=0.2)


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda runs: [r for r in runs if r.key.sleeve != "small"], "found 'small', expected a sleeve with runs"),
    (lambda runs: runs[:3], "two or more that all of large, small have"),
    (lambda runs: [], "none has any"),
    (lambda runs: [*runs[1:], replace(runs[0], months=runs[0].months.iloc[:-1])], "the same dates in all sleeves"),
    (lambda runs: [*runs[1:], replace(runs[0], facts={**runs[0].facts, "long_term": 0.3})], "same tax rates"),
    (lambda runs: [replace(r, facts={**r.facts, "spread_bps": 1.0 + i // 3}) for i, r in enumerate(runs)], "costs of"),
    (lambda runs: [*runs[1:], replace(runs[0], months=runs[0].months.drop(columns="flow"))], "run large, 1999-12-31"),
])  # fmt: skip
def test_runs_that_do_not_go_together_are_refused(runs, spoil, words):
    with pytest.raises(InputError, match=words):
        allocation_study(spoil(runs), asked())


def test_one_sleeve_is_no_mix(runs):
    with pytest.raises(InputError, match="two or more to mix"):
        allocation_study(runs, asked(("large",)))
