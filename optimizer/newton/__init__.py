"""The dual Newton: one pattern of a rebalance in a few milliseconds, and the bound that proves how good it is."""

from optimizer.newton.form import Form, newton_form, pattern_form
from optimizer.newton.prices import limit_prices
from optimizer.newton.solve import NewtonResult, least_multipliers, maximise

__all__ = [
    "Form",
    "NewtonResult",
    "least_multipliers",
    "limit_prices",
    "maximise",
    "newton_form",
    "pattern_form",
]
