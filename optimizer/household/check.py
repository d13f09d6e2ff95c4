"""The independent check of a household: transfer and trade lists judged from their own rows, without any solver."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.check import TOLERANCE, Check, check_trades
from optimizer.household.household import Household, Sleeve
from optimizer.household.in_turn import Guide, sleeve_mandate
from optimizer.household.moved_outcome import MovedOutcome, moved_outcome
from optimizer.household.shared_history import all_trades, taxed_lots, with_shared_history
from optimizer.household.total_risk import holdings_after, total_tracking_error
from optimizer.household.transfers import LotMove, after_transfers, movable_lots, welcome_assets
from optimizer.limits import HarvestOffsetsLimit, Limit, NetGainLimit, RealizedGainLimit
from risk import FactorRisk
from tax import Lots, TradeHistory, recent_purchases, washed_pairs
from taxsleeve_errors import InputError

__all__ = ["HouseholdCheck", "check_household"]


@dataclass(frozen=True, eq=False)
class HouseholdCheck:
    """What the check of a household found.

    Parameters
    ----------
    sleeves : dict of str to Check
        Each sleeve's own check, after the transfers; empty where the transfers themselves cannot be made.
    outcomes : dict of str to MovedOutcome
        Each sleeve as transfers and trades leave it, against how it stood before both.
    tracking_error_before, tracking_error_after : float
        Of the household against its blended benchmark, a year.
    violations : tuple of str
        What is wrong, one sentence each.
    """

    sleeves: dict[str, Check]
    outcomes: dict[str, MovedOutcome]
    tracking_error_before: float
    tracking_error_after: float
    violations: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.violations


def check_household(
    household: Household, risk: FactorRisk, transfers: pd.DataFrame, trades: Mapping[str, pd.DataFrame]
) -> HouseholdCheck:
    """Check the lists of a household against its accounts, the law, every mandate and its own limits.

    Parameters
    ----------
    household : Household
        As it was before anything moved.
    risk : FactorRisk
    transfers : DataFrame
        `TRANSFER_COLUMNS`, from any source.
    trades : mapping of str to DataFrame
        Trade list by sleeve, of the lots as they stand once the transfers are made.

    Returns
    -------
    HouseholdCheck
    """
    broken = [*_broken_transfers(household, risk, transfers), *_unsettled(household, transfers)]
    outcomes = {s.name: moved_outcome(s, risk, trades[s.name], transfers) for s in household.sleeves}
    before = total_tracking_error(household, risk, [_held(outcome) for outcome in outcomes.values()])
    after = total_tracking_error(household, risk, [holdings_after(o) for o in outcomes.values()])
    checks: dict[str, Check] = {}
    if not broken:
        moved = _moved(household, transfers)
        broken += _not_conserved(household, moved)
        for sleeve in moved.sleeves:
            mandate = sleeve_mandate(replace(moved, realized_gain=None), sleeve, Guide(), {})
            checks[sleeve.name] = check_trades(taxed_lots(sleeve), mandate, risk, trades[sleeve.name])
            broken += [f"sleeve {sleeve.name}: {words}" for words in checks[sleeve.name].violations]
        broken += _washed(moved, all_trades(household), trades)
    broken += _worse_than_before(household, outcomes)
    broken += _over_household_limits(household, outcomes, after)
    return HouseholdCheck(checks, outcomes, before, after, tuple(dict.fromkeys(broken)))


def _held(outcome: MovedOutcome) -> dict[str, float]:
    """Dollars held before anything moved."""
    return dict(zip(outcome.assets, (outcome.shares_before * outcome.price).tolist(), strict=True))


def _broken_transfers(household: Household, risk: FactorRisk, transfers: pd.DataFrame) -> Iterator[str]:
    """Rows that may not be made, or whose figures do not follow from the lot."""
    names = {sleeve.name for sleeve in household.sleeves}
    gone: dict[tuple[str, str], float] = defaultdict(float)
    for row in transfers.to_dict("records"):
        where = f"transfer of {row['asset'] or 'cash'} {row['lot_id']} from {row['from_sleeve']} to {row['to_sleeve']}"
        if row["from_sleeve"] not in names or row["to_sleeve"] not in names:
            yield f"{where}: the household has no such sleeve"
            continue
        source, target = household.sleeve(str(row["from_sleeve"])), household.sleeve(str(row["to_sleeve"]))
        if not source.may_move_to(target):
            yield f"{where}: only between accounts of the same owner and kind"
        if row["kind"] == "cash":
            if not (math.isfinite(row["amount"]) and row["amount"] > 0):
                yield f"{where}: amount {row['amount']}, expected more than zero"
        elif row["kind"] != "lot":
            yield f"{where}: kind {row['kind']!r}, expected lot or cash"
        elif not household.transfers:
            yield f"{where}: the household does not move lots"
        else:
            yield from _broken_lot_row(row, source, target, risk, where, gone)


def _broken_lot_row(
    row: Mapping[Any, Any],
    source: Sleeve,
    target: Sleeve,
    risk: FactorRisk,
    where: str,
    gone: dict[tuple[str, str], float],
) -> Iterator[str]:
    lots = source.account.lots
    found = np.flatnonzero(lots.lot_id == str(row["lot_id"]))
    if not len(found) or lots.asset[found[0]] != row["asset"]:
        yield f"{where}: the sleeve has no such lot"
        return
    lot = int(found[0])
    shares, held = float(row["shares"]), float(lots.shares[lot])
    gone[source.name, str(row["lot_id"])] += shares
    if not (math.isfinite(shares) and shares > 0) or gone[source.name, str(row["lot_id"])] > held * (1 + 1e-9):
        yield f"{where}: {shares} shares of a lot of {held}"
    if not (source.mandate.fractional or shares.is_integer() or math.isclose(shares, held, rel_tol=1e-9)):
        yield f"{where}: {shares} shares cannot be moved"
    price = float(source.account.securities.price[source.account.lot_position[lot]])
    amount = float(row["amount"])
    if not math.isclose(float(row["price"]), price) or not math.isclose(amount, shares * price, rel_tol=1e-9):
        yield f"{where}: price {row['price']} and amount {amount}, expected {shares} shares at {price}"
    basis = float(lots.basis[lot])
    if not math.isclose(float(row["cost_per_share"]), basis, rel_tol=1e-9, abs_tol=1e-12):
        yield f"{where}: basis {row['cost_per_share']}, the lot's is {basis}"
    for column in ("acquired", "holding_start"):
        if str(row[column]) != str(getattr(lots, column)[lot]):
            yield f"{where}: {column} {row[column]}, the lot's is {getattr(lots, column)[lot]}"
    if not movable_lots(source, risk)[lot]:
        yield f"{where}: the lot may not leave (restricted, not rated, or bought in the wash-sale window)"
    if row["asset"] not in welcome_assets(target, risk):
        yield f"{where}: the receiving sleeve does not take it (not in its benchmark, restricted or not rated)"


def _unsettled(household: Household, transfers: pd.DataFrame) -> Iterator[str]:
    """Sleeves whose value the transfers change: what comes in lots and cash must go out in lots and cash."""
    for sleeve in household.sleeves:
        came = float(transfers.loc[transfers["to_sleeve"] == sleeve.name, "amount"].sum())
        went = float(transfers.loc[transfers["from_sleeve"] == sleeve.name, "amount"].sum())
        if abs(came - went) > max(0.01, 1e-9 * sleeve.account.nav):
            yield f"sleeve {sleeve.name}: transfers bring {came:,.2f} and take {went:,.2f}, expected equal values"


def _moved(household: Household, transfers: pd.DataFrame) -> Household:
    rows = transfers[transfers["kind"] == "lot"]
    columns = (rows[name].tolist() for name in ("from_sleeve", "to_sleeve", "lot_id", "shares"))
    moves = [LotMove(str(s), str(t), str(lot), float(shares)) for s, t, lot, shares in zip(*columns, strict=True)]
    shared = with_shared_history(household)
    try:
        return after_transfers(shared, moves)
    except InputError:  # pragma: no cover - only a sleeve that is worth nothing after a value-neutral move
        return shared


def _not_conserved(household: Household, moved: Household) -> Iterator[str]:
    """Shares of each basis and dates that an owner held before and does not after, or the other way round."""

    def totals(sleeves: tuple[Sleeve, ...]) -> dict[tuple[object, ...], float]:
        found: dict[tuple[object, ...], float] = defaultdict(float)
        for sleeve in sleeves:
            lots: Lots = sleeve.account.lots
            keys = zip(
                lots.asset.tolist(), lots.basis.tolist(), lots.acquired.tolist(), lots.holding_start.tolist(),
                strict=True,
            )  # fmt: skip
            for key, shares in zip(keys, lots.shares.tolist(), strict=True):
                found[sleeve.owner, sleeve.kind, *key] += shares
        return found

    before, after = totals(household.sleeves), totals(moved.sleeves)
    for key in {**before, **after}:
        had, has = before.get(key, 0.0), after.get(key, 0.0)
        if not math.isclose(had, has, rel_tol=1e-9):
            yield f"{key[2]} of owner {key[0]}: {had} shares of basis {key[3]} before the transfers, {has} after"


def _washed(moved: Household, history: TradeHistory, trades: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """Wash sales across all accounts, tax-free ones included, within the lists or with the last 30 days."""
    losses: dict[str, list[tuple[str, str, str]]] = {sleeve.name: [] for sleeve in moved.sleeves}
    bought: list[tuple[str, str]] = []
    sold: dict[str, float] = {}
    for sleeve in moved.sleeves:
        securities = sleeve.account.securities
        for row in trades[sleeve.name].itertuples(index=False):
            if row.asset not in securities.position:
                continue
            group = securities.group[securities.position[str(row.asset)]]
            lot = f"{sleeve.name}/{row.lot_id}"
            if row.side == "BUY":
                bought.append((str(row.asset), group))
                continue
            sold[lot] = float(str(row.shares))
            if sleeve.taxed and float(str(row.gain)) < 0:
                losses[sleeve.name].append((str(row.asset), group, lot))
    union = _all_lots(moved)
    for sleeve in moved.sleeves:
        # A loss that only the sleeve's own lots wash may have a price there; one that another's wash has none.
        unpriced = _bought_of_late(moved, without=sleeve) if sleeve.mandate.partly_washed == "price" else None
        for priced in (False, True):
            own = [loss for loss in losses[sleeve.name] if priced == (unpriced is not None and loss[1] not in unpriced)]
            found = washed_pairs(history, union, moved.as_of, losses=own, bought=bought, sold=sold, priced=priced)
            yield from (f"household: {words}" for words in found)


def _all_lots(household: Household) -> Lots:
    """Lots of all sleeves, under their sleeve's name."""
    lots = [(s, s.account.lots) for s in household.sleeves]
    return Lots.build(
        lot_id=[f"{s.name}/{lot}" for s, own in lots for lot in own.lot_id.tolist()],
        **{
            name: np.concatenate([getattr(own, name) for _, own in lots]).tolist()
            for name in ("asset", "group", "account", "shares", "basis")
        },
        acquired=np.concatenate([own.acquired for _, own in lots]),
        holding_start=np.concatenate([own.holding_start for _, own in lots]),
    )


def _bought_of_late(household: Household, *, without: Sleeve) -> set[str]:
    """Groups that other sleeves hold lots of from the last 30 days."""
    others = [sleeve.account.lots for sleeve in household.sleeves if sleeve is not without]
    return {str(group) for lots in others for group in lots.group[recent_purchases(lots, household.as_of)]}


def _worse_than_before(household: Household, outcomes: Mapping[str, MovedOutcome]) -> Iterator[str]:
    """Limits read against how a sleeve stood before the transfers: a move may not widen what drift has broken."""
    for sleeve in household.sleeves:
        for limit in sleeve.mandate.all_limits():
            if _of_gains(limit, sleeve):
                continue
            for reading in limit.readings(outcomes[sleeve.name]):
                if reading.price is None and not reading.excess <= TOLERANCE:
                    of = f" of {reading.where}" if reading.where else ""
                    yield (
                        f"sleeve {sleeve.name}: {reading.name}{of} is {reading.value:.8g} after transfers and trades, "
                        f"{reading.excess:.3g} beyond its limit {reading.limit:.8g}"
                    )


def _of_gains(limit: Limit, sleeve: Sleeve) -> bool:
    """Whether a limit is on gains that the sleeve's own check, or nobody, has to keep."""
    return isinstance(limit, RealizedGainLimit) or (not sleeve.taxed and isinstance(limit, NetGainLimit))


def _over_household_limits(
    household: Household, outcomes: Mapping[str, MovedOutcome], tracking_error: float
) -> Iterator[str]:
    limit = household.tracking_error
    if limit is not None and not tracking_error <= limit + TOLERANCE:
        yield f"household: tracking error is {tracking_error:.8g}, beyond its limit {limit:.8g}"
    if household.realized_gain is not None:
        gains = sum(outcomes[s.name].gross_gains for s in household.sleeves if s.taxed) / household.nav
        if not gains <= household.realized_gain + TOLERANCE:
            yield f"household: realized_gain is {gains:.8g}, beyond its limit {household.realized_gain:.8g}"
    usable = _usable_losses(household)
    if usable is not None:
        loss = -sum(float(outcomes[s.name].gains().sum()) for s in household.sleeves if s.taxed) / household.nav
        if not loss <= usable / household.nav + TOLERANCE:
            yield f"household: net losses are {loss:.8g}, beyond what the year can use, {usable / household.nav:.8g}"


def _usable_losses(household: Household) -> float | None:
    """Dollars of net loss that the year can use, where every taxed sleeve harvests only that, of one year."""
    taxed = [s for s in household.sleeves if s.taxed]
    years = [limit.year for s in taxed for limit in s.mandate.limits if isinstance(limit, HarvestOffsetsLimit)]
    if not years or len(years) < len(taxed) or any(year != years[0] for year in years):
        return None
    return max(0.0, sum(years[0].net) + years[0].deduction)
