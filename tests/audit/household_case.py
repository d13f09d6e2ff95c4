"""A household folder and the lists made of it, free to be spoilt."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from taxsleeve.audit_household_run import HouseholdAuditRun, run_household_audit
from taxsleeve.example_household import write_example_household
from taxsleeve.household_folder import read_household_folder
from taxsleeve.household_run import run_household

SLEEVES = ("large", "mid", "small", "ira")


@dataclass(frozen=True)
class HouseholdCase:
    """A household and its lists: large and mid of one owner, small of the partner, and an IRA that has cash to buy."""

    folder: Path
    out: Path

    def copy(self, to: Path) -> HouseholdCase:
        shutil.copytree(self.folder, to / "household")
        shutil.copytree(self.out, to / "lists")
        return HouseholdCase(to / "household", to / "lists")

    def audit(self) -> HouseholdAuditRun:
        return run_household_audit(self.folder, self.out)

    def codes(self) -> set[str]:
        return {finding.code for finding in self.audit().audit.findings}

    def table(self, file: str) -> pd.DataFrame:
        """A table of the household as text."""
        return pd.read_csv(self.folder / file, dtype=str, keep_default_na=False)

    def put(self, file: str, table: pd.DataFrame) -> None:
        table.fillna("").to_csv(self.folder / file, index=False, lineterminator="\n")

    def add(self, file: str, **cells: object) -> None:
        """Add a row to a table of the household, which is made where there is none."""
        row = pd.DataFrame([{name: str(value) for name, value in cells.items()}])
        there = (self.folder / file).is_file()
        self.put(file, pd.concat([self.table(file), row], ignore_index=True) if there else row)

    def listed(self, file: str) -> pd.DataFrame:
        """A table of the lists as text."""
        return pd.read_csv(self.out / file, dtype=str, keep_default_na=False)

    def put_listed(self, file: str, table: pd.DataFrame) -> None:
        table.fillna("").to_csv(self.out / file, index=False, lineterminator="\n")

    def cell(self, file: str, row: int, column: str, value: object) -> None:
        """Set a cell of a list, rows counted from none."""
        table = self.listed(file)
        table.loc[row, column] = str(value)
        self.put_listed(file, table)

    def trade(self, sleeve: str, **cells: object) -> None:
        """Add a row to the list of a sleeve, with price and amount as they should be."""
        price = self.price(sleeve, str(cells["asset"]))
        told = {"price": price, "amount": price * float(str(cells["shares"])), "reason": "planted", **cells}
        row = pd.DataFrame([{name: str(value) for name, value in told.items()}])
        self.put_listed(
            f"{sleeve}/trades.csv", pd.concat([self.listed(f"{sleeve}/trades.csv"), row], ignore_index=True)
        )

    def price(self, sleeve: str, asset: str) -> float:
        table = self.table(f"{sleeve}/securities.csv")
        return float(table.loc[table["asset"] == asset, "price"].iloc[0])

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text of a file of the household."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def figure(self, value: object, *keys: Any, file: str = "summary.json") -> None:
        """Set a figure of a summary."""
        path = self.out / file
        summary = json.loads(path.read_text(encoding="utf-8"))
        section = summary
        for key in keys[:-1]:
            section = section[key]
        section[keys[-1]] = value
        path.write_text(json.dumps(summary), encoding="utf-8")

    def figures(self) -> Any:
        """What the household's summary says."""
        return json.loads((self.out / "summary.json").read_text(encoding="utf-8"))

    def alone(self) -> None:
        """Take away what stands beside the lists, so that only they are audited."""
        for place in (self.out, *(self.out / name for name in SLEEVES)):
            for file in ("orders.csv", "lots_after.csv", "summary.json"):
                (place / file).unlink(missing_ok=True)

    def losses(self, sleeve: str) -> pd.DataFrame:
        """Sales of a sleeve at a loss."""
        table = self.listed(f"{sleeve}/trades.csv")
        sold = table[table["side"] == "SELL"]
        return sold[sold["gain"].astype(float) < 0]

    def moved(self) -> pd.DataFrame:
        """Lots that move in kind."""
        table = self.listed("transfers.csv")
        return table[table["kind"] == "lot"]


def make_household(
    folder: Path, *, names: int = 12, seed: int = 7, change: Callable[[HouseholdCase], None] | None = None
) -> HouseholdCase:
    """Write an example household with its risk model in risk/, change it, and rebalance it."""
    case = HouseholdCase(folder / "household", folder / "lists")
    write_example_household(case.folder, names=names, lots=2, seed=seed)
    case.edit("household.toml", 'name = "small"', 'name = "small"\nowner = "partner"\ntype = "spouse"')
    case.edit("ira/account.toml", "cash_flow = 0.0", "cash_flow = 40000.0")
    _keep_risk(case.folder)
    if change is not None:
        change(case)
    run = run_household(case.folder, case.out)
    assert run.failure is None, run.summary
    return case


def _keep_risk(folder: Path) -> None:
    """Keep the fitted model as a vendor's, so that no audit fits it again."""
    risk = read_household_folder(folder).chosen_risk.risk
    (folder / "risk").mkdir()
    factors = list(risk.factors)
    loadings = pd.DataFrame(risk.loadings, columns=factors)
    loadings.insert(0, "asset", list(risk.assets))
    loadings.to_csv(folder / "risk" / "loadings.csv", index=False)
    covariance = pd.DataFrame(risk.factor_covariance, columns=factors)
    covariance.insert(0, "factor", factors)
    covariance.to_csv(folder / "risk" / "factor_covariance.csv", index=False)
    variance = pd.DataFrame({"asset": list(risk.assets), "variance": risk.specific_variance})
    variance.to_csv(folder / "risk" / "specific_variance.csv", index=False)
