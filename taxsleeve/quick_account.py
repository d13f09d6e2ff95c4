"""An account from columns at once, where everything in them is plainly good.

Reading row by row names every fault and takes ten times as long. What is not plainly good is left to that; what is,
gives the same account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer import Account, Restriction
from tax import WASH_DAYS, Lots, TradeHistory
from taxsleeve.account_folder import AccountFolder, check_factors, warn_of_securities
from taxsleeve.account_settings import AccountSettings
from taxsleeve.account_tables import LotRow, RestrictionRow, TradeRow
from taxsleeve.cells import FORMULA_STARTS
from taxsleeve.tables import Findings
from taxsleeve.universe import Universe
from taxsleeve_errors import TaxsleeveError

__all__ = ["Columns", "quick_account"]

Columns = Mapping[str, NDArray[Any]]
Floats = NDArray[np.float64]
_DIGITS = frozenset("0123456789.+-eE")
_EARLIEST = np.datetime64("1900-01-01", "D")
_LONGEST = 200
_NO_COLUMNS = pd.DataFrame()
_LOT_COLUMNS = frozenset(name for name, field in LotRow.model_fields.items() if field.is_required())
_TRADE_COLUMNS = frozenset(name for name, field in TradeRow.model_fields.items() if field.is_required())


def quick_account(
    settings: AccountSettings,
    universe: Universe,
    lots: Columns,
    trades: Columns,
    restrictions: Sequence[RestrictionRow],
) -> AccountFolder | None:
    """Make an account of columns.

    Parameters
    ----------
    settings : AccountSettings
    universe : Universe
        Without faults.
    lots, trades : mapping of str to array
        Columns of `LotRow` and `TradeRow`, as text or as numbers and dates; None or "" in an empty cell.
    restrictions : sequence of RestrictionRow
        Of assets in the universe.

    Returns
    -------
    AccountFolder or None
        None where a cell, or what cells say together, is not plainly good, or needs words to the owner.

    Raises
    ------
    InputError
        A limit on a factor that the risk model does not have, or an account that is worth nothing.
    """
    try:
        _require(_LOT_COLUMNS <= lots.keys() <= LotRow.model_fields.keys())
        _require(not trades or _TRADE_COLUMNS <= trades.keys() <= TradeRow.model_fields.keys())
        made_lots = _lots(lots, universe, settings.as_of)
        made_trades = _trades(trades, universe, settings.as_of)
    except _NotPlainError:
        return None
    known = universe.securities.position
    if universe.risk is None or any(row.asset not in known for row in restrictions):
        return None
    findings = Findings()
    warn_of_securities(settings, universe.security_table, findings)
    mandate = settings.mandate(universe.weights, universe.alpha)
    check_factors(mandate, universe.risk)
    account = Account(
        as_of=settings.as_of,
        cash=settings.cash,
        cash_flow=settings.cash_flow,
        lots=made_lots,
        securities=universe.securities,
        trades=made_trades,
        restrictions=[Restriction(row.asset, row.rule, row.until, row.reason) for row in restrictions],
    )
    return AccountFolder(
        account=account,
        mandate=mandate,
        vendor_risk=universe.risk,
        prices=None,
        lots_elsewhere=(),
        extra_lot_columns=_NO_COLUMNS,
        warnings=(*universe.faults.warnings, *findings.warnings),
        security_rows=tuple(universe.security_table.rows),
    )


class _NotPlainError(TaxsleeveError):
    """Something is to be looked at row by row."""


def _lots(columns: Columns, universe: Universe, as_of: dt.date) -> Lots:
    size = len(columns["lot_id"])
    ids, assets = _labels(columns["lot_id"]), _labels(columns["asset"])
    acquired = _days(columns["acquired"])
    start = _days(columns["holding_start"], acquired) if "holding_start" in columns else acquired
    account = _labels(columns["account"], "taxable") if "account" in columns else ["taxable"] * size
    kinds = _words(columns.get("account_type"), "taxable", size)
    shares, cost = _numbers(columns["shares"]), _numbers(columns["cost_per_share"])
    _require(
        set(kinds) <= {"taxable"},
        len(set(account)) <= 1,
        len(set(ids)) == size,
        (shares > 0).all(),
        (cost >= 0).all(),
        (acquired >= _EARLIEST).all(),
        (acquired <= np.datetime64(as_of, "D")).all(),
        (start >= _EARLIEST).all(),
        (start <= acquired).all(),
        universe.group.keys() >= set(assets),
    )
    group = universe.group
    return Lots.build(
        lot_id=ids,
        asset=assets,
        group=[group[a] for a in assets],
        account=account,
        shares=shares,
        basis=cost,
        acquired=acquired,
        holding_start=start,
    )


def _trades(columns: Columns, universe: Universe, as_of: dt.date) -> TradeHistory:
    size = len(columns.get("asset", ()))
    if not size:
        return TradeHistory.build()
    assets, dates = _labels(columns["asset"]), _days(columns["date"])
    shares, price = _numbers(columns["shares"]), _numbers(columns["price"])
    today, group = np.datetime64(as_of, "D"), universe.group
    recent = today - dates <= np.timedelta64(WASH_DAYS, "D")
    stated = columns["group"] if "group" in columns else [None] * size
    _require(
        (shares > 0).all(),
        (price >= 0).all(),
        (dates >= _EARLIEST).all(),
        (dates <= today).all(),
        set(sides := _words(columns["side"], "", size)) <= {"BUY", "SELL"},
        set(kinds := _words(columns.get("account_type"), "taxable", size)) <= {"taxable", "spouse", "ira", "roth"},
        # A warning is due where a recent trade's asset is not known and has no group.
        all(a in group or s for a, s, r in zip(assets, stated, recent.tolist(), strict=True) if r),
    )
    gains = columns.get("realized_gain")
    return TradeHistory.build(
        date=dates,
        side=sides,
        asset=assets,
        group=[s or group.get(a, a) for a, s in zip(assets, _labels(stated, ""), strict=True)],
        shares=shares,
        realized_gain=None if gains is None else _numbers(gains, np.nan),
        account=_labels(columns["account"], "taxable") if "account" in columns else None,
        account_type=kinds,
    )


def _require(*conditions: object) -> None:
    if not all(conditions):
        raise _NotPlainError


def _labels(cells: NDArray[Any] | Sequence[Any], default: str | None = None) -> list[str]:
    """Texts of 1 to 200 printable characters; `default`, where there is one, in an empty cell."""
    texts = cells.tolist() if isinstance(cells, np.ndarray) else list(cells)
    if default is not None:
        texts = [text or default for text in texts]
    try:
        distinct = set(texts)
        together = "".join(distinct)
    except TypeError:
        raise _NotPlainError from None
    _require(together.isprintable(), "" not in distinct or default == "")
    _require(max(map(len, distinct), default=1) <= _LONGEST)
    _require({text[:1] for text in distinct}.isdisjoint(FORMULA_STARTS))
    return texts


def _words(cells: NDArray[Any] | None, default: str, size: int) -> list[str]:
    """Texts as they stand; other spellings of a word are left to the slow reading."""
    return [default] * size if cells is None else [cell or default for cell in cells.tolist()]


def _numbers(cells: NDArray[Any], default: float | None = None) -> Floats:
    """Finite numbers; `default`, where there is one, in an empty cell."""
    if cells.dtype.kind in "iuf":
        numbers = cells.astype(float)
        if default is not None:
            _require(not np.isinf(numbers).any())
            return np.where(np.isnan(numbers), default, numbers)
        _require(np.isfinite(numbers).all())
        return numbers
    texts = cells.tolist()
    empty = [text is None or text == "" for text in texts]
    if any(empty):
        _require(default is not None)
        texts = [repr(default) if gone else text for gone, text in zip(empty, texts, strict=True)]
    try:
        _require(_DIGITS.issuperset("".join(t for t, gone in zip(texts, empty, strict=True) if not gone)))
        numbers = np.array([float(text) for text in texts], dtype=float)
    except (TypeError, ValueError):
        raise _NotPlainError from None
    _require(np.isfinite(numbers[~np.array(empty, dtype=bool)]).all())
    return numbers


def _days(cells: NDArray[Any], default: NDArray[np.datetime64] | None = None) -> NDArray[np.datetime64]:
    """Dates; those of `default`, where there are some, in an empty cell."""
    if cells.dtype.kind == "M":
        days = cells.astype("datetime64[D]")
        _require((days == cells).all() or np.isnat(cells).any())
    else:
        texts = cells.tolist()
        _require(all(text is None or text == "" or (type(text) is str and len(text) == 10) for text in texts))
        try:
            days = np.array([text or "NaT" for text in texts], dtype="datetime64[D]")
        except ValueError:
            raise _NotPlainError from None
    missing = np.isnat(days)
    if default is not None:
        return np.where(missing, default, days)
    _require(not missing.any())
    return days
