"""An account's night in one row: the figures of results.csv."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["ROW_COLUMNS", "AccountRow", "account_row"]


@dataclass(frozen=True)
class AccountRow:
    """Figures of one account; dollars, and fractions of NAV; None where there is no trade list.

    `unrated` is the weight of names, held or of the benchmark, that the risk model does not rate.
    """

    account: str
    status: str
    nav: float | None = None
    harvested_short: float | None = None
    harvested_long: float | None = None
    gains_short: float | None = None
    gains_long: float | None = None
    tax_value: float | None = None
    cost: float | None = None
    turnover: float | None = None
    tracking_error_before: float | None = None
    tracking_error_after: float | None = None
    tracking_error_limit: float | None = None
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    orders: int | None = None
    unrated_names: int | None = None
    unrated: float | None = None
    message: str = ""

    @property
    def done(self) -> bool:
        """Whether there is a trade list."""
        return self.status == "optimal"

    @property
    def harvested(self) -> float:
        """Dollars of losses harvested."""
        return (self.harvested_short or 0.0) + (self.harvested_long or 0.0)


ROW_COLUMNS = tuple(field.name for field in fields(AccountRow))


def account_row(summary: Mapping[str, Any]) -> AccountRow:
    """Take the row from a summary."""
    account, status = str(summary["account"]), str(summary["status"])
    if status != "optimal":
        return AccountRow(account, status, nav=summary.get("nav"), message=_message(summary))
    te, harvested, gains = summary["tracking_error"], summary["harvested"], summary["gains"]
    missing = summary["unrated_benchmark"]
    return AccountRow(
        account=account,
        status=status,
        nav=summary["nav"],
        harvested_short=harvested["short"],
        harvested_long=harvested["long"],
        gains_short=gains["short"],
        gains_long=gains["long"],
        tax_value=summary["tax_value"],
        cost=summary["cost"],
        turnover=summary["turnover"],
        tracking_error_before=te["before"],
        tracking_error_after=te["after"],
        tracking_error_limit=te["limit"],
        objective=summary["objective"],
        bound=summary["bound"],
        gap=summary["gap"],
        orders=summary["orders"],
        unrated_names=len(summary["frozen"]) + len(missing),
        unrated=float(summary["frozen_weight"] + sum(entry["weight"] for entry in missing)),
        message=", ".join([*summary["frozen"], *(entry["asset"] for entry in missing)]),
    )


def _message(summary: Mapping[str, Any]) -> str:
    faults = len(summary.get("faults", ()))
    more = f" (and {faults - 1} more faults)" if faults > 1 else ""
    advice = summary.get("advice", "")
    return f"{summary['message']}{more}" + (f". {advice[:1].upper()}{advice[1:]}" if advice else "")
