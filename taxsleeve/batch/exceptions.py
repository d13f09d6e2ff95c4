"""What a human has to look at in the morning, sorted by kind."""

from __future__ import annotations

from dataclasses import dataclass

from taxsleeve.batch.account_row import AccountRow
from taxsleeve.counting import counted

__all__ = ["KINDS", "BatchException", "Kind", "exceptions_of"]


@dataclass(frozen=True)
class Kind:
    """A kind of exception.

    Parameters
    ----------
    name, title : str
    remedy : str
        What to do about it.
    stops : bool
        Whether the account has no trade list because of it.
    """

    name: str
    title: str
    remedy: str
    stops: bool


# The order in which they are to be looked at.
KINDS = (
    Kind("unexpected", "The program or a process failed", "run again; if it stays, report it with this message", True),
    Kind("failed", "The engine or the check gave up", "try another --engine on this account alone", True),
    Kind("input", "The input is not good", "mend what is named and run again: done accounts are not done twice", True),
    Kind("infeasible", "No trade list can meet the limits", "relax what the message says, or leave the account", True),
    Kind(
        "unrated", "Names without risk figures", "not traded and not in tracking error: have the model rate them", False
    ),
    Kind(
        "wide_gap", "Value may be left on the table", "within limits; look at whole shares and discrete limits", False
    ),
)
_BY_NAME = {kind.name: kind for kind in KINDS}
# Of NAV: a gap of a few dollars is wide only in proportion.
_WORTH_WHILE = 1e-4


@dataclass(frozen=True)
class BatchException:
    """One thing about one account that a human has to look at."""

    kind: Kind
    account: str
    nav: float | None
    message: str


def exceptions_of(row: AccountRow, widest_gap: float) -> list[BatchException]:
    """Name what is to be looked at: one thing where there is no trade list, else names not rated, and a wide gap."""
    if not row.done:
        return [BatchException(_BY_NAME[row.status], row.account, row.nav, row.message)]
    found = []
    if row.unrated_names:
        words = f"{counted(row.unrated_names, 'name')}, {row.unrated or 0.0:.2%} of weight: {row.message}"
        found.append(BatchException(_BY_NAME["unrated"], row.account, row.nav, words))
    left = (row.bound or 0.0) - (row.objective or 0.0)
    if (row.gap or 0.0) > widest_gap and left > _WORTH_WHILE * (row.nav or 0.0):
        words = (
            f"worth ${row.objective:,.0f} where no list is worth more than ${row.bound:,.0f}: a gap of {row.gap:.1%}"
        )
        found.append(BatchException(_BY_NAME["wide_gap"], row.account, row.nav, words))
    return found
