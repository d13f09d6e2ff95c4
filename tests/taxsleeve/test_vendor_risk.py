"""A vendor's model in risk/: good ones are used, bad ones are refused in every part."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from risk import FactorRisk
from taxsleeve.account_folder import read_account_folder

FILES = ("loadings", "factor_covariance", "specific_variance")


def save(account: Any, risk: FactorRisk, ending: str = "csv") -> None:
    """Write a model as a vendor would, beside no price history."""
    tables = {
        "loadings": pd.DataFrame(risk.loadings, columns=list(risk.factors)).assign(asset=risk.assets),
        "factor_covariance": pd.DataFrame(risk.factor_covariance, columns=list(risk.factors)).assign(
            factor=risk.factors
        ),
        "specific_variance": pd.DataFrame({"asset": risk.assets, "variance": risk.specific_variance}),
    }
    (account.path / "risk").mkdir()
    for name, table in tables.items():
        first = "factor" if name == "factor_covariance" else "asset"
        ordered = table[[first, *table.columns.drop(first)]]
        if ending == "csv":
            account.put(f"risk/{name}.csv", ordered)
        else:
            ordered.to_parquet(account.path / "risk" / f"{name}.parquet")
    (account.path / "prices.parquet").unlink()


@pytest.fixture
def vendor(account: Any) -> Any:
    """The account with a model of two factors in risk/."""
    assets = account.assets
    rng = np.random.default_rng(5)
    model = FactorRisk(
        assets=tuple(assets),
        factors=("market", "size"),
        loadings=np.column_stack([np.ones(len(assets)), rng.standard_normal(len(assets))]),
        factor_covariance=np.array([[0.04, 0.002], [0.002, 0.01]]),
        specific_variance=rng.uniform(0.02, 0.09, len(assets)),
    )
    save(account, model)
    return account


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_fitted_model_comes_back_number_for_number(ending: str, account: Any, done: Any, rebalance: Any) -> None:
    fitted = read_account_folder(account.path).risk()
    save(account, fitted, ending)
    read = read_account_folder(account.path).risk()
    assert (read.assets, read.factors) == (fitted.assets, fitted.factors)
    for name in FILES:
        np.testing.assert_array_equal(getattr(read, name), getattr(fitted, name))
    ran = rebalance(account)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.bytes_of("trades.csv", "orders.csv") == done.bytes_of("trades.csv", "orders.csv")


def test_factors_and_assets_in_any_order_mean_the_same(vendor: Any) -> None:
    first = read_account_folder(vendor.path).risk()
    covariance = vendor.table("risk/factor_covariance.csv")
    vendor.put("risk/factor_covariance.csv", covariance[["factor", "size", "market"]].iloc[::-1])
    vendor.put("risk/specific_variance.csv", vendor.table("risk/specific_variance.csv").iloc[::-1])
    again = read_account_folder(vendor.path).risk()
    np.testing.assert_array_equal(again.factor_covariance, first.factor_covariance)
    np.testing.assert_array_equal(again.specific_variance, first.specific_variance)


def test_the_model_goes_before_a_price_history(vendor: Any, rebalance: Any) -> None:
    vendor.write("prices.parquet", b"never read")
    ran = rebalance(vendor)
    assert ran.code == 0
    assert 0 < ran.summary["tracking_error"]["after"] <= 0.03


@pytest.mark.parametrize("name", FILES)
def test_a_missing_empty_or_doubled_table(name: str, vendor: Any, refused: Any) -> None:
    file = vendor.path / "risk" / f"{name}.csv"
    content = file.read_text()
    file.unlink()
    refused(vendor, f"{name}.csv: found 'no such file'")
    file.write_text("")
    refused(vendor, f"{name}.csv: found 'nothing', expected a file that is not empty")
    file.write_text(content.splitlines()[0] + "\n")
    refused(vendor, name)
    file.write_text(content)
    (vendor.path / "risk" / f"{name}.parquet").touch()
    refused(vendor, f"{name}.csv: found 'both'")


CELLS = [
    ("loadings.csv", "market", "x", "a number"),
    ("loadings.csv", "size", "", "a number"),
    ("loadings.csv", "size", "nan", "a number"),
    ("loadings.csv", "size", "inf", "a number"),
    ("loadings.csv", "size", "1,5", "a number"),
    ("loadings.csv", "size", "1_5", "a number"),
    ("loadings.csv", "asset", "", "each asset named once"),
    ("factor_covariance.csv", "market", "-", "a number"),
    ("factor_covariance.csv", "factor", "", "each factor named once"),
    ("specific_variance.csv", "variance", "0", "a number > 0"),
    ("specific_variance.csv", "variance", "-0.01", "a number > 0"),
    ("specific_variance.csv", "variance", "n/a", "a number > 0"),
    ("specific_variance.csv", "variance", "", "a value"),
]


@pytest.mark.parametrize(("file", "column", "value", "expected"), CELLS)
def test_a_bad_cell(file: str, column: str, value: str, expected: str, vendor: Any, refused: Any) -> None:
    vendor.cell(f"risk/{file}", 3, column, value)
    shown = value or ("nothing" if column in ("asset", "factor") else "an empty cell")
    refused(vendor, f"{file}, row 3, {column}: found {shown!r}, expected {expected}")


@pytest.mark.parametrize(
    ("market", "size", "words"),
    [
        (["0.04", "0.002"], ["0.003", "0.01"], "not symmetric"),
        (["0.04", "0.03"], ["0.03", "0.01"], "expected positive definite"),
        (["0.04", "0.02"], ["0.02", "0.01"], "expected positive definite"),
        (["0.04", "0.0"], ["0.0", "-0.01"], "expected positive definite"),
        (["0.0", "0.0"], ["0.0", "0.0"], "expected positive definite"),
    ],
)
def test_a_matrix_that_is_no_covariance(
    market: list[str], size: list[str], words: str, vendor: Any, refused: Any
) -> None:
    table = pd.DataFrame({"factor": ["market", "size"], "market": market, "size": size})
    vendor.put("risk/factor_covariance.csv", table)
    refused(vendor, "risk/", "factor_covariance", words)


def test_a_matrix_that_is_not_square(vendor: Any, refused: Any) -> None:
    table = vendor.table("risk/factor_covariance.csv")
    vendor.put("risk/factor_covariance.csv", table.head(1))
    refused(vendor, "risk/factor_covariance, size: found 'size', expected one row for each factor of loadings")
    vendor.put("risk/factor_covariance.csv", table.drop(columns="size"))
    refused(vendor, "risk/factor_covariance, size: found 'size', expected one column for each factor of loadings")


def test_factors_that_do_not_match(vendor: Any, refused: Any) -> None:
    vendor.put("risk/loadings.csv", vendor.table("risk/loadings.csv").rename(columns={"size": "value"}))
    ran = refused(vendor, "found 'size'", "found 'value'", "4 faults")
    assert ran.stderr.count("for each factor of loadings") == 4


def test_an_asset_that_has_only_half_its_figures(vendor: Any, refused: Any) -> None:
    variances = vendor.table("risk/specific_variance.csv")
    lost = variances["asset"][4]
    vendor.put("risk/specific_variance.csv", variances.drop(index=4))
    expected = "expected every asset in loadings and specific_variance both"
    refused(vendor, f"  risk/specific_variance.csv, asset: found '{lost}', {expected}", "1 fault.")
    vendor.put("risk/specific_variance.csv", variances.replace({"asset": {lost: "OTHER"}}))
    refused(vendor, f"found '{lost}', {expected}", "found 'OTHER', expected", "2 faults")


@pytest.mark.parametrize("file", ["loadings.csv", "specific_variance.csv"])
def test_an_asset_in_place_of_another(file: str, vendor: Any, refused: Any) -> None:
    first = vendor.table(f"risk/{file}")["asset"][0]
    vendor.cell(f"risk/{file}", 4, "asset", first)
    refused(vendor, f"{file}, row 4, asset: found '{first}', expected")


@pytest.mark.parametrize("file", ["loadings.csv", "specific_variance.csv"])
def test_an_asset_that_stands_once_too_often(file: str, vendor: Any, refused: Any) -> None:
    table = vendor.table(f"risk/{file}")
    vendor.put(f"risk/{file}", pd.concat([table, table.head(1)]))
    row, first = len(table) + 2, table["asset"][0]
    refused(vendor, f"risk/{file}, row {row}, asset: found '{first}', expected each asset named once", "1 fault.")


def test_a_file_where_the_folder_should_be(account: Any, refused: Any) -> None:
    account.write("risk", "a note\n")
    refused(account, "  risk: found 'a file', expected a folder with a vendor's model, or nothing")


def test_a_model_of_entirely_other_names(vendor: Any, refused: Any) -> None:
    for name in ("loadings", "specific_variance"):
        table = vendor.table(f"risk/{name}.csv")
        vendor.put(f"risk/{name}.csv", table.assign(asset="X." + table["asset"]))
    refused(vendor, "  risk/loadings, asset: found 'X.", "expected assets of securities.csv")


def test_a_model_without_assets(vendor: Any, refused: Any) -> None:
    for name in ("loadings", "specific_variance"):
        vendor.put(f"risk/{name}.csv", vendor.table(f"risk/{name}.csv").head(0))
    refused(vendor, "  risk/loadings, asset: found 'no asset at all', expected assets of securities.csv")


def test_names_beyond_the_account_are_no_fault(vendor: Any, rebalance: Any) -> None:
    for name, row in (("loadings", ["FAR", "1", "0"]), ("specific_variance", ["FAR", "0.04"])):
        table = vendor.table(f"risk/{name}.csv")
        table.loc[len(table)] = row
        vendor.put(f"risk/{name}.csv", table)
    assert rebalance(vendor).code == 0


def test_a_limit_on_a_factor_is_kept(vendor: Any, rebalance: Any) -> None:
    vendor.setting("strict", "strict = true\nfactor_active = { size = 0.001, market = 0.05 }")
    ran = rebalance(vendor)
    assert ran.code == 0, ran.stderr
    (entry,) = [entry for entry in ran.summary["limits"] if entry["name"] == "factor_active"]
    assert entry["excess"] <= 1e-6


def test_a_limit_on_a_factor_that_the_model_does_not_have(vendor: Any, account: Any, refused: Any) -> None:
    vendor.setting("strict", "factor_active = { sise = 0.2 }")
    refused(vendor, "  account.toml, limits.factor_active: found 'sise', expected one of market, size")


def test_a_limit_on_a_factor_that_the_fitted_model_does_not_have(account: Any, refused: Any) -> None:
    account.setting("strict", "factor_active = { size = 0.2 }")
    refused(account, "  account.toml, limits.factor_active: found 'size', expected one of PC1, PC2")
