"""The figures that the simulation is held to, each with a band and where it comes from.

Published: J.P. Morgan Asset Management, "For Tax-Smart SMAs, think outside the (large cap core) box". Measured: US
stocks in segments by rank of capitalisation (1-500, 501-900, 901-1500) at each year's start, put together from public
snapshots; survivors are over-represented before 2014. Funds: daily total returns of IVV, IJH, IJR and their value and
growth halves, 2014 to 2025. A band has room for the difference between sources, and for a few seeds' luck.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CALM_TARGETS", "RECENT_TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """One figure of one segment.

    Parameters
    ----------
    figure, segment : str
        As `calibration_figures` names them.
    target, low, high : float
        The figure, and the band within which a simulation may be.
    source : str
        `published`, `measured` or `funds`.
    """

    figure: str
    segment: str
    target: float
    low: float
    high: float
    source: str = "measured"


def _three(figure: str, targets: tuple[float, float, float], room: float, source: str = "measured") -> list[Target]:
    """The same figure of the three segments, `room` to either side."""
    return [
        Target(figure, segment, target, target - room, target + room, source)
        for segment, target in zip(("large", "mid", "small"), targets, strict=True)
    ]


# The years 2014 to 2025, in which the large names' index came to hang on few of them.
RECENT_TARGETS = (
    Target("median_volatility", "large", 0.28, 0.26, 0.30, "published"),
    Target("median_volatility", "mid", 0.33, 0.305, 0.355, "published"),
    # The S&P 600 reaches below rank 1500; by rank 0.363 was measured.
    Target("median_volatility", "small", 0.40, 0.35, 0.42, "published"),
    *_three("share_down", (0.283, 0.339, 0.376), 0.05),
    Target("years_more_down", "mid", 0.7, 0.55, 1.0, "published"),
    Target("years_more_down", "small", 0.7, 0.55, 1.0, "published"),
    Target("effective_number_first", "large", 144.0, 140.0, 148.0, "published"),
    Target("effective_number_late", "large", 47.0, 38.0, 58.0, "published"),
    Target("top_ten_late", "large", 0.38, 0.33, 0.43, "published"),
    Target("effective_number", "large", 105.0, 90.0, 118.0),
    Target("effective_number", "mid", 375.0, 360.0, 392.0),
    Target("effective_number", "small", 564.0, 540.0, 585.0),
    # Measured with absurd returns cut harder than `segment_figures` does, which makes its figures 6-8% larger.
    Target("dispersion", "large", 0.280, 0.25, 0.34),
    Target("dispersion", "mid", 0.340, 0.30, 0.40),
    Target("dispersion", "small", 0.362, 0.32, 0.43),
    *_three("correlation", (0.291, 0.287, 0.275), 0.05),
    *_three("first_component", (0.316, 0.313, 0.301), 0.05),
    *_three("specific", (0.196, 0.232, 0.274), 0.025),
    *_three("stays", (0.901, 0.687, 0.67), 0.055),
    Target("index_volatility", "large", 0.173, 0.145, 0.20, "funds"),
    Target("less_large", "mid", 0.085, 0.055, 0.10, "funds"),
    Target("less_large", "small", 0.119, 0.075, 0.13, "funds"),
    Target("value_less_growth", "large", 0.111, 0.07, 0.125, "funds"),
    Target("value_less_growth", "mid", 0.076, 0.06, 0.11, "funds"),
    Target("value_less_growth", "small", 0.086, 0.06, 0.11, "funds"),
)

# The years 2010 to 2019, calmer and broader; holding ages are of purchases from 2013 on.
CALM_TARGETS = (
    *_three("median_volatility", (0.247, 0.277, 0.319), 0.025),
    *_three("share_down", (0.231, 0.271, 0.311), 0.05),
    *_three("effective_number", (137.0, 377.0, 562.0), 15.0),
    *_three("dispersion", (0.255, 0.309, 0.361), 0.055),
    *_three("correlation", (0.328, 0.308, 0.283), 0.06),
    *_three("first_component", (0.350, 0.330, 0.307), 0.06),
    *_three("specific", (0.176, 0.205, 0.249), 0.025),
    *_three("specific_low", (0.111, 0.120, 0.132), 0.035),
    *_three("specific_high", (0.295, 0.376, 0.453), 0.06),
    *_three("beta_spread", (0.382, 0.385, 0.391), 0.08),
    *_three("stays", (0.902, 0.696, 0.680), 0.05),
    *_three("dead", (0.018, 0.042, 0.055), 0.015),
    Target("out", "small", 0.156, 0.12, 0.20),
    *_three("below_cost_1", (0.232, 0.276, 0.327), 0.05),
    *_three("below_cost_3", (0.202, 0.254, 0.301), 0.05),
    # One cohort's fate over seven years is much luck.
    *_three("below_cost_7", (0.138, 0.188, 0.178), 0.08),
    *_three("multiple_3", (1.343, 1.319, 1.218), 0.15),
    *_three("multiple_7", (2.277, 2.088, 1.987), 0.45),
    # Names that died before 2014 are mostly missing from the real panel, and some later ones too.
    Target("listed_7", "large", 0.898, 0.82, 0.91),
    Target("listed_7", "mid", 0.810, 0.66, 0.83),
    Target("listed_7", "small", 0.742, 0.60, 0.76),
)
