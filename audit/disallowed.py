"""Disallowed losses by row, and the rows that state others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from audit.finding import TOLERANCE, Finding
from audit.position import AfterTrading
from audit.wash_sales import ListWash

__all__ = ["disallowed_by_row", "disallowed_findings"]

_CENT = 0.005


def disallowed_by_row(washes: tuple[ListWash, ...]) -> dict[int, float]:
    """Dollars of loss that the ledger disallows, by line of the sale."""
    parts: dict[int, list[float]] = {}
    for wash in washes:
        if wash.line is not None:
            parts.setdefault(wash.line, []).append(wash.amount)
    return {line: math.fsum(amounts) for line, amounts in parts.items()}


def disallowed_findings(after: AfterTrading, by_row: Mapping[int, float]) -> Iterator[Finding]:
    """Find sales whose column `disallowed` is not what the ledger says; an empty cell says nothing is disallowed."""
    for sale in after.sales:
        told, right = sale.row.disallowed or 0.0, by_row.get(sale.row.line, 0.0)
        least = min(_CENT, TOLERANCE * after.account.nav)
        if not math.isclose(told, right, rel_tol=1e-6, abs_tol=least):
            yield Finding(
                "disallowed-misstated",
                f"{sale.row.label}: ${told:,.2f} of loss disallowed, the ledger says ${right:,.2f}",
                row=sale.row.line,
                name=sale.lot.asset,
                value=told,
                limit=right,
                excess=abs(told - right),
            )
