"""summary.json of an account that has no trade list: which limits conflict, and what each way out would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from optimizer import Diagnosis, Relaxation, Setting
from taxsleeve.account_folder import AccountFolder
from taxsleeve_errors import InfeasibleError

__all__ = ["infeasible_summary"]


def infeasible_summary(
    folder: AccountFolder, error: InfeasibleError, diagnosis: Diagnosis | None, seconds: Mapping[str, float]
) -> dict[str, Any]:
    """Summarise a rebalance that has no answer.

    Returns
    -------
    dict
        `status` "infeasible"; `message` what was refused and `advice` the way out, each one sentence. `limits`: the
        least relaxation of all limits together, each with `name`, `where`, `limit` (as it is), `needed` and `unit`;
        the account has been rebalanced with it. `alone`: the same for each limit by itself, `needed` null where it
        cannot help. `conflict`: name and where of the limits that together prove that there is no list. `why`:
        "limits", "either-or" (they could be met only by selling at a loss and buying back the same name) or "orders"
        (number of names, least trade, commissions, whole shares). `whole_shares`, where they stand in the way: `nav`,
        the dollars that would be `enough`, the number of `names` that would do, and whether `fractions` would. Without
        a diagnosis `limits` are the engine's own shortfalls, and the other keys are empty.
    """
    needed = diagnosis.together if diagnosis is not None else ()
    return {
        "status": "infeasible",
        "as_of": folder.account.as_of.isoformat(),
        "nav": folder.account.nav,
        "message": error.message,
        "advice": "" if diagnosis is None else diagnosis.sentence,
        "why": "" if diagnosis is None else diagnosis.why,
        "limits": [_entry(r) for r in needed]
        or [
            {"name": s.name, "where": s.where, "limit": s.limit, "needed": s.needed, "unit": s.unit}
            for s in error.shortfalls
        ],
        "alone": [] if diagnosis is None else [_entry(r) for r in diagnosis.alone],
        "conflict": [] if diagnosis is None else [_place(s) for s in diagnosis.conflict],
        "whole_shares": None if diagnosis is None or diagnosis.shares is None else asdict(diagnosis.shares),
        "violations": [r.words() for r in needed] or [str(shortfall) for shortfall in error.shortfalls],
        "seconds": dict(seconds),
    }


def _entry(relaxation: Relaxation) -> dict[str, Any]:
    setting = relaxation.setting
    return {**_place(setting), "limit": setting.value, "needed": relaxation.to, "unit": setting.unit}


def _place(setting: Setting) -> dict[str, Any]:
    return {"name": setting.name, "where": setting.where}
