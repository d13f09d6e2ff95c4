"""Every part of the bench, in the order in which they are run."""

from bench.part import Part
from bench.parts.quality_bound import BOUND, SCIP
from bench.parts.quality_rivals import RIVALS
from bench.parts.risk_models import MODELS
from bench.parts.speed_engines import ENGINES

__all__ = ["PARTS"]

PARTS: tuple[Part, ...] = (ENGINES, RIVALS, BOUND, SCIP, MODELS)
