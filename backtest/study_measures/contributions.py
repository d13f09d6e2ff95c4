"""What every month of a run adds to its measures: the data from which intervals are drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.study_measures.prepared import Prepared
from backtest.study_measures.returns import Returns
from backtest.study_measures.terms import Terms
from backtest.study_measures.timeline import Timeline

__all__ = ["cause_names", "run_contributions"]


def run_contributions(run: Prepared) -> pd.DataFrame:
    """Split the pooled measures of one run over its calendar months.

    Savings, losses, gains, turnover and costs are sums of what is listed here. Of returns and tracking errors, which
    compound or are roots, it is the first-order part: enough for the spread of a mean, not for the mean itself.

    Returns
    -------
    DataFrame
        One row a calendar month: `month` (counted from the year 0), `age` (months since inception), `year` (since
        inception), the pooled measures, and "loss <cause>", "gain <cause>", "net <cause>" (over the initial capital).
    """
    clock = run.clock
    parts = {
        **_savings(run),
        **_harvest(run.months, run.terms),
        **_trading(run.months, clock),
        **_excess(run.returns),
    }
    rows = pd.DataFrame(parts).fillna(0.0)
    rows = rows.assign(month=clock.calendar, age=clock.month, year=clock.year)
    keys = ["month", "age", "year"]
    return rows.groupby(keys, as_index=False).sum()


def cause_names(columns: pd.Index) -> list[str]:
    """Causes that the columns "loss <cause>" tell of, in their order."""
    return [str(name).removeprefix("loss ") for name in columns if str(name).startswith("loss ")]


Columns = dict[str, np.ndarray]


def _savings(run: Prepared) -> Columns:
    effects, scale = run.effects, run.clock.begin_value * run.clock.years
    names = {"tax_savings": "net", "saved_on_losses": "saved", "tax_on_gains": "taxed"}
    return {name: effects[column].to_numpy(dtype=float) / scale for name, column in names.items()}


def _harvest(months: pd.DataFrame, terms: Terms) -> Columns:
    def over_capital(*names: str) -> np.ndarray:
        return sum((months[name].to_numpy(dtype=float) for name in names), np.zeros(len(months))) / terms.capital

    losses, gains = -over_capital("loss_short", "loss_long"), over_capital("gain_short", "gain_long")
    columns = {"losses": losses, "gains": gains, "net_losses": losses - gains}
    for cause in cause_names(months.columns):
        lost, gained = -over_capital(f"loss {cause}"), over_capital(f"gain {cause}")
        columns |= {f"loss {cause}": lost, f"gain {cause}": gained, f"net {cause}": lost - gained}
    return columns


def _trading(months: pd.DataFrame, clock: Timeline) -> Columns:
    turnover = months["turnover"].to_numpy(dtype=float) / clock.years
    turnover[0] = 0.0
    rows = len(months) - 1
    predicted, realised = (months[name].to_numpy(dtype=float).copy() for name in ("tracking_error", "realised"))
    # Nothing follows the closing row that a prediction could be of.
    predicted[-1] = realised[-1] = 0.0
    return {
        "turnover": turnover,
        "cost": (months["cost"] / months["value"]).to_numpy(dtype=float) / clock.years,
        "predicted_te": predicted / rows,
        "realised_te": realised / rows,
    }


def _excess(returns: Returns) -> Columns:
    steps = returns.steps
    pre = steps["pre"] - steps["index_pre"]
    alpha = (steps["after"] - steps["index_after"]) - pre
    # Tax embedded since the row before is what a final sale would add to the bill.
    embedded = (steps["liquidation"] - steps["index_liquidation"]).diff()
    embedded.iloc[0] = steps["liquidation"].iloc[0] - steps["index_liquidation"].iloc[0]
    columns = {"tracking_difference": pre, "tax_alpha": alpha, "tax_alpha_liquidated": alpha - embedded}
    return {name: np.concatenate([[0.0], own.to_numpy(dtype=float) / returns.years]) for name, own in columns.items()}
