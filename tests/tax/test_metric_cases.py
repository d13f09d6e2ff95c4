"""The after-tax measurement vectors: each row's expected numbers are read from its text."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tax import TaxRates
from tax.loss_use import LossUse
from tax.measurement import (
    AfterTaxReturn,
    Period,
    RealizedIncome,
    annualized_tax_alpha,
    harvest_yield,
    liquidation_tax,
    mark_to_liquidation_return,
    pre_liquidation_return,
    realized_tax,
    tax_alpha,
    turnover,
)

with (Path(__file__).parent / "data" / "metric_cases.csv").open(encoding="utf-8", newline="") as _lines:
    CASES = {case["case_id"]: case for case in csv.DictReader(_lines)}

RATES = TaxRates(short_term=0.408, long_term=0.238, qualified_dividends=0.238)
PERIOD = Period(1_000_000, 1_080_000)
REALIZED = RealizedIncome(short=-50_000, long=20_000, qualified_dividends=15_000)


def m01_pre_liquidation() -> list[float]:
    result = pre_liquidation_return(PERIOD, realized_tax(REALIZED, RATES))
    return [result.tax, 100 * result.pre_tax, 100 * result.after_tax]


def m03_mark_to_liquidation() -> list[float]:
    begin = liquidation_tax(0, 1_000_000 - 900_000, RATES)
    end = liquidation_tax(0, 1_080_000 - 850_000, RATES)
    result = mark_to_liquidation_return(PERIOD, realized_tax(REALIZED, RATES), begin, end)
    return [100 * result.after_tax]


def m05_tax_alpha() -> list[float]:
    portfolio = AfterTaxReturn(0.08, 0.09207, 0.0, LossUse.UNLIMITED)
    benchmark = AfterTaxReturn(0.081, 0.077, 0.0, LossUse.UNLIMITED)
    result = tax_alpha(portfolio, benchmark)
    return [100 * result.excess_after_tax, 100 * result.excess_pre_tax, 100 * result.tax_alpha]


def m07_harvest_yield() -> list[float]:
    on_average = harvest_yield(60_000 + 15_000, 5_000, 950_000)
    on_initial = harvest_yield(60_000 + 15_000, 5_000, 1_000_000)
    return [100 * on_average.gross, 100 * on_initial.net]


def m09_annualized_alpha() -> list[float]:
    return [100 * annualized_tax_alpha([0.02, 0.01, 0.003])]


def m11_turnover() -> list[float]:
    result = turnover(60_000, 80_000, 1_000_000)
    return [100 * result.one_way_min, 100 * result.one_way_half, 100 * result.two_way]


MEASURES: dict[str, Callable[[], list[float]]] = {
    "M01": m01_pre_liquidation,
    "M03": m03_mark_to_liquidation,
    "M05": m05_tax_alpha,
    "M07": m07_harvest_yield,
    "M09": m09_annualized_alpha,
    "M11": m11_turnover,
}


def expected_numbers(text: str) -> list[tuple[float, int]]:
    """The dollars after `tax=` and every percentage of the text, each with its number of decimals."""
    found = re.findall(r"(?<=tax=)-?[\d.]+|-?[\d.]+(?=%)", text)
    return [(float(number), len(number.partition(".")[2])) for number in found]


@pytest.mark.parametrize("case_id", CASES)
def test_every_vector(case_id: str) -> None:
    expected = expected_numbers(CASES[case_id]["expected"])
    assert [round(value, places) for value, (_, places) in zip(MEASURES[case_id](), expected, strict=True)] == [
        number for number, _ in expected
    ]


def test_the_vectors_are_there() -> None:
    assert set(CASES) == set(MEASURES)
