"""What the losses are worth to an investor without outside gains: true netting, 3,000 a year, the rest carried."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtest.study_measures.terms import Terms
from backtest.study_measures.timeline import put_in_of
from tax import LossUse
from tax.measurement import LossCarryover, RealizedIncome, capture_ratio, realized_tax

__all__ = ["WithoutOutsideGains", "without_outside_gains"]


@dataclass(frozen=True)
class WithoutOutsideGains:
    """A run's losses under assumption N.

    Parameters
    ----------
    savings : float
        Tax saved in each tax year over the value at its start, summed and divided by the length of the run; negative
        where gains cost more than losses saved.
    carryforward : float
        Losses not used at the end, over the initial capital.
    used : float
        Losses used / losses harvested; NaN where none was harvested.
    """

    savings: float
    carryforward: float
    used: float


def without_outside_gains(months: pd.DataFrame, terms: Terms, years: float) -> WithoutOutsideGains:
    """Net every calendar year's gains and losses and carry the rest (`tax.netting`).

    Parameters
    ----------
    months : DataFrame
        A row's gains and losses count in the year of its date.
    terms : Terms
        Its `losses` play no part.
    years : float
        Length of the run.
    """
    calendar = np.asarray(pd.DatetimeIndex(months.index).year)
    put_in = put_in_of(months)
    carried, saved = LossCarryover(), 0.0
    short, long = (
        (months[f"loss_{term}"] + months[f"gain_{term}"]).to_numpy(dtype=float) for term in ("short", "long")
    )
    for year in np.unique(calendar):
        rows = calendar == year
        opening = max(int(np.argmax(rows)) - 1, 0)
        income = RealizedIncome(short=float(short[rows].sum()), long=float(long[rows].sum()))
        bill = realized_tax(income, terms.rates, LossUse.NETTING, carryover=carried)
        saved -= bill.tax / float(put_in[opening])
        carried = bill.carryover
    harvested = -float(months["loss_short"].sum() + months["loss_long"].sum())
    # Within a year gains and losses of one term meet before they are netted, so what is left cannot exceed them but
    # for the last digit.
    used = capture_ratio(max(0.0, harvested - carried.total), harvested) if harvested > 0 else np.nan
    return WithoutOutsideGains(saved / years, carried.total / terms.capital, used)
