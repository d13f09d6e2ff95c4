"""Tax lots as a struct of arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass, fields, replace
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tax.coded_text import CodedText
from tax.holding_period import is_long_term
from taxsleeve_errors import TaxError

__all__ = ["Lots"]

Strings = NDArray[np.str_]
Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]
_TEXTS = ("lot_id", "asset", "group", "account")
_LATER: Strings = np.empty(0, dtype=str)


@dataclass(frozen=True, eq=False)
class Lots:
    """Open tax lots of one or more accounts, one entry a lot, all arrays of shape (L,).

    Parameters
    ----------
    lot_id : array of str
        Unique.
    asset : array of str
        The security held.
    group : array of str
        Its group of substantially identical securities (I.R.C. s.1091).
    account : array of str
        The account that holds the lot.
    shares : array of float
        More than zero.
    basis : array of float
        Dollars a share, wash-sale adjustments included.
    acquired : array of datetime64[D]
        Trade date of the purchase: decides wash-sale windows.
    holding_start : array of datetime64[D]
        Start of the holding period, tacked where a wash sale tacked it: decides the term.
    texts : mapping of str to CodedText, optional
        Those of the columns of text that came as numbers; the array of such a one is made when it is first asked for.

    Raises
    ------
    TaxError
        The arrays differ in length, a lot id stands twice, or a number is not sensible.
    """

    lot_id: Strings
    asset: Strings
    group: Strings
    account: Strings
    shares: Floats
    basis: Floats
    acquired: Dates
    holding_start: Dates
    texts: InitVar[Any] = None

    def __post_init__(self, texts: Mapping[str, CodedText] | None) -> None:
        own = vars(self)
        own["coded"] = coded = texts or {}
        lengths = {field.name: len(coded.get(field.name, own[field.name])) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise TaxError(f"lots: arrays of different length {lengths}, expected one entry a lot in each")
        for name in coded:
            del own[name]
        if len(self._place) < len(self):
            unique, counts = np.unique(self.lot_id, return_counts=True)
            raise TaxError(f"lots: lot_id {str(unique[counts > 1][0])!r} stands twice, expected unique ids")
        for name, good in (("shares", self.shares > 0), ("basis", self.basis >= 0)):
            bad = ~(good & np.isfinite(getattr(self, name)))
            if bad.any():
                first = int(np.argmax(bad))
                value = getattr(self, name)[first]
                raise TaxError(f"lot {self.lot_id[first]}: {name} {value}, expected a finite number, shares > 0")

    @classmethod
    def build(
        cls,
        *,
        lot_id: Sequence[str] | CodedText,
        asset: Sequence[str] | CodedText,
        shares: Sequence[float] | Floats,
        basis: Sequence[float] | Floats,
        acquired: Sequence[dt.date] | Dates,
        group: Sequence[str] | CodedText | None = None,
        account: Sequence[str] | CodedText | None = None,
        holding_start: Sequence[dt.date] | Dates | None = None,
    ) -> Lots:
        """Make lots from plain sequences, or from text as numbers.

        `group` defaults to the asset itself, `account` to one taxable account, `holding_start` to `acquired`.
        """
        assets = _strings(asset)
        given = dict(zip(_TEXTS, (lot_id, asset, asset if group is None else group, account), strict=True))
        return cls(
            lot_id=_strings(lot_id),
            asset=assets,
            group=assets if group is None or (isinstance(group, list) and group == asset) else _strings(group),
            account=np.full(len(lot_id), "taxable") if account is None else _strings(account),
            shares=np.asarray(shares, dtype=float),
            basis=np.asarray(basis, dtype=float),
            acquired=np.asarray(acquired, dtype="datetime64[D]"),
            holding_start=np.asarray(acquired if holding_start is None else holding_start, dtype="datetime64[D]"),
            texts={name: column for name, column in given.items() if isinstance(column, CodedText)},
        )

    def __len__(self) -> int:
        return len(self.shares)

    if not TYPE_CHECKING:  # a checker would take every attribute for known

        def __getattr__(self, name: str) -> Strings:
            """Make the array of text that came as numbers."""
            column = vars(self).get("coded", {}).get(name)
            if column is None:
                raise AttributeError(f"{type(self).__name__} has no {name}")
            vars(self)[name] = made = column.array()
            return made

    @cached_property
    def coded(self) -> Mapping[str, CodedText]:
        """Those of the columns of text that came as numbers."""
        return {}

    def _listed(self, name: str) -> list[str]:
        return self.coded[name].texts() if name in self.coded else list(getattr(self, name).tolist())

    @cached_property
    def ids(self) -> list[str]:
        """Lot ids as Python's own strings."""
        return self._listed("lot_id")

    @cached_property
    def assets(self) -> list[str]:
        """Assets as Python's own strings."""
        return self._listed("asset")

    @cached_property
    def groups(self) -> list[str]:
        """Groups as Python's own strings."""
        return self._listed("group")

    @cached_property
    def accounts(self) -> list[str]:
        """Accounts as Python's own strings."""
        return self._listed("account")

    @cached_property
    def holder(self) -> str | None:
        """The account that holds every lot; None where there are several, or there is no lot."""
        if not len(self):
            return None
        alike = self.coded["account"].alike if "account" in self.coded else (self.account == self.account[0]).all()
        return self.said("account", np.zeros(1, dtype=np.intp))[0] if alike else None

    @cached_property
    def _place(self) -> dict[str, int]:
        return dict(zip(self.ids, range(len(self)), strict=True))

    def __contains__(self, lot_id: object) -> bool:
        """Whether there is a lot of this id."""
        return lot_id in self._place

    def places(self, ids: Iterable[str]) -> NDArray[np.intp]:
        """Where the lots of some ids stand, -1 where there is no such lot."""
        return np.fromiter(map(self._place.get, ids, repeat(-1)), dtype=np.intp)

    def in_groups(self, groups: Container[str]) -> NDArray[np.bool_]:
        """Lots of some groups, shape (L,)."""
        if "group" in self.coded:
            return self.coded["group"].among(groups)
        return np.fromiter(map(groups.__contains__, self.groups), dtype=bool, count=len(self))

    def said(self, column: str, rows: NDArray[np.intp]) -> list[str]:
        """What a column of text says of some lots, as Python's own strings."""
        if column in self.coded:
            return self.coded[column].take(rows).texts()
        return list(getattr(self, column)[rows].tolist())

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Lots:
        """Lots at an index or where a mask is true, in that order."""
        return replace(self, **{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def long_term(self, sold: dt.date) -> NDArray[np.bool_]:
        """Whether each lot is long-term when sold on this trade date, shape (L,)."""
        return is_long_term(self.holding_start, sold)


def _strings(texts: Sequence[str] | CodedText) -> Strings:
    """Make an array; one text throughout, as of accounts, need not be taken in lot by lot."""
    if isinstance(texts, CodedText):
        return _LATER
    if isinstance(texts, list) and len(set(texts)) == 1:
        return np.full(len(texts), str(texts[0]))
    return np.asarray(texts, dtype=str)
