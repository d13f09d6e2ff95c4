"""An account folder and a trade list as the auditor reads them: tables and numbers, nothing of the optimizer's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from audit import AuditedAccount, AuditedMandate, NameRule, OpenLot, PastTrade, Security
from risk import FactorRisk
from taxsleeve.account_tables import AccountTables, LotRow, SecurityRow, TradeRow
from taxsleeve.audit_settings import AuditSettings, read_audit_settings
from taxsleeve.cross_checks import cross_check, traded_here
from taxsleeve.folder_tables import check_overlap, read_folder_tables, read_risk_source, require_account_folder, unfit
from taxsleeve.risk_choice import fitted_risk
from taxsleeve.shelf import FolderShelf
from taxsleeve.tables import Findings
from taxsleeve_errors import InputError, RiskModelError

__all__ = ["AuditedFolder", "audited_account", "check_factors", "read_audited_folder", "risk_of"]


@dataclass(frozen=True, eq=False)
class AuditedFolder:
    """What an account folder says, for an audit; `risk_model` is "vendor", "fundamental" or "statistical"."""

    account: AuditedAccount
    mandate: AuditedMandate
    risk: FactorRisk
    risk_model: str
    warnings: tuple[str, ...]


def read_audited_folder(folder: Path, *, normalize: bool = False) -> AuditedFolder:
    """Read an account folder.

    Parameters
    ----------
    folder : Path
    normalize : bool
        Scale the benchmark's weights to sum to one.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    require_account_folder(folder)
    findings, shelf = Findings(), FolderShelf(folder.parent)
    settings = read_audit_settings(folder / "account.toml", findings)
    named, as_of = (None, None) if settings is None else (settings.benchmark, settings.as_of)
    tables = read_folder_tables(folder, named, shelf, findings)
    weights = cross_check(tables, as_of, findings, normalize=normalize)
    source = read_risk_source(folder, None if settings is None else settings.risk, as_of, shelf, findings)
    if findings.faults or settings is None:
        raise InputError(findings.faults)
    risk, model = risk_of(*source, tables.securities.rows)
    mandate = settings.mandate()
    check_factors(mandate, risk)
    check_overlap(risk, tables.securities)
    return AuditedFolder(audited_account(settings, tables, weights), mandate, risk, model, tuple(findings.warnings))


def risk_of(
    vendor: FactorRisk | None, prices: pd.DataFrame | None, securities: list[SecurityRow]
) -> tuple[FactorRisk, str]:
    """Return the model that is given, or the one that the price history is given, and its kind.

    Raises
    ------
    InputError
        No model can be fitted on the history.
    """
    if vendor is not None:
        return vendor, "vendor"
    assert prices is not None, "one of them is there where no fault was found"  # noqa: S101
    try:
        chosen = fitted_risk(prices, securities)
    except RiskModelError as error:
        raise unfit(error) from error
    return chosen.risk, chosen.model


def check_factors(mandate: AuditedMandate, risk: FactorRisk, file: str = "account.toml") -> None:
    """Refuse a limit on a factor that the model does not have."""
    unknown = [factor for factor in mandate.factor_active if factor not in risk.factors]
    if unknown:
        expected = f"one of {', '.join(risk.factors)}"
        raise InputError.of(file, expected, column="limits.factor_active", value=unknown[0])


def audited_account(
    settings: AuditSettings, tables: AccountTables, weights: Mapping[str, float], *, sleeve: bool = False
) -> AuditedAccount:
    """Put an account together from what was read of it; of a sleeve all lots are its own.

    Raises
    ------
    InputError
        It is worth nothing.
    """
    group = {row.asset: row.group or row.asset for row in tables.securities.rows}
    here = traded_here(tables.lots.rows, sleeve=sleeve)
    lots = [(_lot(row), mine) for row, mine in zip(tables.lots.rows, here, strict=True)]
    return AuditedAccount(
        as_of=settings.as_of,
        cash=settings.cash,
        cash_flow=settings.cash_flow,
        lots=tuple(lot for lot, mine in lots if mine),
        elsewhere=tuple(lot for lot, mine in lots if not mine),
        securities={row.asset: _security(row) for row in tables.securities.rows},
        benchmark=weights,
        past=tuple(_past(row, group) for row in tables.trades.rows),
        rules=tuple(NameRule(row.asset, row.rule, row.until) for row in tables.restrictions.rows),
    )


def _lot(row: LotRow) -> OpenLot:
    start = row.holding_start or row.acquired
    return OpenLot(
        row.lot_id, row.asset, row.shares, row.cost_per_share, row.acquired, start, row.account, row.account_type
    )


def _security(row: SecurityRow) -> Security:
    return Security(row.asset, row.price, row.sector, row.group or row.asset, row.spread_bps, row.adv)


def _past(row: TradeRow, group: Mapping[str, str]) -> PastTrade:
    return PastTrade(
        date=row.date,
        side=row.side,
        asset=row.asset,
        group=row.group or group.get(row.asset, row.asset),
        shares=row.shares,
        price=row.price,
        gain=row.realized_gain,
        account=row.account,
        account_type=row.account_type,
    )
