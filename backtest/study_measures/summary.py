"""One run in a few dozen figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from backtest.study_measures.no_outside_gains import without_outside_gains
from backtest.study_measures.prepared import Prepared
from backtest.study_measures.returns import Returns
from backtest.study_measures.terms import Terms
from backtest.study_measures.timeline import Timeline
from tax.measurement import TerminalWealth, annualized_savings, donation_deduction_value, terminal_wealth

__all__ = ["run_summary"]


def run_summary(run: Prepared) -> dict[str, float]:
    """Measure one run; the names are those of `MEASURES`, which says what each is.

    Parameters
    ----------
    run : Prepared
        From `prepare(months, facts)`.
    """
    months, terms, clock, returns = run.months, run.terms, run.clock, run.returns
    return {
        "years": clock.years,
        **_savings(run.effects, clock),
        **_harvest(months, terms),
        **_risk(months, terms),
        **_trading(months, clock),
        **_returns(returns),
        **_unused(months, terms, clock),
        **_ends(months, returns),
    }


def _savings(effects: pd.DataFrame, clock: Timeline) -> dict[str, float]:
    short, long = (effects[f"saved_{term}"] - effects[f"taxed_{term}"] for term in ("short", "long"))
    effects = effects.assign(net_short=short, net_long=long)
    names = {
        "tax_savings": "net",
        "saved_on_losses": "saved",
        "tax_on_gains": "taxed",
        "tax_savings_short": "net_short",
        "tax_savings_long": "net_long",
    }
    yearly = effects.groupby(clock.year).sum()
    begins = pd.Series(clock.begin_value).groupby(clock.year).first().tolist()
    # A mean over whole years; a last year cut short counts for what it is.
    scale = len(begins) / clock.years
    return {name: scale * annualized_savings(yearly[column].tolist(), begins) for name, column in names.items()}


def _harvest(months: pd.DataFrame, terms: Terms) -> dict[str, float]:
    total = months[["loss_short", "loss_long", "gain_short", "gain_long", "disallowed"]].sum() / terms.capital
    losses = -float(total["loss_short"] + total["loss_long"])
    gains = float(total["gain_short"] + total["gain_long"])
    return {
        "losses": losses,
        "gains": gains,
        "net_losses": losses - gains,
        "losses_short": -float(total["loss_short"]),
        "losses_long": -float(total["loss_long"]),
        "gains_short": float(total["gain_short"]),
        "gains_long": float(total["gain_long"]),
        "short_term_share": -float(total["loss_short"]) / losses if losses > 0 else np.nan,
        "disallowed": float(total["disallowed"]),
    }


def _risk(months: pd.DataFrame, terms: Terms) -> dict[str, float]:
    predicted = _root_mean_square(months["tracking_error"].iloc[:-1])
    realised = terms.realised_te if np.isfinite(terms.realised_te) else _root_mean_square(months["realised"])
    return {
        "predicted_te": predicted,
        "realised_te": realised,
        "te_ratio": realised / predicted if predicted > 0 else np.nan,
        "relaxed": float((months["relaxed"].iloc[:-1] > 1).mean()),
    }


def _trading(months: pd.DataFrame, clock: Timeline) -> dict[str, float]:
    value = months["value"]
    return {
        # The first row buys the portfolio; that is no turnover.
        "turnover": float(months["turnover"].iloc[1:].sum()) / clock.years,
        "cost": float((months["cost"] / value).sum()) / clock.years,
        "locked": float(months["locked"].iloc[-1]),
        "embedded_gain": float(months["embedded_gain"].iloc[-1]),
        "lots": float(months["lots"].iloc[-1]),
    }


def _returns(returns: Returns) -> dict[str, float]:
    before, after = returns.alpha(liquidated=False), returns.alpha(liquidated=True)
    return {
        "pre_tax_return": returns.annual("pre"),
        "index_return": returns.annual("index_pre"),
        "tracking_difference": before.excess_pre_tax,
        "after_tax_return": returns.annual("after"),
        "index_after_tax_return": returns.annual("index_after"),
        "tax_alpha": before.tax_alpha,
        "tax_alpha_liquidated": after.tax_alpha,
        "after_tax_excess": before.excess_after_tax,
        "after_tax_excess_liquidated": after.excess_after_tax,
    }


def _unused(months: pd.DataFrame, terms: Terms, clock: Timeline) -> dict[str, float]:
    found = without_outside_gains(months, terms, clock.years)
    return {
        "carryforward": found.carryforward,
        "losses_used": found.used,
        "tax_savings_without_outside_gains": found.savings,
    }


def _ends(months: pd.DataFrame, returns: Returns) -> dict[str, float]:
    terms, last = returns.terms, months.iloc[-1]
    value = float(last["value"])
    short, long = float(last["unrealised_short"]), float(last["unrealised_long"])
    # Of the lots worth more than they cost, short-term ones deduct their basis only.
    appreciated = float(last["locked"]) * value
    given = donation_deduction_value(max(0.0, appreciated - max(0.0, short)), 0.0, terms.rates.ordinary)
    own = terminal_wealth(value, max(0.0, value - short - long), terms.rates, deduction_value=given)
    index = float(last["benchmark"])
    index_tax = float(returns.steps["index_liquidation"].iloc[-1]) * index
    return {
        **{f"terminal_{name}": amount / terms.capital for name, amount in _three(own).items()},
        "terminal_index_liquidated": (index - index_tax) / terms.capital,
        "terminal_index_stepped_up": index / terms.capital,
    }


def _three(wealth: TerminalWealth) -> dict[str, float]:
    return {"liquidated": wealth.liquidated, "stepped_up": wealth.stepped_up, "donated": wealth.donated}


def _root_mean_square(values: pd.Series) -> float:
    known = values.dropna().to_numpy(dtype=float)
    return float(np.sqrt(np.mean(known**2))) if len(known) else np.nan
