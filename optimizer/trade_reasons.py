"""Why each trade is there, in a few words found from the problem and the trades themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Problem
from optimizer.replacement import Replaced, buy_parts, replaced, residual_root
from optimizer.share_trades import ShareTrades

__all__ = ["reasons_to_buy", "reasons_to_sell"]

Floats = NDArray[np.float64]
_ALIKE = 0.3
_BELOW_THRESHOLD = "rebalance: loss below the harvest threshold"


def reasons_to_sell(problem: Problem, trades: ShareTrades) -> dict[int, str]:
    """Say why each lot is sold.

    Returns
    -------
    dict of int to str
        By index of the lot; the reason starts with one of exit (excluded name), harvest (its loss), rebalance (its
        loss is worth nothing), leave (not in the benchmark), cash (raises what is withdrawn or what the cash limit
        asks for), trim (overweight, as drift left it), risk (lowers tracking error) and fund (pays for buys).
    """
    sell, buy = trades.amounts(problem)
    gain = sell * problem.lot_gain * problem.nav
    raising = problem.cash < 0 or sell.sum() > buy.sum()
    slope = problem.root @ (problem.root.T @ problem.active) + problem.specific_variance * problem.active
    lots = np.flatnonzero(sell > 0)
    terms = np.where(problem.lot_long[lots], "long", "short").tolist()
    exits, counts = (problem.lot_priority[lots] > 0).tolist(), (problem.lot_credit[lots] > 0).tolist()
    reasons = {}
    for lot, name, amount, term, exit_, counted in zip(
        lots.tolist(), problem.lot_asset[lots].tolist(), gain[lots].tolist(), terms, exits, counts, strict=True
    ):
        if amount < 0 and not exit_:
            # What most sales are.
            reasons[lot] = f"harvest: {term}-term loss of {-amount:,.2f}" if counted else _BELOW_THRESHOLD
            continue
        result = f"{term}-term {'gain' if amount >= 0 else 'loss'} of {abs(amount):,.2f}"
        if exit_:
            reasons[lot] = f"exit: excluded name, {result}"
        else:
            reasons[lot] = _why_sold_at_a_gain(problem, name, result, raising, float(slope[name]))
    return reasons


def _why_sold_at_a_gain(problem: Problem, name: int, result: str, raising: bool, slope: float) -> str:
    active = problem.active[name]
    if problem.benchmark[name] == 0:
        return f"leave: not in the benchmark, {result}"
    if problem.cash < 0:
        return f"cash: raises cash to be paid out, {result}"
    if active > 0:
        return f"trim: overweight by {active * 1e4:.1f} bp, {result}"
    if slope > 0:
        return f"risk: lowers tracking error, {result}"
    return f"cash: raises cash, {result}" if raising else f"fund: pays for buys, {result}"


def reasons_to_buy(problem: Problem, trades: ShareTrades) -> dict[int, str]:
    """Say why each name is bought.

    Where most of what is bought is paid from cash, it invests cash. Otherwise the reason is the part of the marginal
    tracking variance that the buy lowers most (`BuyParts`): the factor exposure that sales give up, the name's own
    weight, or the factor exposure before trading.

    Returns
    -------
    dict of int to str
        By index of the name; the reason starts with one of cash, replace (names sold) and drift (from the benchmark).
    """
    sell, buy = trades.amounts(problem)
    sold = problem.by_name(sell)
    residual = residual_root(problem)
    parts = buy_parts(problem, sold, residual)
    from_cash = sold.sum() < 0.5 * buy.sum()
    names = np.flatnonzero(buy > 0)
    if from_cash:
        return {name: f"cash: invests cash{_underweight(problem, name, ', ')}" for name in names.tolist()}
    sales, own, drift = parts.sales[names], parts.own[names], parts.drift[names]
    by_weight = (own < sales) & (own <= drift) & (problem.active[names] < 0)
    by_drift = ~by_weight & (drift < np.minimum(sales, own)) & (drift < 0)
    reasons = {name: f"drift:{_underweight(problem, name, ' ')}" for name in names[by_weight].tolist()}
    for name, factor in zip(names[by_drift].tolist(), _missing_factors(problem, names[by_drift]), strict=True):
        reasons[name] = f"drift: the account is short of {factor}"
    others = names[~(by_weight | by_drift)]
    for name, found in zip(others.tolist(), replaced(problem, sold, others, residual), strict=True):
        reasons[name] = _why_replacing(found)
    return reasons


def _underweight(problem: Problem, name: int, joint: str) -> str:
    under = -problem.active[name] * 1e4
    return f"{joint}underweight by {under:.1f} bp" if under > 0.05 else ""


def _missing_factors(problem: Problem, names: NDArray[np.intp]) -> list[str]:
    """Of some names, the factor through which buying each lowers the account's exposure before trading most."""
    if not problem.factors:
        return [""] * len(names)
    meeting = problem.root[names] * (problem.root.T @ problem.active)
    return [problem.factors[k] for k in meeting.argmin(axis=1).tolist()]


def _why_replacing(found: Replaced | None) -> str:
    if found is None or found.correlation < _ALIKE:
        return "replace: takes up market exposure of the names sold"
    return (
        f"replace: takes up the factor exposure of {' and '.join(found.names)} "
        f"(mostly {found.factor}, correlation {found.correlation:.2f})"
    )
