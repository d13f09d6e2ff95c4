"""What taxes were managed for: tax alpha over a benchmark, tax benefit, yearly savings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tax.loss_use import LossUse
from tax.measurement._numbers import above_zero, finite, not_negative
from tax.measurement.after_tax_return import AfterTaxReturn
from tax.measurement.returns import annualize, link
from tax.rates import TaxRates
from taxsleeve_errors import TaxError

__all__ = [
    "TaxAlpha",
    "TaxBenefit",
    "active_tax_benefit",
    "annualized_savings",
    "annualized_tax_alpha",
    "split_tax_benefit",
    "tax_alpha",
]


@dataclass(frozen=True)
class TaxAlpha:
    """Excess return over a benchmark before and after tax, as fractions.

    Parameters
    ----------
    excess_pre_tax, excess_after_tax : float
        Portfolio less benchmark.
    losses : LossUse
        The assumption on the use of losses on both sides.
    """

    excess_pre_tax: float
    excess_after_tax: float
    losses: LossUse

    @property
    def tax_alpha(self) -> float:
        """(R_after - R_after,bm) - (R_pre - R_pre,bm)."""
        return self.excess_after_tax - self.excess_pre_tax


@dataclass(frozen=True)
class TaxBenefit:
    """A tax benefit by its source, in the unit of what was split.

    Parameters
    ----------
    character : float
        For good: short-term losses taken against short-term gains, (tS - tL) a dollar.
    deferral : float
        The rest, repaid when the lower basis is sold.
    """

    character: float
    deferral: float


def tax_alpha(portfolio: AfterTaxReturn, benchmark: AfterTaxReturn) -> TaxAlpha:
    """Tax alpha in Parametric's definition: (R_after - R_after,bm) - (R_pre - R_pre,bm).

    Raises
    ------
    TaxError
        The two returns do not rest on the same use of losses.
    """
    if portfolio.losses is not benchmark.losses:
        raise TaxError(
            f"tax alpha: portfolio under {portfolio.losses}, benchmark under {benchmark.losses}, expected the same"
        )
    return TaxAlpha(
        excess_pre_tax=portfolio.pre_tax - benchmark.pre_tax,
        excess_after_tax=portfolio.after_tax - benchmark.after_tax,
        losses=portfolio.losses,
    )


def annualized_tax_alpha(yearly: Sequence[float]) -> float:
    """Geometric mean of yearly tax alphas: (prod(1 + alpha_y))^(1/n) - 1.

    Raises
    ------
    TaxError
        There is no year, or an alpha is not sensible.
    """
    return annualize(link(yearly), len(yearly))


def annualized_savings(savings: Sequence[float], begin_values: Sequence[float]) -> float:
    """Arithmetic mean over years of S_y / BMV_y.

    Parameters
    ----------
    savings : sequence of float
        Tax saved in each year, dollars.
    begin_values : sequence of float
        Market value at each year's start, dollars, above zero.

    Raises
    ------
    TaxError
        There is no year, the lengths differ, or a number is not sensible.
    """
    if not savings or len(savings) != len(begin_values):
        raise TaxError(
            f"annualised savings: {len(savings)} savings, {len(begin_values)} begin values, expected one of each a year"
        )
    for saved, begin in zip(savings, begin_values, strict=True):
        finite(savings=saved)
        above_zero(begin_value=begin)
    return math.fsum(saved / begin for saved, begin in zip(savings, begin_values, strict=True)) / len(savings)


def active_tax_benefit(portfolio_tax: float, benchmark_tax: float, begin_value: float) -> float:
    """Active tax benefit in AQR's definition: -(T_portfolio - T_benchmark) / BMV, all in dollars."""
    finite(portfolio_tax=portfolio_tax, benchmark_tax=benchmark_tax)
    above_zero(begin_value=begin_value)
    return (benchmark_tax - portfolio_tax) / begin_value


def split_tax_benefit(benefit: float, matched_short_losses: float, rates: TaxRates) -> TaxBenefit:
    """Split a tax benefit in dollars into character, (tS - tL) x matched short-term losses, and deferral, the rest.

    Parameters
    ----------
    benefit : float
        Tax saved, dollars.
    matched_short_losses : float
        Short-term losses used against short-term gains, dollars, zero or more.
    rates : TaxRates
    """
    finite(benefit=benefit)
    not_negative(matched_short_losses=matched_short_losses)
    character = (rates.short_term - rates.long_term) * matched_short_losses
    return TaxBenefit(character=character, deferral=benefit - character)
