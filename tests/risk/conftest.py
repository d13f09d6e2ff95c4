from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from risk import FactorRisk
from risk.evaluate import History

SECTORS = ("Energy", "Financials", "Health Care", "Utilities")


def _truth(names: int, seed: int) -> FactorRisk:
    rng = np.random.default_rng(seed)
    B = 0.25 * rng.standard_normal((names, 6))
    B[:, 0] = 1 + 0.25 * rng.standard_normal(names)
    return FactorRisk(
        assets=tuple(f"N{i:03d}" for i in range(names)),
        factors=tuple(f"F{k}" for k in range(6)),
        loadings=B,
        factor_covariance=np.diag(np.array([0.15, 0.06, 0.05, 0.04, 0.04, 0.03]) ** 2),
        specific_variance=rng.uniform(0.15, 0.45, names) ** 2,
    )


@pytest.fixture(scope="session")
def known_truth() -> FactorRisk:
    """Six factors, 90 names."""
    return _truth(90, 1)


@pytest.fixture(scope="session")
def simulated_history(known_truth: FactorRisk) -> History:
    """Four years of normal daily returns drawn from `known_truth`, largest name first."""
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2012-01-02", "2015-12-31", name="date")
    names = list(known_truth.assets)
    G = known_truth.root() / np.sqrt(252)
    D = np.sqrt(known_truth.specific_variance / 252)
    R = rng.standard_normal((len(days), G.shape[1])) @ G.T + rng.standard_normal((len(days), len(names))) * D
    months = pd.date_range("2011-12-31", "2015-12-31", freq="ME")
    caps = np.tile(np.sort(np.exp(rng.standard_normal(len(names))))[::-1] * 1e10, (len(months), 1))
    return History(
        returns=pd.DataFrame(R, index=days, columns=names),
        caps=pd.DataFrame(caps, index=months, columns=names),
        sectors=pd.Series([SECTORS[i % 4] for i in range(len(names))], index=names),
        book_to_price=pd.DataFrame(rng.uniform(0.1, 1.5, (1, len(names))), index=months[:1], columns=names),
    )
