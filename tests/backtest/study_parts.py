"""Strategies and tasks that tests of studies send to other processes."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from backtest.vintage import Decision, PassiveReplication, Situation


@dataclass(frozen=True)
class Raises:
    """A user's strategy with a mistake in it."""

    name: str = "raises"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        raise ZeroDivisionError("a user's own mistake")


@dataclass(frozen=True)
class Nonsense:
    """Buys what there is no cash for."""

    name: str = "nonsense"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        account = situation.account
        return Decision(np.zeros(len(account.lots)), np.full(len(account.securities.asset), 1e9))


@dataclass(frozen=True)
class Noted:
    """Passive replication that leaves a line in a file at each vintage's first rebalance, and may first fail."""

    log: str
    name: str = "noted"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        if not len(situation.account.lots):
            with Path(self.log).open("a", encoding="utf-8") as file:
                file.write(f"{situation.account.as_of}\n")
            if Path(self.log + ".broken").exists():
                raise RuntimeError("out of order")
        return PassiveReplication().decide(situation)


@dataclass(frozen=True)
class KillsOnce:
    """Passive replication that kills its own process the first time it is asked, as a crash would."""

    flag: str
    name: str = "kills"
    needs_risk: bool = False

    def decide(self, situation: Situation) -> Decision:
        try:
            Path(self.flag).touch(exist_ok=False)
        except FileExistsError:
            return PassiveReplication().decide(situation)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")
