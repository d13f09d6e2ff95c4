"""The audit of a trade list: everything recomputed from account and list, with none of the optimizer's code."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from audit.account import AuditedAccount
from audit.disallowed import disallowed_by_row, disallowed_findings
from audit.finding import Finding, Judged, LimitReading
from audit.limit_findings import limit_findings, limit_readings
from audit.list_faults import list_findings
from audit.lots_left import lots_left, lots_left_findings
from audit.mandate import AuditedMandate
from audit.position import AfterTrading
from audit.row_faults import row_findings
from audit.stated_figures import Stated, figure_findings, order_findings, stated_limit_findings
from audit.trade_rows import trade_rows
from audit.wash_sales import ListWash, list_washes, refused, wash_findings
from audit.wash_windows import window_findings
from risk import FactorRisk
from taxsleeve_errors import LedgerError

__all__ = ["Audit", "audit_list", "audit_trades"]


@dataclass(frozen=True, eq=False)
class Audit(Judged):
    """What an audit found.

    Parameters
    ----------
    after : AfterTrading
        The account as the list leaves it, for its figures.
    readings : tuple of LimitReading
        Every entry of every limit.
    washes : tuple of ListWash
        What the ledger disallows, priced by the mandate or not.
    findings : tuple of Finding
        In the order of rows, restrictions, wash sales, limits, and what stands beside the list.
    """

    after: AfterTrading
    readings: tuple[LimitReading, ...]
    washes: tuple[ListWash, ...]
    findings: tuple[Finding, ...]


def audit_trades(
    account: AuditedAccount,
    mandate: AuditedMandate,
    risk: FactorRisk,
    trades: pd.DataFrame,
    stated: Stated | None = None,
) -> Audit:
    """Audit a trade list.

    Parameters
    ----------
    account : AuditedAccount
    mandate : AuditedMandate
    risk : FactorRisk
        The vendor's model, or the one that is fitted on the account's prices.
    trades : DataFrame
        The columns of trades.csv, from any source; the index has the lines of the file.
    stated : Stated, optional
        What is told beside the list.

    Returns
    -------
    Audit

    Raises
    ------
    InputError
        A column that is needed is not there, or a limit is on a factor that the model does not have.
    """
    before_law = AfterTrading(account, mandate, risk, trade_rows(trades))
    refusals: list[Finding] = []
    try:
        washes = list_washes(before_law)
    except LedgerError as error:
        washes, refusals = (), [refused(error)]
    return audit_list(before_law, washes, frozenset(map(str, trades.columns)), stated or Stated(), refusals)


def audit_list(
    before_law: AfterTrading,
    washes: tuple[ListWash, ...],
    columns: Collection[str],
    stated: Stated,
    refusals: Collection[Finding] = (),
) -> Audit:
    """Audit a list of which the wash sales are known.

    Parameters
    ----------
    before_law : AfterTrading
        What the list makes of the account, no loss disallowed.
    washes : tuple of ListWash
    columns : collection of str
        Of the list.
    stated : Stated
        Told of the account as lots that moved in kind left it.
    refusals : collection of Finding
        What the ledger said where it refused the list.
    """
    account, mandate, by_row = before_law.account, before_law.mandate, disallowed_by_row(washes)
    after = replace(before_law, disallowed=by_row)
    moved = after if after.start is None else replace(after, start=None)
    readings = limit_readings(after)
    told = readings if moved is after else limit_readings(moved)
    findings = [
        *row_findings(account, mandate, after.rows, columns),
        *list_findings(after),
        *refusals,
        *wash_findings(after, washes),
        *window_findings(after, washes),
        *(disallowed_findings(after, by_row) if mandate.priced_washes or "disallowed" in columns else ()),
        *limit_findings(readings),
        *_beside(moved, washes, stated),
        *stated_limit_findings(told, stated.limits),
    ]
    return Audit(after, readings, washes, tuple(findings))


def _beside(after: AfterTrading, washes: tuple[ListWash, ...], stated: Stated) -> Iterator[Finding]:
    if stated.orders is not None:
        yield from order_findings(after, stated.orders)
    if stated.lots_after is not None:
        yield from lots_left_findings(lots_left(after, washes), stated.lots_after)
    if stated.figures is not None:
        yield from figure_findings(after, stated.figures)
