"""Households of a line or two, for the tests of `optimizer.household`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from optimizer import Account, CashLimit, Costs, Mandate, Securities, TrackingErrorLimit
from optimizer.household import Household, Sleeve
from risk import FactorRisk
from tax import AccountKind, Lots, TaxRates

TODAY = dt.date(2025, 6, 2)
RATES = TaxRates(0.4, 0.2)


def account(
    price: dict[str, float], lots: list[tuple[str, float, float, str]], *, cash: float = 0.0, **rest: Any
) -> Account:
    """Lots are (asset, shares, basis, acquired)."""
    return Account(
        as_of=TODAY,
        cash=cash,
        lots=Lots.build(
            lot_id=[f"L{i}" for i in range(len(lots))],
            asset=[lot[0] for lot in lots],
            shares=[lot[1] for lot in lots],
            basis=[lot[2] for lot in lots],
            acquired=[np.datetime64(lot[3]) for lot in lots],
        ),
        securities=Securities.build(price),
        **rest,
    )


def mandate(benchmark: dict[str, float], *limits: Any, **rest: Any) -> Mandate:
    return Mandate(benchmark, limits, **{"rates": RATES, "costs": Costs(0.0), **rest})


PRICE = dict.fromkeys("ABCDEF", 100.0)
RISK = FactorRisk(tuple("ABCDEF"), ("market",), np.ones((6, 1)), np.array([[0.03]]), np.full(6, 0.04))
LONG_AGO = "2022-01-03"


def graduate_household(**rest: Any) -> Household:
    """C graduated from small (A, B) to mid (D, E and now C), D fell from mid to small; both hold large gains."""
    small = account(PRICE, [("A", 400, 90, LONG_AGO), ("B", 400, 90, LONG_AGO), ("C", 200, 20, LONG_AGO)])
    mid = account(PRICE, [("E", 800, 90, LONG_AGO), ("D", 200, 20, LONG_AGO)])
    tight = (TrackingErrorLimit(0.02), CashLimit(0.0, 0.01))
    return Household(
        (
            Sleeve("small", small, mandate({"A": 0.4, "B": 0.4, "D": 0.2}, *tight)),
            Sleeve("mid", mid, mandate({"E": 0.8, "C": 0.2}, *tight)),
        ),
        **rest,
    )


def wash_household(ira_cash: float, kind: AccountKind = AccountKind.IRA, **rest: Any) -> Household:
    """A taxable sleeve with a loss in A, and an IRA that wants A and has the cash for it."""
    taxable = account(PRICE, [("A", 100, 150, LONG_AGO), ("B", 100, 80, LONG_AGO), ("C", 100, 80, LONG_AGO)], **rest)
    ira = account(PRICE, [("B", 50, 200, LONG_AGO)], cash=ira_cash)
    return Household(
        (
            Sleeve("own", taxable, mandate({"A": 1 / 3, "B": 1 / 3, "C": 1 / 3}, TrackingErrorLimit(0.08))),
            Sleeve("ira", ira, mandate({"A": 0.5, "B": 0.5}, CashLimit(0.0, 1.0), risk_aversion=0.5), kind=kind),
        )
    )
