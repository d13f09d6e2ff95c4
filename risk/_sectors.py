"""Sectors that are wide enough to have a return of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from risk.screening import Repair
from taxsleeve_errors import RiskModelError

__all__ = ["OTHER", "SectorMembership", "sector_membership"]

OTHER = "Other"


@dataclass(frozen=True, eq=False)
class SectorMembership:
    """One sector a name.

    Parameters
    ----------
    labels : tuple of str
        The J sectors.
    dummies : array of shape (N, J)
    repairs : tuple of Repair
        Thin sectors that were merged.
    """

    labels: tuple[str, ...]
    dummies: NDArray[np.bool_]
    repairs: tuple[Repair, ...] = ()


def sector_membership(
    names: tuple[str, ...], sectors: pd.Series | None, seen: NDArray[np.bool_], first: str, least: int
) -> SectorMembership:
    """Sectors with thin ones merged.

    A sector of fewer than `least` names with a history joins "Other", as do names without a sector; where that is thin
    too, it joins the sector with the most names. A name has a history with a return and a capitalisation on half of
    the later half of the periods: a factor for one name, perhaps listed yesterday, is no sector's return.

    Parameters
    ----------
    names : tuple of str
    sectors : Series or None
        By name; None makes one sector of all.
    seen : array of shape (T, N)
        Whether a name has a return and a capitalisation.
    first : str
        Label of the first period, for the list of repairs.
    least : int

    Raises
    ------
    RiskModelError
        A name stands twice.
    """
    if sectors is None:
        return SectorMembership((OTHER,), np.ones((len(names), 1), dtype=bool))
    if sectors.index.has_duplicates:
        raise RiskModelError(f"sectors: {sectors.index[sectors.index.duplicated()][0]} stands twice, expected once")
    stated = sectors.rename(index=str).reindex(list(names))
    of = stated.where(stated.notna(), OTHER).astype(str)
    later = seen[len(seen) // 2 :]
    with_history = pd.Series(later.sum(axis=0) >= max(0.5 * len(later), 1), index=of.index)
    repairs = []
    counts = with_history.groupby(of).sum()
    thin = {str(label): OTHER for label in counts.index[counts < least]}
    merged = of.replace(thin)
    counts_merged = with_history.groupby(merged).sum().drop(OTHER, errors="ignore")
    if OTHER in set(merged) and int(with_history[merged == OTHER].sum()) < least and len(counts_merged):
        thin = {**thin, OTHER: str(counts_merged.idxmax())}
    into = {label: thin.get(target, target) for label, target in thin.items()}
    into = {label: target for label, target in into.items() if label != target and label in set(of)}
    for label, target in into.items():
        detail = f"{int(counts[label])} names with a history, fewer than {least}; merged with {target}"
        repairs.append(Repair(f"sector {label}", "thin sector", len(seen), first, detail))
    of = of.replace(into)
    labels = tuple(sorted(of.unique()))
    return SectorMembership(labels, np.stack([(of == label).to_numpy() for label in labels], axis=1), tuple(repairs))
