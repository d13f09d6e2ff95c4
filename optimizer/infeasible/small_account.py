"""An account too small for whole shares: the size, or the number of names, that would do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimizer.account import Account
from optimizer.limit_words import dollars
from optimizer.mandate import Mandate

__all__ = ["ShareAdvice", "share_advice"]

Answered = Callable[[Account, Mandate], bool]
_SIZES = (1.5, 2.0, 3.0, 5.0, 8.0, 15.0, 30.0, 100.0)
_FEWER = (0.8, 0.6, 0.45, 0.3, 0.2, 0.1, 0.05)
_CLOSE = 1.1


@dataclass(frozen=True)
class ShareAdvice:
    """What would do for an account that cannot be rounded to whole shares within its limits.

    Parameters
    ----------
    nav : float
        Dollars as it is.
    enough : float or None
        Dollars with which the same account, every lot and the cash in proportion, was rebalanced, to ten per cent;
        None where a hundred times the size was still refused.
    names : int or None
        The most names, of those tried, with which it was rebalanced as it is; None where no number was found.
    fractions : bool
        Whether it was rebalanced as it is with fractional shares.
    """

    nav: float
    enough: float | None
    names: int | None
    fractions: bool

    @property
    def words(self) -> str:
        """The advice in words, "" where nothing was found."""
        ways = [f"{dollars(self.enough)} in the same proportions"] if self.enough is not None else []
        ways += [f"at most {self.names} names"] if self.names is not None else []
        ways += ["fractional shares"] if self.fractions else []
        if not ways:
            return ""
        return f"{dollars(self.nav)} is too little for whole shares: " + ", or ".join(ways) + " would do"


def share_advice(account: Account, mandate: Mandate, answered: Answered) -> ShareAdvice | None:
    """Find what would do for an account refused in whole shares.

    Parameters
    ----------
    account : Account
    mandate : Mandate
    answered : function of (account, mandate)
        Whether a rebalance has an answer.

    Returns
    -------
    ShareAdvice or None
        None where whole shares are not what stands in the way.
    """
    if mandate.fractional or not answered(account, replace(mandate, fractional=True)):
        return None
    return ShareAdvice(
        account.nav, _enough(account, mandate, answered), _names(account, mandate, answered), fractions=True
    )


def _enough(account: Account, mandate: Mandate, answered: Answered) -> float | None:
    refused = 1.0
    for size in _SIZES:
        if answered(_times(account, size), mandate):
            break
        refused = size
    else:
        return None
    while size > refused * _CLOSE:
        middle = _two_digits(account.nav * float(np.sqrt(refused * size))) / account.nav
        if not refused < middle < size:
            break
        if answered(_times(account, middle), mandate):
            size = middle
        else:
            refused = middle
    return _times(account, size).nav


def _two_digits(amount: float) -> float:
    return float(f"{amount:.2g}")


def _times(account: Account, size: float) -> Account:
    """Return the account with every lot and all cash so many times as large; whole shares stay whole."""
    shares = account.lots.shares * size
    whole = np.isclose(account.lots.shares, np.round(account.lots.shares))
    shares = np.where(whole, np.maximum(np.round(shares), 1.0), shares)
    return replace(
        account,
        lots=replace(account.lots, shares=shares),
        cash=account.cash * size,
        cash_flow=account.cash_flow * size,
    )


def _names(account: Account, mandate: Mandate, answered: Answered) -> int | None:
    """Return the most names, of a few numbers tried, with which there is an answer."""
    names = len(set(account.lots.asset.tolist()) | {a for a, weight in mandate.benchmark.items() if weight > 0})
    least, greatest = mandate.names or (0, names)
    for share in _FEWER:
        fewer = int(share * min(names, greatest))
        if fewer < max(least, 1):
            return None
        if answered(account, replace(mandate, names=(least, fewer))):
            return fewer
    return None
