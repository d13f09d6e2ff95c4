"""What the ledger disallows of one day's sales: the open lots bought again in it, and the sales made in it.

Exact, and without `tax.batch_washes`, so that a check made with one finds an error in the other.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from tax.accounts import Account
from tax.events import Buy, Sell
from tax.ledger import Ledger
from tax.lot_relief import SpecificIdentification
from tax.lots import Lots

__all__ = ["replayed_washes"]

_WINDOW = 30


def replayed_washes(
    lots: Lots, as_of: dt.date, *, sold: Mapping[str, float], price: Mapping[str, float]
) -> dict[str, float]:
    """Sell lots in a ledger and read what it disallows.

    Parameters
    ----------
    lots : Lots
        Open before the sales.
    as_of : date
        Trade date.
    sold : mapping of str to float
        Shares by lot id; no more than the lot has, but for binary dust.
    price : mapping of str to float
        Dollars a share, net of cost, by asset.

    Returns
    -------
    dict of str to float
        Dollars of loss disallowed by lot id; lots of groups that were not bought of late are left out.
    """
    ledger, account = Ledger(), Account("the account")
    groups = _concerned(lots, as_of, sold)
    for i in np.argsort(lots.acquired, kind="stable"):
        if str(lots.group[i]) in groups and lots.acquired[i].item() <= as_of:
            ledger.apply(
                Buy(
                    date=lots.acquired[i].item(),
                    event_id=str(lots.lot_id[i]),
                    symbol=str(lots.asset[i]),
                    group=str(lots.group[i]),
                    account=account,
                    shares=float(lots.shares[i]),
                    price=float(lots.basis[i]),
                )
            )
    for i in range(len(lots)):
        lot_id = str(lots.lot_id[i])
        shares = min(sold.get(lot_id, 0.0), float(lots.shares[i]))
        if str(lots.group[i]) in groups and shares > 0 and lots.acquired[i].item() <= as_of:
            ledger.apply(
                Sell(
                    date=as_of,
                    event_id=f"sale of {lot_id}",
                    symbol=str(lots.asset[i]),
                    account=account,
                    shares=shares,
                    price=price[str(lots.asset[i])],
                    relief=SpecificIdentification(((lot_id, shares),)),
                )
            )
    disallowed: dict[str, float] = defaultdict(float)
    for sale in ledger.statement().sales:
        disallowed[sale.lot_id] += float(sale.disallowed)
    return dict(disallowed)


def _concerned(lots: Lots, as_of: dt.date, sold: Mapping[str, float]) -> set[str]:
    """Groups of which something is sold and something was bought in the 30 days before."""
    selling = {str(lots.group[i]) for i in range(len(lots)) if str(lots.lot_id[i]) in sold}
    age = [(as_of - day.item()).days for day in lots.acquired]
    return selling & {str(lots.group[i]) for i in range(len(lots)) if 0 <= age[i] <= _WINDOW}
