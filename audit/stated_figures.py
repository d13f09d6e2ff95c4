"""What stands beside a trade list, compared with what the list makes: orders for the desk, and figures of a summary."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from audit.account import OpenLot
from audit.finding import TOLERANCE, Finding, LimitReading
from audit.model_risk import tracking_error
from audit.position import AfterTrading

__all__ = ["OrderRow", "Stated", "StatedLimit", "figure_findings", "order_findings", "stated_limit_findings"]


@dataclass(frozen=True)
class OrderRow:
    """A row of orders.csv: one name, what goes to the desk."""

    line: int
    asset: str
    side: str
    shares: float


@dataclass(frozen=True)
class StatedLimit:
    """A limit as a summary tells it: its name ("soft_" before that of a soft one), which entry, and where it stands."""

    name: str
    where: str
    value: float
    limit: float | None


@dataclass(frozen=True)
class Stated:
    """What is told beside the list; None where nothing is.

    Parameters
    ----------
    orders : tuple of OrderRow or None
    lots_after : tuple of (int, OpenLot) or None
        Each lot with its line.
    figures : mapping of str to float or None
        Dollars "nav", "cash", "cost", "gains_short", "gains_long", "losses_short", "losses_long"; "turnover",
        "tracking_error_before", "tracking_error_after"; "orders". Those that are not told are left out.
    limits : tuple of StatedLimit
    """

    orders: tuple[OrderRow, ...] | None = None
    lots_after: tuple[tuple[int, OpenLot], ...] | None = None
    figures: Mapping[str, float] | None = None
    limits: tuple[StatedLimit, ...] = ()


def order_findings(after: AfterTrading, orders: tuple[OrderRow, ...]) -> Iterator[Finding]:
    """Compare orders with the rows of the list, name by name."""
    file, parts = "orders.csv", dict[tuple[str, str], list[float]]()
    for row in after.traded:
        parts.setdefault((row.asset, row.side), []).append(row.quantity)
    listed = {key: math.fsum(shares) for key, shares in parts.items()}
    told: dict[tuple[str, str], float] = {}
    for order in orders:
        key, label = (order.asset, order.side), f"{order.side} {order.asset}"
        told[key] = told.get(key, 0.0) + order.shares
        if key not in listed:
            yield Finding("order-unexpected", f"{label}: not in trades.csv", file, order.line, order.asset)
    for key, shares in listed.items():
        label = f"{key[1]} {key[0]}"
        if key not in told:
            yield Finding("order-missing", f"{label}: {shares:.12g} shares in trades.csv", file, name=key[0])
        elif not math.isclose(told[key], shares, rel_tol=1e-9):
            words = f"{label}: {told[key]:.12g} shares ordered, {shares:.12g} in trades.csv"
            excess = abs(told[key] - shares)
            yield Finding("order-shares", words, file, None, key[0], told[key], shares, excess)


def figure_findings(after: AfterTrading, figures: Mapping[str, float]) -> Iterator[Finding]:
    """Compare figures with those recomputed: dollars within a millionth of NAV, tracking error within a millionth."""
    nav = after.account.nav
    terms = {"short": False, "long": True}
    expected = {
        "nav": ("nav-misstated", nav, nav),
        "cash": ("cash-misstated", after.cash, nav),
        "cost": ("cost-misstated", after.cost, nav),
        "turnover": ("turnover-misstated", after.turnover, 1.0),
        "tracking_error_before": ("te-misstated", tracking_error(after.risk, after.active_before), 1.0),
        "tracking_error_after": ("te-misstated", tracking_error(after.risk, after.active), 1.0),
        "orders": ("order-count-misstated", float(len(after.orders)), 1.0),
    }
    for term, long in terms.items():
        expected[f"gains_{term}"] = ("gains-misstated", after.realised(long=long, losses=False), nav)
        expected[f"losses_{term}"] = ("losses-misstated", after.realised(long=long, losses=True), nav)
    for name, (code, right, unit) in expected.items():
        if name in figures and not abs(figures[name] - right) <= TOLERANCE * unit:
            words = f"{name.replace('_', ' ')} {figures[name]:.10g}, the list makes it {right:.10g}"
            excess = abs(figures[name] - right)
            yield Finding(code, words, "summary.json", None, name, figures[name], right, excess)


def stated_limit_findings(readings: Iterable[LimitReading], told: tuple[StatedLimit, ...]) -> Iterator[Finding]:
    """Compare what a summary says of limits with the limits read again."""
    read = {
        ("" if reading.soft is None else "soft_") + reading.name + "/" + reading.where: reading for reading in readings
    }
    for one in told:
        reading, of = read.get(f"{one.name}/{one.where}"), f"{one.name} {one.where}".strip()
        if reading is None:
            words = f"{of}: account.toml has no such limit, or the list does not touch it"
            yield Finding("limit-misstated", words, "summary.json", None, one.name, one.value)
            continue
        for value, right in ((one.value, reading.value), (one.limit, reading.limit)):
            if value is not None and not abs(value - right) <= TOLERANCE:
                words = f"{of}: {value:.10g}, the audit says {right:.10g}"
                excess = abs(value - right)
                yield Finding("limit-misstated", words, "summary.json", None, one.name, value, right, excess)
