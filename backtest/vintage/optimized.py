"""The optimizer that makes the trades of a live account, run through history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from backtest.vintage.holdings import SHARE_DIGITS, in_shares
from backtest.vintage.strategy import Decision, Situation
from optimizer import CashLimit, Limit, Mandate, TrackingErrorLimit, rebalance
from optimizer.continuous import best_trades
from optimizer.formulate import formulate
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
    """The optimizer at every close: `optimizer.rebalance` with its independent check, or its solution alone.

    Where the tracking-error limit cannot be met, as when an index changes and purchases are locked, it gives way by the
    least of the factors 1.25, 1.5, 2, 3 and 5 that helps, and the decision says so.

    Parameters
    ----------
    limits : sequence of Limit
    mandate : Mandate
        Everything else (threshold, alpha, deferral, risk aversion, ...); its benchmark, limits, rates, use of losses
        and costs are those of the vintage, and fractions of a share may be traded.
    checked : bool
        Whether every limit is recomputed from each trade list, which takes about half of the time. Without it the
        vintage still refuses what would wash a loss or overdraw cash, and records the tracking error of what is held.
    """

    limits: Sequence[Limit] = (TrackingErrorLimit(0.01), CashLimit(0.0, 0.002))
    mandate: Mandate = _UNUSED
    checked: bool = True
    name: str = "optimizer"
    needs_risk: bool = True

    def decide(self, situation: Situation) -> Decision:
        """Rebalance.

        Raises
        ------
        OptimizerError
            No risk model is given, or no factor lets the limits be met.
        """
        if situation.risk is None:
            raise OptimizerError(f"{situation.account.as_of}: the optimizer needs a risk model")
        least = 1.0
        for factor in _RELAXATIONS:
            if factor < least:
                continue
            try:
                return self._traded(situation, situation.risk, factor)
            except InfeasibleError as error:
                least = max([least, *(_SPARE * s.needed / s.limit * factor for s in error.shortfalls if _is_te(s))])
        raise OptimizerError(f"{situation.account.as_of}: the limits cannot be met at five times the tracking error")

    def _traded(self, situation: Situation, risk: FactorRisk, factor: float) -> Decision:
        settings = situation.settings
        mandate = replace(
            self.mandate,
            benchmark=situation.benchmark,
            limits=tuple(_relaxed(limit, factor) for limit in self.limits),
            rates=settings.rates,
            losses=settings.losses,
            costs=settings.costs,
            fractional=True,
        )
        trade = _checked if self.checked else _solved
        return replace(trade(situation, mandate, risk), relaxed=factor)


def _checked(situation: Situation, mandate: Mandate, risk: FactorRisk) -> Decision:
    account = situation.account
    trades = rebalance(account, mandate, risk).trades
    sells, bought = trades[trades["side"] == "SELL"], trades[trades["side"] == "BUY"]
    sell = sells.set_index("lot_id")["shares"].reindex(account.lots.lot_id.tolist(), fill_value=0.0)
    buy = bought.set_index("asset")["shares"].reindex(pd.Index(account.securities.asset), fill_value=0.0)
    shares = np.round(sell.to_numpy(dtype=float), SHARE_DIGITS)
    return Decision(shares, np.round(buy.to_numpy(dtype=float), SHARE_DIGITS))


def _solved(situation: Situation, mandate: Mandate, risk: FactorRisk) -> Decision:
    account = situation.account
    problem = formulate(account, mandate, risk, situation.locks)
    best = best_trades(problem, mandate, mandate.all_limits())
    solution, lots = best.solution, account.lots
    sell = solution.sell * account.nav / problem.price[problem.lot_asset]
    whole = sell > lots.shares * (1 - _WHOLE)
    buy = np.zeros(len(account.securities.asset))
    buy[[account.securities.position[asset] for asset in problem.assets]] = solution.buy * account.nav / problem.price
    return Decision(np.where(whole, lots.shares, in_shares(sell)), in_shares(buy))


def _relaxed(limit: Limit, factor: float) -> Limit:
    return TrackingErrorLimit(limit.limit * factor) if isinstance(limit, TrackingErrorLimit) else limit


def _is_te(shortfall: Shortfall) -> bool:
    return shortfall.name == TrackingErrorLimit.name
