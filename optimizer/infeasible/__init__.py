"""Why an account has no trade list, and what would have to give way."""

from optimizer.infeasible.diagnose import diagnose
from optimizer.infeasible.diagnosis import Diagnosis, Relaxation
from optimizer.infeasible.small_account import ShareAdvice
from optimizer.limit_numbers import Setting

__all__ = ["Diagnosis", "Relaxation", "Setting", "ShareAdvice", "diagnose"]
