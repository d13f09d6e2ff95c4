"""Engines: the dual Newton (the default), CVXPY + Clarabel (the reference), OSQP, and HiGHS for whole shares."""

from optimizer.engines.base import Engine
from optimizer.engines.clarabel import ClarabelEngine
from optimizer.engines.newton import NEWTON, NewtonEngine

__all__ = ["NEWTON", "ClarabelEngine", "Engine", "NewtonEngine"]
