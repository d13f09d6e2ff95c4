"""What stands in the way of an account that has no trade list, found by relaxing and rebalancing again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

from optimizer.account import Account
from optimizer.cone import ConeModel, cone_model
from optimizer.formulate import formulate
from optimizer.infeasible.diagnosis import Diagnosis, Relaxation
from optimizer.infeasible.elastic import least_alone, least_together
from optimizer.infeasible.least_amount import least_amount, rounded_up
from optimizer.infeasible.settings import changed, settings_of
from optimizer.infeasible.small_account import share_advice
from optimizer.limit_numbers import Setting
from optimizer.mandate import Mandate
from optimizer.pattern_search import search_pattern
from optimizer.problem import Pattern, Problem
from optimizer.rebalance import rebalance
from risk import FactorRisk
from tax import wash_locks
from taxsleeve_errors import CheckFailedError, InfeasibleError, InputError, SolverError

__all__ = ["diagnose"]

# What the independent check lets pass is no relaxation.
_NOTHING = 1e-6
_WIDEST = 1e3
Amounts = Mapping[Setting, float]


def diagnose(account: Account, mandate: Mandate, risk: FactorRisk) -> Diagnosis:
    """Say why an account has no trade list, which limits conflict, and by how much each way out must give way.

    The least relaxations come from the convex problem without the either-or; every one that is returned has been
    rebalanced with, and is larger than the convex one where the either-or, the orders or whole shares ask for more.

    Parameters
    ----------
    account : Account
    mandate : Mandate
        With which `rebalance` raised an InfeasibleError.
    risk : FactorRisk

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        The account has a trade list.
    SolverError
    """

    def answered(account: Account, mandate: Mandate) -> bool:
        try:
            # Whether there is a list is asked some fifty times, and never how good it is.
            rebalance(account, mandate, risk, effort=0.0)
        except (InfeasibleError, CheckFailedError, SolverError):
            return False
        return True

    if answered(account, mandate):
        raise InputError.of("diagnose", "an account for which rebalance finds no trade list")
    limits = mandate.all_limits()
    problem = formulate(account, mandate, risk, wash_locks(account.trades, account.lots, account.as_of))
    model = cone_model(problem, limits, Pattern.relaxation(problem))
    found = least_together(model, settings_of(mandate, orders=False))

    def enough(amounts: Amounts) -> bool:
        return answered(account, changed(mandate, {s: s.moved(amount) for s, amount in amounts.items()}))

    if found is None:
        return Diagnosis("limits", (), (), ())
    amounts, conflict = {s: amount for s, amount in found[0].items() if amount > _NOTHING}, found[1]
    if amounts:
        alone = _alone(model, conflict, enough)
        together = _together(amounts, alone, enough) or _a_bit_of_each(mandate, alone, enough)
        return Diagnosis("limits", conflict, _least(together, alone), alone)
    why = "orders" if _has_a_pattern(problem, mandate) else "either-or"
    alone = _alone(None, settings_of(mandate, orders=why == "orders"), enough)
    together = _a_bit_of_each(mandate, alone, enough)
    shares = share_advice(account, mandate, answered) if why == "orders" else None
    return Diagnosis(why, (), _least(together, alone), alone, shares)


def _has_a_pattern(problem: Problem, mandate: Mandate) -> bool:
    try:
        search_pattern(problem, mandate.all_limits())
    except InfeasibleError:
        return False
    return True


def _alone(
    model: ConeModel | None, settings: tuple[Setting, ...], enough: Callable[[Amounts], bool]
) -> tuple[Relaxation, ...]:
    """Relax each number by itself; only one that conflicts can help. Without a model nothing is known beforehand."""
    relaxations = []
    for setting in settings:
        lower = 0.0 if model is None else least_alone(model, setting)
        amount = None if lower is None else least_amount(_one(setting, enough), lower, setting.widest)
        relaxations.append(Relaxation(setting, None if amount is None else setting.moved(amount)))
    return tuple(sorted(relaxations, key=lambda r: _effort((r,))))


def _one(setting: Setting, enough: Callable[[Amounts], bool]) -> Callable[[float], bool]:
    @functools.cache
    def by_value(value: float) -> bool:
        return enough({setting: abs(value - setting.value)})

    return lambda amount: by_value(setting.moved(amount))


def _least(together: tuple[Relaxation, ...], alone: tuple[Relaxation, ...]) -> tuple[Relaxation, ...]:
    """All together, or the one that is least alone where that takes less."""
    candidates = [together, *((r,) for r in alone if r.to is not None)]
    return min((c for c in candidates if c), key=_effort, default=())


def _effort(relaxations: tuple[Relaxation, ...]) -> float:
    return sum(r.amount / r.setting.size for r in relaxations)


def _together(
    amounts: Amounts, alone: tuple[Relaxation, ...], enough: Callable[[Amounts], bool]
) -> tuple[Relaxation, ...]:
    """Relax by the least amounts of the convex problem, or as much more as the rebalance asks for."""
    if len(amounts) == 1:
        return tuple(r for r in alone if r.setting in amounts and r.to is not None)
    return _by_a_factor(amounts, enough, lower=1.0)


def _by_a_factor(amounts: Amounts, enough: Callable[[Amounts], bool], lower: float) -> tuple[Relaxation, ...]:
    """Relax several numbers at once, all in proportion to the amounts given."""

    def scaled(factor: float) -> dict[Setting, float]:
        return {setting: rounded_up(factor * amount) for setting, amount in amounts.items()}

    factor = least_amount(lambda f: enough(scaled(f)), lower, _WIDEST)
    if factor is None:
        return ()
    return tuple(Relaxation(setting, setting.moved(amount)) for setting, amount in scaled(factor).items())


def _a_bit_of_each(
    mandate: Mandate, alone: tuple[Relaxation, ...], enough: Callable[[Amounts], bool]
) -> tuple[Relaxation, ...]:
    """Relax every number that helps, each by the same share of what it would take alone.

    Where none helps alone, all give way in proportion to their size, and those that need not are put back.
    """
    amounts = {r.setting: r.amount for r in alone if r.to is not None}
    if len(amounts) == 1:
        return tuple(r for r in alone if r.to is not None)
    if amounts:
        return _by_a_factor(amounts, enough, lower=0.0)
    found = _by_a_factor({s: s.size for s in settings_of(mandate)}, enough, lower=0.0)
    for relaxation in found:
        others = tuple(r for r in found if r is not relaxation)
        if others and enough({r.setting: r.amount for r in others}):
            found = others
    return found
