"""What a fundamental model remembers of its history: aligned facts, exposures, and each day's regression."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.cross_section import cross_sections
from risk.descriptors import Facts, style_exposures
from taxsleeve_errors import RiskModelError

__all__ = ["Panel", "Regressions", "aligned_facts", "regress"]

Floats = NDArray[np.float64]
_RECENT = 21


@dataclass(frozen=True, eq=False)
class Panel:
    """Screened returns of T days and N names, and the facts about them.

    Parameters
    ----------
    names : tuple of str
    labels : tuple
        Of the days.
    values, fitted : arrays of shape (T, N)
        Returns; with jumps winsorised.
    facts : Facts
    """

    names: tuple[str, ...]
    labels: tuple[Hashable, ...]
    values: Floats
    fitted: Floats
    facts: Facts

    def followed_by(self, later: Panel) -> Panel:
        """Join later days; names are those of the later panel, and facts not stated later stay as they were."""
        position = {name: j for j, name in enumerate(self.names)}
        columns = np.array([position.get(name, -1) for name in later.names])

        def join(old: Floats, new: Floats, carry: bool) -> Floats:
            kept = old[:, columns]
            kept[:, columns < 0] = np.nan
            if carry and len(kept):
                new = _carried(np.vstack([kept[-1:], new]))[1:]
            return np.vstack([kept, new])

        def joined_fact(old: Floats | None, new: Floats | None) -> Floats | None:
            if old is None and new is None:
                return None
            blank = np.full((len(later.values), len(later.names)), np.nan)
            earlier = np.full(self.values.shape, np.nan) if old is None else old
            return join(earlier, blank if new is None else new, carry=True)

        caps = join(self.facts.caps, later.facts.caps, carry=True)
        facts = Facts(
            caps,
            joined_fact(self.facts.adv, later.facts.adv),
            joined_fact(self.facts.book_to_price, later.facts.book_to_price),
        )
        return Panel(
            later.names,
            (*self.labels, *later.labels),
            join(self.values, later.values, carry=False),
            join(self.fitted, later.fitted, carry=False),
            facts,
        )


@dataclass(frozen=True, eq=False)
class Regressions:
    """Each day's regression, and the exposures it used.

    Parameters
    ----------
    sectors, styles : tuples of str
    exposures : array of shape (T + 1, N, S)
        The last row is for the day after the data.
    first_day : int
        Days before had too little history for the styles and no regression.
    factor_returns : array of shape (T, 1 + J + S)
        Market, sectors, styles.
    residuals : array of shape (T, N)
    dropped : dict of str to str
        Styles left out, and why.
    """

    sectors: tuple[str, ...]
    styles: tuple[str, ...]
    exposures: Floats
    first_day: int
    factor_returns: Floats
    residuals: Floats
    dropped: dict[str, str] = field(default_factory=dict)

    def of_names(self, names: tuple[str, ...], wanted: tuple[str, ...]) -> Regressions:
        """Return the same with the columns of `wanted`; a name that was not there has no residuals and is neutral."""
        if names == wanted:
            return self
        position = {name: j for j, name in enumerate(names)}
        columns = np.array([position.get(name, -1) for name in wanted])
        there = columns >= 0
        exposures, residuals = self.exposures[:, columns], self.residuals[:, columns]
        exposures[:, ~there] = 0.0
        residuals[:, ~there] = np.nan
        return replace(self, exposures=exposures, residuals=residuals)


def aligned_facts(
    index: pd.Index,
    names: list[str],
    caps: pd.DataFrame,
    adv: pd.DataFrame | None = None,
    book_to_price: pd.DataFrame | None = None,
) -> Facts:
    """Facts as they stood on each day: the last figure dated at or before it.

    Raises
    ------
    RiskModelError
        A frame's dates repeat or cannot be compared with those of the returns, or a capitalisation is not positive.
    """
    C = _as_of(index, names, caps, "caps")
    if (C <= 0).any():
        row, column = map(int, np.argwhere(C <= 0)[0])
        raise RiskModelError(f"caps of {names[column]} on {index[row]}: {C[row, column]}, expected more than 0 dollars")
    return Facts(
        C,
        None if adv is None else _as_of(index, names, adv, "adv"),
        None if book_to_price is None else _as_of(index, names, book_to_price, "book_to_price"),
    )


def regress(
    panel: Panel, sectors: tuple[str, ...], dummies: NDArray[np.bool_], earlier: Regressions | None = None
) -> Regressions:
    """Regress every day not done yet.

    Parameters
    ----------
    panel : Panel
    sectors : tuple of str
    dummies : array of shape (N, J)
    earlier : Regressions, optional
        Of the first days and the panel's names; kept as they are where sectors and styles are still the same.

    Returns
    -------
    Regressions
    """
    T, n = panel.values.shape
    kept = earlier if earlier is not None and earlier.sectors == sectors else None
    done = 0 if kept is None else len(kept.factor_returns)
    if kept is not None and done == T:
        return kept
    members = _members(panel, done)
    new = style_exposures(panel.fitted, panel.facts, members, first_row=done)
    if kept is not None and kept.styles != new.names:
        return regress(panel, sectors, dummies)
    first = new.first_day if kept is None else kept.first_day
    exposures = new.values if kept is None else np.concatenate([kept.exposures[:done], new.values])
    days = slice(max(done, first), T)
    before = slice(days.start - 1, T - 1)
    known = np.where(members[days], np.nan_to_num(panel.facts.caps[before]), 0.0)
    found = cross_sections(panel.fitted[days], panel.values[days], dummies, exposures[days], known, np.sqrt(known))
    f = np.full((T, 1 + len(sectors) + len(new.names)), np.nan)
    u = np.full((T, n), np.nan)
    if kept is not None:
        f[:done], u[:done] = kept.factor_returns, kept.residuals
    f[days], u[days] = found.factor_returns, found.residuals
    return Regressions(sectors, new.names, exposures, first, f, u, new.dropped)


def _as_of(index: pd.Index, names: list[str], frame: pd.DataFrame, what: str) -> Floats:
    frame = frame.rename(columns=str)
    if frame.index.has_duplicates or frame.columns.has_duplicates:
        raise RiskModelError(f"{what}: a date or a name stands twice, expected each once")
    try:
        known = frame.sort_index().reindex(columns=names).ffill().reindex(index, method="ffill")
    except TypeError as error:
        raise RiskModelError(f"{what}: its dates cannot be compared with those of the returns ({error})") from error
    values: Floats = known.to_numpy(dtype=float, na_value=np.nan)
    return values


def _members(panel: Panel, first_row: int) -> NDArray[np.bool_]:
    """Names (T + 1, N) with a return in the last `_RECENT` days before each and a capitalisation, from `first_row`."""
    T, n = panel.values.shape
    start = max(first_row - _RECENT, 0)
    seen = np.isfinite(panel.values[start:])
    count = np.vstack([np.zeros((1, n), dtype=np.int32), np.cumsum(seen, axis=0, dtype=np.int32)])
    t = np.arange(max(first_row, 1), T + 1) - start
    members: NDArray[np.bool_] = np.zeros((T + 1, n), dtype=bool)
    recent = count[t] > count[np.maximum(t - _RECENT, 0)]
    members[max(first_row, 1) :] = recent & np.isfinite(panel.facts.caps[max(first_row, 1) - 1 :])
    return members


def _carried(x: Floats) -> Floats:
    """Fill gaps forward down the rows."""
    filled: Floats = pd.DataFrame(x).ffill().to_numpy()
    return filled
