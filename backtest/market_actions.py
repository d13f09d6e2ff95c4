"""Corporate actions of a market: what must hold of their table."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from taxsleeve_errors import Fault

__all__ = ["ACTION_COLUMNS", "ActionKind", "MarketAction", "action_faults", "listed_actions"]

ACTION_COLUMNS = ("date", "asset", "action", "into", "ratio", "cash", "basis_share")


class ActionKind(enum.StrEnum):
    """What becomes of each share at the opening of the action's date, whose close is the first with the new shares.

    `STOCK_MERGER`: `ratio` shares of `into`, and `cash`. `SPIN_OFF`: `ratio` shares of `into` beside it, which take
    `basis_share` of the basis. `SPLIT`: `ratio` shares of its own, for markets whose prices are not split-adjusted.
    """

    STOCK_MERGER = "stock_merger"
    SPIN_OFF = "spin_off"
    SPLIT = "split"


@dataclass(frozen=True)
class MarketAction:
    """A row of a market's actions; `into` is "" for a split, `cash` and `basis_share` are zero where there is none."""

    date: pd.Timestamp
    asset: str
    kind: ActionKind
    into: str
    ratio: float
    cash: float
    basis_share: float


def listed_actions(actions: pd.DataFrame | None) -> list[MarketAction]:
    """Read a table without faults, in order of dates."""
    if actions is None:
        return []
    table = actions.assign(into=actions["into"].fillna(""), cash=actions["cash"].fillna(0.0))
    table = table.assign(basis_share=table["basis_share"].fillna(0.0)).sort_values("date", kind="stable")
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return [
        MarketAction(
            date=pd.Timestamp(row["date"]),
            asset=row["asset"],
            kind=ActionKind(row["action"]),
            into=row["into"],
            ratio=float(row["ratio"]),
            cash=float(row["cash"]),
            basis_share=float(row["basis_share"]),
        )
        for row in rows
    ]


def action_faults(actions: pd.DataFrame, prices: pd.DataFrame) -> list[Fault]:
    """List what is wrong with a table of actions (columns `ACTION_COLUMNS`) beside these prices (T, N).

    One asset has at most one action a day; what shares turn into is priced on the day, if the market is open till then.
    """
    faults = []
    twice = actions[actions.duplicated(["date", "asset"])]
    if len(twice):
        place = f"{twice['asset'].iloc[0]} on {twice['date'].iloc[0].date()}"
        faults.append(Fault("actions", "one action of an asset a day", column=place, value="two"))
    rows: list[dict[str, Any]] = actions.to_dict("records")  # type: ignore[assignment]
    for number, row in enumerate(rows, start=2):
        expected = _expected(row, prices)
        faults += [Fault("actions", what, row=number, column=column, value=value) for column, what, value in expected]
    return faults


def _expected(row: Mapping[str, Any], prices: pd.DataFrame) -> list[tuple[str, str, str]]:
    kind, into, ratio, cash, share = (row[c] for c in ("action", "into", "ratio", "cash", "basis_share"))
    wrong = []
    if kind not in tuple(ActionKind):
        return [("action", f"one of {', '.join(ActionKind)}", str(kind))]
    if row["asset"] not in prices.columns:
        wrong.append(("asset", "an asset of prices", str(row["asset"])))
    if not _is_number(ratio) or not ratio > 0:
        wrong.append(("ratio", "new shares for each old one, more than 0", str(ratio)))
    if kind == ActionKind.STOCK_MERGER:
        if not _is_number(cash) or not cash >= 0:
            wrong.append(("cash", "currency for each old share, 0 or more", str(cash)))
    elif not pd.isna(cash) and cash != 0:
        wrong.append(("cash", f"no cash in a {kind}", str(cash)))
    if kind == ActionKind.SPIN_OFF and not (_is_number(share) and 0 <= share <= 1):
        wrong.append(("basis_share", "the part of the basis that moves, from 0 to 1", str(share)))
    if kind != ActionKind.SPIN_OFF and not pd.isna(share):
        wrong.append(("basis_share", f"no basis_share in a {kind}", str(share)))
    return wrong + _into_faults(row, str(kind), into, prices)


def _into_faults(row: Mapping[str, Any], kind: str, into: Any, prices: pd.DataFrame) -> list[tuple[str, str, str]]:
    if kind == ActionKind.SPLIT:
        return [] if pd.isna(into) or into == "" else [("into", "nothing: a split makes no other asset", str(into))]
    if into not in prices.columns or into == row["asset"]:
        return [("into", "another asset of prices", str(into))]
    day = int(prices.index.searchsorted(row["date"]))
    if day < len(prices) and not np.isfinite(prices[into].to_numpy(dtype=float)[day]):
        return [("into", f"a price on {prices.index[day].date()}, when shares become it", str(into))]
    return []


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and bool(np.isfinite(value))
