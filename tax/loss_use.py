"""What a realised loss is assumed to be worth: the assumption every after-tax number must name."""

from __future__ import annotations

import enum

from taxsleeve_errors import TaxError

__all__ = ["LossUse"]


class LossUse(enum.StrEnum):
    """Assumption on how a household uses the losses of an account.

    `UNLIMITED`: it has outside gains of the same character, so a short-term loss saves the short-term rate (industry
    standard). `LONG_TERM`: its outside gains are long-term only, so every loss saves the long-term rate. `NETTING`: it
    has no outside gains: losses are netted with the account's own gains, up to the limit deducted from ordinary
    income, and the rest is carried forward.
    """

    UNLIMITED = "unlimited"
    LONG_TERM = "long_term"
    NETTING = "netting"

    @classmethod
    def of(cls, name: str) -> LossUse:
        """Read the name of an assumption.

        Raises
        ------
        TaxError
            The name is none of unlimited, long_term, netting.
        """
        try:
            return cls(name)
        except ValueError:
            raise TaxError(f"losses: found {name!r}, expected one of {', '.join(cls)}") from None
