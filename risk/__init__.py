"""How assets move together: returns in, a factor risk model out.

Nothing here knows of taxes, optimizers or files.
"""

from risk.attribution import attribution, attribution_by_name
from risk.factor_risk import FactorRisk
from risk.returns import simple_returns
from risk.statistical import StatisticalRiskModel

__all__ = ["FactorRisk", "StatisticalRiskModel", "attribution", "attribution_by_name", "simple_returns"]
