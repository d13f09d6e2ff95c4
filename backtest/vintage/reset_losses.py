"""Without the wash-sale rule a loss costs only a round trip: taken and bought straight back, its basis is the price."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from backtest.vintage.allocation import in_turn
from backtest.vintage.holdings import in_shares
from backtest.vintage.strategy import Decision, Situation
from optimizer import Account, LossPerNameLimit, Mandate
from optimizer.harvest import credited_lots
from tax import Lots, TradeHistory, rates_of, wash_locks

__all__ = ["Reset", "reset_losses"]

Floats = NDArray[np.float64]
# A lot of which a hair is left goes whole.
_WHOLE = 1e-6


@dataclass(frozen=True, eq=False)
class Reset:
    """A situation in which losses have been taken and bought back.

    Parameters
    ----------
    situation : Situation
        Its lots are what is left of the old ones, then those bought back, less the cash that the round trips cost.
    back : array (L,)
        Shares of each lot that were sold and bought back.
    kept : array of int
        Lots of which something is left, in the order in which they come first.
    lot_row : array of int (L,)
        Security of each lot.
    """

    situation: Situation
    back: Floats
    kept: NDArray[np.intp]
    lot_row: NDArray[np.intp]

    def undone(self, decision: Decision) -> Decision:
        """Say in trades of the situation as it was what was decided in this one.

        What is sold of a lot that was bought back was not bought back.
        """
        sell, again = self.back.copy(), self.back.copy()
        sell[self.kept] += decision.sell[: len(self.kept)]
        again[self.back > 0] -= decision.sell[len(self.kept) :]
        rebought = np.bincount(self.lot_row, weights=np.maximum(again, 0.0), minlength=len(decision.buy))
        return replace(decision, sell=sell, buy=in_shares(decision.buy + rebought))


def reset_losses(situation: Situation, mandate: Mandate) -> Reset:
    """Take the losses worth their round trip, as far as the limit on the loss of a name allows."""
    account, settings = situation.account, situation.settings
    lots, row, price = account.lots, account.lot_position, account.securities.price
    each = price[row]
    loss = np.maximum(lots.basis - each, 0.0)
    long_term = lots.long_term(account.as_of)
    rate = rates_of(settings.rates, settings.losses, long_term=long_term, is_loss=np.full(len(lots), True))
    trip = 2 * settings.costs.rates(account.securities.spread_bps)[row] * each
    counted = credited_lots(mandate, 1 - lots.basis / each, lots.shares * each)
    worth = counted & ((rate - mandate.later_rate) * loss > trip) & situation.tradable[row]
    whole = np.where(worth, loss * lots.shares, 0.0)
    caps = [limit.limit for limit in mandate.limits if isinstance(limit, LossPerNameLimit)]
    taken = in_turn(row, -loss, whole, np.full(len(price), min([np.inf, *caps]) * account.nav))
    part = np.divide(taken, whole, out=np.zeros(len(lots)), where=whole > 0)
    back = np.where(part > 1 - _WHOLE, lots.shares, in_shares(part * lots.shares))
    kept = np.flatnonzero(back < lots.shares)
    changed = replace(
        account,
        lots=_split(account, back, kept),
        cash=account.cash - float(back @ trip),
        trades=_barred(account, np.unique(row[back > 0])) if caps else account.trades,
    )
    locks = wash_locks(changed.trades, changed.lots, changed.as_of)
    return Reset(replace(situation, account=changed, locks=locks), back, kept, row)


def _split(account: Account, back: Floats, kept: NDArray[np.intp]) -> Lots:
    """What is left of the lots, and what was bought back: at the price, of today, though no window sees that."""
    lots = account.lots
    left = replace(lots.take(kept), shares=lots.shares[kept] - back[kept])
    again = lots.take(back > 0)
    bought = Lots(
        lot_id=np.char.add(again.lot_id, "/back"),
        asset=again.asset,
        group=again.group,
        account=again.account,
        shares=back[back > 0],
        basis=account.securities.price[account.lot_position[back > 0]],
        acquired=again.acquired,
        holding_start=np.full(len(again), np.datetime64(account.as_of, "D")),
    )
    names = [field.name for field in fields(Lots)]
    return Lots(**{name: np.concatenate([getattr(left, name), getattr(bought, name)]) for name in names})


def _barred(account: Account, rows: NDArray[np.intp]) -> TradeHistory:
    """Say that these were bought today, so that nothing more of them goes at a loss: their limit is used."""
    assets = [account.securities.asset[i] for i in rows.tolist()]
    return TradeHistory.build(
        date=[account.as_of] * len(rows),
        side=["BUY"] * len(rows),
        asset=assets,
        group=[account.securities.group[i] for i in rows.tolist()],
        shares=[1.0] * len(rows),
    )
