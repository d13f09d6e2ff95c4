"""The dual Newton against Clarabel: every kind of limit, restrictions, odd accounts, infeasible ones, and prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer import (
    ActiveWeightLimit,
    BetaActiveLimit,
    CashLimit,
    Costs,
    FactorActiveLimit,
    LiquidityLimit,
    LossPerNameLimit,
    NetGainLimit,
    NetLongGainLimit,
    NetShortGainLimit,
    RealizedGainLimit,
    RealizedLongGainLimit,
    RealizedShortGainLimit,
    Restriction,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
)
from optimizer.engines.clarabel import ClarabelEngine
from optimizer.engines.newton import newton_solution, solve_pattern
from optimizer.limits import Limit, soft
from optimizer.newton import limit_prices, newton_form
from optimizer.newton.compiled import ENTRIES
from optimizer.problem import Pattern, Problem

TE, CASH = TrackingErrorLimit(0.06), CashLimit(0.0, 0.04)
KINDS: dict[str, tuple[Limit, ...]] = {
    "te and cash": (TE, CASH),
    "no te": (CASH, TurnoverLimit(0.8)),
    "turnover": (TE, CASH, TurnoverLimit(0.25)),
    "active weight": (TE, CASH, ActiveWeightLimit(0.04)),
    "strict active weight": (CASH, ActiveWeightLimit(0.2, strict=True)),
    "sector": (TE, CASH, SectorActiveLimit(0.03)),
    "strict sector": (TE, CASH, SectorActiveLimit(0.2, strict=True)),
    "factor": (TE, CASH, FactorActiveLimit({"F1": 0.05, "F2": 0.02})),
    "beta": (TE, CASH, BetaActiveLimit(0.02)),
    "loss per name": (TE, CASH, LossPerNameLimit(0.004)),
    "no loss": (TE, CASH, LossPerNameLimit(0.0)),
    "realized gain": (TE, CASH, RealizedGainLimit(0.002)),
    "no gain": (CASH, TurnoverLimit(1.0), RealizedGainLimit(0.0)),
    "gain by term": (TE, CASH, RealizedShortGainLimit(0.001), RealizedLongGainLimit(0.003)),
    "net gain": (TE, CASH, NetGainLimit(-0.001)),
    "net gain by term": (TE, CASH, NetShortGainLimit(0.0), NetLongGainLimit(0.005)),
    "liquidity": (TE, CASH, LiquidityLimit(0.05)),
    "soft turnover": (TE, CASH, soft(TurnoverLimit(0.2), 0.05)),
    "soft active weight": (TE, CASH, soft(ActiveWeightLimit(0.02), 0.1)),
    "soft sector": (TE, CASH, soft(SectorActiveLimit(0.01), 0.02), RealizedGainLimit(0.01)),
}
RESTRICTED = {"restrictions": (Restriction("A", "no_buy"), Restriction("B", "no_sell"), Restriction("C", "exclude"))}


@pytest.fixture
def stated(small_case: Any, problem_of: Any) -> Callable[..., tuple[Problem, Any]]:
    def build(limits: tuple[Limit, ...], seed: int, **rest: Any) -> tuple[Problem, Any]:
        account = {"adv": dict.fromkeys("ABCDEF", 2e5), **rest.pop("account", {})}
        case = small_case(*limits, seed=seed, account=account, **{"costs": Costs(8.0), **rest})
        return problem_of(case.account, case.mandate, case.risk), case.mandate.all_limits()

    return build


def agree(problem: Problem, limits: Any, pattern: Pattern) -> bool:
    """Compare both engines on a pattern; True where it has trades."""
    form = newton_form(problem, limits)
    assert form.left_out == ()
    found, reference = solve_pattern(form, pattern), ClarabelEngine().solve(problem, limits, pattern)
    assert np.isfinite(found.net).all()
    assert np.isfinite(found.sold).all()
    if reference is None:
        assert not found.solved, "an infeasible pattern is never called solved"
        return False
    assert not found.infeasible, "infeasible is a proof"
    assert found.solved
    solution = newton_solution(form, pattern, found)
    worth, expected = (s.value + problem.lot_priority @ s.sell for s in (solution, reference))
    assert worth == pytest.approx(expected, abs=1e-6 * max(abs(expected), 1.0))
    assert (solution.sell <= problem.lot_value).all()
    assert not solution.sell[~pattern.may_sell(problem)].any()
    assert not solution.buy[~pattern.may_buy(problem)].any()
    return True


def patterns(problem: Problem, seed: int) -> list[Pattern]:
    rng = np.random.default_rng(seed)
    losing = np.bincount(problem.lot_group, weights=problem.lot_is_loss, minlength=problem.groups) > 0
    return [Pattern.of(problem, losing), Pattern.of(problem, losing & (rng.random(problem.groups) < 0.5))]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_limit_agrees_with_clarabel(kind: str, stated: Callable[..., tuple[Problem, Any]]) -> None:
    solved = 0
    for seed in range(2):
        problem, limits = stated(KINDS[kind], seed)
        solved += sum(agree(problem, limits, pattern) for pattern in patterns(problem, seed))
    assert solved


@pytest.mark.parametrize(
    "rest",
    [
        {"costs": Costs(8.0, impact=0.3)},
        {"alpha": {"A": 0.01, "D": -0.02}},
        {"risk_aversion": 3.0},
        {"account": RESTRICTED},
        {"account": {"cash": 0.0}},
        {"account": {"cash": 60_000.0}},
    ],
    ids=["impact", "alpha", "risk aversion", "restricted", "no cash", "much cash"],
)
def test_costs_alpha_risk_aversion_and_restrictions_agree(
    rest: dict[str, Any], stated: Callable[..., tuple[Problem, Any]]
) -> None:
    limits = (TrackingErrorLimit(0.12), CashLimit(-0.02, 1.0), RealizedGainLimit(0.03))
    solved = 0
    for seed in range(2):
        problem, all_limits = stated(limits, seed, **rest)
        solved += sum(agree(problem, all_limits, pattern) for pattern in patterns(problem, seed))
    assert solved


@pytest.mark.parametrize("seed", range(6))
def test_random_mixes_of_limits_agree(seed: int, stated: Callable[..., tuple[Problem, Any]]) -> None:
    rng = np.random.default_rng(seed)
    pool = [limit for kind in KINDS.values() for limit in kind[2:]]
    chosen = {limit.name: limit for limit in rng.permutation(np.array(pool, dtype=object))[:5]}
    te = TrackingErrorLimit(float(rng.choice([0.01, 0.04, 0.08])))
    problem, limits = stated((te, CASH, *chosen.values()), seed)
    for pattern in patterns(problem, seed):
        agree(problem, limits, pattern)


def test_infeasible_accounts_are_proven_so(stated: Callable[..., tuple[Problem, Any]]) -> None:
    for limits in ((TrackingErrorLimit(1e-6), CASH), (TE, CashLimit(0.5, 1.0), TurnoverLimit(0.1))):
        problem, all_limits = stated(limits, 1)
        form = newton_form(problem, all_limits)
        found = solve_pattern(form, patterns(problem, 1)[0])
        assert found.infeasible
        assert not found.solved


@pytest.mark.parametrize(
    ("assets", "lots"),
    [("AB", []), ("AB", [("A", 50, 120.0, "2024-01-02")]), ("A", []), ("A", [("A", 50, 120.0, "2024-01-02")])],
)
@pytest.mark.parametrize("factors", [0, 1])
def test_accounts_without_factors_lots_or_more_than_one_name(
    assets: str, lots: list[Any], factors: int, account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    account = account_of(dict.fromkeys(assets, 100.0), lots, cash=9000.0)
    mandate = mandate_of(dict.fromkeys(assets, 1 / len(assets)), CashLimit(0.0, 0.2), TrackingErrorLimit(0.2))
    problem = problem_of(account, mandate, risk_of(list(assets), factors=1))
    # Clarabel's model needs a factor; one without exposure is none.
    none = replace(problem, root=np.zeros((len(assets), 1)), loadings=np.zeros((len(assets), 1)))
    without = replace(problem, root=np.zeros((len(assets), 0)), loadings=np.zeros((len(assets), 0)), factors=())
    pattern = Pattern.of(problem, np.zeros(problem.groups, dtype=bool))
    for limits in (mandate.all_limits(), [CashLimit(0.0, 0.2)]):
        if factors:
            assert agree(problem, limits, pattern)
            continue
        form = newton_form(without, limits)
        reference, found = ClarabelEngine().solve(none, limits, pattern), solve_pattern(form, pattern)
        assert reference is not None
        assert found.solved
        assert newton_solution(form, pattern, found).value == pytest.approx(reference.value, abs=1e-6)


@pytest.mark.parametrize("size", [1e-6, 1e9])
def test_the_size_of_the_account_does_not_matter(size: float, stated: Callable[..., tuple[Problem, Any]]) -> None:
    problem, limits = stated(KINDS["loss per name"], 0)
    assert agree(replace(problem, nav=problem.nav * size), limits, patterns(problem, 0)[0])


@pytest.mark.parametrize("kind", ["te and cash", "turnover", "realized gain", "sector", "loss per name"])
def test_prices_of_limits_are_those_of_relaxing_them(kind: str, stated: Callable[..., tuple[Problem, Any]]) -> None:
    h = 2e-6
    problem, limits = stated(KINDS[kind], 0)
    pattern = patterns(problem, 0)[0]
    form = newton_form(problem, limits)
    prices = limit_prices(form, pattern, solve_pattern(form, pattern))
    checked = 0
    for name in ("tracking_error", "turnover", "realized_gain", "sector_active", "loss_per_name"):
        if name not in prices:
            continue
        worths = []
        for sign in (1, -1):
            moved = [replace(x, limit=x.limit + sign * h) if x.name == name else x for x in limits]
            shifted = newton_form(problem, moved)
            result = solve_pattern(shifted, pattern)
            assert result.solved
            worths.append(result.value(shifted) + result.exits(shifted))
        assert (worths[0] - worths[1]) / (2 * h) == pytest.approx(prices[name], rel=2e-2, abs=2e-4)
        checked += 1
    assert checked


def test_soft_limits_with_a_row_for_every_name_are_left_to_another_engine_where_they_are_many(
    account_of: Any, mandate_of: Any, risk_of: Any, problem_of: Any
) -> None:
    assets = [f"N{i}" for i in range(250)]
    many, few = soft(ActiveWeightLimit(0.01), 0.1), TurnoverLimit(0.5)
    mandate = mandate_of(dict.fromkeys(assets, 1 / 250), many, few)
    problem = problem_of(account_of(dict.fromkeys(assets, 10.0), cash=1e5), mandate, risk_of(assets))
    form = newton_form(problem, [many, few])
    assert form.left_out == (many.name,)
    assert set(form.rows.coupling.limit) == {few.name}


def test_arrays_that_may_not_be_written_make_no_second_compilation(stated: Callable[..., tuple[Problem, Any]]) -> None:
    problem, limits = stated(KINDS["realized gain"], 0)
    for array in (problem.root, problem.group, problem.specific_variance, problem.lot_value):
        array.setflags(write=False)
    assert agree(problem, limits, patterns(problem, 0)[0])
    assert [len(entry.signatures) for entry in ENTRIES] == [1] * len(ENTRIES)
