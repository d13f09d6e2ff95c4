"""Lots that are about to become long-term, and what waiting is worth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.mandate import Mandate
from optimizer.rebalance import Rebalance
from tax import LossUse, long_term_from, rates_of

__all__ = ["turning_long_term"]

_COLUMNS = ["asset", "lot_id", "long_term_from", "days", "shares", "gain", "tax_now", "tax_then", "waiting_saves"]


def turning_long_term(result: Rebalance, days: int = 60) -> pd.DataFrame:
    """List lots still held after the trades that become long-term within some days.

    Parameters
    ----------
    result : Rebalance
    days : int

    Returns
    -------
    DataFrame
        `asset`, `lot_id`; `long_term_from` (first day on which a sale is long-term) and `days` until then; `shares`
        left after trading; `gain` in dollars at today's price, negative for a loss; `tax_now` and `tax_then` on
        selling it at that price as a short-term or a long-term one, negative where tax is saved; `waiting_saves`,
        the difference: more than zero says wait, less says that a loss loses that much by waiting. Soonest first.
    """
    lots, account = result.account.lots, result.account
    sold = result.trades[result.trades["side"] == "SELL"].set_index("lot_id")["shares"]
    shares = lots.shares - sold.reindex(lots.lot_id.tolist(), fill_value=0.0).to_numpy(dtype=float)
    turns = long_term_from(lots.holding_start)
    left = (turns - np.datetime64(account.as_of, "D")).astype(int)
    chosen = np.flatnonzero((left > 0) & (left <= days) & (shares > 1e-9 * lots.shares))
    price = account.securities.price[account.lot_position]
    gain = shares * (price - lots.basis)
    now, then = (_rates(result.mandate, gain < 0, long_term=long) * gain for long in (False, True))
    table = pd.DataFrame(
        {
            "asset": lots.asset[chosen],
            "lot_id": lots.lot_id[chosen],
            "long_term_from": [day.isoformat() for day in turns[chosen].tolist()],
            "days": left[chosen],
            "shares": shares[chosen],
            "gain": gain[chosen],
            "tax_now": now[chosen],
            "tax_then": then[chosen],
            "waiting_saves": (now - then)[chosen],
        }
    )
    return table.sort_values(["days", "asset", "lot_id"], kind="stable")[_COLUMNS].reset_index(drop=True)


def _rates(mandate: Mandate, is_loss: np.ndarray, *, long_term: bool) -> np.ndarray:
    # Under netting no loss has a rate of its own; what its term is worth by itself is the nearest thing to one.
    losses = LossUse.UNLIMITED if mandate.losses is LossUse.NETTING else mandate.losses
    return rates_of(mandate.rates, losses, long_term=np.full(is_loss.shape, long_term), is_loss=is_loss)
