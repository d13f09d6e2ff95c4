"""One run by year since inception."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    clock = run.clock
    rows = [_year(run, year) for year in range(1, clock.last_year + 1)]
    frame = pd.DataFrame(rows)
    for name in ("losses", "gains", "net_losses"):
        frame[f"cumulative_{name}"] = frame[name].cumsum()
    returns = run.returns.yearly(clock)
    return frame.merge(returns.reset_index(), on="year", how="left")


def _year(run: Prepared, year: int) -> dict[str, float]:
    months, terms, clock = run.months, run.terms, run.clock
    inside = clock.year == year
    own = months.loc[inside]
    losses = -float(own["loss_short"].sum() + own["loss_long"].sum())
    gains = float(own["gain_short"].sum() + own["gain_long"].sum())
    effects = run.effects.loc[inside].sum() / clock.begin_value[inside][0]
    of_capital = harvest_yield(losses, gains, terms.capital)
    of_value = harvest_yield(losses, gains, float(own["value"].mean()))
    return {
        "year": year,
        "length": clock.length(year),
        "losses": of_capital.gross,
        "gains": gains / terms.capital,
        "net_losses": of_capital.net,
        "losses_of_value": of_value.gross,
        "net_losses_of_value": of_value.net,
        "short_term_share": -float(own["loss_short"].sum()) / losses if losses > 0 else np.nan,
        "tax_savings": float(effects["net"]),
        "saved_on_losses": float(effects["saved"]),
        "tax_on_gains": float(effects["taxed"]),
        **_risk(months, clock, year),
        "locked": float(own["locked"].iloc[-1]),
        "embedded_gain": float(own["embedded_gain"].iloc[-1]),
    }


def _risk(months: pd.DataFrame, clock: Timeline, year: int) -> dict[str, float]:
    # A prediction, and what came of it until the next row, both belong to the year that follows the trade.
    inside = np.flatnonzero(clock.year == year)
    first, last = max(int(inside[0]) - 1, 0), int(inside[-1])
    held = months.iloc[first:last]
    predicted, realised = (float(np.sqrt((held[name].dropna() ** 2).mean())) for name in ("tracking_error", "realised"))
    turnover = months["turnover"].iloc[inside[inside > 0]].sum()
    return {
        "predicted_te": predicted,
        "realised_te": realised,
        "te_ratio": realised / predicted if predicted > 0 else np.nan,
        "turnover": float(turnover),
    }
