"""The sleeves of a household rebalanced one after the other, each under the locks and limits that the others leave."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from optimizer.engines import NEWTON, Engine, HighsEngine
from optimizer.household.household import Household, Sleeve
from optimizer.household.shared_history import side_locks, sleeve_locks, taxed_lots, todays_trades
from optimizer.household.total_risk import (
    TotalTrackingErrorLimit,
    holdings_after,
    total_active,
    total_tracking_error,
)
from optimizer.limits import HarvestOffsetsLimit, NetGainLimit, RealizedGainLimit, TrackingErrorLimit
from optimizer.limits.base import Limit
from optimizer.mandate import Mandate
from optimizer.rebalance import Rebalance, rebalance
from optimizer.valuation import realised
from optimizer.year_to_date import YearToDate
from risk import FactorRisk
from tax import LossUse, TaxRates
from taxsleeve_errors import InfeasibleError, OptimizerError

__all__ = ["Guide", "rebalance_in_turn", "sleeve_mandate"]

# Rounding to whole shares does not steer by the household's tracking error: leave it room, more on another try.
_ROOMS = (0.01, 0.04, 0.12, 0.25)
_TIGHTER = (0.99, 0.95, 0.9, 0.8, 0.65, 0.5)
_KEPT = 1e-6
Holdings = dict[str, float]


@dataclass(frozen=True, eq=False)
class Guide:
    """What the joint solution would have each sleeve do.

    Parameters
    ----------
    sides : mapping of str to bool
        By group that several sleeves hold or may buy: sold at a loss (True), or open to buys.
    holdings : mapping of str to (mapping of str to float)
        By sleeve: dollars of each name after trading.
    gains : mapping of str to float
        By sleeve: dollars of gross gains realised.
    """

    sides: Mapping[str, bool] = field(default_factory=dict)
    holdings: Mapping[str, Holdings] = field(default_factory=dict)
    gains: Mapping[str, float] = field(default_factory=dict)


def rebalance_in_turn(
    household: Household, risk: FactorRisk, guide: Guide, *, engine: Engine | HighsEngine = NEWTON
) -> tuple[Rebalance, ...]:
    """Rebalance every sleeve, those with most to harvest first and tax-free ones last.

    Parameters
    ----------
    household : Household
        With shared history, once the moves in kind are made.
    risk : FactorRisk
    guide : Guide
    engine : Engine or HighsEngine

    Returns
    -------
    tuple of Rebalance
        In the order of the household's sleeves.

    Raises
    ------
    InfeasibleError
        Names the sleeve and the limit; of the household's tracking error, what was reached.
    OptimizerError
    """
    limit = household.tracking_error
    results = _one_pass(household, risk, guide, engine, None, 1.0)
    if limit is None or (reached := _total(household, risk, results)) <= limit + _KEPT:
        return results
    for room in _ROOMS:
        # The check of the sleeve that comes last reads the household's tracking error off all the lists.
        with contextlib.suppress(OptimizerError):
            return _one_pass(household, risk, guide, engine, room, 1.0)
    # Sleeves that each track within f of their own limit track together within the weighted sum of those.
    for tighter in _TIGHTER:
        try:
            results = _one_pass(household, risk, guide, engine, None, tighter * limit / reached)
        except InfeasibleError:
            continue
        if _total(household, risk, results) <= limit + _KEPT:
            return results
    raise InfeasibleError(
        f"household: no lists were found whose total tracking error is within {limit:.3%} (reached {reached:.3%})"
    )


def _total(household: Household, risk: FactorRisk, results: Sequence[Rebalance]) -> float:
    return total_tracking_error(household, risk, [holdings_after(result.check.outcome) for result in results])


def _one_pass(
    household: Household,
    risk: FactorRisk,
    guide: Guide,
    engine: Engine | HighsEngine,
    room: float | None,
    tighter: float,
) -> tuple[Rebalance, ...]:
    done: dict[str, Rebalance] = {}
    ordered = _order(household)
    for place, sleeve in enumerate(ordered):
        today = [todays_trades(household.sleeve(name), r.trades, household.as_of) for name, r in done.items()]
        locks = side_locks(sleeve_locks(household, sleeve, today), guide.sides, household.as_of)
        mandate = sleeve_mandate(household, sleeve, guide, done, tighter)
        if room is not None:
            # Each sleeve leaves less room than the one before, so that it can make good what that one's rounding took.
            left = room * (1 - place / len(ordered))
            limit = replace(_household_limit(household, sleeve, risk, guide, done), room=left)
            mandate = replace(mandate, limits=(*mandate.limits, limit))
        try:
            done[sleeve.name] = rebalance(taxed_lots(sleeve), mandate, risk, engine=engine, locks=locks)
        except InfeasibleError as error:
            raise InfeasibleError(
                f"sleeve {sleeve.name}: {error.message}", partial(getattr, error, "shortfalls")
            ) from error
    return tuple(done[sleeve.name] for sleeve in household.sleeves)


def _order(household: Household) -> list[Sleeve]:
    """Taxed sleeves first, the one with the greatest losses foremost; a sleeve's place decides among equals."""

    def losses(sleeve: Sleeve) -> float:
        lots, account = sleeve.account.lots, sleeve.account
        price = account.securities.price[account.lot_position]
        return float((lots.shares * np.minimum(price - lots.basis, 0.0)).sum())

    return sorted(household.sleeves, key=lambda s: (not s.taxed, losses(s)))


def sleeve_mandate(
    household: Household, sleeve: Sleeve, guide: Guide, done: Mapping[str, Rebalance], tighter: float = 1.0
) -> Mandate:
    """Return a sleeve's mandate with what the household leaves it: gain budget, the year, a tighter risk limit.

    A tax-free sleeve has rates of zero and no gain budget.
    """
    mandate = sleeve.mandate
    if not sleeve.taxed:
        limits = [limit for limit in mandate.limits if not isinstance(limit, (RealizedGainLimit, NetGainLimit))]
        untaxed = replace(mandate, rates=TaxRates(0.0, 0.0), losses=LossUse.UNLIMITED, deferral=None, limits=limits)
        # It has no loss, so none that a purchase washes into the basis of its lots.
        mandate = replace(untaxed, partly_washed="avoid")
    elif mandate.losses is LossUse.NETTING:
        mandate = replace(mandate, year_to_date=_year_with(mandate, done))
    limits = [_offsets_left(household, _tightened(limit, tighter), done) for limit in mandate.limits]
    if sleeve.taxed and household.realized_gain is not None:
        budget = _budget_left(household, sleeve, guide, done) / sleeve.account.nav
        budget = min([budget, *(limit.limit for limit in limits if type(limit) is RealizedGainLimit)])
        limits = [limit for limit in limits if type(limit) is not RealizedGainLimit]
        limits.append(RealizedGainLimit(max(budget, 0.0)))
    return replace(mandate, limits=limits)


def _tightened(limit: Limit, tighter: float) -> Limit:
    return replace(limit, limit=limit.limit * tighter) if isinstance(limit, TrackingErrorLimit) else limit


def _offsets_left(household: Household, limit: Limit, done: Mapping[str, Rebalance]) -> Limit:
    """Take the net losses of earlier sleeves from what the household's year can use."""
    if not isinstance(limit, HarvestOffsetsLimit):
        return limit
    taxed = (result for name, result in done.items() if household.sleeve(name).taxed)
    net = min(sum(float(result.check.outcome.gains().sum()) for result in taxed), 0.0)
    return replace(limit, year=replace(limit.year, short=limit.year.short + net))


def _budget_left(household: Household, sleeve: Sleeve, guide: Guide, done: Mapping[str, Rebalance]) -> float:
    """Dollars of gross gains that the sleeve may realise: the budget less those made and those kept for the others."""
    made = sum(result.check.outcome.gross_gains for name, result in done.items() if household.sleeve(name).taxed)
    kept = sum(guide.gains.get(s.name, 0.0) for s in household.sleeves if s is not sleeve and s.name not in done)
    return (household.realized_gain or 0.0) * household.nav - made - kept


def _year_with(mandate: Mandate, done: Mapping[str, Rebalance]) -> YearToDate:
    """Return the year so far with what earlier sleeves realise today, so that the sleeves' taxes add up to one bill."""
    short, long = mandate.year_to_date.short, mandate.year_to_date.long
    for result in done.values():
        figures = realised(result.trades, result.mandate, result.account)
        short += figures["gains"]["short"] - figures["harvested"]["short"]
        long += figures["gains"]["long"] - figures["harvested"]["long"]
    return replace(mandate.year_to_date, short=short, long=long)


def _household_limit(
    household: Household,
    sleeve: Sleeve,
    risk: FactorRisk,
    guide: Guide,
    done: Mapping[str, Rebalance],
) -> TotalTrackingErrorLimit:
    others = []
    for other in household.sleeves:
        if other is sleeve:
            continue
        if other.name in done:
            others.append(holdings_after(done[other.name].check.outcome))
        else:
            others.append(dict(guide.holdings.get(other.name) or _held(other)))
    limit, share = household.tracking_error or np.inf, household.shares[sleeve.name]
    return TotalTrackingErrorLimit(limit, share, total_active(household, others), risk)


def _held(sleeve: Sleeve) -> Holdings:
    account = sleeve.account
    held: Holdings = {}
    dollars = account.lots.shares * account.securities.price[account.lot_position]
    for asset, amount in zip(account.lots.asset.tolist(), dollars.tolist(), strict=True):
        held[asset] = held.get(asset, 0.0) + amount
    return held
