"""A risk model in figures, for the screen and for machines."""

from __future__ import annotations

from typing import Any

import numpy as np

from risk import FactorRisk
from taxsleeve.json_rows import json_rows
from taxsleeve.risk_evaluation import EvaluationRun
from taxsleeve.risk_fit import FittedRisk

__all__ = ["evaluation_summary", "fit_summary", "model_summary"]


def model_summary(risk: FactorRisk, top: int) -> dict[str, Any]:
    """Summarise a model: its factors, its median name, and the names of highest specific risk; annual fractions."""
    volatility = np.sqrt(np.diag(risk.factor_covariance))
    specific = np.sqrt(risk.specific_variance)
    total = np.sqrt((risk.root() ** 2).sum(axis=1) + risk.specific_variance)
    return {
        "names": len(risk.assets),
        "factors": [
            {
                "factor": factor,
                "volatility": float(volatility[k]),
                "mean_exposure": float(risk.loadings[:, k].mean()),
                "spread_of_exposures": float(risk.loadings[:, k].std()),
            }
            for k, factor in enumerate(risk.factors)
        ],
        "median_volatility": float(np.median(total)),
        "median_specific": float(np.median(specific)),
        "riskiest": [
            {
                "asset": risk.assets[i],
                "specific": float(specific[i]),
                "total": float(total[i]),
                "specific_share": float((specific[i] / total[i]) ** 2),
            }
            for i in np.argsort(-specific, kind="stable")[:top]
        ],
    }


def fit_summary(fitted: FittedRisk) -> dict[str, Any]:
    """Summarise what was fitted, and what was left out and why."""
    window = fitted.source.window
    return {
        "names": len(fitted.risk.assets),
        "factors": list(fitted.risk.factors),
        "days": len(window.returns),
        "as_of": str(window.as_of),
        "unrated": dict(sorted(fitted.unrated.items())),
        "repairs": len(fitted.source.repairs),
        "warnings": list(fitted.source.warnings),
    }


def evaluation_summary(run: EvaluationRun) -> dict[str, Any]:
    """Summarise every score, as in summary.csv."""
    return {"scores": json_rows(run.summary), "warnings": list(run.warnings)}
