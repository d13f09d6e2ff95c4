"""What a realised loss is assumed to be worth: the assumption every after-tax number must name."""

from __future__ import annotations

import enum

import numpy as np
from numpy.typing import NDArray

from tax.rates import TaxRates
from taxsleeve_errors import TaxError

__all__ = ["LossUse", "rates_of"]


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


def rates_of(
    rates: TaxRates, losses: LossUse, *, long_term: NDArray[np.bool_], is_loss: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Rate that each realised gain or loss meets.

    A gain meets the rate of its term; a loss saves the rate of its term (`UNLIMITED`) or the long-term one
    (`LONG_TERM`).

    Parameters
    ----------
    rates : TaxRates
    losses : LossUse
    long_term, is_loss : array of bool
        Of each gain or loss; they broadcast.

    Returns
    -------
    array of float

    Raises
    ------
    TaxError
        `losses` is `NETTING`, under which no loss has a rate of its own: net the year with `net_gains`.
    """
    if losses is LossUse.NETTING:
        raise TaxError("losses: found netting, expected unlimited or long_term; under netting no loss has its own rate")
    own = np.where(long_term, rates.long_term, rates.short_term)
    found: NDArray[np.float64] = own if losses is LossUse.UNLIMITED else np.where(is_loss, rates.long_term, own)
    return found
