"""Losses that could have been harvested and were not, lot by lot, and what stood in the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.formulate import formulate
from optimizer.limit_words import limit_title
from optimizer.limits import LinearLimit
from optimizer.outcome import allowed_gains
from optimizer.problem import Problem
from optimizer.rebalance import Rebalance
from tax import unpriced_washes

__all__ = ["LeftOnTable", "left_on_table"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_SAME = 1e-9
_NEAR = 1e-3
_FEW = 1e-6
_LOCKED, _WASHED = "locked", "washed in part if sold"
_BOUGHT, _OTHER = "bought instead: never sold at a loss and bought at once", "other limits together"


@dataclass(frozen=True, eq=False)
class LeftOnTable:
    """Losses of an account, and those that its trades leave.

    Parameters
    ----------
    harvestable : float
        Dollars of unrealised loss before trading, lots with a gain left out.
    harvested : float
        Dollars of loss that the trades realise, without what wash sales disallow.
    lots : DataFrame
        A row for each lot that still holds a loss: `asset`, `lot_id`, `loss` and `tax` (dollars left, and the tax
        that it would save, by itself), `reason`. The losses sum to harvestable - harvested - disallowed. Largest first.
    disallowed : float
        Dollars of loss that the trades move into the basis of recent purchases.
    """

    harvestable: float
    harvested: float
    lots: pd.DataFrame
    disallowed: float = 0.0

    @property
    def by_reason(self) -> pd.DataFrame:
        """Sum by reason, dates left out: `reason`, `loss`, `tax`, number of `lots`; largest loss first."""
        kind = self.lots["reason"].astype(str).str.replace(r" until .*", "", regex=True)
        sums = self.lots.groupby(kind, sort=True).agg(loss=("loss", "sum"), tax=("tax", "sum"), lots=("loss", "size"))
        return sums.sort_values("loss", ascending=False, kind="stable").reset_index()


def left_on_table(result: Rebalance) -> LeftOnTable:
    """Say of every lot with a loss that was not, or not wholly, sold what stood in the way.

    The first that applies, in this order: no risk figures; a restriction; a wash-sale lock, with its last day; no
    market; a loss below the harvest threshold, or worth less than it costs later or than its round trip; less than a
    share or than the least trade; a limit of the name or of its sector that binds; the name is bought though a sale
    would pay (a group is sold at a loss or bought); and else the one of tracking error, limits of a single row
    (turnover, gain budgets) and the price of risk whose price, at the trades found, weighs most on the sale.

    Parameters
    ----------
    result : Rebalance

    Returns
    -------
    LeftOnTable
    """
    lots = result.account.lots
    problem = formulate(result.account, result.mandate, result.risk, result.locks)
    sells = result.trades[result.trades["side"] == "SELL"].set_index("lot_id")
    shares = lots.shares - sells["shares"].reindex(lots.lot_id.tolist(), fill_value=0.0).to_numpy(dtype=float)
    shares = np.where(shares > _SAME * lots.shares, shares, 0.0)
    loss_per_share = np.maximum(lots.basis - result.account.securities.price[result.account.lot_position], 0.0)
    left = shares * loss_per_share
    held = np.flatnonzero(left > 0)
    reason = _reasons(result, problem, shares, left)
    table = pd.DataFrame(
        {
            "asset": lots.asset[held],
            "lot_id": lots.lot_id[held],
            "loss": left[held],
            "tax": (shares * problem.price[problem.lot_asset] * np.maximum(problem.lot_credit, 0.0))[held],
            "reason": [reason[lot] for lot in held.tolist()],
        }
    )
    gains, allowed = sells["gain"].to_numpy(dtype=float), allowed_gains(sells)
    return LeftOnTable(
        harvestable=float(lots.shares @ loss_per_share),
        harvested=float(np.maximum(-allowed, 0.0).sum()),
        disallowed=float((allowed - gains).sum()),
        lots=table.sort_values("loss", ascending=False, kind="stable").reset_index(drop=True),
    )


def _reasons(result: Rebalance, problem: Problem, shares: Floats, left: Floats) -> list[str]:
    reason = np.full(len(left), "", dtype=object)
    steps = (_barred(result, problem), _too_little(result, problem, shares), _own_limits(result, problem))
    for mask, words in [pair for step in steps for pair in step]:
        reason[(reason == "") & mask & (left > 0)] = words
    for lot in np.flatnonzero(((reason == _LOCKED) | (reason == _WASHED)) & (left > 0)):
        until = result.locks.loss_sales[str(result.account.lots.group[lot])].until
        reason[lot] = f"{reason[lot]} until {until.isoformat()}"
    weights = _weights(result, problem)
    worth_it = problem.lot_credit - problem.cost[problem.lot_asset] - sum(weights.values()) > 0
    reason[(reason == "") & worth_it & _bought(result, problem)] = _BOUGHT
    names, table = list(weights), np.array(list(weights.values()))
    for lot in np.flatnonzero(reason == ""):
        heaviest = int(table[:, lot].argmax())
        reason[lot] = names[heaviest] if table[heaviest, lot] > _FEW else _OTHER
    return [str(word) for word in reason]


def _barred(result: Rebalance, problem: Problem) -> list[tuple[Bools, str]]:
    """What forbids the sale or makes it worthless whatever else is traded."""
    account = result.account
    restricted = np.isin(account.lots.asset, sorted(account.rules("no_sell", "no_trade")))
    return [
        (~problem.rated[problem.lot_asset], "no risk figures"),
        (restricted, "restricted"),
        (~result.locks.may_sell_at_loss(account.lots) & ~_has_price(result), _LOCKED),
        (~result.locks.may_sell_at_loss(account.lots), _WASHED),
        (~problem.lot_sellable, "cannot be traded"),
        (problem.lot_credit == 0, "below the harvest threshold"),
        (problem.lot_credit < 0, "saves less tax than is due later"),
        (problem.lot_credit <= 2 * problem.cost[problem.lot_asset], "worth less than its round trip"),
    ]


def _has_price(result: Rebalance) -> Bools:
    """Lots of groups whose partly washed sales the mandate prices, shape (L,)."""
    account = result.account
    why_not = unpriced_washes(account.trades, account.lots, account.as_of, result.locks)
    priced = {group for group, why in why_not.items() if not why} if result.mandate.partly_washed == "price" else set()
    return np.array([group in priced for group in account.lots.group.tolist()], dtype=bool)


def _too_little(result: Rebalance, problem: Problem, shares: Floats) -> list[tuple[Bools, str]]:
    mandate = result.mandate
    traded = result.check.outcome.bought + result.check.outcome.sold
    idle = set(np.array(result.check.outcome.assets)[traded == 0].tolist())
    value = shares * problem.price[problem.lot_asset] / problem.nav
    of_name = np.bincount(problem.lot_asset, weights=np.where(problem.lot_is_loss, value, 0.0),
                          minlength=len(problem.assets))[problem.lot_asset]  # fmt: skip
    untraded = np.array([asset in idle for asset in result.account.lots.asset.tolist()], dtype=bool)
    whole = (shares < 1 - _FEW) if not mandate.fractional else np.zeros(len(shares), dtype=bool)
    return [(whole, "less than a share"), (untraded & (of_name < mandate.min_trade), "below the least trade")]


def _own_limits(result: Rebalance, problem: Problem) -> list[tuple[Bools, str]]:
    """Limits of a name or its sector that bind against selling it."""
    lot_asset, found = problem.lot_asset, []
    assets, sectors = np.array(problem.assets, dtype=object), np.array(problem.sector, dtype=object)
    for reading in result.check.readings:
        one_share = np.where(assets == reading.where, problem.price / problem.nav, 0.0).max(initial=0.0)
        room = max(_NEAR * abs(reading.limit), one_share, _FEW)
        # An active weight binds against a sale where it is at its lower end.
        both_ended = reading.name in ("active_weight", "sector_active")
        if reading.where and reading.excess >= -room and not (both_ended and reading.value > 0):
            concerned = (assets == reading.where) | (sectors == reading.where)
            found.append((concerned[lot_asset], f"limit: {limit_title(reading.name)}"))
    return found


def _bought(result: Rebalance, problem: Problem) -> Bools:
    """Lots of groups of which something is bought, shape (L,)."""
    buys = set(result.trades.loc[result.trades["side"] == "BUY", "asset"])
    groups = problem.group[np.isin(np.array(problem.assets, dtype=object), list(buys))]
    return np.isin(problem.lot_group, groups)


def _weights(result: Rebalance, problem: Problem) -> dict[str, Floats]:
    """What each price takes from the value of selling one dollar of each lot at the trades found, shape (L,)."""
    outcome = result.check.outcome
    active = pd.Series(outcome.active_after, index=list(outcome.assets)).reindex(list(problem.assets)).to_numpy(float)
    slope = (problem.root @ (problem.root.T @ active) + problem.specific_variance * active)[problem.lot_asset]
    te, prices = outcome.tracking_error_after, result.prices or _as_if_priced(result)
    weights = {"price of risk": -2 * problem.risk_aversion * slope}
    if te > 0:
        weights["limit: tracking error"] = prices.get("tracking_error", 0.0) / problem.nav * -slope / te
    for limit in result.mandate.all_limits():
        rows = limit.rows(problem) if isinstance(limit, LinearLimit) else None
        if rows is not None and rows.sell is not None and rows.sell.shape[0] == 1:
            sale = rows.sell.csr.toarray().ravel()
            weights[f"limit: {limit_title(limit.name)}"] = prices.get(limit.name, 0.0) / problem.nav * sale
    return weights


def _as_if_priced(result: Rebalance) -> dict[str, float]:
    """Where the engine gives no prices, a binding limit weighs as if it had one."""
    readings = (r for r in result.check.readings if not r.where)
    return {r.name: result.account.nav for r in readings if r.excess >= -_NEAR * abs(r.limit)}
