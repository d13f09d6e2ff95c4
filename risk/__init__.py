"""How assets move together: returns in, a factor risk model out.

Nothing here knows of taxes, optimizers or files.
"""

from risk.attribution import attribution, attribution_by_name
from risk.factor_risk import FactorRisk
from risk.fundamental import FundamentalRiskModel
from risk.number_of_factors import bai_ng, eigenvalue_edge
from risk.returns import simple_returns
from risk.screening import Repair, Screening
from risk.statistical import StatisticalRiskModel

__all__ = [
    "FactorRisk",
    "FundamentalRiskModel",
    "Repair",
    "Screening",
    "StatisticalRiskModel",
    "attribution",
    "attribution_by_name",
    "bai_ng",
    "eigenvalue_edge",
    "simple_returns",
]
