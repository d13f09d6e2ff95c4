"""What an allocation study is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from backtest.allocation.mix import Mix
from backtest.allocation.policy import Policy
from backtest.study_measures.bootstrap import Resampling

__all__ = ["AllocationChoices"]


@dataclass(frozen=True)
class AllocationChoices:
    """What is asked.

    Parameters
    ----------
    sleeves : tuple of str
        To be mixed.
    strategy, setting : str
        Of the runs.
    policy : Policy
    reference : Mix or None
        Held against the others; None finds the market's weights (`reference_mix`).
    own : tuple of Mix
        Shown beside the frontier.
    resampling : Resampling
    """

    sleeves: tuple[str, ...]
    strategy: str
    setting: str
    policy: Policy = field(default_factory=Policy)
    reference: Mix | None = None
    own: tuple[Mix, ...] = ()
    resampling: Resampling = field(default_factory=Resampling)
