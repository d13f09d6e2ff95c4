"""What one run of a study is known by."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, dataclass
from urllib.parse import quote, unquote

from taxsleeve_errors import InputError

__all__ = ["RunKey"]

# Quoting leaves no plus sign inside a part.
_BETWEEN = "+"


@dataclass(frozen=True, order=True)
class RunKey:
    """One vintage of one sleeve under one strategy and setting.

    Parameters
    ----------
    sleeve : str
    funded : date
        Day of the first rebalance.
    strategy, setting : str
    """

    sleeve: str
    funded: dt.date
    strategy: str
    setting: str

    @property
    def name(self) -> str:
        """File-safe name, from which `of_name` makes the key again."""
        parts = (self.sleeve, self.funded.isoformat(), self.strategy, self.setting)
        return _BETWEEN.join(quote(part, safe="") for part in parts)

    @classmethod
    def of_name(cls, name: str) -> RunKey:
        """Read a name.

        Raises
        ------
        InputError
            It is no run's.
        """
        parts = [unquote(part) for part in name.split(_BETWEEN)]
        try:
            sleeve, funded, strategy, setting = parts
            return cls(sleeve, dt.date.fromisoformat(funded), strategy, setting)
        except ValueError:
            raise InputError.of("runs", "a name as small+2004-12-31+optimizer+base", value=name) from None

    def __str__(self) -> str:
        return ", ".join(str(part) for part in astuple(self))
