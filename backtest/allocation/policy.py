"""How a mix is kept, and how it ends."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from taxsleeve_errors import Fault, InputError

__all__ = ["Ending", "Policy"]


class Ending(enum.StrEnum):
    """What becomes of the account at the end.

    `LIQUIDATION`: sold, the tax on every gain paid. `STEP_UP`: left to heirs, no tax. `DONATION`: its appreciated lots
    are given to charity, whose deduction saves tax; the gift counts as wealth.
    """

    LIQUIDATION = "liquidation"
    STEP_UP = "step-up"
    DONATION = "donation"


@dataclass(frozen=True)
class Policy:
    """How a mix is kept.

    Parameters
    ----------
    band : float or None
        How far a sleeve's weight may lie from its target before another is sold down; None never rebalances: every
        sleeve keeps its own dividends and tax savings, and new money comes in at the targets.
    contribution : float
        Paid in over a year, a fraction of the initial capital.
    ending : Ending
    deduction_rate : float or None
        Rate that a gift's deduction saves; None is the ordinary rate of the runs.

    Raises
    ------
    InputError
        A number out of range.
    """

    band: float | None = 0.05
    contribution: float = 0.0
    ending: Ending = Ending.LIQUIDATION
    deduction_rate: float | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.band is not None and not 0 <= self.band <= 1:
            faults.append(Fault("band", "from 0 to 100%", value=str(self.band)))
        if not 0 <= self.contribution <= 100:
            expected = "zero or more, of capital a year: withdrawals are not carried; their tax would need the lots"
            faults.append(Fault("contribution", expected, value=str(self.contribution)))
        if self.deduction_rate is not None and not 0 <= self.deduction_rate <= 1:
            faults.append(Fault("rate", "from 0 to 100%", value=str(self.deduction_rate)))
        if faults:
            raise InputError(faults)
