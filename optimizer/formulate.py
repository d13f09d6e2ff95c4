"""From an account, a mandate and a risk model to the problem that engines solve."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.harvest import credited_lots
from optimizer.limits.soft import SoftLimit, SoftLinearLimit
from optimizer.mandate import Mandate
from optimizer.netting import marginal_rates
from optimizer.problem import Problem
from optimizer.selection import Selection
from risk import FactorRisk
from tax import LossUse, Lots, WashLocks, rates_of
from taxsleeve_errors import InputError

__all__ = ["formulate"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Dwarfs every tax rate, so that a dollar of a name to be exited is sold before any other reason to trade counts.
_EXIT_REWARD = 1.0


@dataclass(frozen=True, eq=False)
class _Names:
    """The names of a rebalance and what may be done with each, arrays of shape (N,)."""

    selection: Selection
    benchmark: Floats
    rated: Bools
    buyable: Bools
    sellable: Bools
    exiting: Bools

    @property
    def assets(self) -> tuple[str, ...]:
        return self.selection.assets

    @property
    def row(self) -> NDArray[np.intp]:
        return self.selection.row


def formulate(account: Account, mandate: Mandate, risk: FactorRisk, locks: WashLocks) -> Problem:
    """State one rebalance in numbers.

    Only names of the benchmark can be bought. A name that the risk model does not rate is not traded.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    risk : FactorRisk
    locks : WashLocks
        Of the household on the account's day.

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        A benchmark name has no price.
    """
    names = _names(account, mandate, risk, locks)
    securities, selection = account.securities, names.selection
    place = np.full(len(securities.asset), -1, dtype=np.intp)
    place[names.row] = np.arange(len(names.row))
    lot_asset = place[account.lot_position]
    lot_price = securities.price[account.lot_position]
    lot_value = account.lots.shares * lot_price / account.nav
    held = np.bincount(lot_asset, weights=lot_value, minlength=len(names.assets)).astype(float)
    lot_gain = 1 - account.lots.basis / lot_price
    loadings, root, specific = risk.taken(names.assets)
    adv = securities.adv[names.row] / account.nav
    impact = mandate.costs.impact_rates(np.einsum("ij,ij->i", root, root) + specific, adv)
    moves = np.isfinite(impact)
    free = (names.sellable & moves)[lot_asset]
    group = selection.group
    loss_allowed = locks.may_sell_at_loss(account.lots) | (lot_gain >= 0)
    counted = credited_lots(mandate, lot_gain, lot_value * account.nav)
    return Problem(
        nav=account.nav,
        cash=(account.cash + account.cash_flow) / account.nav,
        commission=0.0,
        assets=names.assets,
        sector=selection.sector,
        price=securities.price[names.row],
        held=held,
        benchmark=names.benchmark,
        cost=mandate.costs.rates(securities.spread_bps[names.row]),
        group=group,
        rated=names.rated,
        buyable=names.buyable & moves,
        root=root,
        specific_variance=specific,
        loadings=loadings,
        factors=risk.factors,
        lot_asset=lot_asset,
        lot_value=lot_value,
        lot_gain=lot_gain,
        lot_credit=_credits(account, mandate, lot_gain, counted),
        lot_priority=np.where(names.exiting[lot_asset], _EXIT_REWARD, 0.0),
        lot_sellable=free & loss_allowed,
        risk_aversion=mandate.risk_aversion,
        alpha=mandate.alpha_horizon * _by_asset(mandate.alpha, names.assets),
        impact=np.where(moves, impact, 0.0),
        adv=adv,
        lot_long=account.lots.long_term(account.as_of),
        lot_counted=counted,
        liquidable=_liquidable(account, mandate, locks, selection.group_number, group[lot_asset], free, loss_allowed),
        soft=tuple(limit for limit in mandate.limits if isinstance(limit, (SoftLimit, SoftLinearLimit))),
        order_cost=mandate.costs.commission / account.nav,
    )


def _names(account: Account, mandate: Mandate, risk: FactorRisk, locks: WashLocks) -> _Names:
    securities = account.securities
    unpriced = mandate.benchmark.keys() - securities.position.keys()
    if unpriced:
        raise InputError.of("benchmark", "an asset with a price in securities", column="asset", value=min(unpriced))
    weight = securities.weights(mandate.benchmark)
    there = (np.bincount(account.lot_position, minlength=len(weight)) > 0) | (weight > 0)
    row = securities.by_name[there[securities.by_name]]
    selection = securities.selected(row)
    assets = selection.assets
    benchmark = weight[row]
    rated = risk.rows(assets) >= 0
    no_buy, no_sell = account.rules("no_buy", "no_trade", "exclude"), account.rules("no_sell", "no_trade")
    free = ~_among(selection.groups, locks.buys.keys())
    return _Names(
        selection=selection,
        benchmark=benchmark,
        rated=rated,
        buyable=rated & free & (benchmark > 0) & ~_among(assets, no_buy),
        sellable=rated & ~_among(assets, no_sell),
        exiting=_among(assets, account.rules("exclude")),
    )


def _by_asset(numbers: Mapping[str, float], assets: tuple[str, ...]) -> Floats:
    return np.array([numbers.get(asset, 0.0) for asset in assets], dtype=float) if numbers else np.zeros(len(assets))


def _among(words: tuple[str, ...], chosen: Set[str]) -> Bools:
    return np.array([word in chosen for word in words], dtype=bool) if chosen else np.zeros(len(words), dtype=bool)


def _liquidable(
    account: Account,
    mandate: Mandate,
    locks: WashLocks,
    groups: dict[str, int],
    lot_group: NDArray[np.intp],
    free: Bools,
    loss_allowed: Bools,
) -> Bools:
    """Groups that a wash lock keeps from going lot by lot and not from going whole, shape (G,)."""
    shares = account.lots.shares
    whole = free if mandate.fractional else free & (np.abs(shares - np.round(shares)) <= 1e-7)
    liquidable = np.ones(len(groups), dtype=bool)
    kept = [groups[group] for group in locks.loss_sales if group in groups and not locks.may_liquidate(group)]
    liquidable[kept] = False
    liquidable[lot_group[~whole]] = False
    locked = np.zeros(len(groups), dtype=bool)
    locked[lot_group[~loss_allowed]] = True
    found: Bools = liquidable & locked
    return found


def _credits(account: Account, mandate: Mandate, lot_gain: Floats, counted: Bools) -> Floats:
    """Tax saved by each dollar sold: rate x (basis - price) / price, at the rate met now less what is due later."""
    lots: Lots = account.lots
    long_term = lots.long_term(account.as_of)
    if mandate.losses is LossUse.NETTING:  # where the year stands now; `regions` has the rest
        rate = np.where(long_term, *reversed(marginal_rates(mandate)))
    else:
        rate = rates_of(mandate.rates, mandate.losses, long_term=long_term, is_loss=np.asarray(lot_gain < 0))
    credit: Floats = np.where(counted, rate - mandate.later_rate, 0.0) * -lot_gain
    return credit
