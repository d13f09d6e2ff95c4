"""Netting against a line-by-line reading of Schedule D and its Capital Loss Carryover Worksheet."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tax.netting import net_gains

money = st.decimals(0, 30_000, places=2).map(Fraction)


def schedule_d_lines(line_7: Fraction, line_15: Fraction, limit: int, line_15_of_1040: Fraction) -> dict[str, Fraction]:
    """Schedule D line 21 and worksheet lines 1 to 13, as the IRS prints them."""
    line_16 = line_7 + line_15
    line_21 = min(-line_16, Fraction(limit)) if line_16 < 0 else Fraction(0)
    w1 = line_15_of_1040
    w2 = line_21
    w3 = max(Fraction(0), w1 + w2)
    w4 = min(w2, w3)
    w8 = Fraction(0)
    w5 = Fraction(0)
    if line_7 < 0:
        w5 = -line_7
        w6 = max(Fraction(0), line_15)
        w7 = w4 + w6
        w8 = max(Fraction(0), w5 - w7)
    w13 = Fraction(0)
    if line_15 < 0:
        w9 = -line_15
        w10 = max(Fraction(0), line_7)
        w11 = max(Fraction(0), w4 - w5)
        w12 = w10 + w11
        w13 = max(Fraction(0), w9 - w12)
    return {"deduction": line_21, "absorbed": w4, "short_carryover": w8, "long_carryover": w13}


@given(
    st.tuples(money, money, money, money),
    st.tuples(money, money),
    st.sampled_from([1_500, 3_000]),
    st.integers(-10_000, 50_000).map(Fraction),
)
def test_the_worksheet_line_by_line(
    year: tuple[Fraction, Fraction, Fraction, Fraction],
    carried: tuple[Fraction, Fraction],
    limit: int,
    income: Fraction,
) -> None:
    result = net_gains(
        short_gains=year[0],
        short_losses=year[1],
        long_gains=year[2],
        long_losses=year[3],
        short_carryover=carried[0],
        long_carryover=carried[1],
        limit=limit,
        taxable_income_after_deduction=income,
    )
    line_7, line_15 = year[0] - year[1] - carried[0], year[2] - year[3] - carried[1]
    assert (result.net_short, result.net_long) == (line_7, line_15)
    for name, value in schedule_d_lines(line_7, line_15, limit, income).items():
        assert getattr(result, name) == value, name
    # s.1222(11): net capital gain is net long-term gain above net short-term loss; the rest of a gain is ordinary.
    net_capital_gain = max(Fraction(0), max(Fraction(0), line_15) - max(Fraction(0), -line_7))
    assert result.preferential == net_capital_gain
    assert result.ordinary == max(Fraction(0), line_7 + line_15) - net_capital_gain
