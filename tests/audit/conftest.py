"""Small accounts, rebalanced once, and ways to spoil account and list for an audit to find."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.account_folder import read_account_folder
from taxsleeve.audit_run import AuditRun, run_audit
from taxsleeve.example_account import write_example
from taxsleeve.rebalance_run import run_rebalance
from taxsleeve.risk_choice import fitted_risk

# Faults are planted by modules beside the tests.
sys.path.append(str(Path(__file__).parent))

TODAY = "2024-06-28"
# Wide enough that what a test changes decides what is found.
SETTINGS = """as_of = 2024-06-28
cash = 1000.00
cash_flow = 0.0

[taxes]
short_term = 0.408
long_term = 0.238

[limits]
tracking_error = 0.03
loss_per_name = 0.004
turnover = 0.50
active_weight = 0.012
sector_active = 0.02
beta_active = 0.05
cash = [0.001, 0.02]
liquidity = 0.5
realized_gain = 0.05
min_trade = 0.0002
names = [10, 60]
strict = true

[costs]
spread_bps = 5.0
commission = 1.0

[shares]
fractional = false
"""


@dataclass(frozen=True)
class Case:
    """An account folder and the list made of it, free to be spoilt."""

    account: Path
    out: Path

    def copy(self, to: Path) -> Case:
        shutil.copytree(self.account, to / "account")
        shutil.copytree(self.out, to / "out")
        return Case(to / "account", to / "out")

    def audit(self) -> AuditRun:
        return run_audit(self.account, self.out)

    def codes(self) -> set[str]:
        return {finding.code for finding in self.audit().audit.findings}

    def _table(self, path: Path) -> pd.DataFrame:
        return pd.read_csv(path, dtype=str, keep_default_na=False)

    def table(self, file: str) -> pd.DataFrame:
        """A table of the account as text."""
        return self._table(self.account / file)

    def put(self, file: str, table: pd.DataFrame) -> None:
        table.fillna("").to_csv(self.account / file, index=False, lineterminator="\n")

    def add(self, file: str, **cells: object) -> None:
        """Add a row to a table of the account; columns that it does not have are added."""
        row = pd.DataFrame([{name: str(value) for name, value in cells.items()}])
        self.put(file, pd.concat([self.table(file), row], ignore_index=True))

    def result(self, file: str = "trades.csv") -> pd.DataFrame:
        """A table of the list as text."""
        return self._table(self.out / file)

    def put_result(self, table: pd.DataFrame, file: str = "trades.csv") -> None:
        table.fillna("").to_csv(self.out / file, index=False, lineterminator="\n")

    def cell(self, row: int, column: str, value: object, file: str = "trades.csv") -> None:
        """Set a cell of a result, rows counted from none."""
        table = self.result(file)
        table.loc[row, column] = str(value)
        self.put_result(table, file)

    def trade(self, **cells: object) -> None:
        """Add a row to the list."""
        row = pd.DataFrame([{name: str(value) for name, value in cells.items()}])
        self.put_result(pd.concat([self.result(), row], ignore_index=True))

    def alone(self) -> None:
        """Take away what stands beside the list, so that only the list is audited."""
        for file in ("orders.csv", "lots_after.csv", "summary.json"):
            (self.out / file).unlink()

    def setting(self, key: str, value: str | None, section: str = "limits") -> None:
        """Set a key in a section of account.toml ("" is the top), or take it out with None."""
        path = self.account / "account.toml"
        top, *rest = path.read_text(encoding="utf-8").split("\n[")
        sections = {"": top} | {text.split("]")[0]: "[" + text for text in rest}
        lines = sections.setdefault(section, f"[{section}]").splitlines()
        lines = [line for line in lines if line.split(" =")[0] != key]
        if value is not None:
            lines.insert(1 if section else 0, f"{key} = {value}")
        sections[section] = "\n".join(lines)
        path.write_text("\n\n".join(sections.values()) + "\n", encoding="utf-8")

    def figure(self, value: object, *keys: Any) -> None:
        """Set a figure of summary.json."""
        path = self.out / "summary.json"
        summary = json.loads(path.read_text(encoding="utf-8"))
        section = summary
        for key in keys[:-1]:
            section = section[key]
        section[keys[-1]] = value
        path.write_text(json.dumps(summary), encoding="utf-8")

    @property
    def prices(self) -> dict[str, float]:
        table = self.table("securities.csv")
        return dict(zip(table["asset"], table["price"].astype(float), strict=True))

    def sales(self, *, loss: bool = True) -> pd.DataFrame:
        """Sales of the list at a loss, or at a gain."""
        table = self.result()
        sold = table[table["side"] == "SELL"]
        return sold[(sold["gain"].astype(float) < 0) == loss]

    def buys(self) -> pd.DataFrame:
        table = self.result()
        return table[table["side"] == "BUY"]


def make_case(folder: Path, settings: str, *, seed: int = 3, change: Callable[[Case], None] | None = None) -> Case:
    """Write an example account with its risk model in risk/, change it, and rebalance it."""
    account = folder / "account"
    write_example(account, names=44, lots=4, seed=seed)
    case = Case(account, folder / "out")
    (account / "account.toml").write_text(settings, encoding="utf-8")
    case.put("securities.csv", case.table("securities.csv").assign(adv="200000"))
    _keep_risk(account)
    if change is not None:
        change(case)
    run = run_rebalance(account, case.out)
    assert run.failure is None, run.summary
    return case


def _keep_risk(account: Path) -> None:
    """Fit the model once and keep it as a vendor's, so that no audit fits it again."""
    folder = read_account_folder(account)
    risk: Any = fitted_risk(folder.prices, folder.security_rows).risk
    (account / "risk").mkdir()
    factors = list(risk.factors)
    loadings = pd.DataFrame(risk.loadings, columns=factors)
    loadings.insert(0, "asset", risk.assets)
    loadings.to_csv(account / "risk" / "loadings.csv", index=False)
    covariance = pd.DataFrame(risk.factor_covariance, columns=factors)
    covariance.insert(0, "factor", factors)
    covariance.to_csv(account / "risk" / "factor_covariance.csv", index=False)
    variance = pd.DataFrame({"asset": risk.assets, "variance": risk.specific_variance})
    variance.to_csv(account / "risk" / "specific_variance.csv", index=False)


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """One account with its list, for tests that only read it."""
    return make_case(tmp_path_factory.mktemp("audited"), SETTINGS)


@pytest.fixture
def case(base: Case, tmp_path: Path) -> Case:
    """The same, free to be spoilt."""
    return base.copy(tmp_path)


@pytest.fixture(scope="session")
def settings() -> str:
    return SETTINGS


@pytest.fixture(scope="session")
def made() -> Callable[..., Case]:
    """Make a case of other settings."""
    return make_case


@pytest.fixture(scope="session")
def household(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One household with its lists, for tests that only read it or copy it."""
    from household_case import make_household

    return make_household(tmp_path_factory.mktemp("household"))
