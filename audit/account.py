"""The account that is audited, as plain numbers: what a custodian's statement and a compliance sheet say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from taxsleeve_errors import InputError

__all__ = ["AuditedAccount", "NameRule", "OpenLot", "PastTrade", "Security"]

_RETIREMENT = ("ira", "roth")


@dataclass(frozen=True)
class OpenLot:
    """An open tax lot: a row of lots.csv.

    Parameters
    ----------
    lot_id, asset : str
    shares, cost_per_share : float
        Basis in dollars a share, wash-sale adjustments included.
    acquired, holding_start : date
        Trade date of the purchase, which decides windows; start of the holding period, which decides the term.
    account, account_type : str
        Whose it is; "taxable", "spouse", "ira" or "roth".
    """

    lot_id: str
    asset: str
    shares: float
    cost_per_share: float
    acquired: dt.date
    holding_start: dt.date
    account: str = "taxable"
    account_type: str = "taxable"


@dataclass(frozen=True)
class Security:
    """What is known of a security today; `spread_bps` and `adv` (dollars a day) are None where not given."""

    asset: str
    price: float
    sector: str = ""
    group: str = ""
    spread_bps: float | None = None
    adv: float | None = None


@dataclass(frozen=True)
class PastTrade:
    """A trade of anyone in the household; `gain` in dollars is None where it is not known."""

    date: dt.date
    side: str
    asset: str
    group: str
    shares: float
    price: float
    gain: float | None = None
    account: str = "taxable"
    account_type: str = "taxable"

    @property
    def is_retirement(self) -> bool:
        """Whether nothing that the account sells is taxed."""
        return self.account_type in _RETIREMENT

    @property
    def may_be_loss(self) -> bool:
        """Whether it is a taxed sale at a loss; one whose result is not known counts as one."""
        return self.side == "SELL" and not self.is_retirement and not (self.gain is not None and self.gain >= 0)


@dataclass(frozen=True)
class NameRule:
    """A restriction on one name: no_buy, no_sell, no_trade or exclude, up to and on `until` (None: for ever)."""

    asset: str
    rule: str
    until: dt.date | None = None


@dataclass(frozen=True, eq=False)
class AuditedAccount:
    """An account before its trades, and its household.

    Parameters
    ----------
    as_of : date
        Trade date of the list.
    cash, cash_flow : float
        Dollars; a withdrawal is negative.
    lots : tuple of OpenLot
        That the list may sell.
    securities : mapping of str to Security
        By asset; everything held or in the benchmark.
    benchmark : mapping of str to float
        Weights, sum one.
    elsewhere : tuple of OpenLot
        Lots of other accounts of the household.
    past : tuple of PastTrade
        Of the whole household.
    rules : tuple of NameRule
    siblings : tuple of OpenLot
        Lots of the household's other accounts that are audited with this one, and have lists of their own.
    named : (str, str) or None
        Name and type of the account; None where its lots say them.
    moved_out : frozenset of str
        Lots of which shares left in kind today.

    Raises
    ------
    InputError
        A lot has no price, or the account is worth nothing.
    """

    as_of: dt.date
    cash: float
    lots: tuple[OpenLot, ...]
    securities: Mapping[str, Security]
    benchmark: Mapping[str, float]
    cash_flow: float = 0.0
    elsewhere: tuple[OpenLot, ...] = ()
    past: tuple[PastTrade, ...] = ()
    rules: tuple[NameRule, ...] = ()
    siblings: tuple[OpenLot, ...] = ()
    named: tuple[str, str] | None = None
    moved_out: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for asset in (*(lot.asset for lot in self.lots), *self.benchmark):
            if asset not in self.securities:
                raise InputError.of("securities", "a price of everything held or in the benchmark", value=asset)
        if not self.nav > 0:
            raise InputError.of("account.toml", "an account worth more than nothing", column="cash", value=self.nav)

    @cached_property
    def nav(self) -> float:
        """Dollars before trading: lots at today's prices, cash, deposit or withdrawal."""
        return fsum([*(lot.shares * self.securities[lot.asset].price for lot in self.lots), self.cash, self.cash_flow])

    @cached_property
    def lot_of(self) -> dict[str, OpenLot]:
        """Lots of the account by id."""
        return {lot.lot_id: lot for lot in self.lots}

    @cached_property
    def shares(self) -> dict[str, float]:
        """Shares held of each name before trading."""
        parts: dict[str, list[float]] = {}
        for lot in self.lots:
            parts.setdefault(lot.asset, []).append(lot.shares)
        return {asset: fsum(held) for asset, held in parts.items()}

    @property
    def whose(self) -> tuple[str, str]:
        """Name and type of the account."""
        if self.named is not None:
            return self.named
        return (self.lots[0].account, self.lots[0].account_type) if self.lots else ("taxable", "taxable")

    @property
    def is_taxed(self) -> bool:
        """Whether its gains are taxed and its losses count."""
        return self.whose[1] not in _RETIREMENT

    @property
    def others(self) -> tuple[OpenLot, ...]:
        """Lots of all other accounts of the household."""
        return (*self.elsewhere, *self.siblings)

    def gain(self, lot: OpenLot, shares: float) -> float:
        """Dollars that a sale realises at today's price, negative for a loss; none where nothing is taxed."""
        return shares * (self.securities[lot.asset].price - lot.cost_per_share) if self.is_taxed else 0.0

    def rules_on(self, asset: str) -> frozenset[str]:
        """Rules on a name that are in force today."""
        own = (rule for rule in self.rules if rule.asset == asset)
        return frozenset(rule.rule for rule in own if rule.until is None or self.as_of <= rule.until)

    def group(self, asset: str) -> str:
        """Group of substantially identical securities, the asset itself where none is given."""
        known = self.securities.get(asset)
        return known.group if known is not None and known.group else asset
