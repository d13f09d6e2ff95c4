"""Limits as a person speaks of them: titles, and amounts in basis points, percent or units."""

from __future__ import annotations

__all__ = ["dollars", "limit_amount", "limit_reading", "limit_title", "limit_value"]

_TITLES = {
    "active_weight": "active weight of one name",
    "factor_active": "active exposure",
    "loss_per_name": "loss per name",
    "min_trade": "least trade",
    "names": "number of names",
    "realized_gain": "gain budget",
    "sector_active": "active weight of one sector",
}


def dollars(amount: float) -> str:
    """Write an amount in whole dollars; nothing is $0 and never $-0."""
    whole = round(amount)
    return f"-${-whole:,}" if whole < 0 else f"${whole:,}"


def limit_title(name: str, where: str = "") -> str:
    """Title of a limit: "tracking error", "least cash", "active exposure to size"."""
    title = _TITLES.get(name, name.replace("_", " "))
    if where in ("least", "greatest"):
        return f"{where} {title}"
    joint = "to" if name == "factor_active" else "of"
    return f"{title} {joint} {where}" if where else title


def limit_amount(amount: float, unit: str) -> str:
    """Write a change of a limit: in basis points where its unit is a fraction of NAV, otherwise as a plain number."""
    return f"{amount * 1e4:,.4g} bp" if "fraction of NAV" in unit else f"{amount:,.4g}"


def limit_value(value: float, unit: str) -> str:
    """Write the value of a limit: in percent where its unit is a fraction of NAV, otherwise as a plain number."""
    return f"{100 * value:,.6g}%" if "fraction of NAV" in unit else f"{value:,.6g}"


def limit_reading(value: float, unit: str) -> str:
    """Write a reading for a table, as `limit_value` but to a hundredth of a basis point."""
    return f"{100 * value:,.4f}%" if "fraction of NAV" in unit else f"{value:,.4f}"
