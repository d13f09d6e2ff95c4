"""Moving a concentrated, appreciated portfolio toward its benchmark, year by year, under a gain budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.limits import (
    ActiveWeightLimit,
    BetaActiveLimit,
    FactorActiveLimit,
    Limit,
    NetGainLimit,
    RealizedGainLimit,
    SectorActiveLimit,
    TrackingErrorLimit,
)
from optimizer.limits.soft import SoftLimit, SoftLinearLimit
from optimizer.mandate import Mandate
from taxsleeve_errors import InputError

__all__ = ["TRANSITION_RISK_AVERSION", "transition"]

TRANSITION_RISK_AVERSION = 1000.0
"""Lowering tracking error from 1.0% to 0.9% is worth 1.9% of NAV: more than any tax on the way there."""
_BANDS = (ActiveWeightLimit, BetaActiveLimit, FactorActiveLimit, SectorActiveLimit)


def transition(mandate: Mandate, risk_aversion: float = TRANSITION_RISK_AVERSION) -> Mandate:
    """Turn a mandate into one that moves the portfolio toward the benchmark as far as its gain budget goes.

    The objective becomes tracking error above all else, with tax and cost deciding between ways that are as good. The
    limit on tracking error, which a concentrated portfolio cannot meet at once, is dropped; bands on active weights,
    sectors, factors and beta are not strict, so none may get worse. All other limits stay. Rebalance with it each time
    the budget is renewed, and with the mandate itself once that can be met.

    Parameters
    ----------
    mandate : Mandate
        With a gain budget (`RealizedGainLimit`, `NetGainLimit` or one of their kinds), hard or soft.
    risk_aversion : float
        Price of tracking variance; a smaller one leaves risk that it costs more tax to remove.

    Returns
    -------
    Mandate

    Raises
    ------
    InputError
        The mandate has no gain budget: everything would be sold at once.
    """
    plain = [limit.limit if isinstance(limit, (SoftLimit, SoftLinearLimit)) else limit for limit in mandate.limits]
    if not any(isinstance(limit, (RealizedGainLimit, NetGainLimit)) for limit in plain):
        raise InputError.of("limits", "a gain budget (realized_gain, net_gain), to move under", column="transition")
    if not (np.isfinite(risk_aversion) and risk_aversion > 0):
        raise InputError.of("mandate", "a finite number > 0", column="risk_aversion", value=risk_aversion)
    pairs = zip(mandate.limits, plain, strict=True)
    limits = [_loose(limit) for limit, kind in pairs if not isinstance(kind, TrackingErrorLimit)]
    return replace(mandate, limits=limits, risk_aversion=risk_aversion)


def _loose(limit: Limit) -> Limit:
    if isinstance(limit, _BANDS):
        return replace(limit, strict=False)
    if isinstance(limit, SoftLinearLimit) and isinstance(limit.limit, _BANDS):
        return replace(limit, limit=replace(limit.limit, strict=False))
    return limit
