"""The measures of a run: what each is called, and what it is exactly."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MEASURES", "POOLED", "Measure", "measure"]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Parameters
    ----------
    name : str
        Key of `run_summary`, column of the tables.
    title : str
        For headings.
    meaning : str
        One sentence that says over what it is measured.
    kind : str
        "percent", "ratio" or "number".
    pooled : bool
        Whether it is a sum over the months of a run, so that its mean over vintages has a bootstrap interval.
    """

    name: str
    title: str
    meaning: str
    kind: str = "percent"
    pooled: bool = False


_A_YEAR = "a year: each year's dollars over the value at its start, mean over the years since inception"
MEASURES = (
    Measure("tax_savings", "Net tax savings a year", f"tax saved on losses less tax on gains, {_A_YEAR}", pooled=True),
    Measure("saved_on_losses", "Saved on losses", f"before the tax on gains, {_A_YEAR}", pooled=True),
    Measure("tax_on_gains", "Tax on gains", f"tax on realised gains, {_A_YEAR}", pooled=True),
    Measure("tax_savings_short", "Net savings, short-term", f"short-term losses less short-term gains, {_A_YEAR}"),
    Measure("tax_savings_long", "Net savings, long-term", f"long-term losses less long-term gains, {_A_YEAR}"),
    Measure("tax_alpha", "Tax alpha", "excess after tax less excess before tax, a year, over an index account with the "
            "same flows whose dividends are taxed; nothing sold at the end", pooled=True),
    Measure("tax_alpha_liquidated", "Tax alpha, sold at the end", "the same with both accounts sold at the last close "
            "and the tax on it paid", pooled=True),
    Measure("after_tax_excess", "After-tax excess", "after-tax return over the index account's, a year; costs and "
            "tracking included"),
    Measure("after_tax_excess_liquidated", "After-tax excess, sold at the end", "the same with both accounts sold"),
    Measure("losses", "Losses", "all losses realised over the whole run, over the initial capital", pooled=True),
    Measure("gains", "Gains", "all gains realised over the whole run, over the initial capital", pooled=True),
    Measure("net_losses", "Net losses", "losses less gains of the whole run, over the initial capital", pooled=True),
    Measure("losses_short", "Short-term losses", "over the initial capital"),
    Measure("losses_long", "Long-term losses", "over the initial capital"),
    Measure("gains_short", "Short-term gains", "over the initial capital"),
    Measure("gains_long", "Long-term gains", "over the initial capital"),
    Measure("short_term_share", "Short-term share of losses", "of the dollars of loss"),
    Measure("disallowed", "Losses disallowed", "by the wash-sale rule, over the initial capital"),
    Measure("predicted_te", "Predicted tracking error", "a year, after trading, root mean square over the rebalances",
            pooled=True),
    Measure("realised_te", "Realised tracking error", "annualised deviation of daily returns less the index's",
            pooled=True),
    Measure("te_ratio", "Realised / predicted", "tracking error", kind="ratio"),
    Measure("relaxed", "Rebalances relaxed", "share of rebalances at which the tracking-error limit had to give way"),
    Measure("turnover", "Turnover a year", "one-way (half of what is traded over value), without the first purchase",
            pooled=True),
    Measure("cost", "Trading costs a year", "over value, the first purchase included", pooled=True),
    Measure("locked", "Locked share", "of value at the end, in lots worth more than they cost"),
    Measure("embedded_gain", "Embedded gain", "unrealised gain over value at the end"),
    Measure("lots", "Lots", "held at the end", kind="number"),
    Measure("pre_tax_return", "Return before tax", "a year, after costs"),
    Measure("index_return", "Index return before tax", "a year"),
    Measure("tracking_difference", "Tracking difference", "return before tax less the index's, a year", pooled=True),
    Measure("after_tax_return", "Return after tax", "a year, nothing sold at the end"),
    Measure("index_after_tax_return", "Index return after tax", "a year, nothing sold at the end"),
    Measure("carryforward", "Carryforward without outside gains", "losses not used at the end by an investor whose "
            "only gains are the account's, over the initial capital"),
    Measure("losses_used", "Losses used without outside gains", "of the losses harvested"),
    Measure("tax_savings_without_outside_gains", "Net savings without outside gains", "a year: true netting by tax "
            "year, 3,000 dollars against other income, the rest carried"),
    Measure("terminal_liquidated", "Wealth, sold", "at the end, long-term tax on the gain paid, initial capital = 1",
            kind="ratio"),
    Measure("terminal_stepped_up", "Wealth, left to heirs", "at the end, basis stepped up, initial capital = 1",
            kind="ratio"),
    Measure("terminal_donated", "Wealth, given", "at the end with the deduction of appreciated lots at the ordinary "
            "rate, initial capital = 1", kind="ratio"),
    Measure("terminal_index_liquidated", "Index wealth, sold", "the index account, sold", kind="ratio"),
    Measure("terminal_index_stepped_up", "Index wealth, left to heirs", "the index account", kind="ratio"),
)  # fmt: skip
"""Every measure of `run_summary` but `years`, in the order of the tables."""

POOLED = tuple(one.name for one in MEASURES if one.pooled)
"""Those whose means have intervals."""

_BY_NAME = {one.name: one for one in MEASURES}


def measure(name: str) -> Measure:
    """Look up a measure by its name."""
    return _BY_NAME[name]
