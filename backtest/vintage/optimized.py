"""The optimizer that makes the trades of a live account, run through history."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from backtest.vintage.holdings import SHARE_DIGITS, in_shares
from backtest.vintage.leavers import LeaverTolerance
from backtest.vintage.reset_losses import Reset, reset_losses
from backtest.vintage.strategy import Decision, Situation
from optimizer import CashLimit, Limit, Mandate, RealizedGainLimit, TrackingErrorLimit, TurnoverLimit, rebalance
from optimizer.continuous import best_trades
from optimizer.formulate import formulate
from optimizer.household import TotalTrackingErrorLimit
from risk import FactorRisk
from tax import TaxRates
from taxsleeve_errors import InfeasibleError, OptimizerError, Shortfall

__all__ = ["OptimizedHarvest"]

_RELAXATIONS = (1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
# What the shortfall says is needed is needed without any harvest; a hair more, and every refusal costs a solve.
_SPARE = 1.01
# A lot of which an engine leaves less than this part goes whole.
_WHOLE = 1e-6
_UNUSED = Mandate(benchmark={"index": 1.0}, limits=(), rates=TaxRates(0.0, 0.0))


@dataclass(frozen=True)
class OptimizedHarvest:
    """The optimizer at every close: its solution alone, or `optimizer.rebalance` with its independent check.

    Where the tracking-error limit cannot be met, as when an index changes and purchases are locked, it gives way by the
    least of the factors 1.25, 1.5, 2, 3 and 5 that helps; where none does, budgets of gains (`RealizedGainLimit` and
    those of one term) are given up and the factors tried again. The decision says so.
    A household's limit (`Situation.shared`) gives way by the same factors, alone where the account's own can be met.

    A `TurnoverLimit` does not hold while the account is nothing but cash.

    Without the wash-sale rule every loss that is worth its round trip, and that `LossPerNameLimit` allows, is taken and
    bought straight back, and the optimizer trades what is then held.

    Parameters
    ----------
    limits : sequence of Limit
    mandate : Mandate
        Everything else (threshold, alpha, deferral, risk aversion, ...); its benchmark, limits, rates, use of losses
        and costs are those of the vintage, and fractions of a share may be traded.
    checked : bool
        Whether every limit is recomputed from each trade list, which takes about half of the time. Without it the
        vintage still refuses what would wash a loss or overdraw cash, and records the tracking error of what is held.
    leavers : LeaverTolerance or None
        Keeps names that left the index for a while; None tracks the index as it is.
    effort : float
        Part of the branching that a single rebalance spends on its certificate where the account is not `checked`.
        History keeps no certificate; a fifth ended within 0.1% of the same tax savings in half of the time.
    """

    limits: Sequence[Limit] = (TrackingErrorLimit(0.01), CashLimit(0.0, 0.002))
    mandate: Mandate = _UNUSED
    checked: bool = False
    leavers: LeaverTolerance | None = None
    effort: float = 0.2
    name: str = "optimizer"
    needs_risk: bool = True

    def decide(self, situation: Situation) -> Decision:
        """Rebalance.

        Raises
        ------
        OptimizerError
            No risk model is given, or nothing that may give way lets the limits be met.
        """
        if situation.risk is None:
            raise OptimizerError(f"{situation.account.as_of}: the optimizer needs a risk model")
        if not situation.shared:
            return self._least_relaxed(situation, situation.risk)
        try:
            return self._traded(situation, situation.risk, 1.0, budget=True)
        except InfeasibleError:
            return self._shared_relaxed(situation, situation.risk)

    def _shared_relaxed(self, situation: Situation, risk: FactorRisk) -> Decision:
        """Relax the account's own limits as if it were alone, and those of its household no more than they need."""
        alone = self._least_relaxed(replace(situation, shared=()), risk)
        for factor in _RELAXATIONS:
            shared = tuple(_relaxed(limit, factor) for limit in situation.shared)
            with contextlib.suppress(InfeasibleError):
                one = replace(situation, shared=shared)
                traded = self._traded(one, risk, alone.relaxed, budget=not alone.over_budget)
                return replace(traded, relaxed=alone.relaxed, over_budget=alone.over_budget)
        return alone

    def _least_relaxed(self, situation: Situation, risk: FactorRisk) -> Decision:
        least = 1.0
        for factor, budget in self._concessions():
            if factor < least:
                continue
            try:
                traded = self._traded(situation, risk, factor, budget=budget)
                return replace(traded, relaxed=factor, over_budget=not budget)
            except InfeasibleError as error:
                needed = (_SPARE * s.needed / s.limit * factor for s in error.shortfalls if _is_te(s))
                least = max([least if budget else 1.0, *(n for n in needed if n <= _RELAXATIONS[-1])])
        raise OptimizerError(f"{situation.account.as_of}: the limits cannot be met at five times the tracking error")

    def _concessions(self) -> Iterator[tuple[float, bool]]:
        """Factors of the tracking-error limit, with budgets of gains kept and then without."""
        yield from ((factor, True) for factor in _RELAXATIONS)
        if any(isinstance(limit, RealizedGainLimit) for limit in self.limits):
            yield from ((factor, False) for factor in _RELAXATIONS)

    def _traded(self, situation: Situation, risk: FactorRisk, factor: float, *, budget: bool) -> Decision:
        settings, leavers = situation.settings, self.leavers
        limits = (*(_relaxed(limit, factor) for limit in self.limits), *situation.shared)
        if not len(situation.account.lots):
            # An account of cash alone is invested at once, whatever may be traded later.
            limits = tuple(limit for limit in limits if not isinstance(limit, TurnoverLimit))
        mandate = replace(
            self.mandate,
            benchmark=situation.benchmark if leavers is None else leavers.benchmark(situation),
            limits=tuple(limit for limit in limits if budget or not isinstance(limit, RealizedGainLimit)),
            rates=settings.rates,
            losses=settings.losses,
            costs=settings.costs,
            fractional=True,
        )
        if leavers is not None:
            situation = replace(situation, account=leavers.account(situation))
        trade = _checked if self.checked else partial(_solved, effort=self.effort)
        if settings.wash_rule:
            return trade(situation, mandate, risk)
        reset: Reset = reset_losses(situation, mandate)
        return reset.undone(trade(reset.situation, mandate, risk))


def _checked(situation: Situation, mandate: Mandate, risk: FactorRisk) -> Decision:
    account = situation.account
    trades = rebalance(account, mandate, risk).trades
    sells, bought = trades[trades["side"] == "SELL"], trades[trades["side"] == "BUY"]
    sell = sells.set_index("lot_id")["shares"].reindex(account.lots.lot_id.tolist(), fill_value=0.0)
    buy = bought.set_index("asset")["shares"].reindex(pd.Index(account.securities.asset), fill_value=0.0)
    shares = np.round(sell.to_numpy(dtype=float), SHARE_DIGITS)
    return Decision(shares, np.round(buy.to_numpy(dtype=float), SHARE_DIGITS))


def _solved(situation: Situation, mandate: Mandate, risk: FactorRisk, effort: float) -> Decision:
    account = situation.account
    problem = formulate(account, mandate, risk, situation.locks)
    best = best_trades(problem, mandate, mandate.all_limits(), effort=effort)
    solution, lots = best.solution, account.lots
    sell = solution.sell * account.nav / problem.price[problem.lot_asset]
    whole = sell > lots.shares * (1 - _WHOLE)
    buy = np.zeros(len(account.securities.asset))
    buy[[account.securities.position[asset] for asset in problem.assets]] = solution.buy * account.nav / problem.price
    return Decision(np.where(whole, lots.shares, in_shares(sell)), in_shares(buy))


def _relaxed(limit: Limit, factor: float) -> Limit:
    if isinstance(limit, (TrackingErrorLimit, TotalTrackingErrorLimit)):
        return replace(limit, limit=limit.limit * factor)
    return limit


def _is_te(shortfall: Shortfall) -> bool:
    return shortfall.name == TrackingErrorLimit.name
