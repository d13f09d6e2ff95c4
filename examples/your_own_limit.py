# %% [markdown]
# A limit of your own
#
# A limit is a small object: a name, its linear rows (or any convex CVXPY expression), and how to read it off a trade
# list.
# Here: no more than a given share of the account may be sold from lots bought within the last year.

# %%
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import scipy.sparse as sp

from optimizer import Account, End, LinearLimit, Outcome, Problem, Reading, Rows
from taxsleeve import read_account_folder, rebalance
from taxsleeve.example_account import write_example


@dataclass(frozen=True, eq=False)
class YoungSalesLimit(LinearLimit):
    """Sum of s_l over short-term lots <= limit, fraction of NAV."""

    account: Account
    limit: float
    name = "young_sales"

    def rows(self, problem: Problem) -> Rows:  # noqa: ARG002
        """One row: the amount sold of every short-term lot."""
        young = ~self.account.lots.long_term(self.account.as_of)
        return Rows(np.array([self.limit]), (End(self.limit),), sell=sp.csr_array(young[None, :].astype(float)))

    def readings(self, outcome: Outcome) -> list[Reading]:
        """The same from the trade list's own rows."""
        sells = outcome.trades[outcome.trades["term"] == "short"]
        return [self.reading(sells["amount"].sum() / outcome.nav, self.limit)]


# %%
folder = Path(mkdtemp()) / "account"
write_example(folder, names=120, lots=8, seed=3)
account_folder = read_account_folder(folder)
account, mandate, risk = account_folder.account, account_folder.mandate, account_folder.risk()

for limit in (1.0, 0.005, 0.001):
    own = YoungSalesLimit(account, limit)
    result = rebalance(account, replace(mandate, limits=[*mandate.limits, own]), risk)
    reading = next(r for r in result.check.readings if r.name == "young_sales")
    print(
        f"limit {limit:6.3f}: sold {reading.value:.4f} of NAV from young lots, worth ${result.certificate.value:,.0f}"
    )
