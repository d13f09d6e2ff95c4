"""Which model an account's prices are given: the fundamental one where the facts allow it, and the report says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk import StatisticalRiskModel, simple_returns
from taxsleeve.account_folder import read_account_folder
from taxsleeve.account_tables import SecurityRow
from taxsleeve.risk_choice import carried_back, fitted_risk

N, T = 160, 300


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    returns = 0.01 * rng.standard_normal((T, 1)) + 0.015 * rng.standard_normal((T, N))
    index = pd.bdate_range(end="2024-06-28", periods=T)
    frame = pd.DataFrame(50 * np.cumprod(1 + returns, axis=0), index=index, columns=[f"A{i}" for i in range(N)])
    frame.iloc[:-5, 3] = np.nan
    return frame


@pytest.fixture(scope="module")
def rows(prices: pd.DataFrame) -> list[SecurityRow]:
    caps = np.exp(np.random.default_rng(4).normal(22, 1, N))
    return [
        SecurityRow(asset=asset, price=50.0, sector=f"S{i % 4}", market_cap=float(cap))
        for i, (asset, cap) in enumerate(zip(prices.columns, caps, strict=True))
    ]


def without(rows: list[SecurityRow], count: int, **change: Any) -> list[SecurityRow]:
    return [row.model_copy(update=change) if i < count else row for i, row in enumerate(rows)]


def test_the_fundamental_model_where_capitalisation_and_sector_are_known(
    prices: pd.DataFrame, rows: list[SecurityRow]
) -> None:
    chosen = fitted_risk(prices, rows)
    assert chosen.model == "fundamental"
    assert {"market", "sector S0", "size", "momentum"} <= set(chosen.risk.factors)
    assert set(chosen.risk.assets) == set(prices.columns), "a name listed last week is rated"
    assert "market_cap" not in chosen.why


def test_a_few_names_without_capitalisation_are_taken_as_of_median_size_and_that_is_said(
    prices: pd.DataFrame, rows: list[SecurityRow]
) -> None:
    chosen = fitted_risk(prices, without(rows, 5, market_cap=None))
    assert chosen.model == "fundamental"
    assert "5 names without market_cap taken as of median size" in chosen.why
    assert set(chosen.risk.assets) == set(prices.columns)


@pytest.mark.parametrize("change", [{"market_cap": None}, {"sector": ""}])
def test_the_statistical_model_where_too_few_are_known(
    prices: pd.DataFrame, rows: list[SecurityRow], change: dict[str, Any]
) -> None:
    chosen = fitted_risk(prices, without(rows, 20, **change))
    assert chosen.model == "statistical"
    assert "stand for 88% of the names" in chosen.why
    assert chosen.risk.factors[0] == "PC1"


def test_the_statistical_model_for_few_names_or_a_short_history(prices: pd.DataFrame, rows: list[SecurityRow]) -> None:
    few = fitted_risk(prices.iloc[:, :100], rows)
    assert (few.model, few.why.split(": ")[1]) == ("statistical", "100 names, and the fundamental model needs 150")
    short = fitted_risk(prices.iloc[-200:].drop(columns="A3"), rows)
    assert short.why.split(": ")[1] == "199 returns, and the fundamental model needs 252"


def test_capitalisation_is_taken_back_along_the_price() -> None:
    prices = pd.DataFrame({"A": [10.0, np.nan, 20.0], "B": [np.nan, 4.0, 2.0]})
    found = carried_back(prices, pd.Series({"A": 200.0, "B": 10.0}))
    assert found["A"].tolist() == [100.0, 100.0, 200.0]
    assert found["B"].tolist()[1:] == [20.0, 10.0]
    assert np.isnan(found["B"][0])


def test_summary_screen_and_report_name_the_model(done: Any) -> None:
    model = done.summary["risk_model"]
    assert model["name"] == "statistical"
    assert model["factors"][0] == "PC1"
    assert f"Risk model: statistical, {len(model['factors'])} factors" in done.stdout
    page = (done.out / "report.html").read_text(encoding="utf-8")
    assert "Risk model: statistical (principal components of prices.parquet" in page


def test_the_example_of_five_hundred_names_is_given_the_fundamental_model(command: Any, tmp_path: Path) -> None:
    command("example", tmp_path / "a", "--names", 200, "--lots", 2)
    folder = read_account_folder(tmp_path / "a")
    assert folder.chosen_risk.model == "fundamental"
    assert folder.risk() is folder.chosen_risk.risk
    assert set(folder.account.securities.asset) == set(folder.risk().assets)
    own = StatisticalRiskModel(n_factors=3)
    expected = StatisticalRiskModel(n_factors=3).fit(simple_returns(folder.prices[list(own_names(folder))]))
    np.testing.assert_array_equal(folder.risk(own).specific_variance, expected.factor_risk_.specific_variance)


def own_names(folder: Any) -> list[str]:
    return [asset for asset in folder.prices.columns if asset in folder.account.securities.position]
