"""An account folder and a trade list as the auditor reads them: tables and numbers, nothing of the optimizer's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit import AuditedAccount, AuditedMandate, NameRule, OpenLot, PastTrade, Security
from risk import FactorRisk
from taxsleeve.account_tables import BenchmarkRow, LotRow, RestrictionRow, SecurityRow, TradeRow
from taxsleeve.audit_settings import AuditSettings, read_audit_settings
from taxsleeve.cross_checks import cross_check, traded_here
from taxsleeve.price_file import read_prices
from taxsleeve.risk_choice import fitted_risk
from taxsleeve.shelf import FolderShelf, has_table
from taxsleeve.tables import Findings, Table, find_table, no_rows, read_table
from taxsleeve.vendor_risk import read_vendor_risk
from taxsleeve_errors import InputError, RiskModelError

__all__ = ["AuditedFolder", "read_audited_folder"]


@dataclass(frozen=True, eq=False)
class AuditedFolder:
    """What an account folder says, for an audit; `risk_model` is "vendor", "fundamental" or "statistical"."""

    account: AuditedAccount
    mandate: AuditedMandate
    risk: FactorRisk
    risk_model: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Tables:
    lots: Table[LotRow]
    benchmark: Table[BenchmarkRow]
    securities: Table[SecurityRow]
    trades: Table[TradeRow]
    restrictions: Table[RestrictionRow]


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
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no such folder"
        raise InputError.of(str(folder), "an account folder", value=what)
    findings, shelf = Findings(), FolderShelf(folder.parent)
    settings = read_audit_settings(folder / "account.toml", findings)
    tables = _read_tables(folder, settings, shelf, findings)
    as_of = None if settings is None else settings.as_of
    weights = cross_check(
        tables.lots,
        tables.benchmark,
        tables.securities,
        tables.trades,
        tables.restrictions,
        as_of,
        findings,
        normalize=normalize,
    )
    if findings.faults or settings is None:
        raise InputError(findings.faults)
    risk, model = _risk(folder, settings, tables.securities.rows, shelf, findings)
    mandate = settings.mandate()
    _check_risk(mandate, risk, tables.securities.rows)
    return AuditedFolder(_account(settings, tables, weights), mandate, risk, model, tuple(findings.warnings))


def _read_tables(folder: Path, settings: AuditSettings | None, shelf: FolderShelf, findings: Findings) -> _Tables:
    def read(stem: str, model: type[Any], *, required: bool = True) -> Table[Any]:
        path = find_table(folder, stem, findings, required=required)
        return no_rows(f"{stem}.csv") if path is None else read_table(path, model, findings)

    named = None if settings is None else settings.benchmark
    shared = {stem for stem in ("benchmark", "securities") if named is not None and not has_table(folder, stem)}
    return _Tables(
        lots=read("lots", LotRow),
        benchmark=shelf.benchmark(str(named)).noted(findings)
        if "benchmark" in shared
        else read("benchmark", BenchmarkRow),
        securities=shelf.securities().noted(findings) if "securities" in shared else read("securities", SecurityRow),
        trades=read("trades", TradeRow, required=False),
        restrictions=read("restrictions", RestrictionRow, required=False),
    )


def _risk(
    folder: Path, settings: AuditSettings, securities: list[SecurityRow], shelf: FolderShelf, findings: Findings
) -> tuple[FactorRisk, str]:
    """The vendor's model, the shared one, or the one that the price history is given."""
    risk, model = None, "vendor"
    if (folder / "risk").is_dir():
        risk = read_vendor_risk(folder / "risk", settings.as_of, findings)
    elif settings.risk is not None and not has_table(folder, "prices"):
        risk = shelf.risk(settings.risk).noted(findings)
    else:
        path = find_table(folder, "prices", findings, required=True)
        prices = None if path is None else read_prices(path, settings.as_of, findings)
        if prices is not None and not findings.faults:
            try:
                chosen = fitted_risk(prices, securities)
            except RiskModelError as error:
                expected = "a history that a risk model can be fitted on"
                raise InputError.of("prices.parquet", expected, value=error) from error
            risk, model = chosen.risk, chosen.model
    if risk is None or findings.faults:
        raise InputError(findings.faults)
    return risk, model


def _check_risk(mandate: AuditedMandate, risk: FactorRisk, securities: list[SecurityRow]) -> None:
    """Refuse a model without a factor that is limited, or that rates nothing: its tracking error would read as zero."""
    unknown = [factor for factor in mandate.factor_active if factor not in risk.factors]
    if unknown:
        expected = f"one of {', '.join(risk.factors)}"
        raise InputError.of("account.toml", expected, column="limits.factor_active", value=unknown[0])
    if not any(row.asset in risk for row in securities):
        raise InputError.of("risk", "a model of assets that securities.csv has", value=", ".join(risk.assets[:3]))


def _account(settings: AuditSettings, tables: _Tables, weights: Mapping[str, float]) -> AuditedAccount:
    group = {row.asset: row.group or row.asset for row in tables.securities.rows}
    here = traded_here(tables.lots.rows)
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
