"""Exhibit 5: annualised net tax savings by vintage and sleeve, and the extra over large, all and passive."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.study_measures.record import KEY
from backtest.study_measures.runs import MeasuredRuns

__all__ = ["cause_totals", "exhibit_5"]

_SHOWN = ["tax_savings", "saved_on_losses", "tax_on_gains", "tax_alpha", "tax_alpha_liquidated", "net_losses"]


def exhibit_5(runs: MeasuredRuns) -> pd.DataFrame:
    """Lay out every run's savings with what it saved more than others of the same vintage.

    Returns
    -------
    DataFrame
        `sleeve, funded, strategy, setting, tax_savings` (net), `saved_on_losses, tax_on_gains, tax_alpha,
        tax_alpha_liquidated, net_losses`, `over_<sleeve>` for each reference sleeve and `over_passive`: net savings
        less those of that sleeve (same strategy and setting) or of the passive strategy (same sleeve and setting); NaN
        where there is none.
    """
    frame = runs.summary[[*KEY, *_SHOWN]].copy()
    for reference in runs.choices.references:
        frame[f"over_{reference}"] = _less(frame, "sleeve", reference)
    frame["over_passive"] = _less(frame, "strategy", runs.choices.passive)
    return frame


def cause_totals(runs: MeasuredRuns) -> pd.DataFrame:
    """Add up losses, gains and net losses of every run by cause.

    Returns
    -------
    DataFrame
        `sleeve, funded, strategy, setting, cause, losses, gains, net_losses`, over the initial capital.
    """
    parts = []
    for (sleeve, strategy, setting), own in runs.contributions.items():
        totals = own.drop(columns=["month", "age", "year"]).groupby("funded").sum()
        for name in [column for column in totals.columns if column.startswith("net ")]:
            cause = name.removeprefix("net ")
            part = pd.DataFrame(
                {"losses": totals[f"loss {cause}"], "gains": totals[f"gain {cause}"], "net_losses": totals[name]}
            ).reset_index()
            parts.append(part.assign(sleeve=sleeve, strategy=strategy, setting=setting, cause=cause))
    columns = [*KEY, "cause", "losses", "gains", "net_losses"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _less(frame: pd.DataFrame, by: str, reference: str) -> pd.Series:
    rest = [name for name in KEY if name != by]
    theirs = frame[frame[by] == reference].set_index(rest)["tax_savings"]
    own = frame.set_index(rest)
    less = own["tax_savings"] - theirs.reindex(own.index)
    less[(own[by] == reference).to_numpy()] = np.nan
    return pd.Series(less.to_numpy(), index=frame.index)
