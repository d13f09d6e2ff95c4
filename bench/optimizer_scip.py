"""The whole rebalance with its either-or choices as a mixed-integer cone program, solved by SCIP; needs pyscipopt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyscipopt import Model, quicksum

from optimizer import LinearLimit, TrackingErrorLimit
from optimizer.limits import Limit
from optimizer.problem import Problem

__all__ = ["scip_optimum"]

Vars = list[Any]
_SECONDS = 20.0
_GAP = 1e-6


def scip_optimum(
    problem: Problem, limits: Sequence[Limit], seconds: float = _SECONDS
) -> tuple[float, float, float] | None:
    """Best value, SCIP's own bound and the seconds it took, or None where SCIP proves that there are no trades.

    Percent of NAV. One binary a group says that it may be sold at a loss and not bought; another, where a recent
    purchase keeps lots from going one by one, that the whole position goes.
    """
    model = Model()
    model.hideOutput()
    model.setParam("limits/time", seconds)
    model.setParam("limits/gap", _GAP)
    model.setParam("numerics/feastol", 1e-8)
    model.setParam("parallel/maxnthreads", 1)
    model.setParam("timing/clocktype", 1)
    sell, buy = _trades(model, problem)
    active = _active(model, problem, sell, buy)
    exposure = [model.addVar(lb=None) for _ in range(problem.root.shape[1])]
    for k, y in enumerate(exposure):
        model.addCons(y == quicksum(problem.root[i, k] * a for i, a in enumerate(active)))
    squares = [y * y for y in exposure] + [d * a * a for d, a in zip(problem.specific_variance, active, strict=True)]
    variance = model.addVar(lb=0.0)
    model.addCons(quicksum(squares) <= variance)
    for limit in limits:
        if isinstance(limit, TrackingErrorLimit):
            model.addCons(variance <= (100 * limit.limit) ** 2)
        elif isinstance(limit, LinearLimit):
            _add_rows(model, limit, problem, sell, buy, active)
    sale = problem.lot_credit + problem.lot_priority - (problem.cost + problem.alpha)[problem.lot_asset]
    gain = quicksum(c * s for c, s in zip(sale, sell, strict=True))
    gain += quicksum(c * b for c, b in zip(problem.alpha - problem.cost, buy, strict=True))
    model.setObjective(gain - problem.risk_aversion / 100 * variance, "maximize")
    model.optimize()
    if model.getStatus() == "infeasible" or not model.getNSols():
        return None
    best = model.getBestSol()
    exits = sum(p * model.getSolVal(best, s) for p, s in zip(problem.lot_priority, sell, strict=True))
    kept = problem.constant - problem.commission - exits / 100
    return kept + model.getObjVal() / 100, kept + model.getDualbound() / 100, model.getSolvingTime()


def _trades(model: Model, problem: Problem) -> tuple[Vars, Vars]:
    """Amounts sold and bought in percent of NAV, with the either-or of each group."""
    group = problem.lot_group
    lost = [model.addVar(vtype="B") for _ in range(problem.groups)]
    gone = {g: model.addVar(vtype="B") for g in np.flatnonzero(problem.liquidable).tolist()}
    sell: Vars = []
    for lot, value in enumerate((100 * problem.lot_value).tolist()):
        g = int(group[lot])
        may, whole = bool(problem.lot_sellable[lot]), gone.get(g)
        s = model.addVar(lb=0.0, ub=value if may or whole is not None else 0.0)
        if problem.lot_is_loss[lot]:
            model.addCons(s <= value * lost[g])
        if whole is not None:
            model.addCons(s >= value * whole)
            if not may:
                model.addCons(s <= value * whole)
        sell.append(s)
    buy = [model.addVar(lb=0.0, ub=100.0 if may else 0.0) for may in problem.buyable.tolist()]
    for i, b in enumerate(buy):
        if problem.buyable[i]:
            model.addCons(b <= 100.0 * (1 - lost[int(problem.group[i])]))
    for g, whole in gone.items():
        model.addCons(whole <= lost[g])
    return sell, buy


def _active(model: Model, problem: Problem, sell: Vars, buy: Vars) -> Vars:
    """Active weights after trading, percent."""
    active = [model.addVar(lb=None) for _ in problem.assets]
    lots: list[Vars] = [[] for _ in problem.assets]
    for lot, name in enumerate(problem.lot_asset.tolist()):
        lots[name].append(sell[lot])
    for i, a in enumerate(active):
        model.addCons(a == 100 * float(problem.active[i]) + buy[i] - quicksum(lots[i]))
    return active


def _add_rows(model: Model, limit: LinearLimit, problem: Problem, sell: Vars, buy: Vars, active: Vars) -> None:
    rows = limit.rows(problem)
    blocks = [(rows.active, active), (rows.buy, buy), (rows.sell, sell)]
    for r, upper in enumerate(np.asarray(rows.upper, dtype=float).tolist()):
        terms = [c * v[j] for matrix, v in blocks if matrix is not None for j, c in _entries(matrix, r)]
        if terms and np.isfinite(upper):
            model.addCons(quicksum(terms) <= 100 * upper)


def _entries(matrix: Any, row: int) -> list[tuple[int, float]]:
    csr = matrix.csr
    part: NDArray[np.intp] = csr.indices[csr.indptr[row] : csr.indptr[row + 1]]
    return list(zip(part.tolist(), csr.data[csr.indptr[row] : csr.indptr[row + 1]].tolist(), strict=True))
