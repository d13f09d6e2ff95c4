"""Whether a risk model keeps its promise: walk it forward and hold what it predicted against what happened.

The portfolios that matter most are optimised active ones, because an optimizer seeks out what a model underestimates.
Formulas and sources stand with each function.
"""

from risk.evaluate.diebold_mariano import diebold_mariano
from risk.evaluate.eigenfactors import eigenfactor_portfolios
from risk.evaluate.families import FundamentalFamily, StatisticalFamily, StraightFamily, default_families
from risk.evaluate.floors import perfect_model_floors
from risk.evaluate.forecasts import DenseRisk, PortfolioRisk, StraightEstimator, predicted_variances
from risk.evaluate.held import HeldPeriod, held_bias
from risk.evaluate.history import History, Window
from risk.evaluate.implausible import repair_returns
from risk.evaluate.optimised import optimised_active
from risk.evaluate.portfolios import PortfolioSet
from risk.evaluate.scores import barra_q, bias_band, bias_statistic, qlike, rolling_mrad
from risk.evaluate.settings import SEGMENTS, Segment, WalkForwardSettings
from risk.evaluate.summary import by_month, summarise
from risk.evaluate.walk_forward import Evaluation, ModelFamily, walk_forward

__all__ = [
    "SEGMENTS",
    "DenseRisk",
    "Evaluation",
    "FundamentalFamily",
    "HeldPeriod",
    "History",
    "ModelFamily",
    "PortfolioRisk",
    "PortfolioSet",
    "Segment",
    "StatisticalFamily",
    "StraightEstimator",
    "StraightFamily",
    "WalkForwardSettings",
    "Window",
    "barra_q",
    "bias_band",
    "bias_statistic",
    "by_month",
    "default_families",
    "diebold_mariano",
    "eigenfactor_portfolios",
    "held_bias",
    "optimised_active",
    "perfect_model_floors",
    "predicted_variances",
    "qlike",
    "repair_returns",
    "rolling_mrad",
    "summarise",
    "walk_forward",
]
