"""Which risk model a study fits, and in words that tell it from any other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

import risk
from backtest.study.sources import sources_digest
from backtest.vintage.risk_source import fundamental, statistical
from risk import FactorRisk, FundamentalRiskModel, StatisticalRiskModel
from risk.evaluate import Window
from taxsleeve_errors import InputError

__all__ = ["RiskRecipe"]

# What the last bits of a fit depend on beside our own code.
_TOOLS = ("numpy", "pandas", "scikit-learn", "scipy")


@dataclass(frozen=True, eq=False)
class RiskRecipe:
    """A risk model to be fitted on the trailing window of each date.

    Parameters
    ----------
    model : FundamentalRiskModel or StatisticalRiskModel
        Clones of it are fitted.
    days : int
        Length of the window in returns.

    Raises
    ------
    InputError
        The model is of another kind, or the window shorter than two days.
    """

    model: FundamentalRiskModel | StatisticalRiskModel = field(default_factory=FundamentalRiskModel)
    days: int = 504

    def __post_init__(self) -> None:
        kinds: object = self.model
        if not isinstance(kinds, FundamentalRiskModel | StatisticalRiskModel):
            raise InputError.of("model", "a fundamental or statistical risk model", value=type(self.model).__name__)
        if self.days < 2:
            raise InputError.of("days", "a window of at least 2 returns", value=self.days)

    def fit(self, window: Window) -> FactorRisk:
        """Fit a window."""
        if isinstance(self.model, FundamentalRiskModel):
            return fundamental(self.model)(window)
        return statistical(self.model)(window)

    def describe(self) -> str:
        """Model, parameters, window, and the program and tools by which it is fitted."""
        parameters = sorted((name, repr(value)) for name, value in self.model.get_params().items())
        return repr((type(self.model).__name__, parameters, self.days, _program()))


@cache
def _program() -> str:
    own = sources_digest([Path(risk.__file__).parent])
    return " ".join([own, *(f"{tool} {version(tool)}" for tool in _TOOLS)])
