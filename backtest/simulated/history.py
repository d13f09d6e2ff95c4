"""The run: month after month of returns, payments, deaths and listings."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from backtest.simulated.capital_curve import effective_numbers, log_capital, market_ranks, steepness
from backtest.simulated.exposures import Exposures, exposures, log_book_to_price
from backtest.simulated.factor_paths import FactorPaths, factor_paths
from backtest.simulated.life import deaths_of_month, pin_to_offers
from backtest.simulated.market_path import MarketPath, market_path
from backtest.simulated.month_end import average_volumes, list_new_names, turn_month
from backtest.simulated.month_returns import month_returns
from backtest.simulated.names import Names, draw_names
from backtest.simulated.payments import Payments, pay_dividends, turn_payers
from backtest.simulated.specification import MarketSpecification
from backtest.simulated.trading_days import TradingDays

__all__ = ["ALIVE", "History", "run"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALIVE = -1
_STREAMS = ("market", "factors", "names", "specific", "life", "payments", "month end", "volumes")


@dataclass(eq=False)
class History:
    """What happened, by place: a place holds one name after another. N places, T days, M months, A names in all.

    Parameters
    ----------
    prices, returns : arrays (T, N)
        Only what `first_days` and `last_days` mark out is a name's.
    caps, log_book_to_price, volumes : arrays (M + 1, N)
        At the end of each month, from day 0 on.
    asset : array of int (M + 1, N)
        Name in each place at the end of a month, `ALIVE` - 1 where it has died within it.
    places, sectors, first_days, last_days : lists of int (A,)
        Of each name; the last day is `ALIVE` while it lives.
    delisting_returns : dict of int to float
    payments : list of (assets, days, cash)
    """

    prices: Floats
    returns: Floats
    caps: Floats
    log_book_to_price: Floats
    volumes: Floats
    asset: Ints
    places: list[int] = field(default_factory=list)
    sectors: list[int] = field(default_factory=list)
    first_days: list[int] = field(default_factory=list)
    last_days: list[int] = field(default_factory=list)
    delisting_returns: dict[int, float] = field(default_factory=dict)
    payments: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)

    def list_names(self, names: Names, where: Ints, first_days: Ints) -> None:
        """Write down names that come in at these places."""
        self.places += where.tolist()
        self.sectors += names.sector[where].tolist()
        self.first_days += first_days.tolist()
        self.last_days += [ALIVE] * len(where)


def run(market: MarketSpecification, days: TradingDays) -> History:
    """Simulate; the same market gives the same arrays to the last bit.

    Every mechanism draws from a stream of its own, so that turning one off leaves the others' draws as they were.
    """
    seeds = np.random.SeedSequence(market.seed).spawn(len(_STREAMS))
    streams = {name: np.random.default_rng(seed) for name, seed in zip(_STREAMS, seeds, strict=True)}
    T, N, M = len(days.dates), market.names, len(days.month_starts) - 1
    path = market_path(market.market, days, streams["market"], market.annual_returns)
    paths = path, factor_paths(market.factors, path.volatility / market.market.volatility, streams["factors"])
    slopes = [steepness(market.capital, number) for number in effective_numbers(market.capital, M)]
    history = _empty(T, N, M)
    ranks = market_ranks(N)
    log_caps = np.log(market.capital.reference) + log_capital(market.capital, ranks, slopes[0])
    names = draw_names(market, log_caps, ranks, 0, streams["names"], new=False)
    history.list_names(names, np.arange(N), np.zeros(N, dtype=np.int64))
    history.prices[0], history.returns[0] = names.price, np.nan
    exposed = exposures(market, names, ranks, slopes[0])
    _write_month(history, 0, names, exposed, path.volatility[0] / market.market.volatility, streams["volumes"])
    empty = np.zeros(0, dtype=np.int64)
    for month in range(M):
        in_month = np.arange(days.month_starts[month], days.month_starts[month + 1])
        _fill(market, history, names, empty, (ranks, slopes[month + 1], exposed.level), in_month, streams)
        exposed = exposures(market, names, ranks, slopes[month + 1])
        empty = _month(market, history, names, exposed, (month, in_month, empty), paths, streams)
        relative = float(path.volatility[in_month].mean()) / market.market.volatility
        _write_month(history, month + 1, names, exposed, relative, streams["volumes"])
        history.asset[month + 1, empty] = ALIVE - 1
    return history


def _empty(T: int, N: int, M: int) -> History:
    daily, monthly = (T, N), (M + 1, N)
    return History(
        prices=np.empty(daily),
        returns=np.empty(daily),
        caps=np.empty(monthly),
        log_book_to_price=np.empty(monthly),
        volumes=np.empty(monthly),
        asset=np.empty(monthly, dtype=np.int64),
    )


def _fill(
    market: MarketSpecification,
    history: History,
    names: Names,
    empty: Ints,
    curve: tuple[Floats, float, float],
    in_month: Ints,
    streams: dict[str, np.random.Generator],
) -> None:
    if not len(empty):
        return
    list_new_names(market, names, empty, curve, len(history.places), streams["names"])
    offsets = (streams["names"].random(len(empty)) * len(in_month)).astype(np.int64)
    history.list_names(names, empty, in_month[offsets])


def _month(
    market: MarketSpecification,
    history: History,
    names: Names,
    exposed: Exposures,
    when: tuple[int, Ints, Ints],
    paths: tuple[MarketPath, FactorPaths],
    streams: dict[str, np.random.Generator],
) -> Ints:
    """One month; returns the places that are empty at its end."""
    month, days, fresh = when
    returns = month_returns(market, names, exposed, days, paths, streams["specific"])
    deaths, announced, offer_days = deaths_of_month(market, names, exposed, days, fresh, streams["life"])
    pin_to_offers(market, names, returns, days, announced, offer_days, streams["life"])
    prices, payments = pay_dividends(market, names, exposed.ranks, returns, days, month)
    rows = slice(int(days[0]), int(days[-1]) + 1)
    history.prices[rows], history.returns[rows] = prices, returns
    _write_payments(history, names, deaths.where, deaths.last_days, payments)
    for asset, last, paid in zip(names.asset[deaths.where], deaths.last_days, deaths.returns, strict=True):
        history.last_days[asset], history.delisting_returns[int(asset)] = int(last), float(paid)
    names.price = prices[-1].copy()
    names.history = np.column_stack([names.history[:, 1:], np.log1p(returns).sum(axis=0)])
    turn_month(market, names, exposed, streams["month end"])
    turn_payers(market, names, exposed.ranks, streams["payments"])
    return deaths.where


def _write_payments(history: History, names: Names, dying: Ints, last_days: Ints, payments: Payments) -> None:
    asset = names.asset[payments.where]
    first = np.array(history.first_days, dtype=np.int64)[asset]
    last = np.full(len(names.asset), np.iinfo(np.int64).max)
    last[dying] = last_days
    # A dividend of the first day went to the owners before the listing.
    paid = (payments.days > first) & (payments.days <= last[payments.where])
    history.payments.append((asset[paid], payments.days[paid], payments.cash[paid]))


def _write_month(
    history: History, row: int, names: Names, exposed: Exposures, relative: float, rng: np.random.Generator
) -> None:
    history.asset[row] = names.asset
    history.caps[row] = names.price * names.shares
    history.log_book_to_price[row] = log_book_to_price(names)
    history.volumes[row] = average_volumes(names, exposed, relative, rng)
