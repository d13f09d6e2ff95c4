"""account.toml: the account's day and cash, and the mandate but for its benchmark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    model_validator,
)

from optimizer import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    Costs,
    Deferral,
    FactorActiveLimit,
    HarvestOffsetsLimit,
    Limit,
    LiquidityLimit,
    LossPerNameLimit,
    Mandate,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    PartlyWashed,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
    YearToDate,
    soft,
    transition,
)
from tax import LossUse, TaxRates, capital_loss_limit
from taxsleeve.cells import Label
from taxsleeve.cells import NotNegative as NotNegativeCell
from taxsleeve.cells import Number as NumberCell
from taxsleeve.cells import Share as ShareCell
from taxsleeve.spelling import one_of
from taxsleeve.tables import Findings
from taxsleeve.toml_file import read_toml
from taxsleeve_errors import TaxError

__all__ = ["AccountSettings", "checked_settings", "read_settings"]

_WORDS = {
    "missing": "a value",
    "date_type": "a TOML date, as 2024-06-28 without quotes",
    "date_from_datetime_inexact": "a date without a time",
    "bool_type": "true or false",
    "int_type": "a whole number",
}


def _not_quoted(value: Any) -> Any:
    """Refuse text where a number belongs: a table's cells are text, a TOML value has its type."""
    if isinstance(value, str):
        raise ValueError("a number without quotes")
    return value


Number = Annotated[NumberCell, BeforeValidator(_not_quoted)]
NotNegative = Annotated[NotNegativeCell, BeforeValidator(_not_quoted)]
Share = Annotated[ShareCell, BeforeValidator(_not_quoted)]


_ONE_NUMBER = (
    RealizedGainLimit,
    RealizedShortGainLimit,
    RealizedLongGainLimit,
    NetGainLimit,
    NetShortGainLimit,
    NetLongGainLimit,
    LiquidityLimit,
)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _YearToDate(_Section):
    short: Number
    long: Number
    carry_short: NotNegative = 0.0
    carry_long: NotNegative = 0.0
    deduction: NotNegative | None = None
    carried: Share | None = None


class _Deferral(_Section):
    rate: Share
    years: NotNegative
    discount_rate: Share = 0.05


class _Taxes(_Section):
    short_term: Share | None = None
    long_term: Share | None = None
    filing: Label | None = None
    income: NotNegative | None = None
    year: StrictInt | None = None
    state: Share = 0.0
    losses: Literal["unlimited", "long_term", "netting"] = "unlimited"
    harvest: Literal["everything", "offsets"] = "everything"
    year_to_date: _YearToDate | None = None
    deferral: _Deferral | None = None
    partly_washed: PartlyWashed = "avoid"

    @model_validator(mode="after")
    def _year_is_given_where_needed(self) -> Self:
        if self.year_to_date is None and (self.losses == "netting" or self.harvest == "offsets"):
            raise ValueError("year_to_date = { short = ..., long = ... } beside netting or offsets")
        return self

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        plain = (self.short_term, self.long_term)
        filed = (self.filing, self.income, self.year)
        if None not in plain and filed == (None,) * 3:
            return self
        if None not in filed and plain == (None,) * 2:
            return self
        raise ValueError("either short_term and long_term, or filing, income and year")

    def so_far(self) -> YearToDate:
        """The year so far; the deduction of a filing status where no other is given."""
        if self.year_to_date is None:
            return YearToDate()
        given = self.year_to_date.model_dump(exclude_none=True)
        if self.filing is not None:
            given.setdefault("deduction", float(capital_loss_limit(self.filing)))
        return YearToDate(**given)

    def rates(self) -> TaxRates:
        if self.short_term is not None and self.long_term is not None:
            return TaxRates(short_term=self.short_term, long_term=self.long_term)
        if (
            self.filing is None or self.income is None or self.year is None
        ):  # pragma: no cover - the validator saw to it
            raise TaxError("taxes: neither two rates nor a filing")
        return TaxRates.from_filing(self.filing, self.income, self.year, self.state)


class _Limits(_Section):
    tracking_error: Annotated[Share, Field(gt=0)] | None = None
    loss_per_name: Share | None = None
    turnover: Annotated[NotNegative, Field(le=2)] | None = None
    active_weight: Share | None = None
    sector_active: Share | None = None
    factor_active: dict[str, NotNegative] = Field(default_factory=dict)
    cash: tuple[Share, Share] | None = None
    beta_active: NotNegative | None = None
    liquidity: NotNegative | None = None
    realized_gain: Share | None = None
    realized_gain_short: Share | None = None
    realized_gain_long: Share | None = None
    net_gain: Number | None = None
    net_gain_short: Number | None = None
    net_gain_long: Number | None = None
    min_trade: Share = 0.0
    names: tuple[Annotated[StrictInt, Field(ge=0)], Annotated[StrictInt, Field(ge=0)]] | None = None
    harvest_threshold: Share = 0.0
    minimum_loss: NotNegative = 0.0
    strict: StrictBool = False
    soft: dict[str, Annotated[NotNegative, Field(gt=0)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("cash", "names"):
            pair = getattr(self, name)
            if pair is not None and pair[0] > pair[1]:
                raise ValueError(f"{name} = [least, greatest], the least first")
        return self

    def limits(self) -> list[Limit]:
        return [soft(limit, self.soft[limit.name]) if limit.name in self.soft else limit for limit in self._hard()]

    def _hard(self) -> list[Limit]:
        made: list[Limit | None] = [
            None if self.tracking_error is None else TrackingErrorLimit(self.tracking_error),
            None if self.loss_per_name is None else LossPerNameLimit(self.loss_per_name),
            None if self.turnover is None else TurnoverLimit(self.turnover),
            None if self.active_weight is None else ActiveWeightLimit(self.active_weight, self.strict),
            None if self.sector_active is None else SectorActiveLimit(self.sector_active, self.strict),
            FactorActiveLimit(self.factor_active, self.strict) if self.factor_active else None,
            None if self.cash is None else CashLimit(*self.cash),
            None if self.beta_active is None else BetaActiveLimit(self.beta_active, self.strict),
        ]
        made += [kind(value) for kind in _ONE_NUMBER if (value := getattr(self, kind.name)) is not None]
        return [limit for limit in made if limit is not None]

    @model_validator(mode="after")
    def _soft_limits_are_stated(self) -> Self:
        names = {limit.name for limit in self._hard()}
        unknown = [name for name in self.soft if name not in names]
        if unknown:
            raise ValueError(f"soft = prices by limit, of limits that are given here; {unknown[0]!r} is not")
        return self


class _Costs(_Section):
    spread_bps: NotNegative = 5.0
    commission: NotNegative = 0.0
    impact: NotNegative = 0.0


class _Shares(_Section):
    fractional: StrictBool = False


class _Objective(_Section):
    alpha_horizon: NotNegative = 1.0
    transition: StrictBool = False


class AccountSettings(_Section):
    """The content of account.toml; every key and its unit is described in FORMATS."""

    as_of: Annotated[dt.date, Field(strict=True)]
    cash: Number
    cash_flow: Number = 0.0
    taxes: _Taxes
    limits: _Limits = Field(default_factory=_Limits)
    costs: _Costs = Field(default_factory=_Costs)
    shares: _Shares = Field(default_factory=_Shares)
    objective: _Objective = Field(default_factory=_Objective)
    account: Label | None = None
    benchmark: Label | None = None
    risk: Label | None = None

    @property
    def sections(self) -> tuple[BaseModel, ...]:
        """Everything that the mandate follows from, but for the benchmark."""
        return (self.taxes, self.limits, self.costs, self.shares, self.objective)

    def _limits(self) -> list[Limit]:
        offsets = [HarvestOffsetsLimit(self.taxes.so_far())] if self.taxes.harvest == "offsets" else []
        return [*self.limits.limits(), *offsets]

    def mandate(self, benchmark: Mapping[str, float], alpha: Mapping[str, float] | None = None) -> Mandate:
        """Mandate with this benchmark, and these expected returns over it.

        Raises
        ------
        TaxError
            The tax tables do not know the filing status or year.
        InputError
        """
        mandate = Mandate(
            benchmark=benchmark,
            limits=self._limits(),
            rates=self.taxes.rates(),
            losses=LossUse.of(self.taxes.losses),
            costs=Costs(self.costs.spread_bps, self.costs.commission, self.costs.impact),
            fractional=self.shares.fractional,
            min_trade=self.limits.min_trade,
            names=self.limits.names,
            harvest_threshold=self.limits.harvest_threshold,
            minimum_loss=self.limits.minimum_loss,
            year_to_date=self.taxes.so_far(),
            deferral=None if self.taxes.deferral is None else Deferral(**self.taxes.deferral.model_dump()),
            partly_washed=self.taxes.partly_washed,
            alpha=alpha or {},
            alpha_horizon=self.objective.alpha_horizon,
        )
        return transition(mandate) if self.objective.transition else mandate

    @model_validator(mode="after")
    def _transition_has_a_budget(self) -> Self:
        budgets = ("realized_gain", "net_gain")
        given = [name for name, value in self.limits if name.startswith(budgets) and value is not None]
        if self.objective.transition and not given:
            raise ValueError("a gain budget in [limits] (realized_gain, net_gain) beside objective.transition")
        return self


def read_settings(path: Path, findings: Findings) -> AccountSettings | None:
    """Read account.toml; None, with every fault noted, where it is not good."""
    if not path.is_file():
        what = "a directory" if path.is_dir() else "no such file"
        findings.fault(path.name, "the file account.toml in the account folder", value=what)
        return None
    values = read_toml(path, findings)
    return None if values is None else checked_settings(path.name, values, findings)


def checked_settings(file: str, values: Mapping[str, Any], findings: Findings) -> AccountSettings | None:
    """Check the keys and values of account.toml, wherever they stood; None, with every fault noted, where not good."""
    try:
        return _settings(values)
    except TaxError as error:
        findings.fault(file, "tax figures that the tables know", column="taxes", value=error)
        return None
    except ValidationError as error:
        for item in error.errors():
            _note(file, dict(item), findings)
        return None


class _Own(_Section):
    """What each account has for itself."""

    cash: Number
    cash_flow: Number = 0.0
    account: Label | None = None


_MOST_KNOWN = 1000
_known: dict[str, AccountSettings] = {}


def _settings(values: Mapping[str, Any]) -> AccountSettings:
    """Check values; accounts that differ in nothing but their own share the rest, which is checked once."""
    own = {key: value for key, value in values.items() if key in _Own.model_fields}
    content = repr({key: value for key, value in values.items() if key not in own})
    if content not in _known:
        settings = AccountSettings.model_validate(values)
        settings.taxes.rates()
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[content] = settings
        return settings
    try:
        mine = _Own.model_validate(own)
    except ValidationError:
        return AccountSettings.model_validate(values)  # says what is wrong among all keys
    return _known[content].model_copy(update=dict(mine))


def _note(file: str, item: dict[str, Any], findings: Findings) -> None:
    keys = [str(part) for part in item["loc"]]
    value = None if item["type"] == "missing" or isinstance(item["input"], dict) else item["input"]
    findings.fault(
        file, _expected(keys, item), column=".".join(keys), value="nothing" if item["type"] == "missing" else value
    )


def _expected(keys: list[str], item: dict[str, Any]) -> str:
    if item["type"] != "extra_forbidden":
        return _WORDS.get(item["type"], str(item["msg"]).removeprefix("Value error, ").removeprefix("Input should be "))
    section: Any = AccountSettings
    for key in keys[:-1]:
        section = section.model_fields[key].annotation
        section = next((part for part in get_args(section) if isinstance(part, type)), section)
    known = list(section.model_fields)
    return one_of(keys[-1], known)
