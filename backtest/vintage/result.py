"""What a vintage leaves: a row a month, a row a day, every trade, and what was held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.vintage.execute import Filled
from backtest.vintage.sales import CAUSES, Sales
from backtest.vintage.settings import VintageSettings
from backtest.vintage.strategy import Situation
from tax import rates_of

__all__ = ["Held", "VintageResult", "tax_saved"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Held:
    """A portfolio after a rebalance.

    Parameters
    ----------
    date : Timestamp
    assets : tuple of str
        Held or in the index.
    weight, benchmark : array (N,)
        Fractions of NAV; cash is what the weights lack.
    tracking_error : float
        Predicted, annual, of the names that the model rates; NaN without a model.
    unrated : float
        Sum of absolute active weights of names that it does not rate.
    """

    date: pd.Timestamp
    assets: tuple[str, ...]
    weight: Floats
    benchmark: Floats
    tracking_error: float
    unrated: float

    @property
    def active(self) -> Floats:
        """Weight less benchmark."""
        return self.weight - self.benchmark

    @classmethod
    def after(cls, situation: Situation, filled: Filled) -> Held:
        """Weigh what a rebalance left."""
        account = situation.account
        assets = account.securities.asset
        shares = filled.holdings.shares()
        value = np.array([shares.get(asset, 0.0) for asset in assets]) * account.securities.price
        weight = value / (value.sum() + filled.holdings.cash)
        benchmark = np.array([situation.benchmark.get(asset, 0.0) for asset in assets])
        if situation.risk is None:
            return cls(pd.Timestamp(account.as_of), assets, weight, benchmark, np.nan, np.nan)
        risk = situation.risk
        rated = np.array([asset in risk for asset in assets], dtype=bool)
        known = risk.reindex([asset for asset, good in zip(assets, rated, strict=True) if good])
        error = known.tracking_error((weight - benchmark)[rated])
        unrated = float(np.abs((weight - benchmark)[~rated]).sum())
        return cls(pd.Timestamp(account.as_of), assets, weight, benchmark, error, unrated)


@dataclass(frozen=True, eq=False)
class VintageResult:
    """One account through time.

    Parameters
    ----------
    strategy : str
    settings : VintageSettings
    months : DataFrame
        By rebalance date: `value` before trading, `benchmark` (capital in the index), `loss_short`, `loss_long`,
        `gain_short`, `gain_long` (dollars, losses below zero; what was realised since the rebalance before and at this
        one), a column for each of `CAUSES` for losses ("loss harvest", ...) and for gains, `tax_saved` (of all,
        negative where tax is due), `tax_paid` (cash moved), `dividends`, `disallowed`, `cost`, `turnover` (half of what
        was traded over value), `tracking_error` predicted, `relaxed`, `realised` (annualised deviation of the daily
        active returns until the next rebalance), `locked` (share of value in lots worth more than their basis),
        `embedded_gain` (unrealised gain over value), `cash`, `lots`, `unrated`.
    days : DataFrame
        By trading day after funding: `value`, `account` and `benchmark` returns; a day's return is before the costs of
        a rebalance at its close, which fall on the next.
    trades : DataFrame
        `date, side, asset, group, lot_id, shares, price, gain, term, cause`; a buy's lot id is the lot's it makes.
    held : tuple of Held
        After each rebalance.
    """

    strategy: str
    settings: VintageSettings
    months: pd.DataFrame
    days: pd.DataFrame
    trades: pd.DataFrame
    held: tuple[Held, ...] = field(repr=False)


def tax_saved(settings: VintageSettings, sales: list[Sales]) -> float:
    """Tax that these sales save at the settings' rates, negative where they cost tax."""
    return -sum(
        float(rates_of(settings.rates, settings.losses, long_term=one.long_term, is_loss=one.gain < 0) @ one.gain)
        for one in sales
    )


def realised_row(sales: list[Sales]) -> dict[str, float]:
    """Losses and gains by term, and by cause."""
    gain = np.concatenate([one.gain for one in sales])
    long_term = np.concatenate([one.long_term for one in sales])
    cause = np.concatenate([one.cause for one in sales])
    row = {}
    for side, counted in (("loss", np.minimum(gain, 0.0)), ("gain", np.maximum(gain, 0.0))):
        row[f"{side}_short"] = float(counted[~long_term].sum())
        row[f"{side}_long"] = float(counted[long_term].sum())
        row |= {f"{side} {name}": float(counted[cause == name].sum()) for name in CAUSES}
    return row | {"disallowed": sum(one.disallowed for one in sales)}


def trade_rows(sales: list[Sales], filled: Filled) -> list[dict[str, Any]]:
    """Rows of `VintageResult.trades`."""
    rows = [
        {
            "date": one.day,
            "side": "SELL",
            "asset": str(one.asset[k]),
            "group": str(one.group[k]),
            "lot_id": str(one.lot_id[k]),
            "shares": float(one.shares[k]),
            "price": float(one.price[k]),
            "gain": float(one.gain[k]),
            "term": "long" if one.long_term[k] else "short",
            "cause": str(one.cause[k]),
        }
        for one in sales
        for k in range(len(one.gain))
    ]
    lots = filled.bought
    for k in range(len(lots)):
        bought: dict[str, Any] = {
            "date": filled.sales.day,
            "side": "BUY",
            "asset": str(lots.asset[k]),
            "group": str(lots.group[k]),
        }
        amounts: dict[str, Any] = {
            "lot_id": str(lots.lot_id[k]),
            "shares": float(lots.shares[k]),
            "price": float(lots.basis[k]),
        }
        rows.append({**bought, **amounts, "gain": np.nan, "term": "", "cause": ""})
    return rows
