"""What a little more of each binding limit would be worth, in steps that a manager would think of."""

from __future__ import annotations

import math
from dataclasses import dataclass

from optimizer.limit_numbers import numbers_of
from optimizer.limit_words import dollars, limit_amount, limit_title
from optimizer.rebalance import Rebalance

__all__ = ["LimitWorth", "limit_worths", "natural_step", "no_worths_because"]

_BP = 1e-4
_STEPS = {
    "active_weight": 10 * _BP,
    "cash": 10 * _BP,
    "liquidity": 100 * _BP,
    "loss_per_name": 5 * _BP,
    "realized_gain": 10 * _BP,
    "sector_active": 25 * _BP,
    "tracking_error": 10 * _BP,
    "turnover": 100 * _BP,
}
_OTHER, _OTHER_UNIT = 10 * _BP, 0.01
_MORE = {
    "active_weight": "more active weight allowed in each name",
    "factor_active": "more active exposure allowed to each limited factor",
    "harvest_offsets": "more gain in the year to offset",
    "liquidity": "more of its daily volume allowed in each name",
    "loss_per_name": "more loss allowed in each name",
    "sector_active": "more active weight allowed in each sector",
}
# A step is at most this part of its limit: a price is a slope, and only true for small steps.
_PART = 0.2
_WORTH_SAYING = 1.0
_SMALL_PRICE_OF_RISK = 1.0


@dataclass(frozen=True)
class LimitWorth:
    """What one natural step of a limit is worth.

    Parameters
    ----------
    name, where, unit : str
        The limit, and the member of it that is nearest to its end.
    step : float
        By which the limit gives way for all its members at once, in `unit`.
    gain : float
        Dollars of value (tax saved less costs and the price of risk) that the step would add. By concavity, at most
        that while the same names stay open for selling at a loss.
    mostly_tax : bool
        Whether value is tax saved after costs, but for a small price of risk that decides between equals.
    """

    name: str
    where: str
    unit: str
    step: float
    gain: float
    mostly_tax: bool = True

    @property
    def sentence(self) -> str:
        """Say it: "10 bp more tracking error would save about $1,240 more tax after costs"."""
        whole_points = "fraction of NAV" in self.unit and self.step >= 0.00999
        points = f"{self.step * 100:.4g} percentage point{'s' if self.step > 0.0101 else ''}"
        amount = points if whole_points else limit_amount(self.step, self.unit)
        if self.name == "cash":
            what = "less cash kept" if self.where == "least" else "more cash allowed"
        else:
            what = _MORE.get(self.name, f"more {limit_title(self.name)}")
        if self.mostly_tax:
            return f"{amount} {what} would save about {dollars(self.gain)} more tax after costs"
        return (
            f"{amount} {what} would be worth about {dollars(self.gain)} more, of tax, costs, risk and return together"
        )


def limit_worths(result: Rebalance) -> tuple[LimitWorth, ...]:
    """Put the dual price of each binding limit into a natural step, the most valuable first.

    Parameters
    ----------
    result : Rebalance

    Returns
    -------
    tuple of LimitWorth
        Steps worth a dollar or more; empty where names are being exited (`no_worths_because`).
    """
    worths = []
    numbers = {limit.name: [s.value for s in numbers_of(limit)] for limit in result.mandate.all_limits()}
    mostly_tax = result.mandate.risk_aversion <= _SMALL_PRICE_OF_RISK and not getattr(result.mandate, "alpha", None)
    for name in dict.fromkeys(reading.name for reading in result.check.readings):
        nearest = max((r for r in result.check.readings if r.name == name), key=lambda r: r.excess)
        own = numbers.get(name, [])
        step = natural_step(name, nearest.unit, abs(own[0] if len(own) == 1 else nearest.limit))
        gain = result.prices.get(name, 0.0) * step
        if gain >= _WORTH_SAYING:
            worths.append(LimitWorth(name, nearest.where, nearest.unit, step, gain, mostly_tax))
    return tuple(sorted(worths, key=lambda worth: -worth.gain))


def no_worths_because(result: Rebalance) -> str:
    """Why there are no prices, "" where there are."""
    if result.prices:
        return ""
    exited = sorted(result.account.rules("exclude") & set(result.account.lots.asset.tolist()))
    if exited:
        return (
            f"Names are being exited ({', '.join(exited)}): the priority of that stands in the prices of the limits, "
            "and what more of a limit would be worth cannot be said."
        )
    return "The engine gave no prices."


def natural_step(name: str, unit: str, number: float) -> float:
    """Step in which one would speak of a limit: 10 bp of tracking error, a percentage point of turnover.

    No more than a fifth of its number, and then the largest of 1, 2 and 5 times a power of ten.
    """
    step = _STEPS.get(name, _OTHER if "fraction of NAV" in unit else _OTHER_UNIT)
    most = _PART * number
    if not 0 < most < step:
        return step
    power = 10.0 ** math.floor(math.log10(most))
    return max(float(f"{factor * power:.3g}") for factor in (1, 2, 5) if factor * power <= most * (1 + 1e-9))
