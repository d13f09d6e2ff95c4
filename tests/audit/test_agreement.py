"""The auditor and the optimizer's own check share no code: on lists that nobody optimized they say the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from audit import audit_trades
from optimizer import check_trades
from tax import is_long_term
from taxsleeve.account_folder import read_account_folder
from taxsleeve.audit_files import read_audited_folder
from taxsleeve.rebalance_files import trades_read_back

WASHES = ("disallowed-misstated", "wash", "group")


@pytest.fixture(scope="module", params=["avoid", "price"])
def both(request: Any, made: Callable[..., Any], settings: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    def reinvested(case: Any) -> None:
        lots = case.table("lots.csv").assign(holding_start="")
        drips = lots.drop_duplicates("asset").iloc[::3]
        drips = drips.assign(lot_id="drip-" + drips["asset"], shares="2", acquired="2024-06-12", cost_per_share="1")
        case.put("lots.csv", pd.concat([lots, drips], ignore_index=True))

    toml = settings.replace("[limits]", f'partly_washed = "{request.param}"\n\n[limits]').replace("strict = true", "")
    case = made(tmp_path_factory.mktemp(request.param), toml, seed=6, change=reinvested)
    folder = read_account_folder(case.account)
    trades = trades_read_back((case.out / "trades.csv").read_text(encoding="utf-8"))
    return folder, read_audited_folder(case.account), trades


def spoilt(trades: pd.DataFrame, folder: Any, seed: int) -> pd.DataFrame:
    """Some rows dropped, some scaled, some lots sold and names bought at random, every figure true."""
    rng = np.random.default_rng(seed)
    kept = trades[rng.random(len(trades)) < rng.choice([0.0, 0.5, 0.9, 1.0])]
    account, lots, rows = folder.account, folder.account.lots, []
    for j in rng.choice(len(lots), rng.integers(0, 6), replace=False):
        if str(lots.lot_id[j]) not in set(kept["lot_id"]):
            price = float(account.securities.price[account.lot_position[j]])
            shares = float(max(1, round(lots.shares[j] * rng.choice([0.2, 1.0]))))
            term = "long" if is_long_term(lots.holding_start[j], account.as_of) else "short"
            rows.append((str(lots.asset[j]), "SELL", str(lots.lot_id[j]), shares, price, term, lots.basis[j]))
    for asset in rng.choice(sorted(folder.mandate.benchmark), rng.integers(0, 4), replace=False):
        if asset not in set(kept.loc[kept["side"] == "BUY", "asset"]):
            price = float(account.securities.price[account.securities.position[asset]])
            rows.append((str(asset), "BUY", "", float(rng.integers(1, 4)), price, "", np.nan))
    made = pd.DataFrame(rows, columns=["asset", "side", "lot_id", "shares", "price", "term", "basis"])
    made["amount"] = made["shares"] * made["price"]
    made["gain"] = made["amount"] - made["shares"] * made["basis"]
    if "disallowed" in kept:
        made["disallowed"] = 0.0
    table = pd.concat([kept, made.drop(columns="basis")], ignore_index=True) if rows else kept.reset_index(drop=True)
    return table.set_index(pd.RangeIndex(2, len(table) + 2))


@pytest.mark.parametrize("seed", range(25))
def test_they_say_the_same_of_any_list(both: Any, seed: int) -> None:
    folder, audited, trades = both
    table = spoilt(trades, folder, seed)
    check = check_trades(folder.account, folder.mandate, folder.risk(), table)
    audit = audit_trades(audited.account, audited.mandate, audited.risk, table)
    assert check.passed == audit.is_clean, (check.violations, audit.faults)
    if any(finding.code.startswith(WASHES) for finding in audit.findings):
        return  # the ledger then knows of losses that count less than the list says
    ours = {(reading.name, reading.where): reading for reading in audit.readings}
    for theirs in check.readings:
        own = ours[theirs.name, theirs.where]
        assert own.value == pytest.approx(theirs.value, abs=1e-12)
        assert own.limit == pytest.approx(theirs.limit, abs=1e-12)
        assert -own.slack == pytest.approx(theirs.excess, abs=1e-12)


def test_both_verdicts_occur(both: Any) -> None:
    folder, audited, trades = both
    tables = [spoilt(trades, folder, seed) for seed in range(25)]
    verdicts = {audit_trades(audited.account, audited.mandate, audited.risk, table).is_clean for table in tables}
    assert verdicts == {True, False}
