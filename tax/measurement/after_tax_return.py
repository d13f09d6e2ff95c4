"""After-tax returns of a period: before liquidation, marked to liquidation, and after a final liquidation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tax.loss_use import LossUse
from tax.measurement._numbers import above_zero, finite
from tax.measurement.returns import Period, annualize, link, pre_tax_return
from tax.measurement.tax_bill import TaxBill
from taxsleeve_errors import TaxError

__all__ = [
    "AfterTaxReturn",
    "flow_adjustment",
    "mark_to_liquidation_return",
    "post_liquidation_return",
    "post_liquidation_value",
    "pre_liquidation_return",
    "tax_cost_ratio",
]


@dataclass(frozen=True)
class AfterTaxReturn:
    """Return of a period before and after tax.

    Parameters
    ----------
    pre_tax, after_tax : float
        Fractions of the average capital.
    tax : float
        Realised tax in dollars; negative is a benefit.
    losses : LossUse
        The assumption on the use of losses behind `tax`.
    """

    pre_tax: float
    after_tax: float
    tax: float
    losses: LossUse

    @property
    def tax_cost_ratio(self) -> float:
        """1 - (1 + R_after) / (1 + R_pre)."""
        return tax_cost_ratio(self.pre_tax, self.after_tax)


def pre_liquidation_return(period: Period, bill: TaxBill, adjustment: float = 0.0) -> AfterTaxReturn:
    """After-tax return R_pre = (EMV - BMV - sum CF - T + F) / (BMV + sum W CF), by USIPC's after-tax standard.

    Parameters
    ----------
    period : Period
    bill : TaxBill
        T, the tax realised in the period.
    adjustment : float
        F, tax that the client's own withdrawals forced (`flow_adjustment`), dollars.

    Raises
    ------
    TaxError
        There was no capital at work, or a number is not finite.
    """
    finite(tax=bill.tax, adjustment=adjustment)
    after_tax = (period.gain - bill.tax + adjustment) / period.base
    return AfterTaxReturn(pre_tax_return(period), after_tax, bill.tax, bill.losses)


def flow_adjustment(
    net_withdrawal: float, rate: float, realized_gain: float, unrealized_gain: float, end_value: float
) -> float:
    """Tax forced by a client's withdrawal.

    F = withdrawal x t x G, with G = (realised + unrealised gain) / (EMV + withdrawal)

    Parameters
    ----------
    net_withdrawal : float
        Money taken out less money put in, dollars; a net deposit (below zero) forces no tax.
    rate : float
        t, usually the long-term rate.
    realized_gain, unrealized_gain : float
        Of the period and at its end, dollars.
    end_value : float
        EMV, after the withdrawal.

    Raises
    ------
    TaxError
        A number is not finite, or nothing was there to withdraw from.
    """
    finite(net_withdrawal=net_withdrawal, rate=rate, realized_gain=realized_gain, unrealized_gain=unrealized_gain)
    if net_withdrawal <= 0:
        return 0.0
    above_zero(end_value_before_withdrawal=end_value + net_withdrawal)
    return net_withdrawal * rate * (realized_gain + unrealized_gain) / (end_value + net_withdrawal)


def mark_to_liquidation_return(
    period: Period, bill: TaxBill, begin_embedded_tax: TaxBill, end_embedded_tax: TaxBill
) -> AfterTaxReturn:
    """After-tax return on values net of the tax still embedded in them.

    R_mtl = ((EMV - tU_e) - (BMV - tU_b) - sum CF - T) / (BMV - tU_b + sum W CF)

    Parameters
    ----------
    period : Period
    bill : TaxBill
        T, the tax realised in the period.
    begin_embedded_tax, end_embedded_tax : TaxBill
        tU_b and tU_e, from `liquidation_tax`.

    Raises
    ------
    TaxError
        The three bills do not rest on the same use of losses, or there was no capital at work.
    """
    uses = {bill.losses, begin_embedded_tax.losses, end_embedded_tax.losses}
    if len(uses) > 1:
        raise TaxError(f"mark to liquidation: bills under {sorted(uses)}, expected one assumption on the use of losses")
    base = period.base - begin_embedded_tax.tax
    above_zero(base_after_embedded_tax=base)
    after_tax = (period.gain - end_embedded_tax.tax + begin_embedded_tax.tax - bill.tax) / base
    return AfterTaxReturn(pre_tax_return(period), after_tax, bill.tax, bill.losses)


def post_liquidation_value(value: float, gain_share: float, rate: float) -> float:
    """What is left when everything is sold at the end: V_n (1 - t x gain share).

    Parameters
    ----------
    value : float
        V_n, dollars or growth of a dollar.
    gain_share : float
        Unrealised gain over market value; negative for a loss, which is then taken to save the same rate.
    rate : float
        t.
    """
    finite(value=value, gain_share=gain_share, rate=rate)
    return value * (1.0 - rate * gain_share)


def post_liquidation_return(
    pre_liquidation_returns: Iterable[float], gain_share: float, rate: float, years: float
) -> float:
    """Return a year when the account is sold at the end of the last period, in the manner of SEC Form N-1A.

    (prod(1 + R_k) x (1 - t x gain share))^(1 / years) - 1

    Parameters
    ----------
    pre_liquidation_returns : iterable of float
        After-tax returns R_k of the periods.
    gain_share, rate : float
        As in `post_liquidation_value`.
    years : float
        Length of all periods together; 1 leaves the total return as it is where they are a year.
    """
    growth = 1.0 + link(pre_liquidation_returns)
    return annualize(post_liquidation_value(growth, gain_share, rate) - 1.0, years)


def tax_cost_ratio(pre_tax: float, after_tax: float) -> float:
    """Share of wealth that taxes cost: 1 - (1 + R_after) / (1 + R_pre); negative where taxes added to it.

    Raises
    ------
    TaxError
        A return is not finite, or the pre-tax return is a total loss.
    """
    finite(pre_tax=pre_tax, after_tax=after_tax)
    above_zero(growth_before_tax=1.0 + pre_tax)
    return 1.0 - (1.0 + after_tax) / (1.0 + pre_tax)
