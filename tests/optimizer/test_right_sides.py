"""Right sides alone are those of the rows, whichever way a limit gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from optimizer import ActiveWeightLimit, CashLimit, LinearLimit, SectorActiveLimit, TurnoverLimit, soft
from optimizer.formulate import formulate
from tax import wash_locks

LIMITS = [
    ActiveWeightLimit(0.002),
    ActiveWeightLimit(0.002, strict=True),
    CashLimit(0.0, np.inf),
    CashLimit(0.001, 0.02),
    SectorActiveLimit(0.01),
    TurnoverLimit(0.3),
    soft(TurnoverLimit(0.3), 0.1),
]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: f"{limit.name} {limit}")
def test_right_sides_are_those_of_the_rows(limit: Any, small_case: Any) -> None:
    case = small_case(seed=3)
    locks = wash_locks(case.account.trades, case.account.lots, case.account.as_of)
    problem = formulate(case.account, case.mandate, case.risk, locks)
    assert isinstance(limit, LinearLimit)
    assert np.array_equal(limit.right_sides(problem), limit.rows(problem).upper)
