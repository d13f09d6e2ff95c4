"""What running a household as one saves against its sleeves run apart, on simulated households; dollars of tax.

    python -m bench.household_savings --seeds 5 --names 60 --te 0.03

Apart: each sleeve is rebalanced knowing its own account alone. A loss washed by another sleeve's purchase of the same
day (share by share) is taken off what it saved.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer import TrackingErrorLimit, rebalance, valuation
from optimizer.household import Household, rebalance_household
from optimizer.household.shared_history import taxed_lots
from optimizer.household.total_risk import holdings_after, total_tracking_error
from risk import FactorRisk
from taxsleeve.example_household import write_example_household
from taxsleeve.household_folder import read_household_folder
from taxsleeve_errors import InfeasibleError


def household_of(seed: int, names: int, te: float) -> tuple[Household, FactorRisk]:
    """An example household with this limit on the tracking error of every sleeve, and none on all together."""
    with tempfile.TemporaryDirectory() as folder:
        write_example_household(Path(folder) / "household", names=names, lots=4, seed=seed)
        read = read_household_folder(Path(folder) / "household")
    sleeves = tuple(
        replace(
            s,
            mandate=replace(
                s.mandate,
                limits=[TrackingErrorLimit(te) if x.name == "tracking_error" else x for x in s.mandate.limits],
            ),
        )
        for s in read.household.sleeves
    )
    return Household(sleeves), read.chosen_risk.risk


def apart(household: Household, risk: FactorRisk) -> dict[str, object]:
    """Tax saved by the sleeves alone, the tax of losses they wash for each other, gains and total tracking error."""
    tax, held, lists, without = 0.0, [], {}, []
    for sleeve in household.sleeves:
        try:
            alone = rebalance(taxed_lots(sleeve), sleeve.mandate, risk)
        except InfeasibleError:
            without.append(sleeve.name)
            continue
        if sleeve.taxed:
            tax += valuation(sleeve.mandate, alone.check.outcome, alone.check.readings).tax
        held.append(holdings_after(alone.check.outcome))
        lists[sleeve.name] = alone.trades
    te = total_tracking_error(household, risk, held) if not without else np.nan
    gains = sum(t["gain"].clip(lower=0).sum() for n, t in lists.items() if household.sleeve(n).taxed)
    return {"apart": tax - washed_tax(household, lists), "washed": washed_tax(household, lists), "gains": gains,
            "TE": te, "cannot": ",".join(without)}  # fmt: skip


def washed_tax(household: Household, lists: dict[str, pd.DataFrame]) -> float:
    """Tax that losses washed by other sleeves' purchases would have saved."""
    total = 0.0
    left = {(n, r.asset): r.shares for n, t in lists.items() for r in t.itertuples() if r.side == "BUY"}
    for name, trades in lists.items():
        sleeve = household.sleeve(name)
        for row in trades.itertuples():
            if row.side != "SELL" or not row.gain < 0 or not sleeve.taxed:
                continue
            rates = sleeve.mandate.rates
            wanted = row.shares
            for other in lists:
                if other == name or (other, row.asset) not in left:
                    continue
                shares = min(wanted, left[other, row.asset])
                left[other, row.asset] -= shares
                wanted -= shares
                rate = rates.long_term if row.term == "long" else rates.short_term
                total += shares / row.shares * -row.gain * rate
    return total


def main() -> None:
    """Print a row a seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--names", type=int, default=60)
    parser.add_argument("--te", type=float, default=0.03)
    options = parser.parse_args()
    for seed in range(1, options.seeds + 1):
        household, risk = household_of(seed, options.names, options.te)
        alone = apart(household, risk)
        started = time.process_time()
        result = rebalance_household(household, risk)
        seconds = time.process_time() - started
        gains = sum(o.gross_gains for o in result.check.outcomes.values())
        sleeves = {n: round(100 * o.tracking_error_after, 2) for n, o in result.check.outcomes.items()}
        c = result.certificate
        tried = {k: v if isinstance(v, str) else round(v) for k, v in result.tried.items()}
        print(
            f"seed {seed}: apart {alone['apart']:,.0f} (washed {alone['washed']:,.0f}, gains {alone['gains']:,.0f}, "
            f"TE {alone['TE']:.3%}, cannot: {alone['cannot'] or '-'}) | as one tax {result.tax_value:,.0f}, gains "
            f"{gains:,.0f}, TE {result.check.tracking_error_after:.3%}, sleeves {sleeves} | value {c.value:,.0f} "
            f"bound {c.bound:,.0f} gap {c.gap:.2%} moved {c.bound_as_moved:,.0f} | {result.how} {tried} {seconds:.1f}s",
            flush=True,
        )


if __name__ == "__main__":
    main()
