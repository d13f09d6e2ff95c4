"""What a trade list makes of the account, from shares and today's prices; amounts that it states are not used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from audit.account import AuditedAccount, OpenLot
from audit.mandate import AuditedMandate
from audit.model_risk import variances
from audit.trade_rows import TradeRow
from risk import FactorRisk
from tax import is_long_term

__all__ = ["AfterTrading", "Sale"]

_TRADING_DAYS = 252


@dataclass(frozen=True)
class Sale:
    """Shares sold of a lot; `gain` in dollars by price and basis, `disallowed` what the ledger takes off a loss."""

    row: TradeRow
    lot: OpenLot
    gain: float
    is_long: bool
    disallowed: float = 0.0

    @property
    def allowed(self) -> float:
        """Gain, or the loss that counts (Form 8949, column h)."""
        return self.gain + self.disallowed


@dataclass(frozen=True, eq=False)
class AfterTrading:
    """The account once every row has filled at today's prices.

    Parameters
    ----------
    account : AuditedAccount
    mandate : AuditedMandate
    risk : FactorRisk
    rows : tuple of TradeRow
        Those that cannot be carried out (no such side, no price, no number of shares) move nothing.
    disallowed : mapping of int to float
        Dollars of loss disallowed by the line of the sale.
    start : AuditedAccount or None
        The account before lots and cash moved in kind, against which drift is measured; None where nothing moved.
    """

    account: AuditedAccount
    mandate: AuditedMandate
    risk: FactorRisk
    rows: tuple[TradeRow, ...]
    disallowed: Mapping[int, float] = field(default_factory=dict)
    start: AuditedAccount | None = None

    @cached_property
    def traded(self) -> tuple[TradeRow, ...]:
        """Rows that can be carried out."""
        priced = self.account.securities
        return tuple(row for row in self.rows if (row.is_buy or row.is_sale) and row.asset in priced and row.quantity)

    @cached_property
    def sales(self) -> tuple[Sale, ...]:
        """Sales of lots that the account has."""
        found = []
        for row in self.traded:
            lot = self.account.lot_of.get(row.lot_id)
            if row.is_sale and lot is not None and lot.asset == row.asset:
                gain = self.account.gain(lot, row.quantity)
                long = bool(is_long_term(lot.holding_start, self.account.as_of))
                found.append(Sale(row, lot, gain, long, self.disallowed.get(row.line, 0.0)))
        return tuple(found)

    @property
    def before(self) -> AuditedAccount:
        """The account before anything was traded or moved."""
        return self.account if self.start is None else self.start

    def price(self, asset: str) -> float:
        """Dollars a share today."""
        return self.account.securities[asset].price

    def _dollars(self, rows: Sequence[TradeRow]) -> dict[str, float]:
        parts: dict[str, list[float]] = {}
        for row in rows:
            parts.setdefault(row.asset, []).append(row.quantity * self.price(row.asset))
        return {asset: math.fsum(amounts) for asset, amounts in parts.items()}

    @cached_property
    def bought(self) -> dict[str, float]:
        """Dollars bought by name."""
        return self._dollars([row for row in self.traded if row.is_buy])

    @cached_property
    def sold(self) -> dict[str, float]:
        """Dollars sold by name."""
        return self._dollars([row for row in self.traded if row.is_sale])

    @cached_property
    def orders(self) -> dict[str, float]:
        """Dollars traded, bought plus sold, of each name that is traded."""
        names = sorted({*self.bought, *self.sold})
        return {name: self.bought.get(name, 0.0) + self.sold.get(name, 0.0) for name in names}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names held, in the benchmark or traded."""
        return tuple(sorted({*self.before.shares, *self.account.shares, *self.account.benchmark, *self.orders}))

    @cached_property
    def shares(self) -> dict[str, float]:
        """Shares held of each name after trading; binary dust of a position sold whole is none."""
        parts = {name: [self.account.shares.get(name, 0.0)] for name in self.names}
        for row in self.traded:
            parts[row.asset].append(row.quantity if row.is_buy else -row.quantity)
        left = {name: math.fsum(changes) for name, changes in parts.items()}
        return {name: 0.0 if abs(now) < 1e-9 * max(parts[name][0], 1.0) else now for name, now in left.items()}

    def _active(self, shares: Mapping[str, float]) -> dict[str, float]:
        nav, benchmark = self.before.nav, self.account.benchmark
        return {name: shares.get(name, 0.0) * self.price(name) / nav - benchmark.get(name, 0.0) for name in self.names}

    @cached_property
    def active_before(self) -> dict[str, float]:
        """Weight less benchmark weight of each name before trading."""
        return self._active(self.before.shares)

    @cached_property
    def active(self) -> dict[str, float]:
        """Weight less benchmark weight of each name after trading, over the NAV before it."""
        return self._active(self.shares)

    @cached_property
    def untradable(self) -> tuple[str, ...]:
        """Names traded that have no volume at all where trading moves prices: no cost can be said."""
        return tuple(name for name in self.orders if self.mandate.impact and self.account.securities[name].adv == 0)

    @cached_property
    def cost(self) -> float:
        """Dollars of spread, commission an order, and market impact c sigma X sqrt(X / ADV), sigma daily."""
        variance = variances(self.risk) if self.mandate.impact else {}
        parts = []
        for name, amount in self.orders.items():
            known = self.account.securities[name]
            spread = self.mandate.spread_bps if known.spread_bps is None else known.spread_bps
            parts += [spread / 1e4 * amount, self.mandate.commission if amount > 0 else 0.0]
            if self.mandate.impact and known.adv and amount > 0:
                daily = math.sqrt(variance.get(name, 0.0) / _TRADING_DAYS)
                parts.append(self.mandate.impact * daily * amount * math.sqrt(amount / known.adv))
        return math.fsum(parts)

    @cached_property
    def cash(self) -> float:
        """Dollars once every trade is settled and every cost paid."""
        flows = [*self.sold.values(), *(-amount for amount in self.bought.values())]
        return math.fsum([self.account.cash, self.account.cash_flow, *flows, -self.cost])

    @property
    def turnover(self) -> float:
        """Buys plus sells over NAV."""
        return math.fsum(self.orders.values()) / self.account.nav

    def realised(self, *, long: bool, losses: bool) -> float:
        """Dollars of gains, or of losses that count (as a positive number), of one term."""
        own = [sale.allowed for sale in self.sales if sale.is_long == long]
        return math.fsum(max(-gain if losses else gain, 0.0) for gain in own)
