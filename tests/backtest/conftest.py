"""Small markets whose every figure can be worked out by hand."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, CapSegment, Market, Sleeve, SleeveIndex, sleeve_index
from backtest.simulated.simulated_market import SimulatedMarket
from backtest.vintage import FittedRisk, VintageResult, statistical
from risk import StatisticalRiskModel
from risk.evaluate import History
from tax import Account, Buy, Event, Ledger, Sell, SpecificIdentification, Statement

# Strategies of `study_parts` are sent to other processes, which import them by this path too.
sys.path.append(str(Path(__file__).parent))

DAYS = pd.bdate_range("2019-12-02", "2021-03-31", name="date")


def make_market(names: int = 6, days: pd.DatetimeIndex = DAYS, seed: int = 0, **changes: Any) -> Market:
    """Make a market of `names` stocks with random prices; capitalisation at each month's end follows the price."""
    rng = np.random.default_rng(seed)
    assets = [f"N{i:03d}" for i in range(names)]
    returns = 0.0003 + 0.015 * rng.standard_normal((len(days), names))
    prices = pd.DataFrame(50 * np.cumprod(1 + returns, axis=0), index=days, columns=assets)
    shares = np.exp(rng.standard_normal(names)) * 1e7
    tables: dict[str, Any] = {
        "name": "Made up",
        "prices": prices,
        "returns": prices.pct_change(),
        "caps": (prices * shares).groupby(days.to_period("M")).tail(1),
        "securities": pd.DataFrame({"name": assets, "sector": "Energy", "group": assets}, index=assets),
    }
    return Market(**{**tables, **changes})


@pytest.fixture(scope="session")
def market_of() -> Callable[..., Market]:
    """Make a small market; keywords replace its tables."""
    return make_market


def replay(result: VintageResult, actions: Sequence[Event] = ()) -> Statement:
    """Give every trade of a vintage, and its opening lots, to the exact ledger; actions come before trades of a day."""
    ledger, account = Ledger(), Account("A")
    lots, waiting = result.settings.lots, sorted(actions, key=lambda action: action.date)
    for i in () if lots is None else np.argsort(lots.acquired, kind="stable").tolist():
        facts = {"symbol": str(lots.asset[i]), "account": account, "group": str(lots.group[i])}
        day = lots.acquired[i].astype(object)
        ledger.apply(Buy(event_id=str(lots.lot_id[i]), date=day, shares=lots.shares[i], price=lots.basis[i], **facts))
    trades = result.trades[result.trades["side"] != "MERGER"]
    for (day, side, asset), rows in trades.groupby(["date", "side", "asset"], sort=False):
        while waiting and waiting[0].date <= day.date():
            action = waiting.pop(0)
            if any(lot.symbol == action.symbol for lot in ledger.statement().lots):
                ledger.apply(action)
        shares = [Fraction(repr(x)) for x in rows["shares"]]
        facts = {"date": day.date(), "symbol": asset, "account": account, "group": rows["group"].iloc[0]}
        price = rows["price"].iloc[0]
        if side == "BUY":
            ledger.apply(Buy(event_id=rows["lot_id"].iloc[0], shares=shares[0], price=price, **facts))
        else:
            # Lots that a spin-off made keep the id of the lot they came from.
            names = [lot.split("/")[0] for lot in rows["lot_id"]]
            relief = SpecificIdentification(tuple(zip(names, shares, strict=True)))
            ledger.apply(Sell(event_id=f"S{day}{asset}", shares=sum(shares), price=price, relief=relief, **facts))
    return ledger.statement()


@pytest.fixture(scope="session")
def replayed() -> Callable[..., Statement]:
    """Replay a vintage in the exact ledger."""
    return replay


def agreed(result: VintageResult, actions: Sequence[Event] = ()) -> Statement:
    """Replay a vintage, and hold its gains to the exact ledger's: of each term to the cent, and none washed."""
    statement, months = replay(result, actions), result.months
    assert not statement.wash_sales
    gains = {True: 0.0, False: 0.0}
    for sale in statement.sales:
        gains[sale.is_long_term] += float(sale.gain)
    assert gains[False] == pytest.approx((months["loss_short"] + months["gain_short"]).sum(), abs=0.01)
    assert gains[True] == pytest.approx((months["loss_long"] + months["gain_long"]).sum(), abs=0.01)
    return statement


@pytest.fixture(scope="session")
def ledger_agrees() -> Callable[..., Statement]:
    """Hold a vintage to the exact ledger."""
    return agreed


@pytest.fixture(scope="session")
def market() -> Market:
    """A simulated market of 80 names and three years."""
    return SimulatedMarket(names=80, years=3, start=dt.date(2014, 1, 1), seed=5).simulate()


@pytest.fixture(scope="session")
def index(market: Market) -> SleeveIndex:
    """Its 60 largest names."""
    return sleeve_index(market, Sleeve("broad", CapSegment(CapBands(("broad",), (60,), (0.2,)), ("broad",))))


def risk_of(market: Market) -> FittedRisk:
    """Fit small models on the trailing year."""
    history = History(market.returns.iloc[1:], market.caps, market.securities["sector"])
    return FittedRisk(history, statistical(StatisticalRiskModel(n_factors=5)), days=252)


@pytest.fixture(scope="session")
def fitted_on() -> Callable[[Market], FittedRisk]:
    """Fit risk models on another market."""
    return risk_of


@pytest.fixture(scope="session")
def risk(market: Market) -> FittedRisk:
    """Risk models of the simulated market."""
    return risk_of(market)
