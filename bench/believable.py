"""Print what the wash-sale rule, the frequency and the use of losses do to a large sleeve, beside the published bands.

    python bench/believable.py --out FOLDER [--start-years 2010,2014,2018] [--years 4] [--names 2000] [--workers 1]

Issue 7 asks that results land in the bands of TAX_RULES, section 3.1, or that it is said why not. First this program
runs `taxsleeve compare` on the 500 largest of the simulated market, in vintages that do not overlap: the optimizer
(tracking error 1%), the threshold rule and the perfect harvest, monthly with the rule on, and then with one thing
changed at a time: the rule off, weekly, daily, losses worth the long-term rate. An interrupted study goes on where it
was. Then the identity: without the rule, a limit on tracking error and costs, no loss is left after any rebalance, and
the optimizer's harvest is that of the perfect one but for what the two portfolios hold. Expect a quarter of an hour.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

# One thread a worker, so that workers do not stand in each other's way; it has to be said before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from backtest import SleeveIndex, sleeve_index  # noqa: E402
from backtest.study import vintage_end, vintage_starts  # noqa: E402
from backtest.vintage import OptimizedHarvest, PerfectHarvest, VintageResult, VintageSettings, run_vintage  # noqa: E402
from optimizer import CashLimit, Costs  # noqa: E402
from risk import FactorRisk  # noqa: E402
from taxsleeve.study_market import simulated_study_market  # noqa: E402
from taxsleeve.study_settings import StudySettings, read_study_settings  # noqa: E402

SWEEPS = ("wash_rule=off", "frequency=weekly,daily", "losses=long_term")
SHOWN = ["tax_alpha", "tax_savings", "losses", "gains", "net_losses", "short_term_share", "realised_te", "relaxed"]


class Flat:
    """A risk model for accounts whose tracking error nobody limits: the market and the same specific risk for all."""

    def __init__(self, assets: list[str]) -> None:
        n = len(assets)
        self._model = FactorRisk(tuple(assets), ("market",), np.ones((n, 1)), np.array([[0.03]]), np.full(n, 0.06))

    def fitted(self, date: pd.Timestamp) -> FactorRisk:  # noqa: ARG002 the same on every day
        """Return the model."""
        return self._model


def study(given: argparse.Namespace) -> None:
    """Run the sweeps into the folder, or what it lacks of them."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from taxsleeve.command_line import main; main()"
    words = ["compare", "--out", str(given.out), "--sleeves", "large", "--quiet"]
    words += ["--strategies", "optimizer,threshold,perfect"]
    for name in ("start_years", "years", "names", "workers"):
        words += [f"--{name.replace('_', '-')}", str(getattr(given, name))]
    for one in SWEEPS:
        words += ["--sweep", one]
    subprocess.run([sys.executable, "-c", code, *words], check=True)  # noqa: S603 - our own command


def show_settings(out: Path) -> None:
    """Means over vintages of every strategy and setting, and each setting over the base."""
    runs = pd.read_parquet(out / "summary.parquet")
    means = runs.groupby(["strategy", "setting"], sort=False)[SHOWN].mean()
    print(f"\nMeans of {runs['funded'].nunique()} vintages of {runs['years'].mean():.0f} years, fractions "
          "(losses and gains of initial capital, whole run; the rest a year; relaxed of rebalances)")  # fmt: skip
    print(means.round(4).to_string())
    for strategy, own in means.groupby(level="strategy"):
        if (strategy, "base") in own.index:
            ratio = own[["tax_alpha", "tax_savings", "losses", "net_losses"]] / own.loc[(strategy, "base")][
                ["tax_alpha", "tax_savings", "losses", "net_losses"]]  # fmt: skip
            print(f"\n{strategy}: over its base, monthly with the rule on")
            print(ratio.droplevel("strategy").round(3).to_string())


def show_bands(out: Path) -> int:
    """Every band beside ours; return how many are missed."""
    table = pd.read_csv(out / "exhibits" / "bands.csv").dropna(subset=["ours"])
    print("\nBands of TAX_RULES, section 3.1")
    for row in table.to_dict("records"):
        print(f"{row['quantity']}: {row['ours']:.3f} ({row['low']:.3f} to {row['high']:.3f}), "
              f"band {row['band_low']:g} to {row['band_high']:g}: {row['verdict']}. {row['of']}")  # fmt: skip
        if row["verdict"] != "inside":
            print(f"    beside it: {row['beside']}")
    return int(table["verdict"].isin(["above", "below"]).sum())


def harvests(index: SleeveIndex, settings: StudySettings) -> pd.DataFrame:
    """Losses, of capital, of the optimizer without limit, rule and costs, and of the perfect harvest, by vintage."""
    optimizer = OptimizedHarvest(limits=(CashLimit(0.0, 0.002),))
    risk, calendar, rows = Flat(index.market.assets.tolist()), index.market.calendar, {}
    for funded in vintage_starts(calendar, settings.start_years):
        until = vintage_end(calendar, funded, settings.years)
        terms = VintageSettings(funded, until, wash_rule=False, costs=Costs(spread_bps=0.0))
        found = run_vintage(index, optimizer, terms, risk)
        bound = run_vintage(index, PerfectHarvest(), terms)
        rows[str(funded)] = {
            "optimizer": harvest(found),
            "perfect": harvest(bound),
            "ratio": harvest(found) / harvest(bound),
            "losses left": losses_left(found),
        }
    return pd.DataFrame(rows).T


def harvest(result: VintageResult) -> float:
    """Losses taken of names of the index, of capital."""
    return -float(result.months["loss harvest"].sum()) / result.settings.capital


def losses_left(result: VintageResult) -> float:
    """Largest loss still unrealised after any rebalance, of capital: a sum over the lots of each close."""
    bought = result.trades[result.trades["side"] == "BUY"].set_index("lot_id")
    closed = result.trades[result.trades["side"] != "BUY"]
    worst, last = 0.0, result.months.index[-1]
    for held, value in zip(result.held, result.months["value"] - result.months["cost"], strict=False):
        lots = bought[bought["date"] <= held.date]
        sold = closed[closed["date"] <= held.date].groupby("lot_id")["shares"].sum()
        shares = lots["shares"] - sold.reindex(lots.index).fillna(0.0)
        lots, shares = lots[shares > 1e-9], shares[shares > 1e-9]
        worth = pd.Series(held.weight * value, index=list(held.assets))
        price = worth / shares.groupby(lots["asset"]).sum()
        loss = (shares * (lots["price"] - lots["asset"].map(price))).clip(lower=0.0)
        worst = max(worst, float(loss.sum())) if held.date < last else worst
    return worst / result.settings.capital


def main() -> int:
    """Run and print; exit 1 where a band is missed or a loss is left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start-years", default="2010,2014,2018")
    parser.add_argument("--years", type=int, default=4)
    parser.add_argument("--names", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    study(given)
    show_settings(given.out)
    missed = show_bands(given.out)
    settings = read_study_settings(given.out / "study.toml")
    assert settings.simulation is not None
    ready = simulated_study_market(settings.simulation)
    found = harvests(sleeve_index(ready.market, ready.sleeves["large"]), settings)
    print("\nWithout the wash-sale rule, limits and costs: losses taken, of capital")
    print(found.to_string(float_format="{:.6f}".format))
    return 1 if missed or (found["losses left"] > 1e-5).any() else 0


if __name__ == "__main__":
    raise SystemExit(main())
