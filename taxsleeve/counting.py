"""How many of something, in words: 1 name, 2,295 lots."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, noun: str, plural: str = "") -> str:
    """Write a count with its noun.

    Parameters
    ----------
    count : int
    noun : str
        In the singular, with what belongs to it: "name is", "names are" need both.
    plural : str, optional
        Where it is not the singular and an s.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"
