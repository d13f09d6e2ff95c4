"""The eleven sectors: how many names each has, and how its names differ from the others of their size.

Shares of the 1,500 largest US names and medians against their size segment, measured on 2013-2018 (betas and
volatilities of daily returns of the year, book-to-price and turnover at its start) and rounded; shares of dividend
payers are rough.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["INDUSTRIES", "SECTORS", "Sector"]


@dataclass(frozen=True)
class Sector:
    """One sector.

    Parameters
    ----------
    name : str
    share : float
        Of all names.
    beta : float
        Added to the market beta.
    log_volatility, log_book_to_price, log_turnover : float
        Added to the logarithm of each.
    payers : float
        Added to the share of names that pay dividends.
    industries : int
        How many there are within.
    """

    name: str
    share: float
    beta: float
    log_volatility: float
    log_book_to_price: float
    log_turnover: float
    payers: float
    industries: int


SECTORS = (
    Sector("Communication Services", 0.034, 0.00, 0.10, -0.06, 0.02, -0.15, 2),
    Sector("Consumer Discretionary", 0.139, -0.03, 0.10, -0.16, 0.30, -0.05, 5),
    Sector("Consumer Staples", 0.055, -0.26, 0.00, -0.22, -0.10, 0.08, 3),
    Sector("Energy", 0.064, 0.25, 0.25, 0.59, 0.48, -0.05, 2),
    Sector("Financials", 0.161, 0.01, -0.18, 0.54, -0.19, 0.18, 5),
    Sector("Health Care", 0.101, 0.00, 0.20, -0.35, 0.04, -0.38, 4),
    Sector("Industrials", 0.152, 0.06, -0.06, -0.14, -0.08, 0.08, 6),
    Sector("Information Technology", 0.125, 0.18, 0.12, -0.24, 0.08, -0.25, 6),
    Sector("Materials", 0.055, 0.11, 0.05, -0.04, 0.02, 0.08, 3),
    Sector("Real Estate", 0.070, -0.25, -0.23, 0.31, -0.11, 0.30, 2),
    Sector("Utilities", 0.044, -0.40, -0.19, 0.56, -0.19, 0.30, 2),
)

INDUSTRIES = sum(sector.industries for sector in SECTORS)
