"""An account from columns at once, where everything in them is plainly good.

Reading row by row names every fault and takes ten times as long. What is not plainly good is left to that; what is,
gives the same account.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer import Account, Mandate, Restriction
from risk import FactorRisk
from tax import WASH_DAYS, CodedText, Lots, TradeHistory
from taxsleeve.account_folder import AccountFolder, check_factors, warn_of_securities
from taxsleeve.account_settings import AccountSettings
from taxsleeve.account_tables import LotRow, RestrictionRow, TradeRow
from taxsleeve.quick_cells import Columns, NotPlainError, days, labels, numbers, optional_labels, require, words
from taxsleeve.tables import Findings
from taxsleeve.universe import Universe
from taxsleeve_errors import TaxError

__all__ = ["quick_account"]

_EARLIEST = np.datetime64("1900-01-01", "D")
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
    lots, trades : mapping of str to array or CodedText
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
        require(_LOT_COLUMNS <= lots.keys() <= LotRow.model_fields.keys())
        require(not trades or _TRADE_COLUMNS <= trades.keys() <= TradeRow.model_fields.keys())
        made_lots = _lots(lots, universe, settings.as_of)
        made_trades = _trades(trades, universe, settings.as_of)
    except NotPlainError:
        return None
    known, risk = universe.securities.position, universe.risk
    if risk is None or any(row.asset not in known for row in restrictions):
        return None
    mandate, warnings = universe.once(settings.sections, lambda: _mandate(settings, universe, risk))
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
        vendor_risk=risk,
        prices=None,
        lots_elsewhere=(),
        extra_lot_columns=_NO_COLUMNS,
        warnings=(*universe.faults.warnings, *warnings),
        security_rows=tuple(universe.security_table.rows),
    )


def _mandate(settings: AccountSettings, universe: Universe, risk: FactorRisk) -> tuple[Mandate, list[str]]:
    """Mandate of some settings, and what is to be said of it."""
    findings = Findings()
    warn_of_securities(settings, universe.security_table, findings)
    mandate = settings.mandate(universe.weights, universe.alpha)
    check_factors(mandate, risk)
    return mandate, findings.warnings


def _or_taxable(kind: str) -> str:
    return kind or "taxable"


def _is_taxable(kind: str) -> bool:
    return kind in ("", "taxable")


def _is_account_type(kind: str) -> bool:
    return kind in ("taxable", "spouse", "ira", "roth")


def _is_side(side: str) -> bool:
    return side in ("BUY", "SELL")


def _lots(columns: Columns, universe: Universe, as_of: dt.date) -> Lots:
    ids, assets = labels(columns["lot_id"]), labels(columns["asset"])
    acquired = days(columns["acquired"])
    start = days(columns["holding_start"], acquired) if "holding_start" in columns else acquired
    account = optional_labels(columns["account"]).mapped(_or_taxable) if "account" in columns else None
    shares, cost = numbers(columns["shares"]), numbers(columns["cost_per_share"])
    require(
        "account_type" not in columns or words(columns["account_type"]).all(_is_taxable),
        account is None or account.alike,
        (shares > 0).all(),
        (cost >= 0).all(),
        (acquired >= _EARLIEST).all(),
        (acquired <= np.datetime64(as_of, "D")).all(),
        (start >= _EARLIEST).all(),
        (start <= acquired).all(),
        assets.all(universe.knows),
    )
    try:
        return Lots.build(
            lot_id=ids,
            asset=assets,
            group=assets.mapped(universe.group_of),
            account=account,
            shares=shares,
            basis=cost,
            acquired=acquired,
            holding_start=start,
        )
    except TaxError:  # an id stands twice
        raise NotPlainError from None


def _trades(columns: Columns, universe: Universe, as_of: dt.date) -> TradeHistory:
    size = len(columns.get("asset", ()))
    if not size:
        return TradeHistory.build()
    assets, dates, sides = labels(columns["asset"]), days(columns["date"]), words(columns["side"])
    shares, price = numbers(columns["shares"]), numbers(columns["price"])
    today = np.datetime64(as_of, "D")
    recent = today - dates <= np.timedelta64(WASH_DAYS, "D")
    stated = optional_labels(columns["group"]) if "group" in columns else None
    nameless = recent if stated is None else recent & (stated.array() == "")
    kinds = words(columns["account_type"]).mapped(_or_taxable) if "account_type" in columns else None
    require(
        (shares > 0).all(),
        (price >= 0).all(),
        (dates >= _EARLIEST).all(),
        (dates <= today).all(),
        sides.all(_is_side),
        kinds is None or kinds.all(_is_account_type),
        # A warning is due where a recent trade's asset is not known and has no group.
        assets.take(nameless).all(universe.knows),
    )
    groups, gains = assets.mapped(universe.group_of), columns.get("realized_gain")
    return TradeHistory.build(
        date=dates,
        side=sides.texts(),
        asset=assets.texts(),
        group=_either(stated, groups),
        shares=shares,
        realized_gain=None if gains is None else numbers(gains, np.nan),
        account=optional_labels(columns["account"]).mapped(_or_taxable).texts() if "account" in columns else None,
        account_type=None if kinds is None else kinds.texts(),
    )


def _either(stated: CodedText | None, known: CodedText) -> list[str]:
    """Groups as they are stated, and as they are known where none is."""
    if stated is None:
        return known.texts()
    return [own or other for own, other in zip(stated.texts(), known.texts(), strict=True)]
