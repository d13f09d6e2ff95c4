"""Turnover in the three ways it is quoted."""

from __future__ import annotations

from dataclasses import dataclass

from tax.measurement._numbers import above_zero, not_negative

__all__ = ["Turnover", "turnover"]


@dataclass(frozen=True)
class Turnover:
    """Turnover as fractions of the average net asset value.

    Parameters
    ----------
    one_way_min : float
        min(buys, sells): what is left once cash flows are set aside.
    one_way_half : float
        (buys + sells) / 2.
    two_way : float
        buys + sells.
    """

    one_way_min: float
    one_way_half: float
    two_way: float


def turnover(buys: float, sells: float, average_value: float) -> Turnover:
    """Turnover of a period from dollars bought and sold.

    Raises
    ------
    TaxError
        An amount is negative or not finite, or the average value not above zero.
    """
    not_negative(buys=buys, sells=sells)
    above_zero(average_value=average_value)
    return Turnover(
        one_way_min=min(buys, sells) / average_value,
        one_way_half=(buys + sells) / 2 / average_value,
        two_way=(buys + sells) / average_value,
    )
