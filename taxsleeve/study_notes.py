"""What a study's report must say that its tables do not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["StudyNotes"]


@dataclass(frozen=True)
class StudyNotes:
    """Words of a report.

    Parameters
    ----------
    title : str
        Of the page.
    market : str
        Name of the market, with its span.
    data : tuple of str
        Known defects and limits of the data, survivorship among them.
    assumptions : tuple of (str, str)
        Name and text of what the tables do not know: risk model, limits of the optimizer, sleeves' rules, ...
    failed : mapping of str to str
        Runs that could not be finished, and why.
    warnings : tuple of str
    """

    title: str
    market: str
    data: tuple[str, ...] = ()
    assumptions: tuple[tuple[str, str], ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
