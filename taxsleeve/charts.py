"""A picture before it is drawn: the table, and how it is to be looked at; drawn for pages and for files alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

__all__ = ["Chart", "line_style", "part_colour", "series_colour", "text_colour"]

# Okabe and Ito's colours, told apart by all common kinds of colour blindness.
_SEGMENT_COLOURS = {"large": "#0072B2", "mid": "#E69F00", "small": "#009E73", "all": "#6B6B6B"}
# Parts of a stack by name, gains in the paler tone of their cause.
_PART_COLOURS = {
    "harvest": "#0072B2",
    "index change": "#E69F00",
    "risk": "#009E73",
    "cash": "#CC79A7",
    "delisting": "#8C6BB1",
}
_OTHERS = ("#CC79A7", "#D55E00", "#56B4E9", "#8C6BB1", "#A65628", "#4D9221", "#F0E442")
# What a style mixes into its segment's colour, and how much of it.
_STYLE_MIX = {"value": ("#000000", 0.35), "growth": ("#ffffff", 0.5)}


@dataclass(frozen=True, eq=False)
class Chart:
    """What to draw.

    Parameters
    ----------
    name : str
        Of the file, and in the page.
    title : str
    kind : "lines", "bars", "quilt", "strip", "stack", "curves" or "scatter"
        A quilt has one column for each row of `data`, its cells ranked, best on top. A strip shows every row as a dot
        over its series' name, and the median. A stack piles bars up and down from zero, with the column "net" as marks.
        Curves have a row's own number for x. A scatter has a number for x too, but no lines, and the diagonal.
    data : DataFrame
        One row a position on the x axis, one column a series, named after its sleeve; a name may go on with
        ": " and what is shown of the sleeve.
    y_title, x_title : str
    percent : bool
        Numbers are fractions, shown as per cent.
    low, high : DataFrame or None
        Ends of intervals, in the shape of `data`; for bars, lines and curves.
    """

    name: str
    title: str
    kind: Literal["lines", "bars", "quilt", "strip", "stack", "curves", "scatter"]
    data: pd.DataFrame
    y_title: str = ""
    x_title: str = "year"
    percent: bool = True
    low: pd.DataFrame | None = None
    high: pd.DataFrame | None = None

    def interval(self, column: object) -> tuple[list[float], list[float]] | None:
        """How far a series' intervals reach below and above it; None where it has none."""
        if self.low is None or self.high is None or column not in self.low.columns:
            return None
        below, above = self.data[column] - self.low[column], self.high[column] - self.data[column]
        if below.isna().all():
            return None
        return below.fillna(0.0).clip(lower=0.0).tolist(), above.fillna(0.0).clip(lower=0.0).tolist()


def series_colour(series: str, names: list[str]) -> str:
    """Colour of a series: its segment's, darker for value and lighter for growth; others in turn."""
    sleeve = series.split(": ")[0]
    segment, _, style = sleeve.rpartition(" ")
    if style not in _STYLE_MIX:
        segment, style = sleeve, ""
    base = _SEGMENT_COLOURS.get(segment)
    if base is None:
        others = [name for name in dict.fromkeys(n.split(": ")[0] for n in names) if name not in _SEGMENT_COLOURS]
        return _OTHERS[others.index(sleeve) % len(_OTHERS)] if sleeve in others else _OTHERS[0]
    return _mixed(base, *_STYLE_MIX[style]) if style else base


def part_colour(part: str) -> str:
    """Colour of a part of a stack: its cause's, paler where it is a gain."""
    cause, _, side = part.partition(": ")
    colour = _PART_COLOURS.get(cause, "#6B6B6B")
    return _mixed(colour, "#ffffff", 0.5) if side == "gains" else colour


def line_style(series: str) -> str:
    """Line of a series, in plotly's words: of two figures of one sleeve the one that matters less is dashed."""
    return "dash" if ": index" in series or ": gross" in series else "solid"


def text_colour(background: str) -> str:
    """Black or white, whichever is easier to read on a colour."""
    # Relative luminance of the Web Content Accessibility Guidelines; at this one black and white contrast alike.
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _parts(background)]
    luminance = sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return "#000000" if luminance > 0.179 else "#ffffff"


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _mixed(colour: str, other: str, share: float) -> str:
    parts = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(255 * ((1 - share) * own + share * theirs)):02x}" for own, theirs in parts)
