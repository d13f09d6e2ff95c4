"""What a trade list is worth in dollars, from its own rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.limits.readings import Reading, Readings
from optimizer.mandate import Mandate
from optimizer.outcome import Outcome
from optimizer.trade_columns import TradeColumns
from tax import LossUse, rates_of
from taxsleeve_errors import InputError

__all__ = ["Valuation", "alpha_value", "realised", "risk_penalty", "tax_value", "valuation"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# Nine digits of room, so that a loss of exactly the least counts.
_ROOM = 1 - 1e-9


@dataclass(frozen=True)
class Valuation:
    """What a trade list is worth, part by part, in dollars.

    Parameters
    ----------
    tax : float
        Tax saved, negative where tax is due.
    alpha : float
        What the names bought are expected to earn over their benchmark, less those sold.
    cost : float
        Spread, market impact and commissions.
    risk : float
        Price of the tracking variance left.
    soft : float
        Price of what soft limits are exceeded by.
    deferral : float
        What the basis given up costs later, negative; more than zero where gains were realised.
    """

    tax: float
    alpha: float
    cost: float
    risk: float
    soft: float
    deferral: float

    @property
    def total(self) -> float:
        """Return what the rebalance maximises."""
        return self.tax + self.deferral + self.alpha - self.cost - self.risk - self.soft


def valuation(mandate: Mandate, outcome: Outcome, readings: Iterable[Reading]) -> Valuation:
    """Value the trade list of an outcome.

    Parameters
    ----------
    mandate : Mandate
    outcome : Outcome
    readings : iterable of Reading
        Of the mandate's limits.
    """
    return Valuation(
        tax=_tax_value(mandate, outcome.columns.sells, outcome.account),
        alpha=alpha_value(mandate, outcome),
        cost=outcome.cost,
        risk=risk_penalty(mandate, outcome),
        soft=_soft_penalty(Readings.of(readings)) * outcome.nav,
        deferral=_deferral_value(mandate, outcome),
    )


def _soft_penalty(readings: Readings) -> float:
    soft = ~readings.hard
    penalties = readings.price[soft] * np.maximum(readings.excess[soft], 0.0)
    return float(sum(penalties.tolist()))


def tax_value(mandate: Mandate, trades: pd.DataFrame | TradeColumns, account: Account | None = None) -> float:
    """Dollars of tax saved by the sales, negative where tax is due.

    Each gain meets the rate of its term; each loss saves that of its term, or the long-term rate where the mandate's
    losses are only good against long-term gains; or the year is netted with these sales and without. A loss below the
    harvest threshold or the minimum loss saves nothing, nor does what a wash sale disallows (column `disallowed`).

    Parameters
    ----------
    mandate : Mandate
    trades : DataFrame or TradeColumns
    account : Account, optional
        Needed where the mandate has a minimum loss, which is one of whole lots.

    Raises
    ------
    InputError
        The mandate has a minimum loss and no account is given.
    """
    return _tax_value(mandate, TradeColumns.of(trades).sells, account)


def _tax_value(mandate: Mandate, sells: TradeColumns, account: Account | None) -> float:
    gain, long_term = sells.gain, (sells.term == "long").astype(bool)
    counted = np.where(_credited(mandate, sells, account), sells.allowed, 0.0)
    if mandate.losses is LossUse.NETTING:
        short, long = float(counted[~long_term].sum()), float(counted[long_term].sum())
        return mandate.year_to_date.tax(mandate.rates) - mandate.year_to_date.tax(mandate.rates, short, long)
    rate = rates_of(mandate.rates, mandate.losses, long_term=long_term, is_loss=gain < 0)
    return float(-(rate * counted).sum())


def _deferral_value(mandate: Mandate, outcome: Outcome) -> float:
    """Dollars of today that the change of basis is worth at liquidation, of the gains and losses that count.

    Basis that a washed loss adds to its replacement is not given up.
    """
    sells = outcome.columns.sells
    counted = sells.allowed[_credited(mandate, sells, outcome.account)]
    return float(mandate.later_rate * counted.sum())


def _credited(mandate: Mandate, sells: TradeColumns, account: Account | None) -> Bools:
    """Sales whose gain or loss the mandate counts: every gain, and the losses that are large enough."""
    gain = sells.gain
    cost = sells.amount - gain
    enough: Bools = -gain >= _ROOM * mandate.harvest_threshold * cost
    if mandate.minimum_loss > 0:
        if account is None:
            raise InputError.of("mandate", "an account to look lots up in", column="minimum_loss", value="no account")
        held = dict(zip(account.lots.lot_id.tolist(), account.lots.shares.tolist(), strict=True))
        shares = np.array([held.get(lot, 0.0) for lot in sells.lot_id.tolist()]) / sells.shares
        enough &= -gain * shares >= _ROOM * mandate.minimum_loss
    return (gain >= 0) | enough


def alpha_value(mandate: Mandate, outcome: Outcome) -> float:
    """Dollars that the trades are expected to earn over the benchmark in the mandate's horizon: alpha x net buys."""
    if not mandate.alpha:
        return 0.0
    alpha = np.array([mandate.alpha.get(asset, 0.0) for asset in outcome.assets])
    return float(mandate.alpha_horizon * alpha @ (outcome.bought - outcome.sold))


def risk_penalty(mandate: Mandate, outcome: Outcome) -> float:
    """Dollars at which the mandate prices the tracking variance left."""
    if not mandate.risk_aversion:
        return 0.0
    return mandate.risk_aversion * outcome.tracking_error_after**2 * outcome.nav


def realised(
    trades: pd.DataFrame | TradeColumns, mandate: Mandate | None = None, account: Account | None = None
) -> dict[str, dict[str, float]]:
    """Dollars realised by term, all as positive numbers.

    Parameters
    ----------
    trades : DataFrame or TradeColumns
    mandate : Mandate, optional
        Tells a harvest from a loss that it does not count; without it every loss is a harvest.
    account : Account, optional
        As for `tax_value`.

    Returns
    -------
    dict
        "harvested" (losses that count), "uncredited" (losses below the mandate's least) and "gains", each with "short"
        and "long"; where the trades have a column `disallowed`, that too, and losses are told without it.
    """
    columns = TradeColumns.of(trades)
    sells = columns.sells
    gain = sells.allowed
    counts = np.full(len(sells), True) if mandate is None else _credited(mandate, sells, account)
    result: dict[str, dict[str, float]] = {"harvested": {}, "uncredited": {}, "gains": {}}
    for term in ("short", "long"):
        own = (sells.term == term).astype(bool)
        result["harvested"][term] = float(np.maximum(-gain[own & counts], 0.0).sum())
        result["uncredited"][term] = float(np.maximum(-gain[own & ~counts], 0.0).sum())
        result["gains"][term] = float(np.maximum(gain[own], 0.0).sum())
        if "disallowed" in columns.names:
            washed = float(sells.disallowed[own].sum())
            result.setdefault("disallowed", {})[term] = washed
    return result
