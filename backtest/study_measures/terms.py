"""Under which terms a run's dollars become tax: capital, rates, and what a loss is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tax import LossUse, TaxRates, rates_of
from taxsleeve_errors import InputError

__all__ = ["Terms", "dividend_tax", "tax_effects"]


@dataclass(frozen=True)
class Terms:
    """Terms of one run.

    Parameters
    ----------
    capital : float
        Cash at the start, dollars.
    rates : TaxRates
    losses : LossUse
        `UNLIMITED` or `LONG_TERM`.
    realised_te : float
        Annualised deviation of all daily active returns after the first rebalance; NaN where it is not known.
    """

    capital: float
    rates: TaxRates
    losses: LossUse
    realised_te: float = np.nan

    @classmethod
    def of(cls, facts: Mapping[str, float | str]) -> Terms:
        """Read the facts of a stored run.

        Raises
        ------
        InputError
            A fact that a tax depends on is missing or is no number.
        """
        long_term = _number(facts, "long_term")
        short_term = _number(facts, "short_term")
        rates = TaxRates(
            short_term=short_term,
            long_term=long_term,
            qualified_dividends=_number(facts, "qualified_dividends", long_term),
            ordinary=_number(facts, "ordinary", short_term),
        )
        losses = LossUse.of(str(facts.get("losses", "unlimited")))
        return cls(_number(facts, "capital"), rates, losses, _number(facts, "realised_te", np.nan))


def tax_effects(months: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    """Tax that each row's losses save and its gains cost.

    Returns
    -------
    DataFrame
        By the rows of `months`, dollars: `saved_short`, `saved_long` (on losses, zero or more), `taxed_short`,
        `taxed_long` (on gains, zero or more), `saved`, `taxed`, and `net`, the first less the second.
    """
    terms_long = np.array([False, True])
    saves = rates_of(terms.rates, terms.losses, long_term=terms_long, is_loss=np.array([True, True]))
    costs = rates_of(terms.rates, terms.losses, long_term=terms_long, is_loss=np.array([False, False]))
    effects = pd.DataFrame(
        {
            "saved_short": -months["loss_short"] * saves[0],
            "saved_long": -months["loss_long"] * saves[1],
            "taxed_short": months["gain_short"] * costs[0],
            "taxed_long": months["gain_long"] * costs[1],
        }
    )
    effects["saved"] = effects["saved_short"] + effects["saved_long"]
    effects["taxed"] = effects["taxed_short"] + effects["taxed_long"]
    effects["net"] = effects["saved"] - effects["taxed"]
    return effects


def dividend_tax(months: pd.DataFrame, terms: Terms) -> pd.Series:
    """Tax on each row's dividends, dollars; those found to be held too short a time meet the ordinary rate."""
    rates, all_paid = terms.rates, months["dividends"]
    ordinary = months["ordinary_dividends"] if "ordinary_dividends" in months else 0.0 * all_paid
    return rates.qualified_dividends * (all_paid - ordinary) + rates.ordinary * ordinary


def _number(facts: Mapping[str, float | str], name: str, default: float | None = None) -> float:
    value = facts.get(name, default)
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError.of("facts of a run", f"a number for {name}", column=name, value=value) from None
