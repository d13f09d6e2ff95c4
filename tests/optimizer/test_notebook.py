"""What results show of themselves in a notebook: figures that are theirs, and no name that runs as a script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from optimizer import TrackingErrorLimit, TurnoverLimit, frontier, rebalance
from risk import FactorRisk


def test_a_rebalance_shows_its_answer_and_largest_trades(small_case: Any) -> None:
    case = small_case(TrackingErrorLimit(0.05), TurnoverLimit(0.4), fractional=True)
    done = rebalance(case.account, case.mandate, case.risk)
    page = done._repr_html_()
    assert f"{done.check.outcome.tracking_error_after:.3%}" in page
    assert f"${done.certificate.value:,.0f}" in page
    largest = done.trades.sort_values("amount").iloc[-1]
    assert largest["reason"][:20] in page
    assert page.count("<tr") <= 25
    nothing = replace(done, listed=done.listed.take(slice(0)))
    assert "No trades." in nothing._repr_html_()


def test_a_frontier_shows_a_row_a_point(small_case: Any) -> None:
    case = small_case(TrackingErrorLimit(0.05), TurnoverLimit(0.4), fractional=True)
    points = frontier(case.account, case.mandate, case.risk, [0.03, 0.05])
    assert points._repr_html_().count("<tr>") >= 2


def test_a_risk_model_shows_its_factors_and_escapes_their_names() -> None:
    model = FactorRisk(
        ("A", "B"), ("<b>size</b>",), np.array([[1.0], [2.0]]), np.array([[0.04]]), np.array([0.09, 0.09])
    )
    page = model._repr_html_()
    assert "&lt;b&gt;size" in page
    assert "<b>size" not in page
    assert "0.2" in page
    assert "30.0%" in page
