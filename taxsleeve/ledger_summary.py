"""summary.json of a ledger: totals, Schedule D by year, and the days ahead."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tax import (
    Form8949,
    Ledger,
    RealizedSale,
    ScheduleD,
    Statement,
    WashLocks,
    cents,
    fill_form_8949,
    fill_schedule_d,
    household_locks,
    last_prices,
    turning_lots,
)

__all__ = ["ledger_summary"]


def ledger_summary(
    source: str, ledger: Ledger, statement: Statement, form: Form8949, sales: Sequence[RealizedSale]
) -> dict[str, Any]:
    """Summarise a ledger as of its last event.

    Parameters
    ----------
    source : str
        Name of the history's file.
    ledger, statement, form
        The ledger, its statement and its Form 8949 of all years.
    sales : sequence of RealizedSale
        What the form was filled from.

    Returns
    -------
    dict
        Dollars. `schedule_d` has a row a year, its carryovers handed on to the next; filing status and income are
        not in a history, so the limit is 3,000 a year and taxable income is taken to absorb it. `turning_long_term`
        takes the price at which each security was last traded.
    """
    # Totals of the rounded rows, as the form itself adds up.
    short, long = form.total("I"), form.total("II")
    permanent = sum((cents(sale.permanent) for sale in statement.sales if sale.permanent), Decimal(0))
    return {
        "history": source,
        "events": len(ledger.events),
        "as_of": None if statement.as_of is None else statement.as_of.isoformat(),
        "policy": statement.policy.describe(),
        "sales": len(statement.sales),
        "lots": len(statement.lots),
        "gains": {"short": float(short.gain_loss), "long": float(long.gain_loss)},
        "disallowed": float(short.adjustment + long.adjustment),
        "permanently_lost": float(permanent),
        "schedule_d": _schedules(sales),
        "not_final": _not_final(statement),
        **_do_not(household_locks(ledger, statement)),
        "turning_long_term": [
            {
                "lot": lot.lot_id,
                "asset": lot.asset,
                "account": lot.account,
                "long_term_from": lot.long_term_from.isoformat(),
                "days_left": lot.days_left,
                "unrealized_gain": round(lot.unrealized_gain, 2),
            }
            for lot in turning_lots(statement, last_prices(ledger.events))
        ],
    }


def _schedules(sales: Sequence[RealizedSale]) -> list[dict[str, Any]]:
    """Schedule D of every year from the first sale to the last."""
    years = [sale.sale_date.year for sale in sales]
    rows: list[dict[str, Any]] = []
    short, long = Fraction(0), Fraction(0)
    for year in range(min(years), max(years) + 1) if years else ():
        schedule = fill_schedule_d(fill_form_8949(sales, year), short_carryover=short, long_carryover=long)
        short, long = schedule.net.short_carryover, schedule.net.long_carryover
        rows.append({"year": year, **_schedule_cells(schedule)})
    return rows


def _schedule_cells(schedule: ScheduleD) -> dict[str, float]:
    return {
        "short_term": float(schedule.short_term.gain_loss),
        "long_term": float(schedule.long_term.gain_loss),
        "disallowed": float(schedule.short_term.adjustment + schedule.long_term.adjustment),
        "short_carryover_in": float(cents(schedule.short_carryover_in)),
        "long_carryover_in": float(cents(schedule.long_carryover_in)),
        "net_short": float(cents(schedule.net.net_short)),
        "net_long": float(cents(schedule.net.net_long)),
        "deduction": float(cents(schedule.net.deduction)),
        "short_carryover_out": float(cents(schedule.net.short_carryover)),
        "long_carryover_out": float(cents(schedule.net.long_carryover)),
    }


def _not_final(statement: Statement) -> list[dict[str, Any]]:
    """Losses that a purchase up to the window's last day would still disallow."""
    return [
        {
            "sale": loss.sale_id,
            "lot": loss.lot_id,
            "symbol": loss.symbol,
            "group": loss.group,
            "last_day": loss.last_day.isoformat(),
            "loss": float(cents(loss.amount)),
        }
        for loss in statement.pending
    ]


def _do_not(locks: WashLocks) -> dict[str, list[dict[str, str]]]:
    """The dated do-not-buy and do-not-sell-at-a-loss lists, with reasons."""
    return {
        "do_not_buy": [
            {"group": lock.group, "until": lock.until.isoformat(), "why": lock.why}
            for _, lock in sorted(locks.buys.items())
        ],
        "do_not_sell_at_a_loss": [
            {"group": lock.group, "until": lock.until.isoformat(), "why": lock.why, "but_lot": lock.except_lot or ""}
            for _, lock in sorted(locks.loss_sales.items())
        ],
    }
