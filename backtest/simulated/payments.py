"""Dividends of a month, and the price paths that are left when they are paid out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.capital_curve import by_rank
from backtest.simulated.names import NO_OFFER, Names
from backtest.simulated.specification import MarketSpecification

__all__ = ["Payments", "pay_dividends", "turn_payers"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_LARGEST_PAYMENT = 0.05


@dataclass(frozen=True, eq=False)
class Payments:
    """Dividends of a month: ex-day, place and dollars a share of each (p,)."""

    days: Ints
    where: Ints
    cash: Floats


def pay_dividends(
    market: MarketSpecification, names: Names, ranks: Floats, returns: Floats, days: Ints, month: int
) -> tuple[Floats, Payments]:
    """Prices by day, and the dividends that keep total returns as they were drawn.

    A payment is `smoothing` times last quarter's and else follows yield x price / 4. On the ex-day
    P = P_before (1 + r) - D, so that (P + D) / P_before = 1 + r.

    Parameters
    ----------
    market, names, ranks
    returns : array (n, N)
        Simple total returns.
    days : array of int (n,)
    month : int
        Number of the month in the run.

    Returns
    -------
    prices : array (n, N)
    payments : Payments
    """
    behaviour = market.dividends
    prices = np.asarray(np.cumprod(1.0 + returns, axis=0), dtype=np.float64)
    prices *= names.price
    due = names.pays & ((month + names.ex_month) % 3 == 0) & (names.offer_ends == NO_OFFER)
    where = np.flatnonzero(due)
    row = np.minimum(names.ex_day[where], len(days) - 1)
    cum_price = prices[row, where]
    wanted = by_rank(behaviour.yields, ranks[where]) * np.exp(names.log_yield[where]) * names.price[where] / 4.0
    last = names.payment[where]
    cash = np.where(last > 0.0, behaviour.smoothing * last + (1.0 - behaviour.smoothing) * wanted, wanted)
    cash = np.minimum(cash, _LARGEST_PAYMENT * cum_price)
    names.payment[where] = cash
    after = np.arange(len(days))[:, None] >= row
    prices[:, where] *= np.where(after, 1.0 - cash / cum_price, 1.0)
    return prices, Payments(days[row], where, cash)


def turn_payers(market: MarketSpecification, names: Names, ranks: Floats, rng: np.random.Generator) -> None:
    """Let some names begin and some cease to pay, at the end of a month."""
    behaviour, N = market.dividends, len(names.asset)
    halved = names.history.sum(axis=1) < np.log(0.5)
    stops = rng.random(N) < behaviour.stop * np.where(halved, 4.0, 1.0) / 12.0
    payers = by_rank(behaviour.payers, ranks)
    starts = rng.random(N) < behaviour.start * payers / payers.mean() / 12.0
    turned_off, turned_on = names.pays & stops, ~names.pays & starts
    names.pays ^= turned_off | turned_on
    names.payment[turned_off | turned_on] = 0.0
