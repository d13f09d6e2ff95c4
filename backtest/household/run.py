"""A household moved through time: sleeves in turn at every close, one wash-sale window, one tax bill, moves in kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from backtest.household.member import Member, check_members, check_total_limit
from backtest.household.moves import Moved, as_household, move_graduates
from backtest.household.result import HouseholdResult, household_held, household_total
from backtest.household.tapes import blended_tape, household_tapes
from backtest.household.tax_free import tax_free
from backtest.household.total_limit import TotalLimit
from backtest.vintage.books import Books, spans
from backtest.vintage.carry import Carried
from backtest.vintage.holdings import Holdings, RecentTrades
from backtest.vintage.lot_table import LotTable
from backtest.vintage.moment import Moment
from backtest.vintage.result import Held
from backtest.vintage.risk_source import RiskSource
from backtest.vintage.settings import VintageSettings
from backtest.vintage.tape import Tape
from backtest.vintage.taxes import TaxAccount
from optimizer.household import TRANSFER_COLUMNS, Household
from risk import FactorRisk
from tax import TaxRates

__all__ = ["run_household"]

OnRebalance = Callable[[Household, "FactorRisk | None"], None]


def run_household(
    members: Sequence[Member],
    settings: VintageSettings,
    risk: RiskSource | None = None,
    *,
    tracking_error: float | None = None,
    transfers: bool = True,
    on_rebalance: OnRebalance | None = None,
) -> HouseholdResult:
    """Fund a household's sleeves and rebalance them on the same days.

    At each close names that graduated move in kind (`optimizer.household`'s rule; without a risk model nothing moves),
    then each sleeve trades under the wash-sale locks that all accounts leave it, today's trades of those before it
    counted: taxed ones with the greatest losses first, tax-free ones last. Every sleeve keeps its own value.

    Parameters
    ----------
    members : sequence of Member
    settings : VintageSettings
        Of the household; each sleeve has its share of the capital. Tax that moves cash is one bill, which taxed sleeves
        share by value.
    risk : RiskSource, optional
    tracking_error : float, optional
        Limit a year on all sleeves together against the blended benchmark. Sleeves that the optimizer manages meet it
        in their turn, the last one whole; where locks keep one from it, it gives way (`relaxed` of the total).
    transfers : bool
        Whether names move in kind; without it each sleeve sells what leaves its index, the window still being one.
    on_rebalance : callable, optional
        Shown the household at each close before anything moves.

    Raises
    ------
    InputError
        The members do not make a household, or as of `run_vintage`.
    OptimizerError, TaxError
        As of `run_vintage`.
    """
    check_members(members, settings, has_risk=risk is not None)
    if tracking_error is not None:
        check_total_limit(tracking_error, members, has_risk=risk is not None)
    return _Run(members, settings, risk, tracking_error, transfers, on_rebalance).result()


class _Run:
    def __init__(
        self,
        members: Sequence[Member],
        settings: VintageSettings,
        risk: RiskSource | None,
        tracking_error: float | None,
        transfers: bool,
        on_rebalance: OnRebalance | None,
    ) -> None:
        self._members, self._settings, self._risk = members, settings, risk
        self._tracking_error, self._transfers, self._on_rebalance = tracking_error, transfers, on_rebalance
        self._tapes = household_tapes([m.index for m in members], settings)
        self._blend = blended_tape(self._tapes, [m.share for m in members])
        self._taxes = TaxAccount(settings)
        self._books = {m.name: self._opened(m, tape) for m, tape in zip(members, self._tapes, strict=True)}
        self._held: list[Held] = []
        self._moved: list[pd.DataFrame] = []

    def result(self) -> HouseholdResult:
        """Go through all rebalances, value what is left, add up."""
        carried = {m.name: _funded(self._books[m.name]) for m in self._members}
        for number, (start, end) in enumerate(spans(self._blend)):
            holdings = self._rebalanced(number, carried)
            carried = {m.name: self._carried(m, holdings, start, end) for m in self._members}
        for name, books in self._books.items():
            books.close(carried[name])
        total = household_total(
            self._blend, self._settings, self._members, self._books, self._held, self._tracking_error
        )
        sleeves = {name: books.result() for name, books in self._books.items()}
        return HouseholdResult(sleeves, self._all_moved(), total)

    def _opened(self, member: Member, tape: Tape) -> Books:
        settings = replace(self._settings, capital=self._settings.capital * member.share)
        if member.taxed:
            return Books(tape, member.strategy, settings, self._taxes)
        settings = replace(settings, rates=TaxRates(0.0, 0.0, qualified_dividends=0.0, ordinary=0.0))
        return Books(tape, member.strategy, settings, TaxAccount(settings))

    def _rebalanced(self, number: int, carried: Mapping[str, Carried]) -> dict[str, Holdings]:
        row = int(self._blend.rebalances[number])
        model = None if self._risk is None else self._risk.fitted(self._blend.date(row))
        paid = self._paid(row, carried)
        flow = {name: books.flow(number) for name, books in self._books.items()}
        holdings = {n: one.holdings.with_cash(paid[n] + flow[n]) for n, one in carried.items()}
        holdings = self._after_moves(number, holdings, model)
        ordered = [member.name for member in self._order(row, holdings)]
        for place, name in enumerate(ordered):
            books = self._books[name]
            at = books.shown(number, holdings[name], model, _elsewhere(holdings, name))
            at = self._under_total(at, number, name, holdings, ordered[place + 1 :])
            holdings[name] = books.rebalanced(at, carried[name], paid=paid[name], flow=flow[name])
        self._held.append(household_held(self._blend, number, holdings, model))
        return holdings

    def _under_total(
        self, at: Moment, number: int, name: str, holdings: Mapping[str, Holdings], to_come: Sequence[str]
    ) -> Moment:
        model = at.situation.risk
        if self._tracking_error is None or model is None:
            return at
        tapes = {member: books.tape for member, books in self._books.items()}
        total = TotalLimit(self._tracking_error, tapes, self._blend, number, model)
        shared = (total.as_met_by(name, holdings, to_come),)
        return replace(at, situation=replace(at.situation, shared=shared))

    def _paid(self, row: int, carried: Mapping[str, Carried]) -> dict[str, float]:
        """One bill, shared by value."""
        due = self._taxes.due(int(self._blend.days[row]))
        values = {m.name: float(carried[m.name].values[-1]) if m.taxed else 0.0 for m in self._members}
        total = sum(values.values())
        return {name: due * value / total if due else 0.0 for name, value in values.items()}

    def _after_moves(self, number: int, holdings: dict[str, Holdings], model: FactorRisk | None) -> dict[str, Holdings]:
        if not (self._transfers and model is not None) and self._on_rebalance is None:
            return holdings
        shown: dict[str, Moment] = {
            name: books.shown(number, holdings[name], model, _elsewhere(holdings, name))
            for name, books in self._books.items()
        }
        household = as_household(self._members, shown)
        if self._on_rebalance is not None:
            self._on_rebalance(household, model)
        if not self._transfers or model is None:
            return holdings
        moved: Moved = move_graduates(household, shown, model)
        if len(moved.transfers):
            self._moved.append(moved.transfers.assign(date=self._blend.date(int(self._blend.rebalances[number]))))
        return moved.holdings

    def _order(self, row: int, holdings: Mapping[str, Holdings]) -> list[Member]:
        def losses(member: Member) -> float:
            lots = holdings[member.name].lots
            price = self._blend.last_price[row, lots.name]
            return float(lots.shares @ np.minimum(price - lots.basis, 0.0))

        return sorted(self._members, key=lambda m: (not m.taxed, losses(m)))

    def _carried(self, member: Member, holdings: Mapping[str, Holdings], start: int, end: int) -> Carried:
        name = member.name
        found = self._books[name].carried(holdings[name], start, end, _elsewhere(holdings, name))
        return found if member.taxed else tax_free(self._blend, found, end)

    def _all_moved(self) -> pd.DataFrame:
        columns = ["date", *TRANSFER_COLUMNS]
        if not self._moved:
            return pd.DataFrame(columns=columns)
        return pd.concat(self._moved, ignore_index=True)[columns]


def _funded(books: Books) -> Carried:
    capital = books.settings.capital
    opening = Holdings(capital, LotTable.of(books.tape, None), RecentTrades.none())
    return Carried(opening, np.array([capital]), 0.0)


def _elsewhere(holdings: Mapping[str, Holdings], name: str) -> RecentTrades:
    """Trades of all other accounts that a window may still see."""
    others: Iterable[Holdings] = (one for other, one in holdings.items() if other != name)
    found = RecentTrades.none()
    for one in others:
        found = found.joined(one.recent)
    return found
