"""Random accounts for the optimizer's benchmarks: folders of `taxsleeve example`, mandates and restrictions by seed."""

from __future__ import annotations

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from optimizer import (
    Account,
    ActiveWeightLimit,
    CashLimit,
    LossPerNameLimit,
    Mandate,
    NetGainLimit,
    RealizedGainLimit,
    Restriction,
    SectorActiveLimit,
    TrackingErrorLimit,
    TurnoverLimit,
)
from optimizer.formulate import formulate
from optimizer.limits import Limit
from optimizer.problem import Pattern, Problem
from risk import FactorRisk
from tax import wash_locks
from taxsleeve.account_folder import read_account_folder
from taxsleeve.example_account import write_example

__all__ = ["Base", "Case", "base_account", "case_of", "random_case", "random_pattern", "worthwhile_pattern"]


@dataclass(frozen=True, eq=False)
class Base:
    """An example account with its risk model, fitted once."""

    names: int
    seed: int
    account: Account
    mandate: Mandate
    risk: FactorRisk


@dataclass(frozen=True, eq=False)
class Case:
    """One rebalance: what `rebalance` takes, and the problem it makes of that."""

    label: str
    account: Account
    mandate: Mandate
    risk: FactorRisk
    problem: Problem
    limits: tuple[Limit, ...]


def base_account(names: int, *, seed: int, lots: int = 5) -> Base:
    """Write an example account to a temporary folder, read it back and fit its risk model."""
    with tempfile.TemporaryDirectory() as work:
        write_example(Path(work) / "account", names=names, lots=lots, seed=seed)
        folder = read_account_folder(Path(work) / "account")
        return Base(names, seed, folder.account, folder.mandate, folder.risk())


def case_of(label: str, account: Account, mandate: Mandate, risk: FactorRisk) -> Case:
    """State a rebalance in numbers."""
    locks = wash_locks(account.trades, account.lots, account.as_of)
    return Case(label, account, mandate, risk, formulate(account, mandate, risk, locks), mandate.all_limits())


def random_case(base: Base, seed: int) -> Case:
    """Draw limits, restrictions and a cash flow for an account.

    Tracking error 0.4% to 4% and, mostly, turnover 5% to 200% (both spread evenly over their logarithms); caps on the
    loss per name, active weights, sectors, cash and gains in about half of the accounts each; up to five names each
    that must not be bought, sold or traded, now and then one to be exited; a deposit or withdrawal of 2% in half.
    """
    rng = np.random.default_rng([2025, seed])
    mandate = dataclasses.replace(
        base.mandate,
        limits=_limits(rng),
        min_trade=float(rng.choice([0.0, 2e-5])),
        risk_aversion=float(rng.choice([0.0, 0.1, 1.0])),
    )
    account = dataclasses.replace(
        base.account,
        restrictions=_restrictions(base.account, rng),
        cash_flow=float(rng.choice([0.0, 0.0, 0.02, -0.02]) * base.account.nav),
    )
    return case_of(f"{base.names} names, example {base.seed}, draw {seed}", account, mandate, base.risk)


def _limits(rng: np.random.Generator) -> list[Limit]:
    limits: list[Limit] = [TrackingErrorLimit(_between(rng, 0.004, 0.04))]
    if rng.random() < 0.9:
        limits.append(TurnoverLimit(_between(rng, 0.05, 2.0)))
    if rng.random() < 0.6:
        limits.append(LossPerNameLimit(float(rng.uniform(0.0002, 0.004))))
    if rng.random() < 0.6:
        limits.append(ActiveWeightLimit(float(rng.uniform(0.002, 0.02)), bool(rng.random() < 0.1)))
    if rng.random() < 0.6:
        limits.append(SectorActiveLimit(float(rng.uniform(0.002, 0.03)), bool(rng.random() < 0.1)))
    if rng.random() < 0.8:
        limits.append(CashLimit(0.0, float(rng.uniform(0.002, 0.05))))
    if rng.random() < 0.5:
        limits.append(RealizedGainLimit(float(rng.choice([0.0, 0.0005, 0.002, 0.01]))))
    if rng.random() < 0.2:
        limits.append(NetGainLimit(float(rng.choice([0.0, 0.001, -0.002]))))
    return limits


def _between(rng: np.random.Generator, least: float, most: float) -> float:
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def _restrictions(account: Account, rng: np.random.Generator) -> tuple[Restriction, ...]:
    names = list(account.securities.asset)
    drawn = [Restriction(str(a), "no_buy") for a in rng.choice(names, rng.integers(6), replace=False)]
    drawn += [Restriction(str(a), "no_sell") for a in rng.choice(names, rng.integers(6), replace=False)]
    drawn += [Restriction(str(a), "no_trade") for a in rng.choice(names, rng.integers(6), replace=False)]
    if rng.random() < 0.1:
        drawn.append(Restriction(str(rng.choice(names)), "exclude"))
    return tuple(drawn)


def worthwhile_pattern(problem: Problem) -> Pattern:
    """Put on the sell side every group with a loss worth its round trip: the pattern that sells only."""
    pays = problem.lot_credit + problem.lot_priority > 2 * problem.cost[problem.lot_asset]
    lots = problem.lot_is_loss & problem.lot_sellable & pays
    return Pattern.of(problem, np.bincount(problem.lot_group, weights=lots, minlength=problem.groups) > 0)


def random_pattern(problem: Problem, seed: int) -> Pattern:
    """Make the sell-only pattern, or in half of the draws a random part of it."""
    rng = np.random.default_rng([2026, seed])
    pattern = worthwhile_pattern(problem)
    if rng.random() < 0.5:
        return pattern
    return Pattern.of(problem, pattern.loss_side & (rng.random(problem.groups) < rng.uniform(0.2, 1.0)))
