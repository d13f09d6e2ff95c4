"""The accounts of one household."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Account", "AccountKind"]


class AccountKind(enum.StrEnum):
    """What tax law sees in an account.

    Losses of `TAXABLE` and `SPOUSE` accounts can be deducted, and both can be replaced from any account of the
    household. Nothing that an `IRA` or a `ROTH` sells is taxed, and a loss replaced there is lost for good
    (Rev. Rul. 2008-5).
    """

    TAXABLE = "taxable"
    SPOUSE = "spouse"
    IRA = "ira"
    ROTH = "roth"

    @property
    def is_retirement(self) -> bool:
        """Whether sales inside the account are outside the capital-gains tax."""
        return self in (AccountKind.IRA, AccountKind.ROTH)


@dataclass(frozen=True)
class Account:
    """One account of the household.

    Parameters
    ----------
    name : str
        As the history names it; one name has one kind.
    kind : AccountKind
        Taxable, the spouse's taxable, IRA or Roth.
    """

    name: str
    kind: AccountKind = AccountKind.TAXABLE
