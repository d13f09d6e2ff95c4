"""The next dollar sold of a name, and the price of its loss cap, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.newton import compile_kernels
from optimizer.newton.next_lots import next_lots


def test_the_next_dollar_is_of_the_cheapest_lot_left_and_a_cap_has_a_price_only_where_it_binds() -> None:
    compile_kernels()
    # Three names of two lots: one whose cap is not reached, one whose is, one of which nothing is left.
    first = np.array([0, 2, 4, 6])
    left = np.array([0.5, 0.2, 0.0, 0.4, 0.0, 1e-10])
    tax = np.array([-0.10, -0.20, -0.30, -0.15, -0.4, -0.5])
    loss = np.array([0.5, 0.8, 1.0, 0.5, 0.2, 0.2])
    sold = np.array([0.1, 0.1, 1.0, 0.2, 0.5, 0.5])
    cap, sell = np.array([1.0, 1.1, np.inf]), np.array([0.05, 0.05, 0.0])
    next_tax, theta = np.zeros(3), np.zeros(3)
    next_lots(first, left, tax, loss, sold, cap, sell, next_tax, theta)
    assert next_tax.tolist() == [-0.20, -0.15, 0.0]
    assert theta == pytest.approx([0.0, (0.15 - 0.05) / 0.5, 0.0])
