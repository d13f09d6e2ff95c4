"""One run by year since inception."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.study_measures.prepared import Prepared
from backtest.study_measures.timeline import Timeline
from tax.measurement import harvest_yield

__all__ = ["run_years"]


def run_years(run: Prepared) -> pd.DataFrame:
    """Measure each year since inception of one run.

    Returns
    -------
    DataFrame
        One row a year: `year, length` (1, or less for a last year cut short), `losses, gains, net_losses` (harvest
        yield gross, gains, and net over the initial capital), `losses_of_value, net_losses_of_value` (over the average
        value of the year), `short_term_share`, `cumulative_losses, cumulative_gains, cumulative_net_losses` (over the
        initial capital), `tax_savings` (net, over the value at the year's start) with `saved_on_losses` and
        `tax_on_gains`, `tax_alpha`, `pre, after, index_pre, index_after` (returns), `predicted_te, realised_te,
        te_ratio`, `turnover`, `locked` and `embedded_gain` (at the year's last row).
    """
    months, terms, clock = run.months, run.terms, run.clock
    sums = months[["loss_short", "loss_long", "gain_short", "gain_long", "turnover"]].groupby(clock.year).sum()
    effects = run.effects[["net", "saved", "taxed"]].groupby(clock.year).sum()
    ends = months[["locked", "embedded_gain"]].groupby(clock.year).last()
    value = months["value"].groupby(clock.year).mean()
    begins = pd.Series(clock.begin_value).groupby(clock.year).first()
    frame = pd.DataFrame({"year": sums.index, "length": [clock.length(year) for year in sums.index]}, index=sums.index)
    losses, gains = -(sums["loss_short"] + sums["loss_long"]), sums["gain_short"] + sums["gain_long"]
    triples = zip(losses.tolist(), gains.tolist(), value.tolist(), strict=True)
    yields = [(harvest_yield(lost, won, terms.capital), harvest_yield(lost, won, mean)) for lost, won, mean in triples]
    frame["losses"], frame["gains"] = [one.gross for one, _ in yields], gains / terms.capital
    frame["net_losses"] = [one.net for one, _ in yields]
    frame["losses_of_value"] = [of_value.gross for _, of_value in yields]
    frame["net_losses_of_value"] = [of_value.net for _, of_value in yields]
    frame["short_term_share"] = -sums["loss_short"] / losses.where(losses > 0)
    for name, column in (("tax_savings", "net"), ("saved_on_losses", "saved"), ("tax_on_gains", "taxed")):
        frame[name] = effects[column] / begins
    frame = frame.join(pd.DataFrame(_risk(months, clock), index=sums.index)).join(ends)
    for name in ("losses", "gains", "net_losses"):
        frame[f"cumulative_{name}"] = frame[name].cumsum()
    return frame.join(run.returns.yearly(clock)).reset_index(drop=True)


def _risk(months: pd.DataFrame, clock: Timeline) -> dict[str, list[float]]:
    predicted, realised, turnover = (
        months[name].to_numpy(dtype=float) for name in ("tracking_error", "realised", "turnover")
    )
    rows: dict[str, list[float]] = {name: [] for name in ("predicted_te", "realised_te", "te_ratio", "turnover")}
    for year in range(1, clock.last_year + 1):
        # A prediction, and what came of it until the next row, both belong to the year that follows the trade.
        inside = np.flatnonzero(clock.year == year)
        held = slice(max(int(inside[0]) - 1, 0), int(inside[-1]))
        expected, found = _root_mean_square(predicted[held]), _root_mean_square(realised[held])
        rows["predicted_te"].append(expected)
        rows["realised_te"].append(found)
        rows["te_ratio"].append(found / expected if expected > 0 else np.nan)
        rows["turnover"].append(float(turnover[inside[inside > 0]].sum()))
    return rows


def _root_mean_square(values: NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(known**2))) if len(known) else np.nan
