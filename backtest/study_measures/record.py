"""What the measures need of a finished run, whoever stores it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

import pandas as pd

__all__ = ["KEY", "RunName", "RunRecord"]

KEY = ["sleeve", "funded", "strategy", "setting"]
"""Columns that name a run in every table."""


class RunName(Protocol):
    """Which run it is."""

    @property
    def sleeve(self) -> str:
        """Name of the sleeve."""

    @property
    def funded(self) -> dt.date:
        """First day of the vintage."""

    @property
    def strategy(self) -> str:
        """Name of the strategy."""

    @property
    def setting(self) -> str:
        """Name of the setting."""


class RunRecord(Protocol):
    """A finished run."""

    @property
    def key(self) -> RunName:
        """Which run it is."""

    @property
    def months(self) -> pd.DataFrame:
        """`VintageResult.months`, closing row and all."""

    @property
    def facts(self) -> Mapping[str, float | str]:
        """Capital, rates and what else `Terms` reads."""
