"""Checks that need more than one row or more than one table of an account folder."""

from __future__ import annotations

import datetime as dt

from tax import WASH_DAYS
from taxsleeve.account_tables import AccountTables, BenchmarkRow, LotRow, SecurityRow, TradeRow
from taxsleeve.counting import counted
from taxsleeve.tables import Findings, Table

__all__ = ["cross_check", "traded_here", "warn_of_unknown_volumes"]

_SUM_TOLERANCE = 1e-6
_EARLIEST = dt.date(1900, 1, 1)


def cross_check(
    tables: AccountTables, as_of: dt.date | None, findings: Findings, *, normalize: bool, sleeve: bool = False
) -> dict[str, float]:
    """Note every fault between the tables, and return the benchmark's weights (scaled where `normalize`)."""
    lots, benchmark, securities = tables.lots, tables.benchmark, tables.securities
    trades, restrictions = tables.trades, tables.restrictions
    _check_not_empty(benchmark, findings)
    _check_not_empty(securities, findings)
    _check_once(securities.file, [(line, row.asset) for line, row in securities], "asset", findings)
    _check_once(benchmark.file, [(line, row.asset) for line, row in benchmark], "asset", findings)
    _check_once(lots.file, [(line, row.lot_id) for line, row in lots], "lot_id", findings)
    _check_dates(lots, trades, as_of, findings)
    _check_one_account(lots, findings, sleeve=sleeve)
    # A row with another fault has been named already; its asset is not missing as well.
    priced = {row.asset for row in securities.rows} | {str(row.get("asset")) for row in securities.refused}
    if priced:
        used = [(lots.file, line, row.asset) for line, row in lots]
        used += [(benchmark.file, line, row.asset) for line, row in benchmark]
        for file, line, asset in used:
            if asset not in priced:
                findings.fault(
                    file, f"an asset with a price in {securities.file}", row=line, column="asset", value=asset
                )
    strangers = sorted({row.asset for row in restrictions.rows} - priced)
    if strangers:
        findings.warnings.append(f"{restrictions.file}: not held, not in the benchmark: {', '.join(strangers)}")
    _warn_of_unknown_groups(trades, priced, as_of, findings)
    return _weights(benchmark, findings, normalize=normalize)


def _warn_of_unknown_groups(
    trades: Table[TradeRow], priced: set[str], as_of: dt.date | None, findings: Findings
) -> None:
    """A sister class that securities.csv does not list would make a wash sale that nobody sees."""
    recent = [row for row in trades.rows if as_of is not None and (as_of - row.date).days <= WASH_DAYS]
    unknown = sorted({row.asset for row in recent if row.asset not in priced and row.group is None})
    if unknown:
        findings.warnings.append(
            f"{trades.file}: traded in the last {WASH_DAYS} days and not in securities.csv, so taken to be "
            f"substantially identical to nothing else (a column group says otherwise): {', '.join(unknown)}"
        )


def warn_of_unknown_volumes(needed: bool, securities: Table[SecurityRow], findings: Findings) -> None:
    """Say which names a liquidity limit or a market impact does not reach, because no daily volume is given."""
    unknown = [row.asset for row in securities.rows if row.adv is None]
    if needed and unknown:
        findings.warnings.append(
            f"{securities.file}: no adv, so neither limited by liquidity nor charged market impact: "
            f"{', '.join(unknown[:10])} ({len(unknown)} of {counted(len(securities.rows), 'name')})"
        )


def _check_not_empty(table: Table[BenchmarkRow] | Table[SecurityRow], findings: Findings) -> None:
    if not table.rows and not any(fault.file.split(".")[0] == table.file.split(".")[0] for fault in findings.faults):
        findings.fault(table.file, "at least one row", value="none")


def _check_once(file: str, keys: list[tuple[int, str]], column: str, findings: Findings) -> None:
    first: dict[str, int] = {}
    for line, key in keys:
        if key in first:
            findings.fault(file, f"each {column} once (it is in row {first[key]})", row=line, column=column, value=key)
        first.setdefault(key, line)


def _check_dates(lots: Table[LotRow], trades: Table[TradeRow], as_of: dt.date | None, findings: Findings) -> None:
    latest = as_of or dt.date.max
    dated = [(lots.file, line, "acquired", row.acquired) for line, row in lots]
    dated += [(trades.file, line, "date", row.date) for line, row in trades]
    for file, line, column, day in dated:
        if not _EARLIEST <= day <= latest:
            findings.fault(file, f"a date from {_EARLIEST} to as_of, {latest}", row=line, column=column, value=day)
    for line, row in lots:
        if row.holding_start is not None and not _EARLIEST <= row.holding_start <= row.acquired:
            findings.fault(
                lots.file,
                f"a date from {_EARLIEST} to acquired, {row.acquired} (a wash sale moves it back, never on)",
                row=line,
                column="holding_start",
                value=row.holding_start,
            )


def traded_here(rows: list[LotRow], *, sleeve: bool = False) -> list[bool]:
    """Which lots a rebalance may trade: the taxable ones, or the spouse's where there are no others; all of a sleeve.

    Lots of other types are holdings of the household elsewhere: not traded, not part of this account's value, but
    bought by the same household where wash sales are concerned.
    """
    if sleeve:
        return [True] * len(rows)
    kind = "taxable" if any(row.account_type == "taxable" for row in rows) else "spouse"
    return [row.account_type == kind for row in rows]


def _check_one_account(lots: Table[LotRow], findings: Findings, *, sleeve: bool) -> None:
    here = traded_here(lots.rows, sleeve=sleeve)
    accounts = [row.account for row, mine in zip(lots.rows, here, strict=True) if mine]
    for (line, row), mine in zip(lots, here, strict=True):
        if mine and row.account != accounts[0]:
            whose = "lots" if sleeve else "taxable lots"
            expected = f"{whose} of one account, {accounts[0]!r} as in the first such row"
            findings.fault(lots.file, expected, row=line, column="account", value=row.account)
    if lots.rows and not accounts:
        expected = "lots of a taxable account (a tax-free one has no loss to harvest)"
        findings.fault(lots.file, expected, row=lots.lines[0], column="account_type", value=lots.rows[0].account_type)
    elsewhere = len(lots.rows) - len(accounts)
    if accounts and elsewhere:
        findings.warnings.append(
            f"{lots.file}: not traded: {counted(elsewhere, 'lot')} of other accounts; their purchases count"
        )


def _weights(benchmark: Table[BenchmarkRow], findings: Findings, *, normalize: bool) -> dict[str, float]:
    weights = {row.asset: row.weight for row in benchmark.rows}
    total = sum(weights.values())
    if not benchmark.rows:
        return weights
    if normalize and total > 0:
        return {asset: weight / total for asset, weight in weights.items()}
    if abs(total - 1) > _SUM_TOLERANCE:
        whole = not any(fault.file == benchmark.file for fault in findings.faults)
        if whole:
            findings.fault(
                benchmark.file,
                "weights that sum to 1 within 0.000001 (--normalize scales them)",
                column="weight",
                value=f"a sum of {total:.9g}",
            )
    return weights
