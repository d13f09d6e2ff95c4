"""Form 8949 rows and the Schedule D they add up to."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax.form_8949 import FORM_8949_COLUMNS, RealizedSale, fill_form_8949
from tax.money import cents
from tax.schedule_d import fill_schedule_d
from taxsleeve_errors import TaxError

BOUGHT, SOLD = dt.date(2024, 1, 2), dt.date(2024, 6, 3)


def sale(**changes: object) -> RealizedSale:
    facts: dict[str, object] = {
        "asset": "XYZ",
        "qty": 100,
        "acquired": BOUGHT,
        "sale_date": SOLD,
        "proceeds": 4_200,
        "adjusted_basis": 5_000,
        "term": "ST",
    }
    return RealizedSale(**(facts | changes))  # type: ignore[arg-type]


def test_a_wholly_washed_loss_shows_code_w_and_nothing_in_column_h() -> None:
    (row,) = fill_form_8949([sale(disallowed_loss=800)]).rows
    assert dict(row.cells()) == {
        "part": "I",
        "description": "100 sh XYZ",
        "date_acquired": "2024-01-02",
        "date_sold": "2024-06-03",
        "proceeds": "4200.00",
        "basis": "5000.00",
        "code": "W",
        "adjustment": "800.00",
        "gain_loss": "0.00",
    }
    assert tuple(row.cells()) == FORM_8949_COLUMNS


def test_a_partly_washed_loss_leaves_the_rest() -> None:
    (row,) = fill_form_8949([sale(disallowed_loss=Fraction(800, 3))]).rows
    assert (row.code, row.adjustment, row.gain_loss) == ("W", Decimal("266.67"), Decimal("-533.33"))


def test_a_plain_sale_has_neither_code_nor_adjustment() -> None:
    (row,) = fill_form_8949([sale(proceeds=6_000.5)]).rows
    assert (row.code, row.gain_loss, row.cells()["adjustment"]) == ("", Decimal("1000.50"), "")


def test_the_term_decides_the_part_whatever_the_dates_say() -> None:
    form = fill_form_8949([sale(term="LT"), sale(term="ST", asset="ABC")])
    assert [row.part for row in form.rows] == ["I", "II"]
    assert [row.description for row in form.part("II")] == ["100 sh XYZ"]


@pytest.mark.parametrize(
    ("qty", "text"), [(Fraction(1, 3), "0.333333"), (1.5, "1.5"), (100, "100"), (Fraction(1, 10**9), "<0.000001")]
)
def test_the_description_counts_the_shares(qty: float, text: str) -> None:
    assert fill_form_8949([sale(qty=qty)]).rows[0].description == f"{text} sh XYZ"


@pytest.mark.parametrize("account_type", ["ira", "roth", "IRA"])
def test_retirement_accounts_report_nothing(account_type: str) -> None:
    assert fill_form_8949([sale(account_type=account_type)]).rows == ()


def test_the_spouse_reports_on_the_joint_return() -> None:
    assert len(fill_form_8949([sale(account_type="spouse")]).rows) == 1


def test_a_loss_washed_by_a_purchase_in_january_belongs_to_the_year_of_the_sale() -> None:
    sales = [sale(sale_date=dt.date(2024, 12, 20), disallowed_loss=800), sale(sale_date=dt.date(2025, 1, 3))]
    assert [row.date_sold.year for row in fill_form_8949(sales, year=2024).rows] == [2024]
    assert fill_form_8949(sales, year=2024).rows[0].code == "W"


def test_various_dates_of_purchase() -> None:
    assert fill_form_8949([sale(acquired="VARIOUS")]).rows[0].cells()["date_acquired"] == "VARIOUS"


def test_a_loss_that_rounds_to_a_cent_more_than_it_lost_still_shows_no_gain() -> None:
    (row,) = fill_form_8949([sale(proceeds=100.005, adjusted_basis=200.012, disallowed_loss=100.007)]).rows
    assert (row.proceeds, row.basis, row.adjustment, row.gain_loss) == (
        Decimal("100.01"),
        Decimal("200.01"),
        Decimal("100.00"),
        Decimal("0.00"),
    )


dollars = st.fractions(0, 10_000, max_denominator=999)


@st.composite
def sales(draw: st.DrawFn) -> RealizedSale:
    proceeds, basis = draw(dollars), draw(dollars)
    part = draw(st.fractions(0, 1, max_denominator=7))
    return sale(
        proceeds=proceeds,
        adjusted_basis=basis,
        disallowed_loss=part * max(Fraction(0), basis - proceeds),
        term=draw(st.sampled_from(["ST", "LT"])),
    )


@given(st.lists(sales(), max_size=8))
def test_rows_and_totals_foot(history: list[RealizedSale]) -> None:
    form = fill_form_8949(history)
    assert len(form.rows) == len(history)
    for part, term in (("I", "ST"), ("II", "LT")):
        total = form.total(part)  # type: ignore[arg-type]
        assert total.gain_loss == total.proceeds - total.basis + total.adjustment
        assert total.proceeds == sum(cents(one.proceeds) for one in history if one.term == term)
    for row in form.rows:
        assert row.gain_loss <= 0 or row.adjustment == 0
        assert 0 <= row.adjustment <= max(Decimal(0), row.basis - row.proceeds)


@given(st.lists(sales(), max_size=8))
def test_schedule_d_nets_what_the_form_shows(history: list[RealizedSale]) -> None:
    form = fill_form_8949(history)
    summary = fill_schedule_d(form, short_carryover=100, long_carryover=50, capital_gain_distributions=7)
    assert summary.net.net_short == Fraction(form.total("I").gain_loss) - 100
    assert summary.net.net_long == Fraction(form.total("II").gain_loss) - 50 + 7
    assert summary.line_16 == summary.net.net_short + summary.net.net_long


def test_schedule_d_keeps_gains_and_losses_apart_and_carries() -> None:
    form = fill_form_8949(
        [
            sale(proceeds=1_000, adjusted_basis=11_000),
            sale(proceeds=2_000, adjusted_basis=1_500),
            sale(proceeds=6_000, adjusted_basis=4_000, term="LT"),
        ]
    )
    summary = fill_schedule_d(form, capital_gain_distributions=100, long_carryover=600)
    assert (summary.gains.short_gains, summary.gains.short_losses) == (500, 10_000)
    assert (summary.gains.long_gains, summary.gains.long_losses) == (2_100, 0)
    assert summary.line_16 == -8_000
    assert (summary.net.deduction, summary.net.short_carryover, summary.net.long_carryover) == (3_000, 5_000, 0)
    assert (summary.short_term.basis, summary.long_term.gain_loss) == (Decimal("12500.00"), Decimal("2000.00"))


def test_a_year_without_sales_still_carries() -> None:
    summary = fill_schedule_d(fill_form_8949([]), short_carryover=5_000)
    assert (summary.net.deduction, summary.net.short_carryover) == (3_000, 2_000)


def test_two_years_on_one_schedule_are_refused() -> None:
    form = fill_form_8949([sale(), sale(sale_date=dt.date(2025, 6, 3))])
    with pytest.raises(TaxError, match=r"years \[2024, 2025\], expected one year"):
        fill_schedule_d(form)


@pytest.mark.parametrize("bad", [-1, math.nan])
def test_senseless_distributions_are_refused(bad: float) -> None:
    with pytest.raises(TaxError, match="capital_gain_distributions"):
        fill_schedule_d(fill_form_8949([]), capital_gain_distributions=bad)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"term": "long"}, "term: found 'long', expected ST or LT"),
        ({"qty": 0}, "qty: found 0"),
        ({"qty": math.nan}, "qty: found nan"),
        ({"proceeds": math.inf}, "proceeds: found inf"),
        ({"adjusted_basis": -1}, "adjusted_basis: found -1"),
        ({"acquired": dt.date(2024, 6, 4)}, "acquired: found 2024-06-04"),
        ({"acquired": "various"}, "acquired: found various"),
        ({"disallowed_loss": -1}, "disallowed_loss: found -1"),
        ({"disallowed_loss": 801}, "disallowed_loss: found 801, expected from zero to the loss of 800"),
        ({"proceeds": 6_000, "disallowed_loss": 1}, "disallowed_loss: found 1, expected from zero to the loss of 0"),
    ],
)
def test_a_senseless_sale_is_refused_by_name(changes: dict[str, object], message: str) -> None:
    with pytest.raises(TaxError, match=f"sale of XYZ on 2024-06-03.*{message}"):
        sale(**changes)
