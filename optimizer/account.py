"""What is held, what it could be traded for, and what the household did of late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from optimizer.selection import Selection
from tax import Lots, TradeHistory
from taxsleeve_errors import InputError

__all__ = ["Account", "Restriction", "Rule", "Securities"]

Floats = NDArray[np.float64]
Rule = Literal["no_buy", "no_sell", "no_trade", "exclude"]


@dataclass(frozen=True)
class Restriction:
    """A rule of the client or of compliance about one name.

    Parameters
    ----------
    asset : str
        The name.
    rule : {"no_buy", "no_sell", "no_trade", "exclude"}
        "exclude" is not to be held: never bought, and sold as far as the other limits allow.
    until : date or None
        Last day of the rule; None for ever.
    reason : str
        For the report.
    """

    asset: str
    rule: Rule
    until: dt.date | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.rule not in get_args(Rule):
            raise InputError.of("restrictions", f"one of {', '.join(get_args(Rule))}", column="rule", value=self.rule)

    def in_force(self, day: dt.date) -> bool:
        """Whether the rule applies on a day."""
        return self.until is None or day <= self.until


@dataclass(frozen=True, eq=False)
class Securities:
    """What is known today of each security, one entry a security, all of length S.

    Parameters
    ----------
    asset : tuple of str
        Each once.
    price : array of float
        Dollars a share, more than zero.
    sector, group : tuple of str
        Sector ("" where not known) and group of substantially identical securities.
    spread_bps : array of float
        Cost of trading one side in basis points of the amount; NaN where the mandate's default applies.
    adv : array of float, optional
        Average daily volume in dollars, zero or more; NaN where not known, which is every name where it is left out.
    """

    asset: tuple[str, ...]
    price: Floats
    sector: tuple[str, ...]
    group: tuple[str, ...]
    spread_bps: Floats
    adv: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def build(
        cls,
        price: Mapping[str, float],
        *,
        sector: Mapping[str, str] | None = None,
        group: Mapping[str, str] | None = None,
        spread_bps: Mapping[str, float] | None = None,
        adv: Mapping[str, float] | None = None,
    ) -> Securities:
        """Make securities from mappings by asset; `group` defaults to the asset itself."""
        assets = tuple(price)
        return cls(
            asset=assets,
            price=np.array([price[a] for a in assets], dtype=float),
            sector=tuple((sector or {}).get(a, "") for a in assets),
            group=tuple((group or {}).get(a, a) for a in assets),
            spread_bps=np.array([(spread_bps or {}).get(a, np.nan) for a in assets], dtype=float),
            adv=np.array([(adv or {}).get(a, np.nan) for a in assets], dtype=float),
        )

    def __post_init__(self) -> None:
        if not len(self.adv):
            object.__setattr__(self, "adv", np.full(len(self.asset), np.nan))
        columns = (self.asset, self.price, self.sector, self.group, self.spread_bps, self.adv)
        if len({len(column) for column in columns}) > 1 or len(self.position) < len(self.asset):
            raise InputError.of(
                "securities", "one price, sector, group, spread and volume for each asset, each asset once"
            )
        bad = ~((self.price > 0) & np.isfinite(self.price))
        if bad.any():
            worst = int(np.argmax(bad))
            raise InputError.of("securities", "a price > 0", column=self.asset[worst], value=self.price[worst])
        bad = ~((self.adv >= 0) & np.isfinite(self.adv) | np.isnan(self.adv))
        if bad.any():
            worst = int(np.argmax(bad))
            raise InputError.of("securities", "a daily volume >= 0", column=self.asset[worst], value=self.adv[worst])

    @cached_property
    def position(self) -> dict[str, int]:
        """Where each asset stands."""
        return dict(zip(self.asset, range(len(self.asset)), strict=True))

    @cached_property
    def by_name(self) -> NDArray[np.intp]:
        """Places in order of the assets' names."""
        return np.array(sorted(range(len(self.asset)), key=self.asset.__getitem__), dtype=np.intp)

    @cached_property
    def group_of(self) -> dict[str, str]:
        """Group of each asset."""
        return dict(zip(self.asset, self.group, strict=True))

    @cached_property
    def _weighed(self) -> list[tuple[dict[str, float], Floats, NDArray[np.bool_]]]:
        """The benchmark last asked for, as it was then, its weights and who is in it."""
        return []

    def weights(self, benchmark: Mapping[str, float]) -> Floats:
        """Weight of each security in a benchmark, zero where it is not in it, shape (S,).

        Found once for accounts that share securities and benchmark.

        Raises
        ------
        KeyError
            An asset of the benchmark is not among the securities.
        """
        return self._placed(benchmark)[0]

    def listed(self, benchmark: Mapping[str, float]) -> NDArray[np.bool_]:
        """Securities that are in a benchmark, be it with a weight of zero, shape (S,); else as `weights`."""
        return self._placed(benchmark)[1]

    def _placed(self, benchmark: Mapping[str, float]) -> tuple[Floats, NDArray[np.bool_]]:
        for kept, known, members in self._weighed:
            if kept == benchmark:
                return known, members
        weights: Floats = np.zeros(len(self.asset))
        listed: NDArray[np.bool_] = np.zeros(len(self.asset), dtype=bool)
        places = [self.position[asset] for asset in benchmark]
        weights[places], listed[places] = list(benchmark.values()), True
        weights.setflags(write=False)
        listed.setflags(write=False)
        self._weighed[:] = [(dict(benchmark), weights, listed)]
        return weights, listed

    @cached_property
    def _selected(self) -> list[Selection]:
        """The selection last made."""
        return []

    def selected(self, row: NDArray[np.intp]) -> Selection:
        """Securities at some places; found once for accounts of the same names, one after the other."""
        for kept in self._selected:
            if np.array_equal(kept.row, row):
                return kept
        at = row.tolist()
        texts = (tuple(map(words.__getitem__, at)) for words in (self.asset, self.sector, self.group))
        made = Selection(row.copy(), *texts)
        self._selected[:] = [made]
        return made

    def places(self, assets: Iterable[str]) -> NDArray[np.intp]:
        """Where some assets stand, -1 where there is no such asset."""
        return np.fromiter(map(self.position.get, assets, repeat(-1)), dtype=np.intp)


@dataclass(frozen=True, eq=False)
class Account:
    """One taxable account on a day, with what the whole household traded of late.

    Parameters
    ----------
    as_of : date
        The day on which the trades would be made.
    cash : float
        Dollars before any trade; may be negative.
    lots : Lots
        Open tax lots, all of assets in `securities`.
    securities : Securities
        Everything held or in the benchmark.
    trades : TradeHistory
        Of the household, at least the last 30 days.
    restrictions : sequence of Restriction
        Those no longer in force are ignored.
    cash_flow : float
        Dollars: a deposit to be invested (> 0), or a withdrawal to be raised (< 0).

    Raises
    ------
    InputError
        A lot's asset has no price, or the account is worth nothing.
    """

    as_of: dt.date
    cash: float
    lots: Lots
    securities: Securities
    trades: TradeHistory = field(default_factory=TradeHistory.build)
    restrictions: Sequence[Restriction] = ()
    cash_flow: float = 0.0

    def __post_init__(self) -> None:
        if (self.lot_position < 0).any():
            unknown = sorted(set(self.lots.asset.tolist()) - set(self.securities.asset))
            raise InputError.of("lots", "an asset with a price in securities", column="asset", value=unknown[0])
        if not np.isfinite(self.nav) or self.nav <= 0:
            raise InputError.of(
                "account",
                "lots, cash and cash flow that are together worth more than zero",
                column="cash",
                value=self.nav,
            )

    @cached_property
    def lot_position(self) -> NDArray[np.intp]:
        """Where each lot's asset stands in `securities`, shape (L,)."""
        # -1 is refused when the account is made.
        coded = self.lots.coded.get("asset")
        return self.securities.places(self.lots.assets) if coded is None else coded.placed(self.securities.places)

    @cached_property
    def nav(self) -> float:
        """Net asset value in dollars: lots at today's prices, cash and cash flow."""
        return float(self.lots.shares @ self.securities.price[self.lot_position]) + self.cash + self.cash_flow

    def rules(self, *names: Rule) -> frozenset[str]:
        """Names that one of these rules applies to on the account's day."""
        return frozenset(r.asset for r in self.restrictions if r.rule in names and r.in_force(self.as_of))
