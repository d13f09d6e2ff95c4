"""Example accounts as the optimizer reads them and as the independent auditor does, and what a trade list saved."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from audit import AuditedMandate, audit_trades
from bench.optimizer_accounts import Case, case_of
from optimizer import Account, Limit, Mandate
from risk import FactorRisk
from tax import TaxRates
from taxsleeve.account_folder import read_account_folder
from taxsleeve.audit_files import AuditedFolder, read_audited_folder
from taxsleeve.example_account import write_example

__all__ = ["Judged", "JudgedAccount", "judged_account", "trade_table"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """What the auditor found of a trade list; amounts over NAV.

    Parameters
    ----------
    saved : float
        Tax saved by losses that count, less tax on gains and trading costs.
    losses, gains, disallowed : float
    tracking_error, turnover, cash : float
        After trading; cash is what is left idle.
    faults : mapping of str to int
        Number of faults by the auditor's code.
    """

    saved: float
    losses: float
    gains: float
    disallowed: float
    tracking_error: float
    turnover: float
    cash: float
    faults: Counter[str]


@dataclass(frozen=True, eq=False)
class JudgedAccount:
    """One account read twice, by code that has nothing in common."""

    names: int
    seed: int
    account: Account
    mandate: Mandate
    risk: FactorRisk
    audited: AuditedFolder

    def case(self, limits: list[Limit]) -> Case:
        """State the rebalance under these limits, in fractions of shares and without a price of risk."""
        mandate = dataclasses.replace(
            self.mandate, limits=limits, min_trade=0.0, risk_aversion=0.0, fractional=True, names=None
        )
        return case_of(f"{self.names} names, example {self.seed}", self.account, mandate, self.risk)

    def judge(self, trades: pd.DataFrame, limits: dict[str, float], cash: tuple[float, float]) -> Judged:
        """Audit a trade list under these limits."""
        own = self.audited
        spread = own.mandate.spread_bps
        mandate = AuditedMandate(limits=limits, cash=cash, spread_bps=spread, fractional=True)
        audit = audit_trades(own.account, mandate, own.risk, trades)
        after, nav, rates = audit.after, own.account.nav, self.mandate.rates
        return Judged(
            saved=(sum(-_rate(rates, s.is_long) * s.allowed for s in after.sales) - after.cost) / nav,
            losses=sum(max(-s.gain, 0.0) for s in after.sales) / nav,
            gains=sum(max(s.gain, 0.0) for s in after.sales) / nav,
            disallowed=sum(s.disallowed for s in after.sales) / nav,
            tracking_error=next(r.value for r in audit.readings if r.name == "tracking_error"),
            turnover=after.turnover,
            cash=after.cash / nav,
            faults=Counter(finding.code for finding in audit.faults),
        )


def judged_account(names: int, *, seed: int, lots: int = 5) -> JudgedAccount:
    """Write an example account to a temporary folder and read it both ways."""
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "account"
        write_example(folder, names=names, lots=lots, seed=seed)
        read = read_account_folder(folder)
        audited = read_audited_folder(folder)
        return JudgedAccount(names, seed, read.account, read.mandate, read.risk(), audited)


def trade_table(case: Case, sell: Floats, buy: Floats) -> pd.DataFrame:
    """Write trades in fractions of NAV, shapes (L,) and (N,), as a trade list."""
    p, lots, nav = case.problem, case.account.lots, case.account.nav
    price = p.price[p.lot_asset]
    rows: list[dict[str, object]] = []
    for lot in np.flatnonzero(sell * nav > 1e-6):
        shares = min(float(sell[lot] * nav / price[lot]), float(lots.shares[lot]))
        asset = p.assets[p.lot_asset[lot]]
        rows.append({"asset": asset, "side": "SELL", "lot_id": str(lots.lot_id[lot]), "shares": shares,
                     "price": float(price[lot])})  # fmt: skip
    for name in np.flatnonzero(buy * nav > 1e-6):
        shares = float(buy[name] * nav / p.price[name])
        rows.append({"asset": p.assets[name], "side": "BUY", "lot_id": "", "shares": shares,
                     "price": float(p.price[name])})  # fmt: skip
    return pd.DataFrame(rows, columns=["asset", "side", "lot_id", "shares", "price"])


def _rate(rates: TaxRates, is_long: bool) -> float:
    return rates.long_term if is_long else rates.short_term
