"""What a household is: sleeves of several accounts with benchmarks of their own, and the limits of all together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optimizer.account import Account
from optimizer.limits.validation import require_not_negative, require_positive
from optimizer.mandate import Mandate
from tax import AccountKind, LossUse
from taxsleeve_errors import InputError

__all__ = ["Household", "Sleeve"]


@dataclass(frozen=True, eq=False)
class Sleeve:
    """Money under one mandate in one account of a household.

    Parameters
    ----------
    name : str
        One name, one sleeve.
    account : Account
        Its own lots and cash; `account.trades` has at least its own trades of the last 30 days.
    mandate : Mandate
        Of a tax-free sleeve the rates count for nothing.
    owner : str
        Lots and cash move in kind only between sleeves of one owner and kind.
    kind : AccountKind
        Taxable, the spouse's taxable, IRA or Roth.
    """

    name: str
    account: Account
    mandate: Mandate
    owner: str = "client"
    kind: AccountKind = AccountKind.TAXABLE

    @property
    def taxed(self) -> bool:
        """Whether its gains are taxed and its losses count."""
        return not self.kind.is_retirement

    def may_move_to(self, other: Sleeve) -> bool:
        """Whether lots may move from here to another sleeve without a sale: same owner, same kind of account."""
        return self is not other and (self.owner, self.kind) == (other.owner, other.kind)


@dataclass(frozen=True, eq=False)
class Household:
    """Sleeves that are rebalanced as one.

    Parameters
    ----------
    sleeves : tuple of Sleeve
    tracking_error : float or None
        Limit a year on the tracking error of all sleeves together against the blended benchmark.
    realized_gain : float or None
        Limit on the gross gains that the taxed sleeves realise together, fraction of the household's NAV.
    weights : mapping of str to float or None
        Weight of each sleeve's benchmark in the blended one, by name, sum 1; None takes what the sleeves are worth
        today, so that the split of money between sleeves is no active risk.
    transfers : bool
        Whether lots may move in kind. They are always value-neutral: what a sleeve receives in lots it gives in lots
        or in cash, so that every sleeve keeps its value.

    Raises
    ------
    InputError
        Names are not unique, days or securities differ, weights are not weights, or netting is not of one year.
    """

    sleeves: tuple[Sleeve, ...]
    tracking_error: float | None = None
    realized_gain: float | None = None
    weights: Mapping[str, float] | None = None
    transfers: bool = True

    def __post_init__(self) -> None:
        if not self.sleeves:
            raise InputError.of("household", "at least one sleeve", value="none")
        names = [sleeve.name for sleeve in self.sleeves]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError.of("household", "each sleeve's name once", column="name", value=twice)
        if self.tracking_error is not None:
            require_positive("household.tracking_error", self.tracking_error)
        if self.realized_gain is not None:
            require_not_negative("household.realized_gain", self.realized_gain)
        self._check_weights(names)
        self._check_agreement()

    def _check_weights(self, names: list[str]) -> None:
        if self.weights is None:
            return
        values = np.array(list(self.weights.values()), dtype=float)
        if sorted(self.weights) != sorted(names) or not (values >= 0).all() or abs(values.sum() - 1) > 1e-6:
            expected = f"a weight >= 0 for each of {', '.join(names)}, sum 1"
            raise InputError.of("household", expected, column="weights", value=dict(self.weights))

    def _check_agreement(self) -> None:
        """One day, one price and one group a security, and one year where losses are netted."""
        first, price, group = self.sleeves[0], {}, {}  # type: ignore[var-annotated]
        netting = [s for s in self.sleeves if s.taxed and s.mandate.losses is LossUse.NETTING]
        for sleeve in self.sleeves:
            if sleeve.account.as_of != first.account.as_of:
                raise InputError.of(
                    sleeve.name, f"the day of sleeve {first.name}, {first.account.as_of}", column="as_of",
                    value=sleeve.account.as_of,
                )  # fmt: skip
            securities = sleeve.account.securities
            for i, asset in enumerate(securities.asset):
                for what, known, value in (
                    ("price", price, float(securities.price[i])),
                    ("group", group, securities.group[i]),
                ):
                    if known.setdefault(asset, value) != value:
                        expected = f"one {what} of {asset} in all sleeves, {known[asset]}"
                        raise InputError.of(sleeve.name, expected, column=f"securities.{what}", value=value)
        taxed = [s for s in self.sleeves if s.taxed]
        if netting and any(
            (s.mandate.losses, s.mandate.year_to_date, s.mandate.rates)
            != (netting[0].mandate.losses, netting[0].mandate.year_to_date, netting[0].mandate.rates)
            for s in taxed
        ):
            raise InputError.of(
                "household", "the same rates, losses and year_to_date in every taxed sleeve", column="taxes.losses",
                value="netting in some, or of different years",
            )  # fmt: skip

    @property
    def as_of(self) -> dt.date:
        """The day on which the trades would be made."""
        return self.sleeves[0].account.as_of

    @cached_property
    def nav(self) -> float:
        """Net asset value of all sleeves together in dollars."""
        return sum(sleeve.account.nav for sleeve in self.sleeves)

    @cached_property
    def shares(self) -> dict[str, float]:
        """What each sleeve is worth over the household's NAV, by name."""
        return {sleeve.name: sleeve.account.nav / self.nav for sleeve in self.sleeves}

    @cached_property
    def benchmark(self) -> dict[str, float]:
        """Weights of the blended benchmark by asset."""
        weights = self.shares if self.weights is None else self.weights
        blended: dict[str, float] = {}
        for sleeve in self.sleeves:
            for asset, weight in sleeve.mandate.benchmark.items():
                blended[asset] = blended.get(asset, 0.0) + weights[sleeve.name] * weight
        return blended

    def sleeve(self, name: str) -> Sleeve:
        """Return the sleeve of a name."""
        return next(sleeve for sleeve in self.sleeves if sleeve.name == name)
