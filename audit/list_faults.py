"""Lots sold beyond what they hold, and trades that restrictions, the benchmark or the risk model rule out."""

from __future__ import annotations

import math
from collections.abc import Iterator

from audit.finding import Finding
from audit.position import AfterTrading
from audit.trade_rows import TradeRow

__all__ = ["list_findings"]

_DUST = 1e-9
_RULES = {
    "no_buy": ("no-buy", ("BUY",)),
    "no_sell": ("no-sell", ("SELL",)),
    "no_trade": ("no-trade", ("BUY", "SELL")),
    "exclude": ("excluded-bought", ("BUY",)),
}


def list_findings(after: AfterTrading) -> Iterator[Finding]:
    """Find what is wrong with rows taken together, and with what is traded."""
    yield from _oversold(after)
    yield from _short(after)
    for asset in sorted(set(after.bought) & set(after.sold)):
        yield Finding("round-trip", f"{asset} is both sold and bought", name=asset, severity="warning")
    for asset in after.untradable:
        yield Finding("untradable", f"{asset} has no volume, and trading costs impact", name=asset, limit=0.0)
    done: set[tuple[str, str]] = set()
    for row in after.rows:
        if (row.side, row.asset) not in done and (row.is_buy or row.is_sale):
            yield from _ruled_out(after, row)
        done.add((row.side, row.asset))


def _oversold(after: AfterTrading) -> Iterator[Finding]:
    sold: dict[str, list[float]] = {}
    line: dict[str, int] = {}
    for sale in after.sales:
        sold.setdefault(sale.lot.lot_id, []).append(sale.row.quantity)
        line[sale.lot.lot_id] = sale.row.line
    for lot_id, parts in sold.items():
        lot, shares = after.account.lot_of[lot_id], math.fsum(parts)
        if shares > lot.shares * (1 + _DUST):
            yield Finding(
                "lot-moved-and-sold" if lot_id in after.account.moved_out else "lot-oversold",
                f"{shares:.12g} shares sold of lot {lot_id} ({lot.asset}), which has {lot.shares:.12g}",
                row=line[lot_id],
                name=lot.asset,
                value=shares,
                limit=lot.shares,
                excess=shares - lot.shares,
            )


def _short(after: AfterTrading) -> Iterator[Finding]:
    for asset, shares in after.shares.items():
        if shares < 0:
            words = f"{shares:.12g} shares of {asset} after trading"
            yield Finding("short-position", words, name=asset, value=shares, limit=0.0, excess=-shares)


def _ruled_out(after: AfterTrading, row: TradeRow) -> Iterator[Finding]:
    for rule in sorted(after.account.rules_on(row.asset)):
        code, sides = _RULES[rule]
        if row.side in sides:
            words = f"{row.side} {row.asset}: a restriction {rule} forbids it"
            yield Finding(code, words, row=row.line, name=row.asset)
    if row.asset not in after.risk:
        words = f"{row.side} {row.asset}: the risk model does not rate it"
        yield Finding("unrated-traded", words, row=row.line, name=row.asset)
    if row.is_buy and not after.account.benchmark.get(row.asset, 0.0) > 0:
        words = f"BUY {row.asset}: it is not in the benchmark"
        yield Finding("outside-benchmark", words, row=row.line, name=row.asset)
