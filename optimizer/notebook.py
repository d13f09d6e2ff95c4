"""What a rebalance shows of itself in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

from optimizer.account import Account
from optimizer.check import Check
from optimizer.mandate import Mandate
from optimizer.valuation import realised, valuation

__all__ = ["household_html", "rebalance_html"]

_SHOWN = 10


def rebalance_html(
    account: Account, mandate: Mandate, trades: pd.DataFrame, check: Check, worth: tuple[float, float], engine: str
) -> str:
    """Return the answer as a small table, and the largest trades; `taxsleeve.report` makes the whole page.

    `worth` is the value of the trades and what none exceeds, in dollars.
    """
    outcome = check.outcome
    figures = realised(trades, mandate, account)
    answer = {
        "Losses harvested": _dollars(sum(figures["harvested"].values())),
        "Gains realised": _dollars(sum(figures["gains"].values())),
        "Tax saved": _dollars(valuation(mandate, outcome, check.readings).tax),
        "Tracking error a year": f"{outcome.tracking_error_after:.3%} (was {outcome.tracking_error_before:.3%})",
        "Turnover, two-way": f"{outcome.turnover:.2%}",
        "Value after costs and risk": f"{_dollars(worth[0])} (bound {_dollars(worth[1])})",
        "Engine": engine,
    }
    title = f"Rebalance of {account.as_of.isoformat()}, NAV {_dollars(outcome.nav)}"
    table = pd.DataFrame({title: answer}).to_html()
    largest = trades.sort_values("amount", ascending=False, kind="stable").head(_SHOWN)
    note = f"<p>The largest {len(largest)} of {len(trades)} rows of <code>trades</code>:</p>"
    return table + note + largest.to_html(index=False, na_rep="") if len(trades) else table + "<p>No trades.</p>"


def household_html(
    sleeves: Mapping[str, tuple[Account, Mandate, pd.DataFrame, Check]],
    total: tuple[float, float],
    tax: float,
    transfers: pd.DataFrame,
    how: str,
) -> str:
    """Return a household's answer: a row a sleeve, and what all together are.

    `sleeves` have account, mandate, trades and check of each; `total` is the tracking error of all before and after,
    `tax` the dollars saved on one bill.
    """
    rows = {}
    for name, (account, mandate, trades, check) in sleeves.items():
        outcome, figures = check.outcome, realised(trades, mandate, account)
        rows[name] = {
            "NAV": _dollars(outcome.nav),
            "losses harvested": _dollars(sum(figures["harvested"].values())),
            "gains realised": _dollars(sum(figures["gains"].values())),
            "tracking error a year": f"{outcome.tracking_error_after:.3%}",
            "turnover, two-way": f"{outcome.turnover:.2%}",
        }
    note = (
        f"<p>Household: tax saved {_dollars(tax)}; tracking error of all {total[1]:.3%} (was {total[0]:.3%}); "
        f"{len(transfers)} rows of <code>transfers</code>; best way: {escape(how)}.</p>"
    )
    return note + pd.DataFrame.from_dict(rows, orient="index").to_html()


def _dollars(amount: float) -> str:
    return f"-${-amount:,.0f}" if amount <= -0.5 else f"${abs(amount):,.0f}"
