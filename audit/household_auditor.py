"""The audit of a household: transfers, each sleeve's list in its own account, and all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from audit.account import AuditedAccount
from audit.auditor import Audit, audit_list
from audit.finding import TOLERANCE, Finding, Judged, LimitReading
from audit.household import AuditedHousehold, AuditedSleeve, shared
from audit.household_position import HouseholdAfter, household_readings
from audit.household_stated import household_figure_findings, transfer_figure_findings
from audit.limit_findings import limit_findings
from audit.lists_together import list_of_other_findings, window_findings_across
from audit.mandate import AuditedMandate
from audit.position import AfterTrading
from audit.stated_figures import Stated, StatedLimit
from audit.trade_rows import trade_rows
from audit.transfer_faults import transfer_findings
from audit.transfer_rows import transfer_rows
from audit.transfers import moved_accounts
from audit.wash_sales import ListWash, household_washes, refused
from risk import FactorRisk
from taxsleeve_errors import LedgerError

__all__ = ["HouseholdAudit", "HouseholdLists", "audit_household"]

_HOUSEHOLD_CODES = {
    "tracking_error": "household-te-exceeded",
    "realized_gain": "household-gain-budget",
    "harvest_offsets": "household-harvest-beyond-offsets",
}
_TOTAL = "household_tracking_error"


@dataclass(frozen=True, eq=False)
class HouseholdLists:
    """The lists of a household, and what is told beside them.

    Parameters
    ----------
    trades : mapping of str to DataFrame
        Trade list by sleeve, of the lots as they stand once the transfers are made.
    transfers : DataFrame or None
        The columns of transfers.csv; None where nothing moves.
    stated : mapping of str to Stated
        By sleeve, what is told beside its list; lots of its own account bear the sleeve's name.
    figures : mapping of str to float, str or None
        Of the household's summary, by its keys joined with "/".
    others : tuple of str
        Places of trade lists that belong to no sleeve.
    """

    trades: Mapping[str, pd.DataFrame]
    transfers: pd.DataFrame | None = None
    stated: Mapping[str, Stated] = field(default_factory=dict)
    figures: Mapping[str, float | str | None] = field(default_factory=dict)
    others: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class HouseholdAudit(Judged):
    """What the audit of a household found.

    Parameters
    ----------
    after : HouseholdAfter
        The household as transfers and lists leave it, for its figures.
    sleeves : mapping of str to Audit
        Each sleeve's list in its own account, once the transfers are made.
    moved : int
        Rows of the transfer list.
    readings : tuple of LimitReading
        Those of all together, then every entry of every limit of every sleeve.
    findings : tuple of Finding
        Of the transfers, of each sleeve's list and of all together; files with the sleeve's folder.
    """

    after: HouseholdAfter
    sleeves: Mapping[str, Audit]
    moved: int
    readings: tuple[LimitReading, ...]
    findings: tuple[Finding, ...]


def audit_household(household: AuditedHousehold, risk: FactorRisk, lists: HouseholdLists) -> HouseholdAudit:
    """Audit the transfer and trade lists of a household.

    Parameters
    ----------
    household : AuditedHousehold
        Before anything moved.
    risk : FactorRisk
        Rates the names of all sleeves.
    lists : HouseholdLists
        A list for every sleeve.

    Returns
    -------
    HouseholdAudit

    Raises
    ------
    InputError
        A column that is needed is not there, or a limit is on a factor that the model does not have.
    """
    transfers = () if lists.transfers is None else transfer_rows(lists.transfers)
    before = shared({sleeve.name: sleeve.account for sleeve in household.sleeves})
    moved = shared(moved_accounts(household, transfers))
    parts = {sleeve.name: _part(sleeve, before, moved, risk, lists.trades[sleeve.name]) for sleeve in household.sleeves}
    washes, refusals = _washes(parts)
    audits = {
        sleeve.name: audit_list(
            parts[sleeve.name],
            washes[sleeve.name],
            frozenset(map(str, lists.trades[sleeve.name].columns)),
            _own_stated(lists.stated.get(sleeve.name, Stated()), parts[sleeve.name]),
        )
        for sleeve in household.sleeves
    }
    after = HouseholdAfter(household, risk, {name: one.after for name, one in audits.items()})
    readings = household_readings(after)
    findings = [
        *transfer_findings(household, risk, transfers),
        *list_of_other_findings(household, parts, moved),
        *(_placed(finding, name) for name, one in audits.items() for finding in one.findings),
        *window_findings_across(after.parts, washes),
        *refusals,
        *_beyond(readings),
        *(_unexpected(place) for place in lists.others),
        *household_figure_findings(after, lists.figures),
        *transfer_figure_findings(after, transfers, lists.figures),
    ]
    own = (replace(reading, account=name) for name, one in audits.items() for reading in one.readings)
    return HouseholdAudit(after, audits, len(transfers), (*readings, *own), tuple(findings))


def _part(
    sleeve: AuditedSleeve,
    before: Mapping[str, AuditedAccount],
    moved: Mapping[str, AuditedAccount],
    risk: FactorRisk,
    trades: pd.DataFrame,
) -> AfterTrading:
    name = sleeve.name
    mandate = sleeve.mandate if sleeve.account.is_taxed else _untaxed(sleeve.mandate)
    return AfterTrading(moved[name], mandate, risk, trade_rows(trades), start=before[name])


def _untaxed(mandate: AuditedMandate) -> AuditedMandate:
    """The mandate of a retirement account, in which nothing that is sold is a gain; a soft limit forbids nothing."""
    of_gains = ("realized_gain", "net_gain")
    kept = {name: x for name, x in mandate.limits.items() if not name.startswith(of_gains) or name in mandate.soft}
    return replace(mandate, limits=kept)


def _washes(parts: Mapping[str, AfterTrading]) -> tuple[dict[str, tuple[ListWash, ...]], list[Finding]]:
    try:
        return household_washes(parts), []
    except LedgerError as error:
        return dict.fromkeys(parts, ()), [replace(refused(error), file="")]


def _own_stated(stated: Stated, after: AfterTrading) -> Stated:
    """What is told of a sleeve, without what the making of the lists set it on the way.

    So that all together keep their limits a sleeve may have been held to a tighter tracking error, or to part of the
    gains or losses that the year has room for: a limit told tighter than the mandate's is no fault. Where all together
    stood before the sleeves that came later is nobody's figure.
    """
    mandate = after.mandate
    own = {name: mandate.limits.get(name, 0.0) for name in ("tracking_error", "realized_gain")}
    own["harvest_offsets"] = (mandate.usable_losses or 0.0) / after.account.nav
    kept: list[StatedLimit] = []
    for one in stated.limits:
        if one.name == _TOTAL or (one.name == "realized_gain" and not _is_hard(mandate, one.name)):
            continue
        tighter = one.name in own and one.limit is not None and one.limit <= own[one.name] + TOLERANCE
        kept.append(replace(one, limit=None) if tighter else one)
    return replace(stated, limits=tuple(kept))


def _is_hard(mandate: AuditedMandate, name: str) -> bool:
    return name in mandate.limits and name not in mandate.soft


def _placed(finding: Finding, name: str) -> Finding:
    return replace(finding, file=f"{name}/{finding.file}", account=name)


def _beyond(readings: Iterable[LimitReading]) -> Iterator[Finding]:
    """Limits of all together that are not kept."""
    for reading in readings:
        for finding in limit_findings([reading]):
            words = f"all sleeves together: {finding.words}"
            yield replace(finding, code=_HOUSEHOLD_CODES[reading.name], words=words, file="")


def _unexpected(place: str) -> Finding:
    words = f"{place}: a trade list of a sleeve that household.toml does not have"
    return Finding("list-of-no-sleeve", words, place)
