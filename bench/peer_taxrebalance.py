"""The package `taxrebalance` on one of our accounts; needs it installed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from taxrebalance import Portfolio, RebalanceConfig, TaxLot, UnitedStatesLots, rebalance

from bench.optimizer_accounts import Case

__all__ = ["taxrebalance_trades"]

# Only which side of a year decides its term.
_LONG_DAYS, _SHORT_DAYS = 400, 100


def taxrebalance_trades(case: Case, te: float, turnover: float, cost: float) -> pd.DataFrame:
    """Trades that it proposes under the limits that it has: tracking error, turnover, cash not below zero.

    It is told the same prices, lots, terms, rates, covariance and costs, that losses are usable whole and cost nothing
    later, and no price of risk. A loss that a recent purchase washes is flagged. What it has no word for: a name that
    may only not be bought must not be traded at all; substantially identical names are strangers to it.
    """
    p, account = case.problem, case.account
    lots = tuple(
        TaxLot(
            lot_id=str(account.lots.lot_id[lot]),
            ticker=p.assets[p.lot_asset[lot]],
            shares=float(account.lots.shares[lot]),
            basis_per_share=float(account.lots.basis[lot]),
            days_held=_LONG_DAYS if p.lot_long[lot] else _SHORT_DAYS,
            prior_30d_replacement=bool(p.lot_is_loss[lot] and not p.lot_sellable[lot]),
        )
        for lot in range(len(account.lots))
    )
    prices = {asset: float(price) for asset, price in zip(p.assets, p.price, strict=True)}
    covariance = p.root @ p.root.T + np.diag(p.specific_variance)
    shut = tuple(
        asset for asset, open_, rated in zip(p.assets, p.buyable, p.rated, strict=True) if not (open_ and rated)
    )
    found = rebalance(
        Portfolio.from_tax_lots(lots, prices=prices, cash=account.cash),
        target_weights=dict(zip(p.assets, (p.benchmark / p.benchmark.sum()).tolist(), strict=True)),
        covariance=0.5 * (covariance + covariance.T),
        tax_policy=UnitedStatesLots(case.mandate.rates.short_term, case.mandate.rates.long_term),
        config=RebalanceConfig(
            max_tracking_error=te,
            trading_cost_bps=1e4 * cost,
            loss_utilization=1.0,
            future_recapture_fraction=0.0,
            risk_aversion=0.0,
            max_turnover_fraction=turnover,
            restricted_tickers=shut,
        ),
    )
    rows = [
        {"asset": t["ticker"], "side": t["side"], "lot_id": t["lot_id"] or "", "shares": t["shares"],
         "price": prices[t["ticker"]]}
        for t in found.trades
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["asset", "side", "lot_id", "shares", "price"])
