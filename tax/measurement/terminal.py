"""What the embedded gain will cost: tax drag of liquidation, and terminal wealth three ways."""

from __future__ import annotations

from dataclasses import dataclass

from tax.measurement._numbers import above_zero, finite, not_negative
from tax.rates import TaxRates

__all__ = ["TerminalWealth", "donation_deduction_value", "embedded_gain", "liquidation_drag", "terminal_wealth"]


@dataclass(frozen=True)
class TerminalWealth:
    """Terminal wealth in dollars, by the way the account ends.

    Parameters
    ----------
    liquidated : float
        Sold, V - tL max(0, V - B - carryforward).
    stepped_up : float
        Left to heirs at a basis stepped up to market, V; the loss carryforward dies with the owner.
    donated : float
        Appreciated lots given to charity, V + value of the deduction.
    """

    liquidated: float
    stepped_up: float
    donated: float


def embedded_gain(unrealized_gain: float, market_value: float, loss_carryforward: float = 0.0) -> float:
    """Potential capital-gain exposure: (unrealised gain - loss carryforward) / market value.

    Raises
    ------
    TaxError
        A number is not finite, the carryforward negative, or the market value not above zero.
    """
    finite(unrealized_gain=unrealized_gain)
    not_negative(loss_carryforward=loss_carryforward)
    above_zero(market_value=market_value)
    return (unrealized_gain - loss_carryforward) / market_value


def liquidation_drag(embedded: float, rates: TaxRates) -> float:
    """Tax drag of liquidation: tL x embedded gain, a fraction of market value; negative where a loss is embedded."""
    finite(embedded_gain=embedded)
    return rates.long_term * embedded


def donation_deduction_value(long_term_value: float, short_term_basis: float, rate: float) -> float:
    """What giving lots to charity saves in tax.

    Long-term lots are deducted at market value, short-term lots at the smaller of basis and market value
    (I.R.C. s.170(e)(1)(A)); the ceilings on income given in one year are not looked at.

    Parameters
    ----------
    long_term_value : float
        Market value of the long-term lots, dollars.
    short_term_basis : float
        Smaller of basis and market value of the short-term lots, dollars.
    rate : float
        Marginal rate on the income that the deduction shelters (without net investment income tax).
    """
    not_negative(long_term_value=long_term_value, short_term_basis=short_term_basis, rate=rate)
    return rate * (long_term_value + short_term_basis)


def terminal_wealth(
    value: float, basis: float, rates: TaxRates, *, loss_carryforward: float = 0.0, deduction_value: float = 0.0
) -> TerminalWealth:
    """Terminal wealth three ways.

    Parameters
    ----------
    value, basis : float
        Market value V and adjusted basis B of the account at its end, dollars, zero or more.
    rates : TaxRates
        The long-term rate taxes the gain.
    loss_carryforward : float
        Losses not yet used, which shelter the gain of a liquidation.
    deduction_value : float
        Tax saved by a donation (`donation_deduction_value`); without it a donation keeps what a bequest keeps.

    Raises
    ------
    TaxError
        An amount is negative or not finite.
    """
    not_negative(value=value, basis=basis, loss_carryforward=loss_carryforward, deduction_value=deduction_value)
    taxed = max(0.0, value - basis - loss_carryforward)
    return TerminalWealth(liquidated=value - rates.long_term * taxed, stepped_up=value, donated=value + deduction_value)
