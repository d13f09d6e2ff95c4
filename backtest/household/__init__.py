"""A household of several sleeves through history: moves in kind, one wash-sale window, one tax bill."""

from backtest.household.member import Member, capitalisation_shares
from backtest.household.result import HouseholdResult
from backtest.household.run import run_household
from backtest.household.tapes import blended_tape, household_tapes

__all__ = [
    "HouseholdResult",
    "Member",
    "blended_tape",
    "capitalisation_shares",
    "household_tapes",
    "run_household",
]
