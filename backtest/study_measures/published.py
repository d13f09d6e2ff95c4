"""What others have published, with ours beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtest.study_measures.runs import MeasuredRuns

__all__ = ["PUBLISHED", "Published", "published"]


@dataclass(frozen=True)
class Published:
    """A published result.

    Parameters
    ----------
    ident : str
        Our number for it.
    source, universe, setup : str
    result : str
        As published, with its unit.
    measure : str
        Ours that comes nearest, of the sleeve `sleeve`; "" where none is.
    seen_at : str
    sleeve : str
    """

    ident: str
    source: str
    universe: str
    setup: str
    result: str
    measure: str
    seen_at: str
    sleeve: str = "large"


PUBLISHED = (
    Published("P01", "Chaudhuri, Burnham and Lo, FAJ 76(3), 2020", "500 largest US stocks, 1926-2018",
              "15 / 35%, losses always usable, no wash-sale rule, before costs", "tax alpha 1.08% a year", "tax_alpha",
              "dspace.mit.edu 1721.1/135992"),
    Published("P02", "Chaudhuri, Burnham and Lo, FAJ 76(3), 2020", "500 largest US stocks, 1926-2018",
              "the same with the wash-sale rule", "tax alpha 0.82% a year", "tax_alpha",
              "dspace.mit.edu 1721.1/135992"),
    Published("P04", "Chaudhuri, Burnham and Lo, working paper 2019", "500 largest US stocks, four 23-year windows",
              "range over the windows", "tax alpha 0.57 to 2.29% a year", "tax_alpha",
              "papers.ssrn.com 3351382"),
    Published("P08", "Vanguard, 2022", "US market direct index, 10 years",
              "investor A; index fund / annual / quarterly / monthly / daily",
              "4 / 38 / 107 / 123 / 136 bp a year", "tax_savings", "corporate.vanguard.com"),
    Published("P09", "Vanguard, 2022", "US market direct index, 10 years",
              "investor B with offsetting gains; same order", "84 / 164 / 264 / 284 / 310 bp a year", "tax_savings",
              "corporate.vanguard.com"),
    Published("P12", "Liberman, Krasner, Sosner and Freitas, JBIS 2023", "US large-cap direct index",
              "lump sum, 10 years", "net loss at most about 30% of capital", "net_losses",
              "aqr.com, Beyond Direct Indexing"),
    Published("P15", "AQR, Can Your Loss-Harvesting Strategy Still Harvest", "direct index, 2019 to 2021",
              "after 3 years", "unrealised gain about 55% of value", "embedded_gain", "images.aqr.com"),
    Published("P16", "Goldberg, Hand and Cai, FAJ 2019", "Russell 1000, 1995-2018",
              "10 years, short-term gains available", "tax alpha 2.26% a year", "tax_alpha",
              "cfainstitute.org 0015198x-2019-1567191"),
    Published("P20", "Aperio, Rising Star Alpha, 2019", "Russell 2000 against Russell 1000, 54 quarterly starts",
              "10 years", "tax alpha higher in small, with much higher tracking error; forced sales of leavers cost "
              "just above 30 bp", "tax_alpha", "aperiogroup.com", "small"),
    Published("P22", "Parametric in FA-mag, 2017", "500 largest US stocks, 2007-2017",
              "highest federal rates, short-term gains usable, nothing sold at the end", "tax benefit 2.43% a year",
              "tax_alpha", "fa-mag.com"),
    Published("P31", "Osborn, JFP 2006", "single stocks, simulated",
              "short-term losses against short-term gains, before costs", "tax benefit 0.99% a year", "tax_savings",
              "connection.ebscohost 19617017"),
)  # fmt: skip
"""Public facts, each with where it was seen."""


def published(runs: MeasuredRuns, spread: pd.DataFrame) -> pd.DataFrame:
    """Set ours, of the main strategy and the base setting, beside what others have published.

    Markets, years, rates and rules differ: the table orients, it proves nothing.

    Returns
    -------
    DataFrame
        `ident, source, universe, setup, result, sleeve, measure, ours, low, high` (interval, where the measure has
        one; else the least and greatest vintage), `seen_at`. `ours` is NaN where there is no run of the sleeve.
    """
    own = (spread["strategy"] == runs.main) & (spread["setting"] == runs.base)
    table = spread[own].set_index(["sleeve", "measure"]).to_dict("index")
    rows = []
    for one in PUBLISHED:
        row = {"ident": one.ident, "source": one.source, "universe": one.universe, "setup": one.setup}
        row |= {"result": one.result, "sleeve": one.sleeve, "measure": one.measure}
        figures = {"ours": np.nan, "low": np.nan, "high": np.nan}
        if (one.sleeve, one.measure) in table:
            found = table[(one.sleeve, one.measure)]
            pooled = bool(np.isfinite(found["mean"]))
            columns = ("mean", "low", "high") if pooled else ("median", "min", "max")
            figures = dict(zip(figures, (float(found[column]) for column in columns), strict=True))
        rows.append(row | figures | {"seen_at": one.seen_at})
    return pd.DataFrame(rows)
