"""Where a portfolio's tracking error comes from, as tidy tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from risk.factor_risk import FactorRisk

__all__ = ["attribution", "attribution_by_name"]


def attribution(risk: FactorRisk, active: ArrayLike) -> pd.DataFrame:
    """Split tracking error over factors and over names' specific risk (Euler's split).

    Factor k contributes y_k (F y)_k / TE with y = B'a, the specific risk of name i a_i^2 D_i / TE.

    Parameters
    ----------
    risk : FactorRisk
    active : array of shape (N,)
        Active weights, fractions of NAV, in the model's order.

    Returns
    -------
    DataFrame
        One row a factor and one a name with an active weight: `source` ("factor" or "specific"), `name`, `exposure`
        (y_k in the factor's own units, or a_i), `volatility` (annual, of the factor or of the name's specific return),
        `contribution` (annual; the column sums to the tracking error) and `share` of the total. Largest first within
        each source.
    """
    a = np.asarray(active, dtype=float)
    by_factor, by_name = risk.contributions(a)
    factors = pd.DataFrame(
        {
            "source": "factor",
            "name": list(risk.factors),
            "exposure": risk.loadings.T @ a,
            "volatility": np.sqrt(np.diag(risk.factor_covariance)),
            "contribution": by_factor.to_numpy(),
        }
    )
    names = pd.DataFrame(
        {
            "source": "specific",
            "name": list(risk.assets),
            "exposure": a,
            "volatility": np.sqrt(risk.specific_variance),
            "contribution": by_name.to_numpy(),
        }
    )[a != 0]
    table = pd.concat([_largest_first(factors), _largest_first(names)], ignore_index=True)
    return _with_share(table)


def attribution_by_name(risk: FactorRisk, active: ArrayLike) -> pd.DataFrame:
    """Split tracking error over names: a_i (B F B'a + D a)_i / TE, the factor part and the specific part apart.

    Parameters
    ----------
    risk : FactorRisk
    active : array of shape (N,)
        Active weights, fractions of NAV, in the model's order.

    Returns
    -------
    DataFrame
        One row a name with an active weight: `name`, `active`, `factor` and `specific` (annual), `contribution` (their
        sum; the column sums to the tracking error) and `share`. A name that hedges the others contributes less than
        zero. Largest first.
    """
    a = np.asarray(active, dtype=float)
    te = risk.tracking_error(a)
    scale = 1 / te if te > 0 else 0.0
    factor = a * (risk.loadings @ (risk.factor_covariance @ (risk.loadings.T @ a))) * scale
    specific = a**2 * risk.specific_variance * scale
    table = pd.DataFrame(
        {
            "name": list(risk.assets),
            "active": a,
            "factor": factor,
            "specific": specific,
            "contribution": factor + specific,
        }
    )[a != 0]
    return _with_share(_largest_first(table))


def _largest_first(table: pd.DataFrame) -> pd.DataFrame:
    order = np.argsort(-table["contribution"].to_numpy(), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _with_share(table: pd.DataFrame) -> pd.DataFrame:
    total = float(table["contribution"].sum())
    return table.assign(share=table["contribution"] / total if total > 0 else 0.0)
