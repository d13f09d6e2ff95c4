"""Models, windows and settings at the edge of what an evaluation takes."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk.evaluate import (
    DenseRisk,
    History,
    PortfolioRisk,
    Segment,
    StraightFamily,
    WalkForwardSettings,
    Window,
    eigenfactor_portfolios,
    walk_forward,
)
from risk.evaluate.portfolios import style_active
from taxsleeve_errors import RiskModelError

N = 40
NAMES = [f"N{i:02d}" for i in range(N)]
DAYS = pd.bdate_range("2014-01-02", "2015-06-30", name="date")


@pytest.fixture(scope="module")
def history() -> History:
    """Forty names that a market moves, a year and a half."""
    rng = np.random.default_rng(5)
    R = 0.01 * (rng.standard_normal((len(DAYS), 1)) + rng.standard_normal((len(DAYS), N)))
    caps = np.sort(np.exp(rng.standard_normal(N)))[::-1] * 1e10
    months = pd.date_range("2013-12-31", "2015-06-30", freq="ME")
    table = pd.DataFrame(np.tile(caps, (len(months), 1)), index=months, columns=NAMES)
    return History(
        returns=pd.DataFrame(R, index=DAYS, columns=NAMES),
        caps=table,
        sectors=pd.Series(["Energy", "Utilities"] * (N // 2), index=NAMES),
        adv=table * 0.01,
    )


@pytest.fixture(scope="module")
def window(history: History) -> Window:
    return history.window(DAYS[-1], 250, N)


def only_large(window: Window) -> Mapping[str, PortfolioRisk]:
    """A covariance of independent names."""
    return {"apart": DenseRisk(window.assets, 0.04 * np.eye(len(window.assets)))}


SETTINGS = WalkForwardSettings(
    window_days=250, segments=(Segment("large", 1, 35),), random_portfolios=3, least_names=30, most_active=0.2
)


def families(history: History, **changes: Any) -> set[str]:
    settings = dataclasses.replace(SETTINGS, **changes)
    found = walk_forward(history, [only_large], dt.date(2015, 4, 1), dt.date(2015, 5, 31), settings)
    return set(found.records["family"]) if len(found.records) else set()


def test_without_objectives_or_limits_no_portfolio_is_optimised(history: History) -> None:
    both = families(history)
    of_one = {f"optimised {limit}%, {kind}" for limit in (1, 2) for kind in ("random", "losses")}
    optimised = of_one | {f"pooled optimised {limit}%" for limit in (1, 2)}
    assert both >= optimised
    for changes in ({"random_objectives": 0, "harvest_objectives": 0}, {"tracking_errors": ()}):
        assert families(history, **changes) == both - optimised


def test_a_segment_of_too_few_names_is_told_and_not_scored(history: History) -> None:
    settings = dataclasses.replace(SETTINGS, segments=(Segment("large", 1, 35), Segment("small", 36, 40)))
    found = walk_forward(history, [only_large], dt.date(2015, 4, 1), dt.date(2015, 5, 31), settings)
    assert set(found.universe["segment"]) == {"large", "small"}
    assert set(found.records["segment"]) == {"large"}


@pytest.mark.parametrize("changes", [{"window_days": 1}, {"segments": ()}, {"tracking_errors": (0.01, 0.0)}])
def test_settings_that_measure_nothing_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(RiskModelError, match="expected at least 2 days, one segment and limits above zero"):
        dataclasses.replace(SETTINGS, **changes)


def test_a_day_on_which_no_name_has_both_figures_is_named(history: History) -> None:
    late = dataclasses.replace(history, caps=history.caps.iloc[3:])
    with pytest.raises(RiskModelError, match="no name has a return and a capitalisation on 2014-01-06"):
        late.window(pd.Timestamp("2014-01-06"), 250, N)


def test_styles_are_those_that_the_window_can_tell(window: Window) -> None:
    assert style_active(window).names == ("small size", "beta", "momentum", "volatility", "reversal", "liquidity")
    bare = dataclasses.replace(window, adv=None)
    assert "liquidity" not in style_active(bare).names
    assert window.adv is not None
    known = window.adv.copy()
    known.iloc[:, 5:] = np.nan
    # Known of five names, it has no third.
    assert "liquidity" not in style_active(dataclasses.replace(window, adv=known)).names


def test_the_sample_covariance_may_be_left_out(window: Window) -> None:
    assert list(StraightFamily()(window)) == ["sample", "Ledoit-Wolf", "OAS"]
    assert list(StraightFamily(sample=False)(window)) == ["Ledoit-Wolf", "OAS"]


@pytest.mark.parametrize("count", [3, 20])
def test_leading_eigenvectors_of_a_matrix_however_they_are_found(count: int) -> None:
    rng = np.random.default_rng(1)
    values = np.arange(N, 0, -1.0)
    Q = np.linalg.qr(rng.standard_normal((N, N)))[0]
    found = eigenfactor_portfolios(DenseRisk(tuple(NAMES), Q @ np.diag(values) @ Q.T), count)
    assert found is not None
    assert found.weights.shape == (count, N)
    assert np.abs(found.weights).sum(axis=1) == pytest.approx(np.ones(count))
    for row, expected in zip(found.weights, Q.T, strict=False):
        assert abs(row @ expected) == pytest.approx(np.linalg.norm(row))


def test_a_model_that_is_neither_factor_nor_matrix_has_no_eigenfactors() -> None:
    class Other:
        assets = tuple(NAMES)

        def variance(self, active: Any) -> float:
            return float(np.sum(np.square(active)))

        def reindex(self, assets: Any) -> Other:
            return self

    assert eigenfactor_portfolios(Other()) is None


def test_a_matrix_that_is_none_of_its_names_is_refused() -> None:
    for matrix in (np.eye(3), np.full((2, 2), np.nan)):
        with pytest.raises(RiskModelError, match=r"expected finite numbers \(2, 2\)"):
            DenseRisk(("A", "B"), matrix)
    model = DenseRisk(("A", "B"), np.array([[1.0, 0.5], [0.5, 2.0]]))
    assert model.reindex(("B", "A")).covariance.tolist() == [[2.0, 0.5], [0.5, 1.0]]
    with pytest.raises(RiskModelError, match=r"no risk figures for X, Y \(2 of 3\)"):
        model.reindex(("X", "B", "Y"))
