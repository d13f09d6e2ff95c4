"""What a trade list makes of an account, recomputed in dollars from the trades alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.account import Account
from optimizer.costs import Costs
from optimizer.trade_columns import TradeColumns, without_disallowed
from risk import FactorRisk

__all__ = ["Outcome", "allowed_gains"]

Floats = NDArray[np.float64]


def allowed_gains(sells: pd.DataFrame) -> Floats:
    """Dollars of gain of each sale, losses negative and without what a wash sale disallows (Form 8949, column h)."""
    gain = sells["gain"].to_numpy(dtype=float)
    if "disallowed" not in sells:
        return gain
    return without_disallowed(gain, sells["disallowed"].to_numpy(dtype=float))


@dataclass(frozen=True, eq=False)
class Outcome:
    """An account, its benchmark and a trade list, and what follows from them; nothing of a solver's is used.

    Parameters
    ----------
    account : Account
    benchmark : mapping of str to float
        Weights by asset.
    costs : Costs
    risk : FactorRisk
    listed : DataFrame or TradeColumns
        Columns asset, side, lot_id, shares, price, amount, term, gain: a row for each lot sold or name bought. Where
        there is a column disallowed, gains and losses are told without that part of a loss.
    """

    account: Account
    benchmark: Mapping[str, float]
    costs: Costs
    risk: FactorRisk
    listed: pd.DataFrame | TradeColumns

    @property
    def trades(self) -> pd.DataFrame:
        """The trade list as a table."""
        return self.listed.frame if isinstance(self.listed, TradeColumns) else self.listed

    @cached_property
    def columns(self) -> TradeColumns:
        """The trades as arrays."""
        return TradeColumns.of(self.listed)

    @cached_property
    def assets(self) -> tuple[str, ...]:
        """The N names held, in the benchmark or traded, sorted."""
        return self.account.securities.selected(self._row).assets

    @cached_property
    def _row(self) -> NDArray[np.intp]:
        """Where each name stands in `securities`."""
        securities = self.account.securities
        there = securities.listed(self.benchmark).copy()
        there[self.account.lot_position] = True
        there[self._also_named()] = True
        return securities.by_name[there[securities.by_name]]

    @cached_property
    def _listed_row(self) -> NDArray[np.intp]:
        """Where each row of the trade list stands in `securities`."""
        assets = self.columns.asset.tolist()
        place = self.account.securities.position.__getitem__
        return np.fromiter(map(place, assets), dtype=np.intp, count=len(assets))

    def _also_named(self) -> NDArray[np.intp]:
        """Where names stand that are in it whether held, in the benchmark, or neither."""
        return self._listed_row

    @cached_property
    def _place(self) -> NDArray[np.intp]:
        """Which name each of `securities` is, -1 where it is none."""
        place = np.full(len(self.account.securities.asset), -1, dtype=np.intp)
        place[self._row] = np.arange(len(self._row))
        return place

    @cached_property
    def _traded(self) -> NDArray[np.intp]:
        """Which name each row of the trade list is of."""
        return self._place[self._listed_row]

    def _by_asset(self, rows: NDArray[np.bool_], amounts: Floats) -> Floats:
        return np.bincount(self._traded[rows], amounts[rows], minlength=len(self._row)).astype(float)

    @cached_property
    def price(self) -> Floats:
        """Dollars a share, shape (N,)."""
        return self.account.securities.price[self._row]

    @cached_property
    def adv(self) -> Floats:
        """Dollars of average daily volume, NaN where not known, shape (N,)."""
        return self.account.securities.adv[self._row]

    @cached_property
    def bought(self) -> Floats:
        """Dollars bought of each name, shape (N,)."""
        return self._by_asset(self.columns.is_buy, self.columns.amount)

    @cached_property
    def sold(self) -> Floats:
        """Dollars sold of each name, shape (N,)."""
        return self._by_asset(self.columns.is_sell, self.columns.amount)

    @cached_property
    def shares_before(self) -> Floats:
        """Shares held of each name before trading, shape (N,)."""
        place, lots = self._place[self.account.lot_position], self.account.lots
        return np.bincount(place, lots.shares, minlength=len(self._row)).astype(float)

    @cached_property
    def shares_after(self) -> Floats:
        """Shares held of each name after trading, shape (N,)."""
        signed = np.where(self.columns.is_buy, 1.0, -1.0) * self.columns.shares
        after = self.shares_before + self._by_asset(np.ones(len(signed), dtype=bool), signed)
        # 0.1 + 0.2 - 0.3 is not zero in binary; a position of less than a billionth of what it was is none.
        after[np.abs(after) < 1e-9 * np.maximum(self.shares_before, 1.0)] = 0.0
        return after

    @cached_property
    def order_costs(self) -> Floats:
        """Dollars that trading each name costs, shape (N,)."""
        spread = self.account.securities.spread_bps[self._row]
        traded = self.bought + self.sold
        commission = np.where(traded > 0, self.costs.commission, 0.0)
        return self.costs.rates(spread) * traded + commission + self.market_impact

    @cached_property
    def market_impact(self) -> Floats:
        """Dollars that trading each name costs by moving its price, shape (N,)."""
        traded = self.bought + self.sold
        if self.costs.impact == 0:
            return np.zeros(len(traded))
        B, F, D = self.risk.loadings, self.risk.factor_covariance, self.risk.specific_variance
        variance = dict(zip(self.risk.assets, (((B @ F) * B).sum(axis=1) + D).tolist(), strict=True))
        rates = self.costs.impact_rates(np.array([variance.get(a, 0.0) for a in self.assets]), self.adv)
        impact = np.zeros(len(traded))
        some = traded > 0
        impact[some] = rates[some] * traded[some] ** 1.5
        return impact

    @cached_property
    def cost(self) -> float:
        """Dollars that trading costs."""
        return float(self.order_costs.sum())

    @cached_property
    def cash_after(self) -> float:
        """Dollars of cash once every trade is settled and every cost paid."""
        cash = self.account.cash + self.account.cash_flow
        return float(cash + self.sold.sum() - self.bought.sum() - self.cost)

    @cached_property
    def nav(self) -> float:
        """Dollars before trading: lots, cash, and deposit or withdrawal."""
        return float(self.shares_before @ self.price + self.account.cash + self.account.cash_flow)

    @cached_property
    def benchmark_weights(self) -> Floats:
        """Benchmark weights, shape (N,)."""
        return self.account.securities.weights(self.benchmark)[self._row]

    @cached_property
    def active_before(self) -> Floats:
        """Active weights before trading, shape (N,)."""
        return self.shares_before * self.price / self.nav - self.benchmark_weights

    @cached_property
    def active_after(self) -> Floats:
        """Active weights after trading, as fractions of the NAV before trading, shape (N,)."""
        return self.shares_after * self.price / self.nav - self.benchmark_weights

    @cached_property
    def sector(self) -> tuple[str, ...]:
        """Sector of each name, length N."""
        return self.account.securities.selected(self._row).sector

    @cached_property
    def turnover(self) -> float:
        """Buys plus sells over NAV."""
        return float((self.bought.sum() + self.sold.sum()) / self.nav)

    @cached_property
    def losses(self) -> Floats:
        """Dollars of loss realised in each name, gains not set off, shape (N,)."""
        return self._by_asset(self.columns.is_sell, np.maximum(-self.columns.allowed, 0.0))

    @cached_property
    def gross_gains(self) -> float:
        """Dollars of gain realised, losses not set off."""
        return float(np.maximum(self.gains(), 0.0).sum())

    def gains(self, term: str = "") -> Floats:
        """Dollars of gain of each sale, losses negative; of the sales of one term ("short", "long") where given."""
        sells = self.columns.sells
        return sells.allowed[(sells.term == term).astype(bool)] if term else sells.allowed

    def _rated(self, active: Floats) -> Floats:
        return np.where(self._risk_places >= 0, active[self._risk_places], 0.0)

    @cached_property
    def _risk_places(self) -> NDArray[np.intp]:
        """Where each name of the risk model stands here, -1 where it does not."""
        row, places = self.risk.rows(self.assets), np.full(len(self.risk.assets), -1, dtype=np.intp)
        places[row[row >= 0]] = np.flatnonzero(row >= 0)
        return places

    @cached_property
    def tracking_error_before(self) -> float:
        """Annual tracking error before trading, over the names that the risk model rates."""
        return self.risk.tracking_error(self._rated(self.active_before))

    @cached_property
    def tracking_error_after(self) -> float:
        """Annual tracking error after trading, over the names that the risk model rates."""
        return self.risk.tracking_error(self._rated(self.active_after))

    def exposures(self, active: Floats) -> dict[str, float]:
        """Active exposure to each factor in the model's own units, B'a."""
        return dict(zip(self.risk.factors, (self.risk.loadings.T @ self._rated(active)).tolist(), strict=True))
