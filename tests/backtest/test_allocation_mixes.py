"""Mixes, what drifts and is sold, what is efficient: the arithmetic under an allocation study."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backtest.allocation import Ending, Mix, Policy, efficient, simulate
from backtest.allocation.block import Block
from backtest.allocation.drift import beyond_band, realised_by_sale, to_the_underweight
from backtest.allocation.mix import finer_grid, grid_parts, mix_grid
from tax import LossUse, TaxRates
from taxsleeve_errors import InputError

DOLLARS = arrays(float, 3, elements=st.floats(0.01, 10))


def targets_of(parts: np.ndarray) -> np.ndarray:
    return parts / parts.sum()


def block(earned, *, free=0.0, gain=None, rates=(0.4, 0.2), spread=0.0, paid_out=0.0, tax=0.0) -> Block:
    """One vintage of monthly steps in two sleeves; by default everything earned is a long-term gain."""
    earned = np.array(earned, dtype=float)[None]
    gain = np.stack([0 * earned, earned if gain is None else np.broadcast_to(gain, earned.shape)], axis=-1)
    full = {
        name: np.broadcast_to(v, earned.shape) for name, v in (("tax", tax), ("paid_out", paid_out), ("free", free))
    }
    length = np.full(earned.shape[:2], 1 / 12)
    return Block(earned=earned, gain=gain, **full, length=length, years=length.sum(axis=1),
                 rates=TaxRates(*rates), losses=LossUse.UNLIMITED, spread=spread)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(DOLLARS, DOLLARS, st.floats(0, 5))
def test_new_money_goes_to_the_underweight_and_none_is_lost(values, parts, money):
    targets = targets_of(parts)
    bought = to_the_underweight(values, targets, np.array(money))
    assert bought.sum() == pytest.approx(money, abs=1e-9)
    assert (bought >= 0).all()
    after, aim = values + bought, targets * (values.sum() + money)
    assert (after <= np.maximum(aim, values) + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(DOLLARS, DOLLARS, st.floats(0, 0.3))
def test_sales_lead_back_into_the_band_and_sell_no_more_than_that(values, parts, band):
    targets, whole = targets_of(parts), values.sum()
    sold, wanted = beyond_band(values, targets, band)
    assert sold.sum() == pytest.approx(wanted.sum(), abs=1e-9)
    off = np.abs((values - sold + wanted) / whole - targets)
    assert (off <= band + 1e-9).all()
    if (np.abs(values / whole - targets) <= band).all():
        assert not sold.any()
    assert not ((sold > 1e-12) & (wanted > 1e-12)).any()
    assert not beyond_band(values, targets, 1.0)[0].any()


def test_lots_without_a_gain_go_first_then_the_average_of_the_others():
    values, gains = np.array([100.0, 100.0, 100.0]), np.array([40.0, 40.0, -10.0])
    free = np.array([20.0, 20.0, 20.0])
    realised = realised_by_sale(np.array([10.0, 60.0, 10.0]), values, gains, free)
    assert realised == pytest.approx([0.0, 40 * (60 - 20) / 80, -1.0])
    assert realised_by_sale(values, values, gains, free) == pytest.approx(gains)


def test_a_sale_by_hand():
    """A earns 40% and B nothing: A is sold from 58.3% down to 55%, and the tax on it is not there to buy B for."""
    done = simulate(block([[0.4, 0.0], [0.0, 0.0]]), np.array([[0.5, 0.5]]), Policy(band=0.05))
    sold = 0.7 - 0.55 * 1.2
    tax = 0.2 * 0.2 * sold / 0.7
    assert done.sold[0, 0] == pytest.approx(sold)
    assert done.sale_tax[0, 0] == pytest.approx(tax)
    assert done.returns[0, :, 0] == pytest.approx([1.2 - tax - 1, 0.0])
    assert done.ends[Ending.STEP_UP][0, 0] == pytest.approx(1.2 - tax)
    left = 0.2 - 0.2 * sold / 0.7
    assert done.ends[Ending.LIQUIDATION][0, 0] == pytest.approx(1.2 - tax - 0.2 * left)
    assert done.ends[Ending.DONATION][0, 0] == pytest.approx((1.2 - tax) * 1.4)


def test_lots_without_a_gain_are_sold_once():
    """B wins after A: what A had without a gain was used up by the first sale, so the second pays tax."""
    moves = [[0.5, 0.0], [0.5, 0.0], [0.0, 0.0]]
    done = simulate(block(moves, free=0.1), np.array([[0.5, 0.5]]), Policy(band=0.0))
    first = 0.75 - 0.625
    free, gain = 0.1 * 0.75, 0.25
    realised = gain * (first - free) / (0.75 - free)
    tax = 0.2 * realised
    held, left, used = 0.625, gain - realised, free
    grown, left = 1.5 * held, left + 0.5 * held
    other = 0.5 + first - tax
    second = grown - (grown + other) / 2
    available = max(0.1 * grown - used, 0.0)
    again = 0.2 * left * (second - available) / (grown - available)
    assert done.sale_tax[0, 0] == pytest.approx(tax + again)


def test_costs_of_rebalancing_and_of_new_money():
    plain = simulate(block([[0.4, 0.0], [0.0, 0.0]], free=1.0), np.array([[0.5, 0.5]]), Policy(0.05, 1.2))
    costly = simulate(block([[0.4, 0.0], [0.0, 0.0]], free=1.0, spread=0.01), np.array([[0.5, 0.5]]), Policy(0.05, 1.2))
    assert plain.returns[0, 0, 0] == pytest.approx(0.2)
    assert plain.paid_in[0] == pytest.approx(1.1)
    # The new tenth of a dollar all goes to B: 0.7 of 1.3 is within the band.
    assert plain.sold[0, 0] == 0
    assert costly.returns[0, 0, 0] == pytest.approx(0.2 - (0.1 - 0.1 / 1.01))


def test_left_alone_every_sleeve_keeps_what_it_earns():
    moves = [[0.1, -0.2], [0.3, 0.1], [0.0, 0.2]]
    done = simulate(block(moves, paid_out=0.01, tax=-0.002), np.array([[0.3, 0.7]]), Policy(band=None))
    growth = np.prod(1 + np.array(moves) + 0.002, axis=0)
    assert done.ends[Ending.STEP_UP][0, 0] == pytest.approx(growth @ [0.3, 0.7])
    assert not done.sold.any()


def test_tax_beyond_dividends_is_paid_out_of_the_sleeve_itself():
    done = simulate(block([[0.0, 0.0]], paid_out=0.01, tax=0.03), np.array([[0.5, 0.5]]), Policy())
    assert done.returns[0, 0, 0] == pytest.approx(-0.03)


@pytest.mark.parametrize("ending", list(Ending))
def test_without_taxes_all_endings_agree(ending):
    moves = np.random.default_rng(1).normal(0.01, 0.05, (24, 2))
    done = simulate(block(moves, rates=(0.0, 0.0)), np.array([[0.5, 0.5], [1.0, 0.0]]), Policy(0.02, ending=ending))
    assert done.ends[ending] == pytest.approx(done.ends[Ending.STEP_UP], abs=0)
    assert done.effect == pytest.approx(0.0, abs=0)
    assert done.ends[ending][0, 1] == pytest.approx(np.prod(1 + moves[:, 0]))


def test_a_loss_at_the_end_saves_tax_at_the_rate_of_its_term():
    done = simulate(block([[-0.2, -0.2]]), np.array([[0.5, 0.5]]), Policy())
    assert done.ends[Ending.LIQUIDATION][0, 0] == pytest.approx(0.8 + 0.2 * 0.2)


def test_a_mix_must_be_one():
    assert Mix.of({"small": 0.4, "large": 0.6}, ("large", "mid", "small")).label == "large 60%, small 40%"
    with pytest.raises(InputError, match=r"large 60%, small 30%, which sums to 90\.0000%"):
        Mix.of({"small": 0.3, "large": 0.6}, ("large", "small"))
    with pytest.raises(InputError, match=r"found '-0\.1'"):
        Mix.of({"small": 1.1, "large": -0.1}, ("large", "small"))
    with pytest.raises(InputError, match="found 'tiny', expected sleeves of large, small"):
        Mix.of({"tiny": 1.0}, ("large", "small"))
    with pytest.raises(InputError, match="nan"):
        Mix.of({"small": float("nan"), "large": 1.0}, ("large", "small"))


@pytest.mark.parametrize(("policy", "word"), [
    ({"band": 1.5}, "band"), ({"band": -0.1}, "band"), ({"contribution": -0.05}, "withdrawals"),
    ({"contribution": float("nan")}, "contribution"), ({"deduction_rate": 2.0}, "rate"),
])  # fmt: skip
def test_a_policy_out_of_range_is_refused(policy, word):
    with pytest.raises(InputError, match=word):
        Policy(**policy)


def test_grids_have_every_mix_once():
    assert mix_grid(3, 20).shape == (231, 3)
    assert (mix_grid(3, 20).sum(axis=1) == 20).all()
    assert [grid_parts(n) for n in (1, 2, 3, 4, 6, 40)] == [20, 20, 20, 10, 5, 1]
    finer = finer_grid(np.array([[1, 1, 0]]))
    assert (finer.sum(axis=1) == 4).all()
    assert {tuple(row) for row in finer} == {(2, 2, 0), (1, 3, 0), (3, 1, 0), (1, 2, 1), (2, 1, 1)}


@settings(max_examples=60, deadline=None)
@given(arrays(float, (12, 2), elements=st.integers(0, 6).map(float)))
def test_what_is_efficient_dominates_the_rest(pairs):
    risk, reward = pairs.T
    flags = efficient(risk, reward)
    assert flags.any()
    for i in range(len(risk)):
        as_good = (risk <= risk[i]) & (reward >= reward[i])
        assert (as_good & flags).any()
        better = as_good & ((risk < risk[i]) | (reward > reward[i]))
        assert not (flags[i] and better.any())
