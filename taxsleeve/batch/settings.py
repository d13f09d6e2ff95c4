"""What a batch run is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.engines import NEWTON
from taxsleeve_errors import InputError

__all__ = ["BatchSettings"]


@dataclass(frozen=True)
class BatchSettings:
    """Settings of a batch; they decide the results, unlike the number of workers.

    Parameters
    ----------
    engine : str
        One of `taxsleeve.rebalance_run.ENGINES`.
    normalize : bool
        Scale the benchmarks' weights to sum to one.
    widest_gap : float
        An account whose certificate's gap is wider is an exception.
    chunk : int
        Accounts that are read and, in a database's results, written together.

    Raises
    ------
    InputError
        A number is out of range.
    """

    engine: str = NEWTON.name
    normalize: bool = False
    widest_gap: float = 0.05
    chunk: int = 50

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise InputError.of("--chunk", "at least 1", value=self.chunk)
        if not self.widest_gap >= 0:
            raise InputError.of("--widest-gap", "a fraction of 0 or more", value=self.widest_gap)
