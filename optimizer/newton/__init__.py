"""The dual Newton: one pattern of a rebalance in a few milliseconds, and the bound that proves how good it is."""

from optimizer.newton.best_prices import BestPrices, best_prices
from optimizer.newton.either_side import OPEN, EitherSide, SideChoice, either_side, pattern_of
from optimizer.newton.form import Form, newton_form, pattern_form
from optimizer.newton.least_risk import least_risk
from optimizer.newton.prices import limit_prices
from optimizer.newton.solve import NewtonResult, least_multipliers, maximise
from optimizer.newton.warm_up import compile_kernels, is_compiled

__all__ = [
    "OPEN",
    "BestPrices",
    "EitherSide",
    "Form",
    "NewtonResult",
    "SideChoice",
    "best_prices",
    "compile_kernels",
    "either_side",
    "is_compiled",
    "least_multipliers",
    "least_risk",
    "limit_prices",
    "maximise",
    "newton_form",
    "pattern_form",
    "pattern_of",
]
