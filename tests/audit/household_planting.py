"""How a fault of a household is planted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

HOUSEHOLD_PLANTED: dict[str, Callable[[Any], None]] = {}
HOUSEHOLD_SPREADS: set[str] = set()


def plants(code: str, *, spreads: bool = False) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Enlist a way to plant a fault, under the code that must be found; alone, unless it spreads to other figures."""

    def enlist(plant: Callable[[Any], None]) -> Callable[[Any], None]:
        name = f"{code}: {plant.__name__}"
        HOUSEHOLD_PLANTED[name] = plant
        if spreads:
            HOUSEHOLD_SPREADS.add(name)
        return plant

    return enlist
