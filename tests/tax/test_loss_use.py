"""Which rate each realised gain or loss meets under an assumption on how losses are used."""

from __future__ import annotations

import numpy as np
import pytest

from tax import LossUse, TaxRates
from tax.loss_use import rates_of
from taxsleeve_errors import TaxError

RATES = TaxRates(0.4, 0.2)
LONG = np.array([False, True, False, True])
LOSS = np.array([True, True, False, False])


@pytest.mark.parametrize(
    ("losses", "expected"), [(LossUse.UNLIMITED, [0.4, 0.2, 0.4, 0.2]), (LossUse.LONG_TERM, [0.2, 0.2, 0.4, 0.2])]
)
def test_a_gain_meets_the_rate_of_its_term_and_a_loss_what_is_assumed(losses: LossUse, expected: list[float]) -> None:
    assert rates_of(RATES, losses, long_term=LONG, is_loss=LOSS).tolist() == expected


def test_under_netting_no_loss_has_a_rate_of_its_own() -> None:
    with pytest.raises(TaxError, match="found netting, expected unlimited or long_term"):
        rates_of(RATES, LossUse.NETTING, long_term=LONG, is_loss=LOSS)


@pytest.mark.parametrize("use", list(LossUse))
def test_an_assumption_is_read_by_its_name(use: LossUse) -> None:
    assert LossUse.of(use.value) is use


def test_another_name_is_refused_with_those_there_are() -> None:
    with pytest.raises(TaxError, match="found 'all', expected one of unlimited, long_term, netting"):
        LossUse.of("all")
