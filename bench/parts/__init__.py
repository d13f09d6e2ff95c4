"""Every part of the bench, in the order in which they are run."""

from bench.part import Part
from bench.parts.programs import PROGRAMS
from bench.parts.quality_bound import BOUND, SCIP
from bench.parts.quality_rivals import RIVALS
from bench.parts.risk_models import MODELS
from bench.parts.speed_backtest import BACKTEST
from bench.parts.speed_batch import BATCH
from bench.parts.speed_engines import ENGINES
from bench.parts.speed_fresh import FRESH
from bench.parts.speed_scaling import SCALING
from bench.parts.studies import FRONTIER, REAL, REAL_FRONTIER, SLEEVES

__all__ = ["PARTS"]

_SPEED = (ENGINES, BACKTEST, BATCH, SCALING, FRESH)
_QUALITY = (RIVALS, BOUND, SCIP)
_STUDY = (SLEEVES, FRONTIER, REAL, REAL_FRONTIER)
PARTS: tuple[Part, ...] = (*_SPEED, *_QUALITY, MODELS, *_STUDY, *PROGRAMS)
