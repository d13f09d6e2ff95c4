"""An account folder as FORMATS describes it: read whole, checked whole, every fault at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer import Account, Mandate, Restriction
from risk import FactorRisk, simple_returns
from tax import Lots, TradeHistory
from taxsleeve.account_settings import AccountSettings, read_settings
from taxsleeve.account_tables import AccountTables, LotRow, SecurityRow, TradeRow
from taxsleeve.cells import AccountType
from taxsleeve.counting import counted
from taxsleeve.cross_checks import cross_check, traded_here, warn_of_unknown_volumes
from taxsleeve.folder_tables import check_overlap, read_folder_tables, read_risk_source, require_account_folder, unfit
from taxsleeve.risk_choice import ChosenRisk, fitted_risk
from taxsleeve.securities import expected_returns, groups_of, securities_of
from taxsleeve.shelf import FolderShelf
from taxsleeve.tables import Findings, Table
from taxsleeve_errors import InputError, RiskModelError

__all__ = [
    "AccountFolder",
    "assemble_account",
    "check_factors",
    "read_account_folder",
    "warn_of_securities",
]


@dataclass(frozen=True, eq=False)
class AccountFolder:
    """Everything that an account folder says.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    vendor_risk : FactorRisk or None
        The model in risk/, where there is one.
    prices : DataFrame or None
        The price history, where there is one.
    lots_elsewhere : tuple of LotRow
        Lots of other accounts of the household; not traded.
    extra_lot_columns : DataFrame
        Columns of lots.csv that the program does not know, by lot id.
    account_type : {"taxable", "spouse"}
        Whose account it is.
    warnings : tuple of str
    security_rows : tuple of SecurityRow
        Of securities.csv, for the facts that a risk model takes.
    """

    account: Account
    mandate: Mandate
    vendor_risk: FactorRisk | None
    prices: pd.DataFrame | None
    lots_elsewhere: tuple[LotRow, ...]
    extra_lot_columns: pd.DataFrame
    account_type: AccountType = "taxable"
    warnings: tuple[str, ...] = field(default=())
    security_rows: tuple[SecurityRow, ...] = field(default=())

    @cached_property
    def chosen_risk(self) -> ChosenRisk:
        """The vendor's model, or one fitted on the price history (see `fitted_risk`), with its name.

        Raises
        ------
        InputError
            The price history is not enough to fit one.
        """
        if self.vendor_risk is not None:
            return ChosenRisk(self.vendor_risk, "vendor", "read from risk/")
        prices = self._prices()
        try:
            chosen = fitted_risk(prices, self.security_rows)
        except RiskModelError as error:
            raise unfit(error) from error
        check_factors(self.mandate, chosen.risk)
        return chosen

    def risk(self, model: Any = None) -> FactorRisk:
        """Return the risk model: `chosen_risk`, or where there is no vendor's, `model` fitted on the returns.

        Parameters
        ----------
        model : estimator, optional
            With `fit` on returns and then `factor_risk_`, such as `StatisticalRiskModel`.

        Raises
        ------
        InputError
            The price history is not enough to fit one.
        """
        if model is None or self.vendor_risk is not None:
            return self.chosen_risk.risk
        prices = self._prices()
        wanted = [a for a in prices.columns if a in self.account.securities.position]
        try:
            risk: FactorRisk = model.fit(simple_returns(prices[wanted])).factor_risk_
        except RiskModelError as error:
            raise unfit(error) from error
        check_factors(self.mandate, risk)
        return risk

    def _prices(self) -> pd.DataFrame:
        if self.prices is None:
            raise InputError.of("prices.parquet", "a price history where there is no risk/", value="no such file")
        return self.prices


def read_account_folder(
    folder: Path, *, normalize: bool = False, shelf: FolderShelf | None = None, sleeve: bool = False
) -> AccountFolder:
    """Read an account folder.

    Parameters
    ----------
    folder : Path
    normalize : bool
        Scale the benchmark's weights to sum to one, instead of refusing them where they do not.
    shelf : FolderShelf, optional
        What it shares with others; by default what stands beside it.
    sleeve : bool
        Whether it is a sleeve of a household: all its lots are traded, whatever their account's type, and it needs no
        risk source of its own.

    Returns
    -------
    AccountFolder

    Raises
    ------
    InputError
        With every fault of every file.
    """
    require_account_folder(folder)
    findings = Findings()
    settings = read_settings(folder / "account.toml", findings)
    shelf = shelf or FolderShelf(folder.parent)
    as_of, named, model = (settings.as_of, settings.benchmark, settings.risk) if settings else (None, None, None)
    tables = read_folder_tables(folder, named, shelf, findings)
    vendor_risk, prices = read_risk_source(folder, model, as_of, shelf, findings, required=not sleeve)
    return assemble_account(settings, as_of, tables, vendor_risk, prices, findings, normalize=normalize, sleeve=sleeve)


def assemble_account(
    settings: AccountSettings | None,
    as_of: dt.date | None,
    tables: AccountTables,
    vendor_risk: FactorRisk | None,
    prices: pd.DataFrame | None,
    findings: Findings,
    *,
    normalize: bool = False,
    sleeve: bool = False,
) -> AccountFolder:
    """Put together what was read of an account, wherever it stood.

    Raises
    ------
    InputError
        With every fault found so far, and those between the tables.
    """
    weights = cross_check(tables, as_of, findings, normalize=normalize, sleeve=sleeve)
    if findings.faults or settings is None:
        raise InputError(findings.faults)
    warn_of_securities(settings, tables.securities, findings)
    mandate = settings.mandate(weights, expected_returns(tables.securities.rows))
    if vendor_risk is not None:
        check_factors(mandate, vendor_risk)
        check_overlap(vendor_risk, tables.securities)
    extra = tables.lots.extra.set_axis([row.lot_id for row in tables.lots.rows], axis=0)
    here = traded_here(tables.lots.rows, sleeve=sleeve)
    mine = [row for row, traded in zip(tables.lots.rows, here, strict=True) if traded]
    elsewhere = tuple(row for row, traded in zip(tables.lots.rows, here, strict=True) if not traded)
    try:
        account = _account(settings, tables, mine, elsewhere)
    except InputError as error:  # what an account checks that no table can: it is worth something
        raise InputError([replace(fault, file="account.toml") for fault in error.faults]) from None
    whose: AccountType = mine[0].account_type if mine else "taxable"
    warnings, rows = tuple(findings.warnings), tuple(tables.securities.rows)
    return AccountFolder(account, mandate, vendor_risk, prices, elsewhere, extra, whose, warnings, rows)


def warn_of_securities(settings: AccountSettings, securities: Table[SecurityRow], findings: Findings) -> None:
    """Say what limits and costs of these settings do not reach, for want of sectors or volumes."""
    if settings.limits.sector_active is not None and any(not row.sector for row in securities.rows):
        blank = sum(not row.sector for row in securities.rows)
        findings.warnings.append(
            f"{securities.file}: as one sector together count {counted(blank, 'name')} without a sector"
        )
    warn_of_unknown_volumes(settings.limits.liquidity is not None or settings.costs.impact > 0, securities, findings)


def check_factors(mandate: Mandate, risk: FactorRisk) -> None:
    """Refuse a limit on a factor that the model does not have."""
    limited = next((limit for limit in mandate.limits if limit.name == "factor_active"), None)
    if limited is None:
        return
    unknown = [factor for factor in limited.limits if factor not in risk.factors]  # type: ignore[attr-defined]
    if unknown:
        raise InputError.of(
            "account.toml", f"one of {', '.join(risk.factors)}", column="limits.factor_active", value=unknown[0]
        )


def _account(
    settings: AccountSettings, tables: AccountTables, mine: list[LotRow], elsewhere: tuple[LotRow, ...]
) -> Account:
    securities = tables.securities.rows
    bought_elsewhere = [
        TradeRow(
            date=row.acquired,
            side="BUY",
            asset=row.asset,
            shares=row.shares,
            price=row.cost_per_share,
            account=row.account,
            account_type=row.account_type,
        )
        for row in elsewhere
    ]
    group = groups_of(securities)
    return Account(
        as_of=settings.as_of,
        cash=settings.cash,
        cash_flow=settings.cash_flow,
        lots=_lots(mine, group),
        securities=securities_of(securities),
        trades=_trade_history([*tables.trades.rows, *bought_elsewhere], group),
        restrictions=[Restriction(row.asset, row.rule, row.until, row.reason) for row in tables.restrictions.rows],
    )


def _lots(rows: list[LotRow], group: dict[str, str]) -> Lots:
    return Lots.build(
        lot_id=[row.lot_id for row in rows],
        asset=[row.asset for row in rows],
        group=[group[row.asset] for row in rows],
        account=[row.account for row in rows],
        shares=[row.shares for row in rows],
        basis=[row.cost_per_share for row in rows],
        acquired=[row.acquired for row in rows],
        holding_start=[row.holding_start or row.acquired for row in rows],
    )


def _trade_history(rows: list[TradeRow], group: dict[str, str]) -> TradeHistory:
    return TradeHistory.build(
        date=[row.date for row in rows],
        side=[row.side for row in rows],
        asset=[row.asset for row in rows],
        group=[row.group or group.get(row.asset, row.asset) for row in rows],
        shares=[row.shares for row in rows],
        realized_gain=[np.nan if row.realized_gain is None else row.realized_gain for row in rows],
        account=[row.account for row in rows],
        account_type=[row.account_type for row in rows],
    )
