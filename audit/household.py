"""The household that is audited: sleeves in several accounts, and what all of them share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum

from audit.account import AuditedAccount, OpenLot, PastTrade, Security
from audit.mandate import AuditedMandate
from audit.tax_bill import AuditedTaxes
from taxsleeve_errors import InputError

__all__ = ["AuditedHousehold", "AuditedSleeve", "shared"]


@dataclass(frozen=True, eq=False)
class AuditedSleeve:
    """Money under one mandate in one account of a household.

    Parameters
    ----------
    name : str
        One name, one sleeve.
    account : AuditedAccount
        Before anything moved; `named` has the sleeve's name and type, which its lots and its own past trades bear.
    mandate : AuditedMandate
    taxes : AuditedTaxes
        Of a retirement account they count for nothing.
    owner : str
    """

    name: str
    account: AuditedAccount
    mandate: AuditedMandate
    taxes: AuditedTaxes
    owner: str = "client"

    @property
    def account_type(self) -> str:
        """What kind of account it is: "taxable", "spouse", "ira" or "roth"."""
        return self.account.whose[1]

    def may_move_to(self, other: AuditedSleeve) -> bool:
        """Whether lots may move from here to another sleeve in kind: same owner and same kind of account."""
        return self is not other and (self.owner, self.account_type) == (other.owner, other.account_type)


@dataclass(frozen=True, eq=False)
class AuditedHousehold:
    """Sleeves that are audited as one.

    Parameters
    ----------
    sleeves : tuple of AuditedSleeve
    tracking_error, realized_gain : float or None
        Limits of all together: a year, and gross gains of the taxed sleeves over the NAV of all.
    weights : mapping of str to float or None
        Of the sleeves' benchmarks in the blended one; None takes what the sleeves are worth.
    transfers : bool
        Whether lots may move in kind.

    Raises
    ------
    InputError
        Days, prices or groups of the sleeves contradict each other, or gains are netted over different years.
    """

    sleeves: tuple[AuditedSleeve, ...]
    tracking_error: float | None = None
    realized_gain: float | None = None
    weights: Mapping[str, float] | None = None
    transfers: bool = True

    def __post_init__(self) -> None:
        first = self.sleeves[0]
        known: dict[str, Security] = {}
        for sleeve in self.sleeves:
            if sleeve.account.as_of != first.account.as_of:
                expected = f"the day of sleeve {first.name}, {first.account.as_of}"
                raise InputError.of(f"{sleeve.name}/account.toml", expected, column="as_of", value=sleeve.account.as_of)
            for asset, own in sleeve.account.securities.items():
                other = known.setdefault(asset, own)
                for column in ("price", "group"):
                    there, here = getattr(other, column), getattr(own, column)
                    if there != here:
                        expected = f"one {column} of {asset} in all sleeves, {there}"
                        raise InputError.of(f"{sleeve.name}/securities.csv", expected, column=column, value=here)
        taxes = [sleeve.taxes for sleeve in self.taxed]
        if any(one.losses == "netting" for one in taxes) and any(one.bill != taxes[0].bill for one in taxes):
            expected = "the same rates, losses and year_to_date in every taxed sleeve"
            raise InputError.of("household.toml", expected, column="taxes.losses", value="netting of different years")

    @property
    def as_of(self) -> dt.date:
        """Trade date of the lists."""
        return self.sleeves[0].account.as_of

    @cached_property
    def named(self) -> dict[str, AuditedSleeve]:
        """Sleeves by name."""
        return {sleeve.name: sleeve for sleeve in self.sleeves}

    @property
    def taxed(self) -> tuple[AuditedSleeve, ...]:
        """Sleeves whose gains are taxed."""
        return tuple(sleeve for sleeve in self.sleeves if sleeve.account.is_taxed)

    @property
    def usable_losses(self) -> float | None:
        """Dollars of net loss that the year can use; None unless every taxed sleeve harvests only that, of one year."""
        taxed = self.taxed
        usable = {sleeve.mandate.usable_losses for sleeve in taxed}
        one_year = len({sleeve.taxes.year for sleeve in taxed}) == 1
        return usable.pop() if one_year and len(usable) == 1 else None

    @cached_property
    def nav(self) -> float:
        """Dollars of all sleeves before trading."""
        return fsum(sleeve.account.nav for sleeve in self.sleeves)

    @cached_property
    def benchmark(self) -> dict[str, float]:
        """Weights of the blended benchmark."""
        parts: dict[str, list[float]] = {}
        for sleeve in self.sleeves:
            share = sleeve.account.nav / self.nav if self.weights is None else self.weights[sleeve.name]
            for asset, weight in sleeve.account.benchmark.items():
                parts.setdefault(asset, []).append(share * weight)
        return {asset: fsum(weights) for asset, weights in parts.items()}


def shared(accounts: Mapping[str, AuditedAccount]) -> dict[str, AuditedAccount]:
    """Give every account of a household the past and the securities of all, and the lots that the others now hold.

    A past trade of a name that only another account's securities.csv lists is of the group that it has there.
    """
    securities = {asset: known for account in accounts.values() for asset, known in account.securities.items()}
    past = tuple(_grouped(trade, securities) for trade in _joined(account.past for account in accounts.values()))
    found = {}
    for name, account in accounts.items():
        siblings: list[OpenLot] = [lot for other, one in accounts.items() if other != name for lot in one.lots]
        found[name] = replace(
            account, past=past, securities={**securities, **account.securities}, siblings=tuple(siblings)
        )
    return found


def _grouped(trade: PastTrade, securities: Mapping[str, Security]) -> PastTrade:
    known = securities.get(trade.asset)
    return replace(trade, group=known.group) if known and known.group and trade.group == trade.asset else trade


def _joined(parts: Iterable[tuple[PastTrade, ...]]) -> tuple[PastTrade, ...]:
    """Past trades of all; one that several histories tell counts as often as the history that has it most often."""
    kept: dict[tuple[object, ...], list[PastTrade]] = {}
    for part in parts:
        own: dict[tuple[object, ...], list[PastTrade]] = {}
        for trade in part:
            key: tuple[object, ...] = (
                trade.date,
                trade.side,
                trade.asset,
                trade.shares,
                trade.account,
                trade.account_type,
            )
            own.setdefault(key, []).append(trade)
        for key, trades in own.items():
            if len(trades) > len(kept.get(key, ())):
                kept[key] = trades
    return tuple(trade for trades in kept.values() for trade in trades)
