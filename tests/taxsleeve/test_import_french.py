"""A portfolio file in the form of Kenneth French's data library becomes an index-level market."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taxsleeve.import_french import market_from_french
from taxsleeve.market_files import read_market_folder
from taxsleeve_errors import InputError

NAMES = ["SMALL LoBM", "ME1 BM2", "SMALL HiBM", "BIG LoBM", "ME2 BM2", "BIG HiBM"]
MONTHS = pd.period_range("2000-01", "2023-12", freq="M")


def table(title: str, values: np.ndarray, names: list[str] = NAMES, months: pd.PeriodIndex = MONTHS) -> str:
    rows = [
        month.strftime("%Y%m") + "," + ",".join(f"{value:10.4f}" for value in row)
        for month, row in zip(months, values, strict=True)
    ]
    return f"  {title}\n," + ",".join(names) + "\n" + "\n".join(rows) + "\n"


@pytest.fixture
def numbers() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    shape = len(MONTHS), len(NAMES)
    returns = 0.8 + 4 * rng.standard_normal(shape)
    returns[10, 1] = -99.99
    return {"returns": returns, "firms": np.full(shape, 200.0), "size": 500 + 10 * rng.uniform(size=shape)}


def whole(numbers: dict[str, np.ndarray]) -> str:
    return (
        "This file was created by CMPT_ME_BEME_RETS using the 202312 CRSP database.\nIt contains value- and "
        "equal-weighted returns for size and book-to-market portfolios.\n\n"
        "Missing data are indicated by -99.99 or -999.\n\n\n"
        + table("Average Value Weighted Returns -- Monthly", numbers["returns"])
        + "\n"
        + table("Average Equal Weighted Returns -- Monthly", 2 * numbers["returns"])
        + "\n  Average Value Weighted Returns -- Annual\n,"
        + ",".join(NAMES)
        + "\n2000,  1.0,  2.0,  3.0,  4.0,  5.0,  6.0\n\n"
        + table("Number of Firms in Portfolios", numbers["firms"])
        + "\n"
        + table("Average Firm Size", numbers["size"])
        + "\n  Copyright 2023 Eugene F. Fama and Kenneth R. French\n"
    )


@pytest.fixture
def file(tmp_path: Path, numbers: dict[str, np.ndarray]) -> Path:
    path = tmp_path / "6_Portfolios_2x3.csv"
    path.write_text(whole(numbers), encoding="utf-8")
    return path


def test_levels_grow_by_the_value_weighted_monthly_returns(
    file: Path, numbers: dict[str, np.ndarray], tmp_path: Path, command: Callable[..., Any]
) -> None:
    out = tmp_path / "french"
    done = command("import-market", "french", file, "--out", out, "--json")
    assert done.code == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["folder"], said["assets"], said["last"]) == (str(out), len(NAMES), "2023-12-31")
    market = read_market_folder(out).market
    assert (market.frequency, market.constituents) == ("monthly", "portfolios")
    assert market.calendar[[0, 1, -1]].strftime("%Y-%m-%d").tolist() == ["1999-12-31", "2000-01-31", "2023-12-31"]
    np.testing.assert_allclose(market.returns["BIG HiBM"].iloc[1:], numbers["returns"][:, 5].round(4) / 100, atol=1e-12)
    assert np.isnan(market.prices["ME1 BM2"].iloc[11])
    # The size of January is known at the close of December.
    assert market.caps_at(pd.Timestamp("1999-12-31"))["BIG LoBM"] == pytest.approx(
        200 * numbers["size"][0, 3] * 1e6, rel=1e-6
    )
    assert "202312 CRSP database" in market.notes


def test_size_and_value_make_the_sleeves_of_a_long_survey(
    file: Path, tmp_path: Path, command: Callable[..., Any]
) -> None:
    command("import-market", "french", file, "--out", tmp_path / "french")
    done = command("survey", "--market", tmp_path / "french", "--out", tmp_path / "survey")
    assert done.code == 0, done.stderr
    cycles = pd.read_csv(tmp_path / "survey" / "exhibit_4_style_cycles.csv")
    assert set(cycles["segment"]) == {"large", "small"}
    assert cycles["start_year"].tolist()[:2] == [2000, 2001]
    assert (cycles["end_year"] - cycles["start_year"] == 9).all()
    # Nothing is said of single stocks where there are none.
    assert pd.read_csv(tmp_path / "survey" / "exhibit_1_volatility.csv")["median_stock_volatility"].isna().all()
    assert not (tmp_path / "survey" / "exhibit_2_shares_down.png").exists()
    assert pd.read_csv(tmp_path / "survey" / "exhibit_4_opportunity_left.csv").empty


def test_every_sort_by_size_and_value_is_understood(tmp_path: Path) -> None:
    corners = {(1, 1): "SMALL LoBM", (1, 5): "SMALL HiBM", (5, 1): "BIG LoBM", (5, 5): "BIG HiBM"}
    names = [corners.get((size, book), f"ME{size} BM{book}") for size in range(1, 6) for book in range(1, 6)]
    months = MONTHS[:30]
    ones = np.ones((30, 25))
    path = tmp_path / "25.csv"
    titles = ("Average Value Weighted Returns -- Monthly", "Number of Firms in Portfolios", "Average Market Cap")
    path.write_text("\n".join(table(title, 100 * ones, names, months) for title in titles), encoding="utf-8")
    lists = market_from_french(path, "x").membership
    assert lists is not None
    members = lists.groupby("index", sort=False)["asset"].apply(list)
    assert list(members.index) == [f"{s}{t}" for t in ("", " value", " growth") for s in ("large", "mid", "small")]
    assert members["large growth"] == ["BIG LoBM", "ME5 BM2"]
    assert members["small value"] == ["ME1 BM4", "SMALL HiBM", "ME2 BM4", "ME2 BM5"]
    assert len(members["mid"]) == 10


def test_another_sort_is_one_sleeve_a_portfolio(tmp_path: Path) -> None:
    names, months = ["Food", "Mines"], MONTHS[:30]
    titles = ("Average Value Weighted Returns -- Monthly", "Number of Firms in Portfolios", "Average Firm Size")
    path = tmp_path / "industries.csv"
    path.write_text("\n".join(table(title, np.ones((30, 2)), names, months) for title in titles), encoding="utf-8")
    lists = market_from_french(path, "x").membership
    assert lists is not None
    assert lists["index"].tolist() == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not empty"),
        ("Just words.\n", "no monthly table"),
        (table("Average Value Weighted Returns -- Monthly", np.ones((len(MONTHS), 6))), "Number of Firms"),
        (" Average Value Weighted Returns -- Monthly\n,A,B\n200001,1.0,x\n", "numbers under a row"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, command: Callable[..., Any], text: str, said: str) -> None:
    (tmp_path / "file.csv").write_text(text, encoding="utf-8")
    done = command("import-market", "french", tmp_path / "file.csv", "--out", tmp_path / "out")
    assert done.code == 2
    assert said in done.stderr
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError):
        market_from_french(tmp_path / "absent.csv", "x")


def test_a_portfolio_that_begins_later_has_its_first_return_and_no_price_before(
    tmp_path: Path, numbers: dict[str, np.ndarray]
) -> None:
    numbers["returns"][:24, 2] = -99.99
    path = tmp_path / "6_Portfolios_2x3.csv"
    path.write_text(whole(numbers), encoding="utf-8")
    prices = market_from_french(path, "French").panels["prices"]["SMALL HiBM"]
    assert prices.first_valid_index() == pd.Timestamp("2001-12-31")
    assert prices["2002-01-31"] / prices["2001-12-31"] - 1 == pytest.approx(numbers["returns"][24, 2] / 100, abs=1e-6)


def test_a_thirteenth_month_is_refused(file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("\n200012,", "\n200013,"), encoding="utf-8")
    with pytest.raises(InputError, match="months as YYYYMM"):
        market_from_french(file, "French")
