"""What the summary of a household says, compared with what the lists make of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from audit.finding import TOLERANCE, Finding
from audit.household import AuditedSleeve
from audit.household_position import HouseholdAfter, harvested
from audit.model_risk import tracking_error
from audit.position import AfterTrading
from audit.tax_bill import tax_saved
from audit.transfer_rows import TransferRow
from audit.transfers import Moved, carried_out
from tax import is_long_term

__all__ = ["household_figure_findings", "transfer_figure_findings"]

_FILE = "summary.json"
_TERMS = {"short": False, "long": True}
Told = Mapping[str, float | str | None]
Expected = tuple[str, float, float]


def household_figure_findings(after: HouseholdAfter, told: Told) -> Iterator[Finding]:
    """Compare figures of all sleeves and of each, those that are told, and the limits, which must be those told.

    Parameters
    ----------
    after : HouseholdAfter
    told : mapping of str to float, str or None
        By the keys of summary.json joined with "/".
    """
    for key, (code, right, unit) in _expected(after).items():
        yield from _compared(key, code, told, right, unit)
    household = after.household
    yield from _words("as_of", "household-nav-misstated", told, household.as_of.isoformat())
    for name in ("tracking_error", "realized_gain"):
        yield from _limit(f"{name}/limit", "household-limit-misstated", told, getattr(household, name))
    for sleeve in household.sleeves:
        yield from _sleeve(sleeve, after.parts[sleeve.name], told, household.nav)
    listed = {key.split("/")[1] for key in told if key.startswith("sleeves/")}
    for name in sorted(listed ^ set(household.named)) if listed else ():
        words = f"sleeve {name}: {'no such sleeve' if name in listed else 'nothing is said of it'}"
        yield Finding("household-sleeve-misstated", words, _FILE, name=name)


def _expected(after: HouseholdAfter) -> dict[str, Expected]:
    """Code, figure and what a millionth is taken of, by key."""
    nav = after.household.nav
    found = {
        "nav": ("household-nav-misstated", nav, nav),
        "tracking_error/before": ("household-te-misstated", after.tracking_error_before, 1.0),
        "tracking_error/after": ("household-te-misstated", after.tracking_error, 1.0),
        "realized_gain/value": ("household-limit-misstated", after.gross_gains, 1.0),
        "tax_value": ("household-tax-misstated", after.tax_saved, nav),
        "cost": ("household-cost-misstated", after.cost, nav),
    }
    for term, long in _TERMS.items():
        found[f"gains/{term}"] = ("household-gains-misstated", after.gains(long=long), nav)
        found[f"harvested/{term}"] = ("household-harvest-misstated", after.harvested(long=long), nav)
    return found


def _sleeve(sleeve: AuditedSleeve, after: AfterTrading, told: Told, of_all: float) -> Iterator[Finding]:
    """Figures of one sleeve in the household's summary."""
    code, nav, mandate = "household-sleeve-misstated", sleeve.account.nav, sleeve.mandate
    figures = {
        "nav": (nav, nav),
        "share": (nav / of_all, 1.0),
        "tracking_error/before": (tracking_error(after.risk, after.active_before), 1.0),
        "tracking_error/after": (tracking_error(after.risk, after.active), 1.0),
        "cost": (after.cost, nav),
        "turnover": (after.turnover, 1.0),
        "cash_after": (after.cash, nav),
        "orders": (float(len(after.orders)), 1.0),
    }
    for term, long in _TERMS.items():
        figures[f"gains/{term}"] = (after.realised(long=long, losses=False), nav)
        figures[f"harvested/{term}"] = (harvested(sleeve, after, long=long), nav)
    # Where the year is netted, what one list saves depends on which came before it: only the sum has a meaning.
    if not sleeve.account.is_taxed:
        figures["tax_value"] = (0.0, nav)
    elif sleeve.taxes.losses != "netting":
        figures["tax_value"] = (tax_saved([(after, sleeve.taxes)]), nav)
    at = f"sleeves/{sleeve.name}"
    for key, (right, unit) in figures.items():
        yield from _compared(f"{at}/{key}", code, told, right, unit)
    limit = None if "tracking_error" in mandate.soft else mandate.limits.get("tracking_error")
    yield from _limit(f"{at}/tracking_error/limit", code, told, limit)
    yield from _words(f"{at}/owner", code, told, sleeve.owner)
    yield from _words(f"{at}/type", code, told, sleeve.account_type)


def transfer_figure_findings(after: HouseholdAfter, rows: tuple[TransferRow, ...], told: Told) -> Iterator[Finding]:
    """Compare the sums of what moves, of all together and what each sleeve receives."""
    household, code = after.household, "household-transfers-misstated"
    moves = carried_out(household, rows)
    cash = [(row.target, row.dollars) for row in rows if row.is_cash]
    gains = [_gain(after, move) for move in moves]
    figures = {
        "lots": float(len(moves)),
        "names": float(len({move.lot.asset for move in moves})),
        "amount": math.fsum(_amount(after, move) for move in moves),
        "cash": math.fsum(amount for _, amount in cash),
        "carried_gain": math.fsum(max(gain, 0.0) for gain in gains),
        "carried_loss": math.fsum(max(-gain, 0.0) for gain in gains),
        "tax_if_sold": math.fsum(_tax(after, move, gain) for move, gain in zip(moves, gains, strict=True)),
    }
    for name, right in figures.items():
        unit = 1.0 if name in ("lots", "names") else household.nav
        yield from _compared(f"transfers/{name}", code, told, right, unit)
    for sleeve in household.sleeves:
        came = [_amount(after, move) for move in moves if move.row.target == sleeve.name]
        came += [amount for target, amount in cash if target == sleeve.name]
        yield from _compared(f"sleeves/{sleeve.name}/received", code, told, math.fsum(came), household.nav)


def _amount(after: HouseholdAfter, move: Moved) -> float:
    return move.shares * after.parts[move.row.source].price(move.lot.asset)


def _gain(after: HouseholdAfter, move: Moved) -> float:
    return _amount(after, move) - move.shares * move.lot.cost_per_share


def _tax(after: HouseholdAfter, move: Moved, gain: float) -> float:
    """Tax on a gain that moves, had the lot been sold where it came from."""
    sleeve = after.household.named[move.row.source]
    if gain <= 0 or not sleeve.account.is_taxed:
        return 0.0
    rates = sleeve.taxes.rates
    long = bool(is_long_term(move.lot.holding_start, after.household.as_of))
    return gain * (rates.long_term if long else rates.short_term)


def _finding(key: str, code: str, told: float | str | None, right: float | str | None) -> Finding:
    parts = key.split("/")
    account = parts[1] if parts[0] == "sleeves" else ""
    shown = [f"{one:.10g}" if isinstance(one, float) else "nothing" if one is None else one for one in (told, right)]
    words = f"{' '.join(parts).replace('_', ' ')} {shown[0]}, the audit says {shown[1]}"
    excess = abs(told - right) if isinstance(told, float) and isinstance(right, float) else None
    return Finding(code, words, _FILE, None, key, told, right, excess, account=account)


def _compared(key: str, code: str, told: Told, right: float, unit: float) -> Iterator[Finding]:
    """A figure within a millionth of its unit; one that is not told is no fault."""
    value = told.get(key)
    if isinstance(value, float) and not abs(value - right) <= TOLERANCE * unit:
        yield _finding(key, code, value, right)


def _limit(key: str, code: str, told: Told, right: float | None) -> Iterator[Finding]:
    """A limit, or that there is none; where the key is not there nothing is said."""
    if key not in told:
        return
    value = told[key]
    same = value is None if right is None else isinstance(value, float) and abs(value - right) <= TOLERANCE
    if not same:
        yield _finding(key, code, value, right)


def _words(key: str, code: str, told: Told, right: str) -> Iterator[Finding]:
    if key in told and told[key] != right:
        yield _finding(key, code, told[key], right)
