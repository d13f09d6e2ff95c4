"""How assets move together: returns in, a factor risk model out.

Nothing here knows of taxes, optimizers or files. What fits a model is imported when it is first asked for: whoever has
a model, a vendor's or one fitted before, does not wait for scikit-learn.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from risk.attribution import attribution, attribution_by_name
from risk.factor_risk import FactorRisk
from risk.number_of_factors import bai_ng, eigenvalue_edge
from risk.returns import simple_returns
from risk.screening import Repair, Screening

if TYPE_CHECKING:
    from risk.fundamental import FundamentalRiskModel
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

_LATER = {"FundamentalRiskModel": "risk.fundamental", "StatisticalRiskModel": "risk.statistical"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
