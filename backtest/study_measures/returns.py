"""Returns of the account and of the shadow index account, before and after tax."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtest.study_measures.index_account import index_account
from backtest.study_measures.terms import Terms, dividend_tax, tax_effects
from backtest.study_measures.timeline import Timeline, put_in_of
from tax.measurement import (
    AfterTaxReturn,
    Period,
    RealizedIncome,
    TaxAlpha,
    TaxBill,
    annualize,
    link,
    liquidation_tax,
    post_liquidation_return,
    pre_liquidation_return,
    realized_tax,
    tax_alpha,
)

__all__ = ["Returns", "returns_of"]

_LINKED = ("pre", "after", "index_pre", "index_after")


@dataclass(frozen=True, eq=False)
class Returns:
    """Returns from row to row under one assumption on the use of losses.

    Taxes are counted when they are realised and taken to be paid from outside, on both sides; where the account settles
    them itself, that cash is a flow of the day it moves.

    Parameters
    ----------
    steps : DataFrame
        One row for each row of the months but the first: `pre`, `after` (the account), `index_pre`, `index_after`,
        and `liquidation`, `index_liquidation`: tax if all were sold at that row, as a fraction of its value.
    terms : Terms
    years : float
    """

    steps: pd.DataFrame
    terms: Terms
    years: float

    def annual(self, column: str) -> float:
        """Linked and annualised return of one column of `steps`."""
        return annualize(link(self.steps[column].tolist()), self.years)

    def liquidated(self, side: str = "") -> float:
        """Annualised after-tax return with everything sold at the last close; `side` is "" or "index_"."""
        share = float(self.steps[f"{side}liquidation"].iloc[-1])
        # The share is already one of tax, each term at its own rate.
        return post_liquidation_return(self.steps[f"{side}after"].tolist(), share, 1.0, self.years)

    def alpha(self, *, liquidated: bool) -> TaxAlpha:
        """Tax alpha a year against the shadow index account, before or after a final liquidation."""
        after = [self.liquidated(side) if liquidated else self.annual(f"{side}after") for side in ("", "index_")]
        pre = [self.annual(f"{side}pre") for side in ("", "index_")]
        losses = self.terms.losses
        return tax_alpha(*(AfterTaxReturn(p, a, np.nan, losses) for p, a in zip(pre, after, strict=True)))

    def yearly(self, clock: Timeline) -> pd.DataFrame:
        """Linked returns by year since inception, with `tax_alpha`."""
        by_year = self.steps.groupby(clock.year[1:])
        linked = pd.DataFrame({name: {year: link(own.tolist()) for year, own in by_year[name]} for name in _LINKED})
        linked.index.name = "year"
        excess = linked["after"] - linked["index_after"]
        return linked.assign(tax_alpha=excess - (linked["pre"] - linked["index_pre"]))


def returns_of(months: pd.DataFrame, terms: Terms, clock: Timeline) -> Returns:
    """Measure a run's returns against the index account with the same flows.

    The index account's dividends are taxed and reinvested; its withdrawals sell the highest cost first.

    Raises
    ------
    TaxError
        Values make no sense, or more is withdrawn than is there.
    """
    own = _own_steps(months, terms)
    index = _index_steps(months, terms)
    return Returns(pd.concat([own, index], axis=1), terms, clock.years)


def _own_steps(months: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    bills = (dividend_tax(months, terms) - tax_effects(months, terms)["net"]).to_numpy(dtype=float).copy()
    # What opening lots realise on the first day belongs to the first step.
    bills[1] += bills[0]
    begins, ends = put_in_of(months)[:-1], months["value"].to_numpy(dtype=float)[1:]
    earned = [
        pre_liquidation_return(Period(begin, end), TaxBill(bill, terms.losses))
        for begin, end, bill in zip(begins.tolist(), ends.tolist(), bills[1:].tolist(), strict=True)
    ]
    frame = _frame(earned, "", months.index[1:])
    unrealised = months[["unrealised_short", "unrealised_long"]].iloc[1:].itertuples(index=False)
    taxed = [liquidation_tax(short, long, terms.rates, terms.losses).tax for short, long in unrealised]
    return frame.assign(liquidation=np.array(taxed) / months["value"].to_numpy(dtype=float)[1:])


def _index_steps(months: pd.DataFrame, terms: Terms) -> pd.DataFrame:
    begins = (months["benchmark"] + months["flow"]).to_numpy(dtype=float)[:-1].tolist()
    ends = months["benchmark"].to_numpy(dtype=float)[1:].tolist()
    earned, liquidation = [], []
    columns = ["short", "long", "dividends", "unrealised_short", "unrealised_long", "value"]
    rows = index_account(months)[columns].to_numpy(dtype=float)[1:].tolist()
    for begin, end, (short, long, paid, left_short, left_long, value) in zip(begins, ends, rows, strict=True):
        income = RealizedIncome(short=short, long=long, qualified_dividends=paid)
        earned.append(pre_liquidation_return(Period(begin, end), realized_tax(income, terms.rates, terms.losses)))
        held = liquidation_tax(left_short, left_long, terms.rates, terms.losses)
        liquidation.append(held.tax / value if value > 0 else 0.0)
    return _frame(earned, "index_", months.index[1:]).assign(index_liquidation=np.array(liquidation))


def _frame(earned: list[AfterTaxReturn], side: str, index: pd.Index) -> pd.DataFrame:
    columns = {f"{side}pre": [one.pre_tax for one in earned], f"{side}after": [one.after_tax for one in earned]}
    return pd.DataFrame(columns, index=index)
