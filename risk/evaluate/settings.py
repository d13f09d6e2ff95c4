"""What a walk forward tests and how often."""

from __future__ import annotations

from dataclasses import dataclass

from taxsleeve_errors import RiskModelError

__all__ = ["SEGMENTS", "Segment", "WalkForwardSettings"]


@dataclass(frozen=True)
class Segment:
    """Names by rank of capitalisation, the largest first.

    Parameters
    ----------
    name : str
    first, last : int
        Ranks, both inside; the largest name has rank 1.
    """

    name: str
    first: int
    last: int

    def __post_init__(self) -> None:
        if not 1 <= self.first < self.last:
            raise RiskModelError(f"segment {self.name}: ranks {self.first} to {self.last}, expected rising from 1")


SEGMENTS = (Segment("large", 1, 500), Segment("mid", 501, 900), Segment("small", 901, 1500))


@dataclass(frozen=True)
class WalkForwardSettings:
    """What is tested.

    Parameters
    ----------
    window_days : int
        Trailing daily returns that a refit sees.
    segments : tuple of Segment
        Each is tested by itself; models are fitted on all names down to the last rank.
    random_portfolios : int
        Random long-only portfolios a segment and month.
    random_objectives, harvest_objectives : int
        Objectives of optimised portfolios: normal random numbers, and the losses of simulated accounts.
    tracking_errors : tuple of float
        Limits of optimised portfolios, annual, fractions of NAV.
    most_active : float
        Largest active weight of a name in optimised portfolios.
    long_only : bool
        Whether optimised portfolios may not sell more of a name than the segment holds. With it, selling every loser
        often leaves the limit on tracking error unreached; without it, the limit binds.
    least_names : int
        A segment with fewer tested names is left out that month.
    seed : int
    """

    window_days: int = 504
    segments: tuple[Segment, ...] = SEGMENTS
    random_portfolios: int = 100
    random_objectives: int = 4
    harvest_objectives: int = 4
    tracking_errors: tuple[float, ...] = (0.01, 0.02)
    most_active: float = 0.01
    long_only: bool = True
    least_names: int = 30
    seed: int = 0

    def __post_init__(self) -> None:
        if self.window_days < 2 or not self.segments or min(self.tracking_errors, default=1.0) <= 0:
            raise RiskModelError(
                f"window of {self.window_days} days, {len(self.segments)} segments, tracking errors "
                f"{self.tracking_errors}: expected at least 2 days, one segment and limits above zero"
            )

    @property
    def names(self) -> int:
        """Names that models are fitted on: down to the last rank of any segment."""
        return max(segment.last for segment in self.segments)
