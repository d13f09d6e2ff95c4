"""Rows of the tables in an account folder, as FORMATS describes them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from taxsleeve.cells import AccountType, Day, Label, NotNegative, Number, Positive, Rule, Side
from taxsleeve.tables import Table

__all__ = ["AccountTables", "BenchmarkRow", "LotRow", "RestrictionRow", "SecurityRow", "TradeRow", "VarianceRow"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class LotRow(_Row):
    """A row of lots.csv: an open tax lot."""

    lot_id: Label
    asset: Label
    shares: Positive
    cost_per_share: NotNegative
    acquired: Day
    holding_start: Day | None = None
    account: Label = "taxable"
    account_type: AccountType = "taxable"


class BenchmarkRow(_Row):
    """A row of benchmark.csv: a weight, fraction of the benchmark."""

    asset: Label
    weight: NotNegative


class SecurityRow(_Row):
    """A row of securities.csv: what is known of a security today."""

    asset: Label
    price: Positive
    sector: Label = ""
    group: Label | None = None
    market_cap: Positive | None = None
    book_to_price: Number | None = None
    spread_bps: NotNegative | None = None
    adv: NotNegative | None = None
    alpha: Number | None = None


class TradeRow(_Row):
    """A row of trades.csv: a trade of anyone in the household."""

    date: Day
    side: Side
    asset: Label
    shares: Positive
    price: NotNegative
    realized_gain: Number | None = None
    group: Label | None = None
    account: Label = "taxable"
    account_type: AccountType = "taxable"


class RestrictionRow(_Row):
    """A row of restrictions.csv: a rule about one name."""

    asset: Label
    rule: Rule
    until: Day | None = None
    reason: str = ""


class VarianceRow(_Row):
    """A row of risk/specific_variance.csv: annual specific variance."""

    asset: Label
    variance: Positive


@dataclass(frozen=True, eq=False)
class AccountTables:
    """The tables of an account, each row good by itself."""

    lots: Table[LotRow]
    benchmark: Table[BenchmarkRow]
    securities: Table[SecurityRow]
    trades: Table[TradeRow]
    restrictions: Table[RestrictionRow]
