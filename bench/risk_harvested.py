"""Print what risk models promised of portfolios that a harvesting optimizer held, and what happened to them.

    python bench/risk_harvested.py [MARKET] [--sleeves large,mid,small] [--funded 2010-12] [--until 2019-12]
        [--models fundamental,plain] [--keep FOLDER] [--out FOLDER]

MARKET is a market folder, by default ../shared/data/us_equities beside the project (not part of it). An account is
funded in cash on the last trading day of the month `--funded` (several with commas), and `optimizer.rebalance`
harvests it monthly at 1% tracking error by the very model that is judged, fitted on the 504 days before each rebalance:
the fundamental one with its defaults, or the plain statistical one of 20 principal components. Names of the 1,500
largest and all that were ever in a sleeve are rated. `--keep` stores fitted models, so that a second run need not fit
them.

Returns that no price can have made (`risk.evaluate.repair_returns`) are taken out of prices first, for both the account
and the judgement. 108 months of one account put a standard error of about 0.07 on its monthly bias, 0.02 to 0.03 on
its daily ratio.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# One thread, so that figures can be compared; it has to be said before numpy is loaded.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from backtest import Market, SleeveIndex, mended_prices, sleeve_index, standard_sleeves  # noqa: E402
from backtest.vintage import (  # noqa: E402
    FittedRisk,
    OptimizedHarvest,
    RiskSource,
    VintageResult,
    VintageSettings,
    fundamental,
    run_vintage,
    statistical,
)
from risk import FactorRisk, StatisticalRiskModel  # noqa: E402
from risk.evaluate import HeldPeriod, History, held_bias  # noqa: E402
from taxsleeve.market_files import read_market_folder  # noqa: E402

DEFAULT = ROOT.parent / "shared" / "data" / "us_equities"
FITS = {"fundamental": fundamental(), "plain": statistical(StatisticalRiskModel(n_factors=20, loading_error=False))}


@dataclass(frozen=True, eq=False)
class Kept:
    """A source whose models are kept in a folder."""

    source: RiskSource
    folder: Path

    def fitted(self, date: pd.Timestamp) -> FactorRisk:
        """Load the model of a day, or fit and save it."""
        path = self.folder / f"{date.date()}.npz"
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            self.source.fitted(date).save(path)
        return FactorRisk.load(path)


def rated(market: Market, indices: Mapping[str, SleeveIndex], date: pd.Timestamp) -> pd.Index[str]:
    """Names of the 1,500 largest and all that were ever in a sleeve."""
    ever = np.zeros(len(market.assets), dtype=bool)
    for index in indices.values():
        ever |= (index.targets.loc[:date].to_numpy() > 0).any(axis=0)
    largest = market.caps_at(date).where(market.listed_at(date)).nlargest(1500).index
    return market.assets[ever].union(largest)


def periods(result: VintageResult, history: History, portfolio: str) -> list[HeldPeriod]:
    """Months held, with the returns that followed; the first, when cash was invested, is no harvested portfolio."""
    return [
        HeldPeriod(h.date.date(), portfolio, h.active, h.tracking_error, history.realised(h.date, h.assets))
        for h in result.held[1:]
    ]


def show(result: VintageResult) -> None:
    """Say in lines what the account did, so that nobody takes a passive one for a harvested one."""
    months = result.months
    traded = months.iloc[:-1]
    capital = result.settings.capital
    years = ((months.index - months.index[0]).days // 365.25).astype(int)
    losses = (-(months["loss_short"] + months["loss_long"])).groupby(years).sum() / capital
    gains = (months["gain_short"] + months["gain_long"]).groupby(years).sum() / capital
    net = float((gains - losses).sum())
    print(f"losses by year over capital {losses.round(3).tolist()}")
    print(f"gains by year over capital  {gains.round(3).tolist()}; net over all {net:+.2f}")
    active = result.days["account"] - result.days["benchmark"]
    growth = np.log1p(result.days[["account", "benchmark"]]).sum() * 252 / len(result.days)
    tilt = growth["account"] - growth["benchmark"]
    relaxed = traded["relaxed"]
    print(
        f"realised tracking error {active.std() * 252**0.5:.4f}, a year ahead by {tilt:+.4f}, "
        f"turnover a year {12 * traded['turnover'].iloc[1:].mean():.2f}, "
        f"limit wider in {(relaxed > 1).sum()} of {len(traded)} months (at most {relaxed.max():.2f} times), "
        f"active weight not rated {traded['unrated'].mean():.4f}, locked {traded['locked'].iloc[-1]:.2f}"
    )


def main() -> int:
    """Run, print and say how long it took."""
    arguments = _arguments()
    if not (arguments.market / "market.toml").is_file():
        print(f"{arguments.market}: no market folder there (no market.toml). The data are not part of the project;")
        print("give the path of a market folder as FORMATS describes it.")
        return 0
    folder = read_market_folder(arguments.market)
    history = folder.history()
    market = mended_prices(folder.market, history.repairs)
    print(f"{folder.name}: {len(history.repairs)} returns taken out as implausible")
    indices = {s.name: sleeve_index(market, s) for s in standard_sleeves(styles=False) if s.name != "all"}
    for model in arguments.models.split(","):
        source: RiskSource = FittedRisk(history, FITS[model], lambda date: rated(market, indices, date))
        if arguments.keep:
            source = Kept(source, arguments.keep / model)
        for sleeve in arguments.sleeves.split(","):
            _judge(indices[sleeve], source, history, model, arguments)
    return 0


def _judge(index: SleeveIndex, source: RiskSource, history: History, model: str, arguments: argparse.Namespace) -> None:
    held: list[HeldPeriod] = []
    for funded in arguments.funded.split(","):
        start = dt.date.fromisoformat(f"{funded}-01")
        until = index.market.calendar[index.market.position(arguments.until + pd.offsets.MonthEnd(0))].date()
        started = time.process_time()
        result = run_vintage(index, OptimizedHarvest(), VintageSettings(start, until), source)
        print(f"\n{index.name}, {model}, funded {funded}: {time.process_time() - started:,.0f} s of computing")
        show(result)
        held += periods(result, history, funded)
        if arguments.out:
            arguments.out.mkdir(parents=True, exist_ok=True)
            result.months.to_csv(arguments.out / f"{index.name} {model} {funded}.csv")
    print(held_bias(held).to_string(float_format=lambda x: f"{x:.4f}" if x < 0.05 else f"{x:.3f}"), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("market", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--sleeves", default="large,mid,small")
    parser.add_argument("--funded", default="2010-12")
    parser.add_argument("--until", type=lambda text: pd.Timestamp(f"{text}-01"), default=pd.Timestamp("2019-12-01"))
    parser.add_argument("--models", default="fundamental,plain")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
