"""Engines: the dual Newton (the default), CVXPY + Clarabel (the reference), OSQP, and HiGHS for whole shares."""

from optimizer.engines.base import Engine
from optimizer.engines.clarabel import ClarabelEngine
from optimizer.engines.highs import HighsEngine
from optimizer.engines.newton import NEWTON, NewtonEngine
from optimizer.engines.osqp import OsqpEngine, SweepPoint, sweep

__all__ = ["NEWTON", "ClarabelEngine", "Engine", "HighsEngine", "NewtonEngine", "OsqpEngine", "SweepPoint", "sweep"]
