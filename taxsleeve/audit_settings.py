"""account.toml as the auditor reads it, by itself: raw numbers, and no limit that it does not know goes unread."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit import ONE_NUMBER, AuditedMandate, AuditedTaxes, YearSoFar
from tax import LossUse, TaxRates, capital_loss_limit
from taxsleeve.tables import Findings
from taxsleeve.toml_file import read_toml
from taxsleeve_errors import TaxError

__all__ = ["AuditSettings", "read_audit_settings"]

_EXPECTED = {
    "missing": "a value",
    "extra_forbidden": "a key that the auditor knows, so that nothing goes unaudited",
}
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Year(_Section):
    short: float
    long: float
    carry_short: float = 0.0
    carry_long: float = 0.0
    deduction: float | None = None
    carried: float | None = None


class _Taxes(_Section):
    # Rates decide what a list is worth, not whether it is good; a household's summary says what it saves.
    short_term: float | None = None
    long_term: float | None = None
    filing: str | None = None
    income: float | None = None
    year: int | None = None
    state: float = 0.0
    losses: str = "unlimited"
    deferral: dict[str, float] | None = None
    harvest: Literal["everything", "offsets"] = "everything"
    year_to_date: _Year | None = None
    partly_washed: Literal["avoid", "price"] = "avoid"


class _Limits(_Section):
    tracking_error: float | None = None
    loss_per_name: float | None = None
    turnover: float | None = None
    active_weight: float | None = None
    sector_active: float | None = None
    factor_active: dict[str, float] = Field(default_factory=dict)
    cash: Pair | None = None
    beta_active: float | None = None
    liquidity: float | None = None
    realized_gain: float | None = None
    realized_gain_short: float | None = None
    realized_gain_long: float | None = None
    net_gain: float | None = None
    net_gain_short: float | None = None
    net_gain_long: float | None = None
    min_trade: float = 0.0
    names: Annotated[list[int], Field(min_length=2, max_length=2)] | None = None
    # What a loss must be to earn credit; it forbids no trade.
    harvest_threshold: float = 0.0
    minimum_loss: float = 0.0
    strict: bool = False
    soft: dict[str, float] = Field(default_factory=dict)


class _Costs(_Section):
    spread_bps: float = 5.0
    commission: float = 0.0
    impact: float = 0.0


class _Shares(_Section):
    fractional: bool = False


class _Objective(_Section):
    alpha_horizon: float = 1.0
    transition: bool = False


class AuditSettings(_Section):
    """The content of account.toml, as `FORMATS` describes it."""

    as_of: dt.date
    cash: float
    cash_flow: float = 0.0
    taxes: _Taxes
    limits: _Limits = Field(default_factory=_Limits)
    costs: _Costs = Field(default_factory=_Costs)
    shares: _Shares = Field(default_factory=_Shares)
    objective: _Objective = Field(default_factory=_Objective)
    account: str | None = None
    benchmark: str | None = None
    risk: str | None = None

    def mandate(self) -> AuditedMandate:
        """What a list must keep.

        A transition drops tracking error and lets no band get worse, as the README says of it.

        Raises
        ------
        TaxError
            The tax tables do not know the filing status.
        """
        limits, moving = self.limits, self.objective.transition
        numbers = {name: value for name in ONE_NUMBER if (value := getattr(limits, name)) is not None}
        if moving:
            numbers.pop("tracking_error", None)
        return AuditedMandate(
            limits=numbers,
            factor_active=limits.factor_active,
            cash=None if limits.cash is None else (limits.cash[0], limits.cash[1]),
            names=None if limits.names is None else (limits.names[0], limits.names[1]),
            min_trade=limits.min_trade,
            strict=limits.strict and not moving,
            soft=limits.soft,
            usable_losses=self._usable_losses(),
            spread_bps=self.costs.spread_bps,
            commission=self.costs.commission,
            impact=self.costs.impact,
            fractional=self.shares.fractional,
            priced_washes=self.taxes.partly_washed == "price",
        )

    def _usable_losses(self) -> float | None:
        """Net loss that the year can use: its gains so far, carryovers in, and what other income takes."""
        year = self.taxes.year_to_date
        if self.taxes.harvest != "offsets" or year is None:
            return None
        return max(0.0, year.short - year.carry_short + year.long - year.carry_long + self._deduction(year))

    def _deduction(self, year: _Year) -> float:
        """Net loss that other income takes."""
        if year.deduction is not None:
            return year.deduction
        return 3000.0 if self.taxes.filing is None else float(capital_loss_limit(self.taxes.filing))

    def audited_taxes(self) -> AuditedTaxes:
        """Rates and use of losses.

        Raises
        ------
        TaxError
            There are neither two rates nor a filing that the tables know, or a rate is none.
        """
        taxes, year = self.taxes, self.taxes.year_to_date
        if taxes.short_term is not None and taxes.long_term is not None:
            rates = TaxRates(taxes.short_term, taxes.long_term)
        elif taxes.filing is not None and taxes.income is not None and taxes.year is not None:
            rates = TaxRates.from_filing(taxes.filing, taxes.income, taxes.year, taxes.state)
        else:
            raise TaxError("found neither, expected short_term and long_term, or filing, income and year")
        so_far = YearSoFar()
        if year is not None:
            figures = year.model_dump(exclude_none=True) | {"deduction": self._deduction(year)}
            so_far = YearSoFar(**figures)
        return AuditedTaxes(
            rates, LossUse.of(taxes.losses).value, self.limits.harvest_threshold, self.limits.minimum_loss, so_far
        )


def read_audit_settings(path: Path, findings: Findings) -> AuditSettings | None:
    """Read account.toml; None, with every fault noted, where it is not good."""
    values = read_toml(path, findings)
    if values is None:
        return None
    try:
        settings = AuditSettings.model_validate(values)
        settings.mandate()
    except TaxError as error:
        findings.fault(path.name, "a filing status that the tables know", column="taxes.filing", value=error)
    except ValidationError as error:
        for item in error.errors():
            column = ".".join(str(part) for part in item["loc"])
            expected = _EXPECTED.get(item["type"], str(item["msg"]).removeprefix("Input should be "))
            found = None if isinstance(item["input"], dict) else item["input"]
            findings.fault(path.name, expected, column=column, value="nothing" if item["type"] == "missing" else found)
    else:
        return settings
    return None
