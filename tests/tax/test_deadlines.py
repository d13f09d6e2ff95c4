"""The countdown of lots about to turn long-term (PEER_SCENARIOS 22, one day later than the peer has it)."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tax.deadlines import turning_long_term
from tax.lots import Lots
from taxsleeve_errors import TaxError

AS_OF = dt.date(2024, 1, 1)


def lots(*acquired: dt.date, holding_start: list[dt.date] | None = None) -> Lots:
    size = len(acquired)
    return Lots.build(
        lot_id=[f"L{i}" for i in range(size)],
        asset=[f"A{i}" for i in range(size)],
        shares=[10.0] * size,
        basis=[100.0] * size,
        acquired=list(acquired),
        holding_start=holding_start,
    )


def prices(size: int) -> dict[str, float]:
    return dict.fromkeys([f"A{i}" for i in range(size)], 120.0)


def test_finkritq_countdown_one_day_later() -> None:
    held = lots(dt.date(2023, 2, 1), dt.date(2023, 1, 20), dt.date(2023, 12, 1), dt.date(2019, 5, 6))
    found = turning_long_term(held, {"A0": 80.0, "A1": 150.0}, AS_OF, 45)
    assert [(lot.lot_id, lot.long_term_from, lot.days_left, lot.unrealized_gain) for lot in found] == [
        ("L1", dt.date(2024, 1, 21), 20, 500.0),
        ("L0", dt.date(2024, 2, 2), 32, -200.0),
    ]


@pytest.mark.parametrize(("window", "listed"), [(19, 0), (20, 1), (0, 0)])
def test_the_last_day_of_the_window_is_inside(window: int, listed: int) -> None:
    assert len(turning_long_term(lots(dt.date(2023, 1, 20)), prices(1), AS_OF, window)) == listed


@pytest.mark.parametrize(("bought", "listed"), [(dt.date(2023, 2, 14), 1), (dt.date(2023, 2, 15), 0)])
def test_the_window_is_forty_five_days_where_none_is_given(bought: dt.date, listed: int) -> None:
    assert len(turning_long_term(lots(bought), prices(1), AS_OF)) == listed


def test_a_worthless_share_has_a_price() -> None:
    (lot,) = turning_long_term(lots(dt.date(2023, 1, 20)), {"A0": 0.0}, AS_OF)
    assert lot.unrealized_gain == -1000.0


def test_a_lot_that_is_long_term_today_has_turned() -> None:
    held = lots(dt.date(2022, 12, 31), dt.date(2023, 1, 1))
    assert [(lot.lot_id, lot.days_left) for lot in turning_long_term(held, prices(2), AS_OF)] == [("L1", 1)]


def test_the_month_end_trap() -> None:
    (lot,) = turning_long_term(lots(dt.date(2023, 2, 28)), prices(1), dt.date(2024, 2, 28))
    assert (lot.long_term_from, lot.days_left) == (dt.date(2024, 3, 1), 2)


def test_a_tacked_holding_period_counts() -> None:
    held = lots(dt.date(2023, 11, 1), holding_start=[dt.date(2023, 1, 20)])
    assert turning_long_term(held, prices(1), AS_OF)[0].days_left == 20


def test_no_lots_give_an_empty_list() -> None:
    assert turning_long_term(lots(), {}, AS_OF) == ()


@given(st.lists(st.dates(dt.date(2022, 6, 1), dt.date(2024, 1, 1)), max_size=8), st.integers(0, 400))
def test_soonest_first_and_all_inside_the_window(bought: list[dt.date], window: int) -> None:
    found = turning_long_term(lots(*bought), prices(len(bought)), AS_OF, window)
    left = [lot.days_left for lot in found]
    assert left == sorted(left)
    assert all(1 <= days <= window for days in left)
    assert all(lot.long_term_from == AS_OF + dt.timedelta(days=lot.days_left) for lot in found)


@pytest.mark.parametrize("price", [None, math.nan, -1.0])
def test_a_price_that_is_missing_or_senseless_is_refused_by_name(price: float | None) -> None:
    table = {} if price is None else {"A0": price}
    with pytest.raises(TaxError, match="price of A0"):
        turning_long_term(lots(dt.date(2023, 1, 20)), table, AS_OF)


def test_a_negative_window_is_refused() -> None:
    with pytest.raises(TaxError, match="window: found -1 days"):
        turning_long_term(lots(), {}, AS_OF, -1)
