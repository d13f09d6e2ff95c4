"""What FundamentalRiskModel does by itself about thin sectors and flat figures; `refit` on regressions it has made."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from risk import FundamentalRiskModel, Screening
from taxsleeve_errors import RiskModelError

N, T = 120, 300
WIDE = ("sector S0", "sector S1", "sector S2", "sector S3")


class Panel(NamedTuple):
    returns: pd.DataFrame
    facts: dict[str, Any]


@pytest.fixture(scope="module")
def panel() -> Panel:
    rng = np.random.default_rng(5)
    names = [f"N{i:03d}" for i in range(N)]
    sector = np.arange(N) % 4
    common = 0.01 * rng.standard_normal((T, 1)) + 0.006 * rng.standard_normal((T, 4))[:, sector]
    index = pd.bdate_range("2018-01-01", periods=T)
    returns = pd.DataFrame(common + 0.015 * rng.standard_normal((T, N)), index=index, columns=names)
    caps = pd.DataFrame(np.exp(rng.normal(22, 1, N))[None], index=index[:1], columns=names)
    return Panel(returns, {"caps": caps, "sectors": pd.Series([f"S{j}" for j in sector], index=names)})


def fit(panel: Panel, returns: pd.DataFrame | None = None, model: Any = None, **facts: Any) -> FundamentalRiskModel:
    model = model or FundamentalRiskModel(eigenfactor_simulations=20)
    fitted: FundamentalRiskModel = model.fit(panel.returns if returns is None else returns, **{**panel.facts, **facts})
    return fitted


def sectors_of(model: FundamentalRiskModel) -> tuple[str, ...]:
    return tuple(factor for factor in model.factor_risk_.factors if factor.startswith("sector"))


def said(model: FundamentalRiskModel) -> dict[str, str]:
    return {repair.asset: repair.detail for repair in model.repairs_}


def test_a_listing_alone_in_its_sector_joins_the_largest_and_that_is_listed(panel: Panel) -> None:
    late = panel.returns.copy()
    late.iloc[:-1, 7] = np.nan
    model = fit(panel, late, sectors=panel.facts["sectors"].where(panel.returns.columns != "N007", "Moon mining"))
    assert sectors_of(model) == WIDE
    assert "N007" in model.factor_risk_
    assert said(model)["sector Moon mining"] == "0 names with a history, fewer than 5; merged with S0"
    assert next(r.kind for r in model.repairs_ if r.asset == "sector Moon mining") == "thin sector"
    plain = fit(panel).factor_risk_.tracking_error(np.full(N, 1 / N))
    assert model.factor_risk_.tracking_error(np.full(N, 1 / N)) == pytest.approx(plain, rel=0.02)


def test_thin_sectors_make_one_where_they_are_enough_together(panel: Panel) -> None:
    sectors = panel.facts["sectors"].copy()
    sectors.iloc[:4], sectors.iloc[4:7], sectors.iloc[7] = "Tiny", "Small", None
    model = fit(panel, sectors=sectors)
    assert sectors_of(model) == ("sector Other", *WIDE)
    own = model.factor_risk_.loadings[:, model.factor_risk_.factors.index("sector Other")]
    assert own.sum() == 8
    assert {"sector Tiny", "sector Small"} <= set(said(model))
    assert said(model)["sector Tiny"] == "4 names with a history, fewer than 5; merged with Other"


def test_a_sector_listed_yesterday_is_merged_whole(panel: Panel) -> None:
    late = panel.returns.copy()
    late.loc[late.index[:-1], panel.facts["sectors"] == "S3"] = np.nan
    model = fit(panel, late)
    assert sectors_of(model) == WIDE[:3]
    assert model.unrated_ == {}
    assert "merged with" in said(model)["sector S3"]


def test_the_least_number_of_names_is_a_parameter(panel: Panel) -> None:
    assert sectors_of(fit(panel, model=FundamentalRiskModel(least_in_sector=31))) == ()
    assert sectors_of(fit(panel, model=FundamentalRiskModel(least_in_sector=30))) == WIDE


def test_a_sector_without_a_return_on_the_days_regressed_is_refused(panel: Panel) -> None:
    # Average volume is known for the last days only, and the sector's names were not priced on them.
    gone = panel.returns.copy()
    gone.loc[gone.index[-65:], panel.facts["sectors"] == "S3"] = np.nan
    caps = panel.facts["caps"]
    adv = (caps * np.linspace(0.001, 0.01, N)).set_axis(panel.returns.index[-40:-39])
    with pytest.raises(RiskModelError, match="sector S3: its return is zero on every day"):
        fit(panel, gone, adv=adv)


def test_figures_that_say_nothing_are_left_out_and_listed(panel: Panel) -> None:
    caps = panel.facts["caps"]
    few = caps.reindex(columns=caps.columns[:6])
    model = fit(panel, adv=caps * 0.005, book_to_price=few * 1e-9)
    assert not {"liquidity", "value"} & set(model.factor_risk_.factors)
    assert said(model)["style liquidity"] == "the same for all names"
    assert said(model)["style value"] == "known for fewer than a tenth of the names"
    assert {r.kind for r in model.repairs_} == {"style left out"}


def test_one_size_for_all_leaves_out_size(panel: Panel) -> None:
    model = fit(panel, caps=panel.facts["caps"] * 0 + 1e9)
    assert "size" in {r.asset.removeprefix("style ") for r in model.repairs_}
    assert not any("size" in factor for factor in model.factor_risk_.factors)


def test_an_update_lists_what_holds_now_once(panel: Panel) -> None:
    caps = panel.facts["caps"]
    model = fit(panel, panel.returns.iloc[:-21], adv=caps * 0.005)
    model.update(panel.returns.iloc[-21:], caps=caps)
    assert [r.asset for r in model.repairs_] == ["style liquidity"]


def test_refit_is_what_fit_would_make_and_leaves_the_first_as_it_was(panel: Panel) -> None:
    model = fit(panel)
    before = model.factor_risk_
    other = model.refit(eigenfactor_scale=0.0, forecast_specific=False)
    straight = fit(
        panel,
        model=FundamentalRiskModel(eigenfactor_simulations=20, eigenfactor_scale=0.0, forecast_specific=False),
    )
    for name in ("loadings", "factor_covariance", "specific_variance"):
        np.testing.assert_array_equal(getattr(other.factor_risk_, name), getattr(straight.factor_risk_, name))
    assert model.factor_risk_ is before
    assert model.eigenfactor_scale != 0.0
    assert other.factor_risk_.as_of == before.as_of


def test_refit_refuses_what_needs_a_fit(panel: Panel) -> None:
    with pytest.raises(NotFittedError):
        FundamentalRiskModel().refit(eigenfactor_scale=1.0)
    model = fit(panel)
    with pytest.raises(RiskModelError, match="screening changes the regressions themselves; use fit"):
        model.refit(screening=Screening())
    with pytest.raises(RiskModelError, match="volatility_half_life: -1"):
        model.refit(volatility_half_life=-1.0)
    with pytest.raises(ValueError, match="half_live"):
        model.refit(half_live=3.0)


def test_facts_that_tell_a_name_or_a_day_twice_or_days_of_another_kind_are_refused(panel: Panel) -> None:
    sectors, caps = panel.facts["sectors"], panel.facts["caps"]
    with pytest.raises(RiskModelError, match="sectors: N003 stands twice, expected once"):
        fit(panel, sectors=pd.concat([sectors, sectors.iloc[[3]]]))
    for twice in (pd.concat([caps, caps]), pd.concat([caps, caps.iloc[:, [3]]], axis=1)):
        with pytest.raises(RiskModelError, match="a date or a name stands twice, expected each once"):
            fit(panel, caps=twice)
    with pytest.raises(RiskModelError, match="its dates cannot be compared with those of the returns"):
        fit(panel, caps=caps.set_axis(["long ago"], axis=0))
