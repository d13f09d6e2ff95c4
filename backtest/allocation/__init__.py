"""How much to each sleeve: mixes carried through a study's vintages after tax, their frontier, and how sure it is."""

from backtest.allocation.choices import AllocationChoices
from backtest.allocation.efficient import efficient
from backtest.allocation.mix import Mix
from backtest.allocation.mix_table import weight_column
from backtest.allocation.picked import PICKS
from backtest.allocation.policy import Ending, Policy
from backtest.allocation.reference import EQUAL, Reference, reference_mix
from backtest.allocation.simulate import MixPaths, simulate
from backtest.allocation.sleeve_path import View
from backtest.allocation.study import AllocationStudy, allocation_study
from backtest.allocation.vintages import Vintage, gather_vintages

__all__ = [
    "EQUAL",
    "PICKS",
    "AllocationChoices",
    "AllocationStudy",
    "Ending",
    "Mix",
    "MixPaths",
    "Policy",
    "Reference",
    "View",
    "Vintage",
    "allocation_study",
    "efficient",
    "gather_vintages",
    "reference_mix",
    "simulate",
    "weight_column",
]
