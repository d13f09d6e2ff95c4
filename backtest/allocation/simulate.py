"""Mixes carried through vintages, step by step, after tax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.allocation.block import Block
from backtest.allocation.drift import beyond_band, realised_by_sale, to_the_underweight
from backtest.allocation.endings import ending_effect
from backtest.allocation.policy import Ending, Policy

__all__ = ["MixPaths", "simulate"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MixPaths:
    """M mixes in V vintages of K steps; dollars are per dollar of initial capital.

    Parameters
    ----------
    returns : array (V, K, M)
        After tax and after what rebalancing cost, of what was at work at the step's start.
    effect : array (V, K, M)
        What the policy's ending would add at the step's end, a share of the wealth.
    ends : dict of Ending to array (V, M)
        Wealth at the end.
    paid_in : array (V,)
        Capital and contributions.
    sold, sale_tax : array (V, M)
        Sold to rebalance, and the tax on it, over the whole run.
    """

    returns: Floats
    effect: Floats
    ends: dict[Ending, Floats]
    paid_in: Floats
    sold: Floats
    sale_tax: Floats


@dataclass
class _Held:
    """What the mixes hold while they are carried, by sleeve, and sums over the run.

    `used` are dollars of lots without a gain that rebalancing has sold more than it has bought: the sleeve's account
    still has them, the mix has not.
    """

    values: Floats
    gains: Floats
    used: Floats
    sold: Floats
    sale_tax: Floats


def simulate(block: Block, weights: Floats, policy: Policy) -> MixPaths:
    """Carry every mix through every vintage of a block.

    Each step a sleeve earns what its account earned, its unrealised gains grow by what that account's grew by, and it
    pays its own tax out of its dividends and sale proceeds. What is left of dividends, tax that losses saved and
    contributions is new money at the step's end. Under a band it goes to what is underweight, and only beyond the band
    is a sleeve sold down, taxed at the long-term rate (`realised_by_sale`).

    Parameters
    ----------
    block : Block
    weights : array (M, S)
        Targets; rows sum to one.
    policy : Policy
    """
    vintages, steps, _ = block.earned.shape
    targets = np.broadcast_to(weights, (vintages, *weights.shape))
    nothing = np.zeros(targets.shape[:-1])
    held = _Held(targets.copy(), np.zeros((*targets.shape, 2)), np.zeros(targets.shape), nothing, nothing)
    returns, effect = np.empty((2, steps, *nothing.shape))
    paid_in = np.ones(vintages)
    for k in range(steps):
        begun, money = held.values.sum(axis=-1), _lived(block, held, k)
        grown = held.values.sum(axis=-1) + money.sum(axis=-1)
        if k == steps - 1:
            held.values = held.values + money
        else:
            added = policy.contribution * block.length[:, k, None]
            _rebalanced(block, held, targets, policy, k, money, added)
            grown = held.values.sum(axis=-1) - added
            paid_in = paid_in + added[:, 0]
        returns[k] = grown / begun - 1
        after = (held.values, held.gains, block.free[:, k, None, :])
        effect[k] = ending_effect(policy.ending, policy, block, *after) / held.values.sum(axis=-1)
    wealth = held.values.sum(axis=-1)
    ends = {ending: wealth + ending_effect(ending, policy, block, *after) for ending in Ending}
    by_vintage = (returns.swapaxes(0, 1), effect.swapaxes(0, 1))
    return MixPaths(*by_vintage, ends, paid_in, held.sold, held.sale_tax)


def _lived(block: Block, held: _Held, k: int) -> Floats:
    """Let a step pass; return the cash that each sleeve has over."""
    earned, tax, paid_out = (part[:, k, None, :] for part in (block.earned, block.tax, block.paid_out))
    cash = held.values * (paid_out - tax)
    held.gains = held.gains + held.values[..., None] * block.gain[:, k, None]
    held.values = held.values * (1 + earned - paid_out) + np.minimum(cash, 0.0)
    return np.maximum(cash, 0.0)


def _rebalanced(
    block: Block, held: _Held, targets: Floats, policy: Policy, k: int, money: Floats, added: Floats
) -> None:
    """Put new money to work and sell down what lies beyond the band."""
    fresh = np.broadcast_to(added / (1 + block.spread), targets.shape[:-1])
    if policy.band is None:
        held.values = held.values + money + fresh[..., None] * targets
        return
    bought = to_the_underweight(held.values, targets, money.sum(axis=-1) + fresh)
    held.values = held.values + bought
    held.used = np.maximum(held.used - np.maximum(bought - money, 0.0), 0.0)
    sold, wanted = beyond_band(held.values, targets, policy.band)
    if sold.any():
        _sold_down(block, held, k, sold, wanted)


def _sold_down(block: Block, held: _Held, k: int, sold: Floats, wanted: Floats) -> None:
    net = held.gains.sum(axis=-1)
    free = np.maximum(block.free[:, k, None, :] * held.values - held.used, 0.0)
    realised = realised_by_sale(sold, held.values, net, free)
    kept = 1 - np.divide(realised, net, out=np.zeros_like(net), where=net != 0)
    tax = block.rates.long_term * realised.sum(axis=-1)
    whole = sold.sum(axis=-1)
    spent = (whole * (1 - block.spread) - tax) / (1 + block.spread)
    share = np.divide(spent, whole, out=np.zeros_like(whole), where=whole > 0)
    bought = wanted * share[..., None]
    held.values = held.values - sold + bought
    held.gains = held.gains * kept[..., None]
    held.used = np.maximum(held.used + np.minimum(sold, free) - bought, 0.0)
    held.sold, held.sale_tax = held.sold + whole, held.sale_tax + tax
