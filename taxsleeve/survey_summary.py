"""A survey in figures: means by sleeve, and all of it for machines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from taxsleeve.json_rows import json_rows
from taxsleeve.survey import Survey

__all__ = ["mean_turnover", "means_by_sleeve", "survey_summary"]


def means_by_sleeve(survey: Survey) -> pd.DataFrame:
    """Mean over the years of what exhibits 1 to 3 and 6 show, by sleeve."""
    tables, by = survey.exhibits, "sleeve"
    parts = [
        tables["1_volatility"].groupby(by)[["index_volatility", "median_stock_volatility"]].mean(),
        tables["2_shares_down"].groupby(by)[["share_down", "dispersion"]].mean(),
        tables["3_concentration"].groupby(by)[["effective_number", "top_ten"]].mean(),
        tables["6_calendar_years"].groupby(by)[["total_return"]].mean(),
    ]
    return pd.concat(parts, axis=1).reindex(survey.sleeves).rename_axis(by).reset_index()


def mean_turnover(survey: Survey) -> pd.DataFrame:
    """Mean over the years of the turnover of names, by sleeve."""
    columns = ["names", "left", "delisted", "weight_left"]
    return survey.turnover.groupby("sleeve", sort=False)[columns].mean().reset_index()


def survey_summary(survey: Survey) -> dict[str, Any]:
    """Summarise a survey as `taxsleeve survey --json` prints it; fractions, a year."""
    market = survey.market
    return {
        "market": market.name,
        "first": str(market.calendar[0].date()),
        "last": str(market.calendar[-1].date()),
        "assets": len(market.assets),
        "constituents": market.constituents,
        "sleeves": list(survey.sleeves),
        "means": json_rows(means_by_sleeve(survey)),
        "turnover": json_rows(mean_turnover(survey)),
        "coverage": json_rows(survey.coverage),
        "defects": {str(kind): len(rows) for kind, rows in survey.defects.groupby("kind", sort=True)},
        "warnings": list(survey.warnings),
    }
