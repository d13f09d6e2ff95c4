"""A sleeve as transfers and trades leave it, measured against how it stood before both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.household.household import Sleeve
from optimizer.outcome import Outcome
from risk import FactorRisk

__all__ = ["MovedOutcome", "moved_outcome"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MovedOutcome(Outcome):
    """An outcome in which shares and cash also came and went in kind; `before` is before the transfers.

    Parameters
    ----------
    moved : DataFrame
        Columns asset, shares, cash: what the sleeve received, negative for what it gave.
    """

    moved: pd.DataFrame

    def _also_named(self) -> NDArray[np.intp]:
        """Where names stand that are in it whether held, in the benchmark, or neither: those moved too."""
        position = self.account.securities.position
        moved = [position[asset] for asset in self.moved["asset"] if asset]
        return np.concatenate([super()._also_named(), np.array(moved, dtype=np.intp)])

    @cached_property
    def shares_after(self) -> Floats:
        """Shares held of each name after transfers and trades, shape (N,)."""
        place = {asset: i for i, asset in enumerate(self.assets)}
        after = self.shares_before.copy()
        signed = np.where(self.trades["side"] == "BUY", 1.0, -1.0) * self.trades["shares"].to_numpy(dtype=float)
        for asset, shares in zip(self.trades["asset"], signed.tolist(), strict=True):
            after[place[asset]] += shares
        for asset, shares in zip(self.moved["asset"], self.moved["shares"].tolist(), strict=True):
            if asset:
                after[place[asset]] += shares
        after[np.abs(after) < 1e-9 * np.maximum(self.shares_before, 1.0)] = 0.0
        return after

    @cached_property
    def cash_after(self) -> float:
        """Dollars of cash once every trade and transfer is settled and every cost paid."""
        cash = self.account.cash + self.account.cash_flow + float(self.moved["cash"].sum())
        return float(cash + self.sold.sum() - self.bought.sum() - self.cost)


def moved_outcome(sleeve: Sleeve, risk: FactorRisk, trades: pd.DataFrame, transfers: pd.DataFrame) -> MovedOutcome:
    """Work out what trades and transfers make of a sleeve.

    Parameters
    ----------
    sleeve : Sleeve
        Before the transfers.
    risk : FactorRisk
    trades : DataFrame
        Of the sleeve.
    transfers : DataFrame
        Of the household (`TRANSFER_COLUMNS`); rows that do not name the sleeve are left out.
    """
    parts = []
    for column, sign in (("to_sleeve", 1.0), ("from_sleeve", -1.0)):
        rows = transfers[transfers[column] == sleeve.name]
        is_lot = (rows["kind"] == "lot").to_numpy(dtype=bool)
        parts.append(
            pd.DataFrame(
                {
                    "asset": np.where(is_lot, rows["asset"].astype(str), ""),
                    "shares": np.where(is_lot, sign * rows["shares"].to_numpy(dtype=float), 0.0),
                    "cash": np.where(is_lot, 0.0, sign * rows["amount"].to_numpy(dtype=float)),
                }
            )
        )
    moved = pd.concat(parts, ignore_index=True)
    account = sleeve.account
    moved = moved[(moved["asset"] == "") | moved["asset"].isin(account.securities.asset)]
    known = trades[trades["asset"].isin(account.securities.asset)]
    return MovedOutcome(account, sleeve.mandate.benchmark, sleeve.mandate.costs, risk, known, moved)
