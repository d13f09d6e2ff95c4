"""What the account's list must keep, as plain numbers: the limits of account.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from taxsleeve_errors import InputError

__all__ = ["ONE_NUMBER", "AuditedMandate"]

ONE_NUMBER = (
    "tracking_error",
    "loss_per_name",
    "turnover",
    "active_weight",
    "sector_active",
    "beta_active",
    "liquidity",
    "realized_gain",
    "realized_gain_short",
    "realized_gain_long",
    "net_gain",
    "net_gain_short",
    "net_gain_long",
)
"""Names of the limits that are one number."""


@dataclass(frozen=True)
class AuditedMandate:
    """Limits, costs and choices that decide whether a list is good.

    Parameters
    ----------
    limits : mapping of str to float
        By name, of `ONE_NUMBER`; fractions of NAV, tracking error a year, beta to the benchmark, liquidity as a
        fraction of average daily volume.
    factor_active : mapping of str to float
        Greatest |exposure| by factor, in the risk model's units.
    cash : (float, float) or None
        Least and greatest cash after trading over NAV; None: not below zero.
    names : (int, int) or None
        Least and greatest number of names held.
    min_trade : float
        Least order over NAV.
    strict : bool
        Whether bands that drift has broken must be met now; otherwise they may not get worse.
    soft : mapping of str to float
        Limits that may be exceeded, and the value that each unit beyond takes.
    usable_losses : float or None
        Dollars of net loss that the list may realise (harvest = "offsets"); None: any.
    spread_bps, commission, impact : float
        Costs: a side where the security gives none, dollars an order, coefficient of the square-root law.
    fractional : bool
        Whether parts of a share may be traded.
    priced_washes : bool
        Whether losses may be taken that recent lots of the account wash (partly_washed = "price").

    Raises
    ------
    InputError
        A limit is not one that the auditor knows: it would not be audited.
    """

    limits: Mapping[str, float] = field(default_factory=dict)
    factor_active: Mapping[str, float] = field(default_factory=dict)
    cash: tuple[float, float] | None = None
    names: tuple[int, int] | None = None
    min_trade: float = 0.0
    strict: bool = False
    soft: Mapping[str, float] = field(default_factory=dict)
    usable_losses: float | None = None
    spread_bps: float = 5.0
    commission: float = 0.0
    impact: float = 0.0
    fractional: bool = False
    priced_washes: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(set(self.limits) - set(ONE_NUMBER))
        if unknown:
            raise InputError.of("limits", f"one of {', '.join(ONE_NUMBER)}", column=unknown[0])
