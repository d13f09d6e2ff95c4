"""What an audit says: findings, each with a code that stays the same, and limits read again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

__all__ = ["TOLERANCE", "Finding", "Judged", "LimitReading", "Severity"]

TOLERANCE = 1e-6
"""Of NAV, and absolute for tracking error, beta and exposures."""
_SHOWN = 20
Severity = Literal["fault", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a trade list, or with what is said of it.

    Parameters
    ----------
    code : str
        What kind of thing, one of `CODES`.
    words : str
        The finding in a sentence.
    file : str
        Where it stands.
    row : int or None
        Line of the file, the header being line 1.
    name : str
        Asset, sector, factor or lot concerned, "" where there is none.
    value, limit : float, str or None
        What was found, and what should be there or must not be passed.
    excess : float or None
        By how much, in the unit of both.
    severity : {"fault", "warning"}
        A warning is for its reader to judge and does not spoil the verdict.
    account : str
        Sleeve of a household that it is of, "" of all together and where there is one account.
    """

    code: str
    words: str
    file: str = "trades.csv"
    row: int | None = None
    name: str = ""
    value: float | str | None = None
    limit: float | str | None = None
    excess: float | None = None
    severity: Severity = "fault"
    account: str = ""


@dataclass(frozen=True)
class LimitReading:
    """One entry of one limit, recomputed.

    Parameters
    ----------
    name, where : str
        The limit as account.toml calls it, and which entry of it ("" where there is only one).
    value, limit : float
        Where the account stands after the trades, and what it must not pass.
    unit : str
    lower : bool
        Whether the limit is one not to fall below.
    soft : float or None
        Value that each unit beyond takes, of a limit that may be exceeded.
    account : str
        Sleeve of a household whose limit it is, "" of all together and where there is one account.
    """

    name: str
    where: str
    value: float
    limit: float
    unit: str = "fraction of NAV"
    lower: bool = False
    soft: float | None = None
    account: str = ""

    @property
    def slack(self) -> float:
        """How far it is from its limit; negative beyond it."""
        return self.value - self.limit if self.lower else self.limit - self.value

    @property
    def kept(self) -> bool:
        """Whether it is kept within the tolerance; a soft one is always."""
        return self.soft is not None or self.slack >= -TOLERANCE


class Judged:
    """Something with findings, which the faults among them decide."""

    findings: tuple[Finding, ...]
    readings: tuple[LimitReading, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """Findings that spoil the verdict."""
        return tuple(finding for finding in self.findings if finding.severity == "fault")

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def _repr_html_(self) -> str:
        verdict = "Clean" if self.is_clean else f"Faults: {len(self.faults)}"
        found = pd.DataFrame([asdict(finding) for finding in self.findings], dtype=object)
        limits = [{**asdict(r), "slack": r.slack, "kept": r.kept} for r in self.readings]
        nearest = pd.DataFrame(limits).sort_values("slack", kind="stable").head(_SHOWN) if limits else pd.DataFrame()
        tables = [table.to_html(index=False, na_rep="") for table in (found, nearest) if len(table)]
        return f"<p>{verdict}; limits read again: {len(limits)}.</p>" + "".join(tables)
