"""From an account, a mandate and a risk model to the problem that engines solve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.harvest import credited_lots
from optimizer.limits.soft import SoftLimit, SoftLinearLimit
from optimizer.mandate import Mandate
from optimizer.netting import marginal_rates
from optimizer.problem import Problem
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

    assets: tuple[str, ...]
    row: NDArray[np.intp]
    benchmark: Floats
    rated: Bools
    buyable: Bools
    sellable: Bools
    exiting: Bools


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
    securities = account.securities
    position = {asset: i for i, asset in enumerate(names.assets)}
    lot_asset = np.array([position[a] for a in account.lots.asset.tolist()], dtype=np.intp)
    lot_price = securities.price[account.lot_position]
    lot_value = account.lots.shares * lot_price / account.nav
    held = np.bincount(lot_asset, weights=lot_value, minlength=len(names.assets)).astype(float)
    lot_gain = 1 - account.lots.basis / lot_price
    group_names = [securities.group[i] for i in names.row]
    groups = {group: g for g, group in enumerate(sorted(set(group_names)))}
    loadings, root, specific = _risk_arrays(risk, names)
    adv = securities.adv[names.row] / account.nav
    impact = mandate.costs.impact_rates((root**2).sum(axis=1) + specific, adv)
    moves = np.isfinite(impact)
    free = (names.sellable & moves)[lot_asset]
    group = np.array([groups[group] for group in group_names], dtype=np.intp)
    loss_allowed = locks.may_sell_at_loss(account.lots) | (lot_gain >= 0)
    return Problem(
        nav=account.nav,
        cash=(account.cash + account.cash_flow) / account.nav,
        commission=0.0,
        assets=names.assets,
        sector=tuple(securities.sector[i] for i in names.row),
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
        lot_credit=_credits(account, mandate, lot_gain, lot_value * account.nav),
        lot_priority=np.where(names.exiting[lot_asset], _EXIT_REWARD, 0.0),
        lot_sellable=free & loss_allowed,
        risk_aversion=mandate.risk_aversion,
        alpha=mandate.alpha_horizon * np.array([mandate.alpha.get(asset, 0.0) for asset in names.assets]),
        impact=np.where(moves, impact, 0.0),
        adv=adv,
        lot_long=account.lots.long_term(account.as_of),
        liquidable=_liquidable(account, mandate, locks, groups, group[lot_asset], free, loss_allowed),
        soft=tuple(limit for limit in mandate.limits if isinstance(limit, (SoftLimit, SoftLinearLimit))),
    )


def _names(account: Account, mandate: Mandate, risk: FactorRisk, locks: WashLocks) -> _Names:
    securities = account.securities
    unpriced = sorted(set(mandate.benchmark) - set(securities.asset))
    if unpriced:
        raise InputError.of("benchmark", "an asset with a price in securities", column="asset", value=unpriced[0])
    assets = tuple(sorted({*account.lots.asset.tolist(), *(a for a, w in mandate.benchmark.items() if w > 0)}))
    row = np.array([securities.position[a] for a in assets], dtype=np.intp)
    benchmark = np.array([mandate.benchmark.get(a, 0.0) for a in assets])
    rated = risk.rows(assets) >= 0
    no_buy, no_sell = account.rules("no_buy", "no_trade", "exclude"), account.rules("no_sell", "no_trade")
    free = np.array([locks.may_buy(securities.group[i]) for i in row], dtype=bool)
    return _Names(
        assets=assets,
        row=row,
        benchmark=benchmark,
        rated=rated,
        buyable=rated & free & (benchmark > 0) & ~_among(assets, no_buy),
        sellable=rated & ~_among(assets, no_sell),
        exiting=_among(assets, account.rules("exclude")),
    )


def _among(assets: tuple[str, ...], chosen: frozenset[str]) -> Bools:
    return np.array([a in chosen for a in assets], dtype=bool) if chosen else np.zeros(len(assets), dtype=bool)


def _risk_arrays(risk: FactorRisk, names: _Names) -> tuple[Floats, Floats, Floats]:
    n, k = len(names.assets), len(risk.factors)
    loadings, root, specific = np.zeros((n, k)), np.zeros((n, k)), np.zeros(n)
    row = risk.rows(names.assets)[names.rated]
    loadings[names.rated] = risk.loadings[row]
    root[names.rated] = risk.loadings[row] @ np.linalg.cholesky(risk.factor_covariance)
    specific[names.rated] = risk.specific_variance[row]
    return loadings, root, specific


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
    liquidable = np.array([locks.may_liquidate(group) for group in groups], dtype=bool)
    liquidable[lot_group[~whole]] = False
    locked = np.zeros(len(groups), dtype=bool)
    locked[lot_group[~loss_allowed]] = True
    found: Bools = liquidable & locked
    return found


def _credits(account: Account, mandate: Mandate, lot_gain: Floats, lot_dollars: Floats) -> Floats:
    """Tax saved by each dollar sold: rate x (basis - price) / price, at the rate met now less what is due later."""
    lots: Lots = account.lots
    long_term = lots.long_term(account.as_of)
    if mandate.losses is LossUse.NETTING:  # where the year stands now; `regions` has the rest
        rate = np.where(long_term, *reversed(marginal_rates(mandate)))
    else:
        rate = rates_of(mandate.rates, mandate.losses, long_term=long_term, is_loss=np.asarray(lot_gain < 0))
    counted = credited_lots(mandate, lot_gain, lot_dollars)
    credit: Floats = np.where(counted, rate - mandate.later_rate, 0.0) * -lot_gain
    return credit
