"""Securities as the optimizer takes them, from rows of securities.csv."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from optimizer import Securities
from taxsleeve.account_tables import SecurityRow

__all__ = ["expected_returns", "groups_of", "securities_of"]


def securities_of(rows: Sequence[SecurityRow]) -> Securities:
    """Make securities of rows.

    Raises
    ------
    InputError
        An asset stands twice.
    """
    return Securities(
        asset=tuple(row.asset for row in rows),
        price=np.array([row.price for row in rows], dtype=float),
        sector=tuple(row.sector for row in rows),
        group=tuple(row.group or row.asset for row in rows),
        spread_bps=np.array([np.nan if row.spread_bps is None else row.spread_bps for row in rows], dtype=float),
        adv=np.array([np.nan if row.adv is None else row.adv for row in rows], dtype=float),
    )


def groups_of(rows: Iterable[SecurityRow]) -> dict[str, str]:
    """Group of substantially identical securities of each asset, by default the asset itself."""
    return {row.asset: row.group or row.asset for row in rows}


def expected_returns(rows: Iterable[SecurityRow]) -> dict[str, float]:
    """Expected return over the benchmark of each asset that has one."""
    return {row.asset: row.alpha for row in rows if row.alpha is not None}
