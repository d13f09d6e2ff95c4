"""What each ending makes of what is there, as a share of the wealth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backtest.allocation.block import Block
from backtest.allocation.policy import Ending, Policy
from tax import rates_of

__all__ = ["ending_effect"]

Floats = NDArray[np.float64]


def ending_effect(ending: Ending, policy: Policy, block: Block, values: Floats, gains: Floats, free: Floats) -> Floats:
    """Dollars that an ending adds to wealth; below zero where tax is due.

    Parameters
    ----------
    values : array (..., S)
    gains : array (..., S, 2)
        Unrealised, short-term and long-term; netted over the sleeves by term.
    free : array (..., S)

    Returns
    -------
    array (...)
    """
    if ending is Ending.STEP_UP:
        return np.zeros(values.shape[:-1])
    if ending is Ending.LIQUIDATION:
        return -_tax(block, gains.sum(axis=-2))
    rate = block.rates.ordinary if policy.deduction_rate is None else policy.deduction_rate
    # Of the lots worth more than they cost, short-term ones deduct their basis only.
    given = np.maximum((1 - free) * values - np.maximum(gains[..., 0], 0.0), 0.0)
    saved: Floats = rate * given.sum(axis=-1)
    return saved


def _tax(block: Block, gains: Floats) -> Floats:
    long_term = np.array([False, True])
    rates = rates_of(block.rates, block.losses, long_term=long_term, is_loss=gains < 0)
    tax: Floats = (rates * gains).sum(axis=-1)
    return tax
