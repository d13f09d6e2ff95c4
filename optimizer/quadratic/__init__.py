"""The quadratic form of one pattern, solved by OSQP: tracking error by a search on the multiplier of risk.

What OSQP does not finish is finished by linear programs; a proven bound decides what is good enough to return.
"""

from optimizer.quadratic.form import QuadraticForm, quadratic_form
from optimizer.quadratic.search import Best, Search, best_within, search_of

__all__ = ["Best", "QuadraticForm", "Search", "best_within", "quadratic_form", "search_of"]
