from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from sklearn.covariance import LedoitWolf

from risk import FactorRisk, FundamentalRiskModel, StatisticalRiskModel
from risk.evaluate import (
    DenseRisk,
    Evaluation,
    FundamentalFamily,
    History,
    PortfolioRisk,
    Segment,
    StatisticalFamily,
    StraightEstimator,
    StraightFamily,
    WalkForwardSettings,
    Window,
    bias_band,
    by_month,
    eigenfactor_portfolios,
    predicted_variances,
    summarise,
    walk_forward,
)
from risk.evaluate.families import ADJUSTMENTS
from taxsleeve_errors import RiskModelError

SETTINGS = WalkForwardSettings(
    window_days=250,
    segments=(Segment("large", 1, 45), Segment("small", 46, 90)),
    random_portfolios=30,
    most_active=0.05,
)
SECTORS = ("Energy", "Financials", "Health Care", "Utilities")
START, END = dt.date(2013, 1, 1), dt.date(2015, 12, 31)


def _truth(names: int, seed: int) -> FactorRisk:
    rng = np.random.default_rng(seed)
    B = 0.25 * rng.standard_normal((names, 6))
    B[:, 0] = 1 + 0.25 * rng.standard_normal(names)
    return FactorRisk(
        assets=tuple(f"N{i:03d}" for i in range(names)),
        factors=tuple(f"F{k}" for k in range(6)),
        loadings=B,
        factor_covariance=np.diag(np.array([0.15, 0.06, 0.05, 0.04, 0.04, 0.03]) ** 2),
        specific_variance=rng.uniform(0.15, 0.45, names) ** 2,
    )


@pytest.fixture(scope="module")
def known_truth() -> FactorRisk:
    """Six factors, 90 names."""
    return _truth(90, 1)


@pytest.fixture(scope="module")
def simulated_history(known_truth: FactorRisk) -> History:
    """Four years of normal daily returns drawn from `known_truth`, largest name first."""
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2012-01-02", "2015-12-31", name="date")
    names = list(known_truth.assets)
    G = known_truth.root() / np.sqrt(252)
    D = np.sqrt(known_truth.specific_variance / 252)
    R = rng.standard_normal((len(days), G.shape[1])) @ G.T + rng.standard_normal((len(days), len(names))) * D
    months = pd.date_range("2011-12-31", "2015-12-31", freq="ME")
    caps = np.tile(np.sort(np.exp(rng.standard_normal(len(names))))[::-1] * 1e10, (len(months), 1))
    return History(
        returns=pd.DataFrame(R, index=days, columns=names),
        caps=pd.DataFrame(caps, index=months, columns=names),
        sectors=pd.Series([SECTORS[i % 4] for i in range(len(names))], index=names),
        book_to_price=pd.DataFrame(rng.uniform(0.1, 1.5, (1, len(names))), index=months[:1], columns=names),
    )


@pytest.fixture(scope="module")
def evaluation(simulated_history: History, known_truth: FactorRisk) -> Evaluation:
    """The truth, a model with half its variance, and the sample covariance."""
    half = dataclasses.replace(
        known_truth,
        factor_covariance=known_truth.factor_covariance / 2,
        specific_variance=known_truth.specific_variance / 2,
    )

    def known(window: Window) -> Mapping[str, PortfolioRisk]:
        return {"truth": known_truth.reindex(window.assets), "half": half.reindex(window.assets)}

    return walk_forward(simulated_history, [known, StraightFamily()], START, END, SETTINGS)


@pytest.fixture(scope="module")
def table(evaluation: Evaluation) -> pd.DataFrame:
    return summarise(evaluation, reference="truth")


def rows_of(table: pd.DataFrame, model: str, start: str = "") -> pd.DataFrame:
    return table[(table["model"] == model) & table["family"].str.startswith(start)]


@pytest.mark.slow
def test_every_model_is_asked_about_every_family_in_every_segment(table: pd.DataFrame) -> None:
    families = {
        "cap-weighted", "random long-only", "random active", "sector active", "style active", "eigenfactor",
        "optimised 1%, random", "optimised 1%, losses", "optimised 2%, random", "optimised 2%, losses",
        "pooled optimised 1%", "pooled optimised 2%",
    }  # fmt: skip
    assert set(table["family"]) == families
    assert len(table) == 5 * 2 * len(families)
    assert (table["months"] == 36).all()


def test_the_truth_is_without_bias(table: pd.DataFrame) -> None:
    truth = rows_of(table, "truth")
    # Two dozen families are looked at, and some hold one portfolio.
    low, high = bias_band(36, 0.999)
    assert truth["bias"].between(low, high).all()
    assert truth["daily_ratio"].between(0.93, 1.07).all()
    many = truth[truth["family"].isin(["random active", "eigenfactor"])]
    assert many["in_band"].mean() > 0.85
    assert many["mrad"].mean() == pytest.approx(many["mrad_floor"].mean(), abs=0.03)
    assert many["q"].mean() == pytest.approx(2.27, abs=0.1)
    assert many["qlike"].mean() == pytest.approx(many["qlike_floor"].mean(), abs=0.015)


def test_half_the_variance_is_a_bias_of_root_two_everywhere(table: pd.DataFrame) -> None:
    shared = ["cap-weighted", "random long-only", "random active", "sector active", "style active"]
    for family in shared:
        truth, half = rows_of(table, "truth", family), rows_of(table, "half", family)
        np.testing.assert_allclose(half["bias"], np.sqrt(2) * truth["bias"].to_numpy())
        np.testing.assert_allclose(half["daily_ratio"], np.sqrt(2) * truth["daily_ratio"].to_numpy())
    assert rows_of(table, "half", "optimised")["daily_ratio"].to_numpy() == pytest.approx(np.sqrt(2), abs=0.1)


def test_the_truth_beats_the_others_and_the_sample_is_fooled_by_its_optimiser(table: pd.DataFrame) -> None:
    pooled = table[table["family"].str.startswith("pooled")]
    assert (pooled.loc[pooled["model"] != "truth", "dm_t"] > 2).all()
    assert pooled.loc[pooled["model"] == "truth", "dm_t"].isna().all()
    own = rows_of(table, "sample", "optimised")
    assert (own["daily_ratio"] > 1.1).all()
    assert rows_of(table, "sample", "random active")["daily_ratio"].max() < 1.1


def test_the_limit_is_what_optimised_portfolios_are_told(table: pd.DataFrame) -> None:
    told = rows_of(table, "truth", "optimised 1%, random")["predicted"]
    assert told.to_numpy() == pytest.approx(0.01, rel=0.02)


def test_short_portfolios_reach_the_limit_where_selling_losers_alone_does_not(
    simulated_history: History, known_truth: FactorRisk
) -> None:
    def told(long_only: bool) -> pd.Series:
        settings = dataclasses.replace(SETTINGS, long_only=long_only, tracking_errors=(0.08,), most_active=0.5)
        family = [lambda window: {"truth": known_truth.reindex(window.assets)}]
        records = walk_forward(simulated_history, family, dt.date(2014, 7, 1), dt.date(2014, 7, 1), settings).records
        return records.loc[records["family"] == "optimised 8%, losses", "predicted"]

    assert told(False).to_numpy() == pytest.approx(0.08, rel=0.02)
    assert told(True).min() < 0.075


def test_the_same_seed_gives_the_same_bytes(simulated_history: History) -> None:
    def run(seed: int) -> pd.DataFrame:
        settings = dataclasses.replace(SETTINGS, seed=seed)
        models = [StatisticalFamily({"statistical": StatisticalRiskModel(n_factors=5)})]
        return walk_forward(simulated_history, models, dt.date(2014, 1, 1), dt.date(2014, 2, 1), settings).records

    first = run(0)
    pd.testing.assert_frame_equal(first, run(0), check_exact=True)
    assert not first["b"].equals(run(1)["b"])


def test_by_month_has_one_row_a_month(evaluation: Evaluation) -> None:
    months = by_month(evaluation)
    one = months[(months["model"] == "truth") & (months["family"] == "cap-weighted") & (months["segment"] == "large")]
    assert len(one) == 36
    assert one["date"].is_monotonic_increasing


def test_models_see_nothing_of_the_month_they_predict(simulated_history: History) -> None:
    seen: list[tuple[dt.date, pd.Timestamp]] = []

    def spy(window: Window) -> Mapping[str, PortfolioRisk]:
        seen.append((window.as_of, window.returns.index[-1]))
        assert len(window.returns) == 250
        assert window.caps.index.equals(window.returns.index)
        return {"spy": StraightEstimator(LedoitWolf())(window)}

    walk_forward(simulated_history, [spy], dt.date(2014, 3, 1), dt.date(2014, 5, 1), SETTINGS)
    assert [as_of for as_of, _ in seen] == [dt.date(2014, 2, 28), dt.date(2014, 3, 31), dt.date(2014, 4, 30)]
    assert all(last.date() == as_of for as_of, last in seen)


def test_a_later_capitalisation_is_not_known_yet(simulated_history: History) -> None:
    caps = simulated_history.caps.copy()
    caps.loc[caps.index > "2014-01-15", "N089"] = 1e15
    history = dataclasses.replace(simulated_history, caps=caps)
    before = history.window(pd.Timestamp("2014-01-15"), 100, 10)
    after = history.window(pd.Timestamp("2014-02-03"), 100, 10)
    assert "N089" not in before.assets
    assert after.assets[0] == "N089"


def test_delisted_names_stay_at_their_last_price(simulated_history: History) -> None:
    returns = simulated_history.returns.copy()
    returns.loc["2014-02-10":, "N000"] = np.nan
    history = dataclasses.replace(simulated_history, returns=returns)
    realised = history.realised(pd.Timestamp("2014-01-31"), ("N000", "N001"))
    assert (realised[6:, 0] == 0).all()
    assert (realised[:5, 0] != 0).all()
    assert "N000" not in history.window(pd.Timestamp("2014-02-28"), 100, 90).assets


def test_implausible_returns_are_taken_out_and_listed(simulated_history: History) -> None:
    returns = simulated_history.returns.copy()
    returns.iloc[100, 3] = 4.0
    returns.iloc[200, 4], returns.iloc[220, 4] = -0.77, 3.3
    returns.iloc[300, 5] = -0.6
    history = dataclasses.replace(simulated_history, returns=returns)
    assert history.repairs["asset"].tolist() == ["N003", "N004", "N004"]
    assert history.repairs["value"].tolist() == [4.0, -0.77, 3.3]
    assert history.returns.isna().sum().sum() == 3
    assert history.returns.iloc[300, 5] == -0.6
    assert history.repairs["why"].tolist()[1] == "undone by an opposite jump"


def test_a_name_whose_price_does_not_move_is_left_out(simulated_history: History) -> None:
    returns = simulated_history.returns.copy()
    returns.loc["2014-01-01":, "N007"] = 0.0
    history = dataclasses.replace(simulated_history, returns=returns)
    models = [StatisticalFamily()]
    universe = walk_forward(history, models, dt.date(2014, 7, 1), dt.date(2014, 7, 1), SETTINGS).universe
    assert universe["tested"].tolist() == [44, 45]
    assert universe["left_out"].tolist() == [1, 0]


def test_batched_variances_are_those_one_by_one(known_truth: FactorRisk) -> None:
    W = np.random.default_rng(5).standard_normal((7, 90))
    expected = [known_truth.variance(w) for w in W]
    np.testing.assert_allclose(predicted_variances(known_truth, W), expected)
    B = known_truth.loadings
    full = B @ known_truth.factor_covariance @ B.T + np.diag(known_truth.specific_variance)
    np.testing.assert_allclose(predicted_variances(DenseRisk(known_truth.assets, full), W), expected)
    assert isinstance(known_truth, PortfolioRisk)

    class Other:
        assets = known_truth.assets
        variance = staticmethod(known_truth.variance)

    np.testing.assert_allclose(predicted_variances(Other(), W), expected)  # type: ignore[arg-type]


def test_eigenfactor_portfolios_have_the_eigenvectors_for_exposures(known_truth: FactorRisk) -> None:
    portfolios = eigenfactor_portfolios(known_truth)
    assert portfolios is not None
    exposures = portfolios.weights @ known_truth.loadings
    crossed = exposures @ known_truth.factor_covariance @ exposures.T
    np.testing.assert_allclose(crossed, np.diag(np.diag(crossed)), atol=1e-12)
    assert len(portfolios.names) == 6


def test_collinear_exposures_lose_the_direction_that_no_portfolio_has(known_truth: FactorRisk) -> None:
    B = np.column_stack([known_truth.loadings, known_truth.loadings[:, 1]])
    F = np.diag(np.r_[np.diag(known_truth.factor_covariance), 0.02**2])
    twin = FactorRisk(known_truth.assets, (*known_truth.factors, "F1 again"), B, F, known_truth.specific_variance)
    portfolios = eigenfactor_portfolios(twin)
    assert portfolios is not None
    assert np.isfinite(portfolios.weights).all()
    assert len(portfolios.names) < 7


def test_straight_estimators_scale_names_with_gaps(simulated_history: History) -> None:
    returns = simulated_history.returns.copy()
    full = StraightEstimator(LedoitWolf())(simulated_history.window(pd.Timestamp("2014-12-31"), 250, 90))
    returns.iloc[::2, 3] = np.nan
    history = dataclasses.replace(simulated_history, returns=returns)
    gapped = StraightEstimator(LedoitWolf())(history.window(pd.Timestamp("2014-12-31"), 250, 90))
    ratio = gapped.covariance[3, 3] / full.covariance[3, 3]
    assert ratio == pytest.approx(1.0, abs=0.25)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"returns": lambda h: h.returns.iloc[::-1]}, "dates must rise"),
        ({"returns": lambda h: pd.concat([h.returns.iloc[:1], h.returns])}, "dates must rise"),
        ({"returns": lambda h: h.returns.reset_index(drop=True)}, "expected dates"),
        ({"returns": lambda h: h.returns - 1.5}, "prices may stand"),
        ({"caps": lambda h: h.caps.add_prefix("other ")}, "no name in common"),
    ],
)
def test_bad_histories_are_refused(simulated_history: History, change: dict, said: str) -> None:  # type: ignore[type-arg]
    changed = {name: make(simulated_history) for name, make in change.items()}
    with pytest.raises(RiskModelError, match=said):
        dataclasses.replace(simulated_history, **changed)


def test_a_walk_without_months_models_or_names_is_refused(simulated_history: History) -> None:
    with pytest.raises(RiskModelError, match="no month from 2030"):
        walk_forward(simulated_history, [StraightFamily()], dt.date(2030, 1, 1), dt.date(2031, 1, 1), SETTINGS)
    with pytest.raises(RiskModelError, match="none given"):
        walk_forward(simulated_history, [], START, END, SETTINGS)
    with pytest.raises(RiskModelError, match="stands twice"):
        walk_forward(simulated_history, [StraightFamily(), StraightFamily()], START, END, SETTINGS)
    thin = dataclasses.replace(SETTINGS, least_names=50)
    with pytest.raises(RiskModelError, match="enough names"):
        walk_forward(simulated_history, [StatisticalFamily()], dt.date(2014, 1, 1), dt.date(2014, 1, 1), thin)
    with pytest.raises(RiskModelError, match="ranks"):
        Segment("large", 0, 10)


def test_a_refit_that_fails_is_named_by_its_day(simulated_history: History) -> None:
    def broken(window: Window) -> Mapping[str, PortfolioRisk]:
        raise np.linalg.LinAlgError("Eigenvalues did not converge")

    with pytest.raises(RiskModelError, match="refit of 2014-01-31: Eigenvalues"):
        walk_forward(simulated_history, [broken], dt.date(2014, 2, 1), dt.date(2014, 3, 1), SETTINGS)


def test_an_unknown_reference_is_refused(evaluation: Evaluation) -> None:
    with pytest.raises(RiskModelError, match="expected one of truth, half"):
        summarise(evaluation, reference="nobody")


def test_variants_of_the_fundamental_model_are_as_if_fitted_by_themselves(simulated_history: History) -> None:
    window = simulated_history.window(pd.Timestamp("2014-12-31"), 250, 90)
    made = FundamentalFamily()(window)
    assert set(made) == {"fundamental", "no adjustment", *(f"without {name}" for name in ADJUSTMENTS)}
    for name, change in ADJUSTMENTS.items():
        alone = FundamentalFamily(FundamentalRiskModel(**change), variants=False)(window)["fundamental"]
        variant = made[f"without {name}"]
        assert isinstance(variant, FactorRisk)
        assert isinstance(alone, FactorRisk)
        np.testing.assert_allclose(variant.factor_covariance, alone.factor_covariance, rtol=1e-10)
        np.testing.assert_allclose(variant.specific_variance, alone.specific_variance, rtol=1e-10)


def test_removing_an_adjustment_leaves_the_full_model_as_it_was(simulated_history: History) -> None:
    window = simulated_history.window(pd.Timestamp("2014-12-31"), 250, 90)
    with_variants, alone = FundamentalFamily()(window), FundamentalFamily(variants=False)(window)
    W = np.eye(90)
    full = predicted_variances(with_variants["fundamental"], W)
    np.testing.assert_array_equal(full, predicted_variances(alone["fundamental"], W))
    assert not np.allclose(full, predicted_variances(with_variants["no adjustment"], W))


def test_a_notebook_shows_bias_and_loss_by_model(evaluation: Evaluation) -> None:
    page, records = evaluation._repr_html_(), evaluation.records
    shown = records.groupby(["segment", "family", "model"]).ngroups
    assert page.count("<tr") == shown + 2
    assert all(f">{model}<" in page for model in records["model"].unique())
