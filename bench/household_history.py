"""What a household saves by moving graduates in kind, against sleeves apart and one mandate, by vintage.

    python bench/household_history.py [--names 300] [--years 5] [--start-years 2010,2012,2014] [--joint 3]
    python bench/household_history.py --market DIR --start-years 2012,2014 --years 5 --models FOLDER

Arms from the same cash, names, dates and taxes, all held against one blend of the sleeves' indices, bought once (at the
shares of capitalisation, or `--shares`) and drifting since:

- apart: each sleeve is its own account and sells what leaves its index; the wash-sale window is one, as the law has it;
- household: what graduates moves in kind, with its lots, to the sleeve whose index it joins;
- one mandate: a single account on the blend under a sleeve's tracking-error limit, and, as "equal risk", under that
  which would give it the household's realised tracking error were limit and realised proportional.

Percent a year of value (saved on losses, less tax on gains, net), gains over initial capital, tracking error realised
(of a sleeve: against its own index), embedded gain over value at the end, wealth sold (initial capital = 1, its last
gain taxed; what was saved meanwhile is not in it), tax alpha sold (what was saved is), what moved over initial capital,
and seconds. Losses are usable at 40.8% and 23.8%. `--joint N` also compares, on N dates of the first vintage, the
sleeves in turn with the joint problem.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pandas as pd  # noqa: E402

from backtest import CapSegment, SleeveIndex, sleeve_index  # noqa: E402
from backtest.household import (  # noqa: E402
    HouseholdResult,
    Member,
    blended_tape,
    capitalisation_shares,
    household_tapes,
    run_household,
)
from backtest.study.executors import LocalExecutor  # noqa: E402
from backtest.study.rated_names import rated_names  # noqa: E402
from backtest.study.risk_cache import RiskCache  # noqa: E402
from backtest.study.risk_models import DatedModels, ModelPlan, fit_models  # noqa: E402
from backtest.study.risk_recipe import RiskRecipe  # noqa: E402
from backtest.study.run_key import RunKey  # noqa: E402
from backtest.study.stored_run import stored_run  # noqa: E402
from backtest.study.vintage_dates import model_dates, vintage_end, vintage_starts  # noqa: E402
from backtest.study_measures.prepared import prepare  # noqa: E402
from backtest.study_measures.summary import run_summary  # noqa: E402
from backtest.vintage import OptimizedHarvest, VintageResult, VintageSettings, run_tape  # noqa: E402
from optimizer import CashLimit, TrackingErrorLimit  # noqa: E402
from optimizer.household import Household, rebalance_household  # noqa: E402
from risk import FactorRisk  # noqa: E402
from taxsleeve.study_market import StudyMarket, folder_market, simulated_study_market  # noqa: E402
from taxsleeve.study_settings import SimulationSettings  # noqa: E402
from taxsleeve_errors import OptimizerError  # noqa: E402

BEFORE = 2  # full years of history for the first risk model
COLUMNS = {
    "net %": ("tax_savings", 100), "losses %": ("saved_on_losses", 100), "gains %": ("tax_on_gains", 100),
    "gains/cap": ("gains", 1), "TE %": ("realised_te", 100), "embedded %": ("embedded_gain", 100),
    "sold": ("terminal_liquidated", 1), "alpha sold %": ("tax_alpha_liquidated", 100), "relaxed %": ("relaxed", 100),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Setting:
    """One vintage: who, when, with which models."""

    indices: Sequence[SleeveIndex]
    terms: VintageSettings
    years: int
    models: DatedModels
    te: float
    shares: Sequence[float] | None
    total: float | None = None


def strategy(te: float) -> OptimizedHarvest:
    """The optimizer at a tracking-error limit."""
    return OptimizedHarvest(limits=(TrackingErrorLimit(te), CashLimit(0.0, 0.002)))


class Watch:
    """Keeps the household of some dates, and solves it both ways."""

    def __init__(self, dates: int, te: float) -> None:
        self._dates, self._te, self._seen = dates, te, 0
        self._kept: list[tuple[Household, FactorRisk]] = []

    def __call__(self, household: Household, risk: FactorRisk | None) -> None:
        """Keep every seventh household, the first purchase not counted, until there are enough."""
        self._seen += 1
        if self._seen % 7 == 0 and len(self._kept) < self._dates and risk is not None:
            self._kept.append((household, risk))

    def report(self) -> None:
        """Print what in turn and jointly are worth and take."""
        for household, risk in self._kept:
            limits = (TrackingErrorLimit(self._te), CashLimit(0.0, 0.002))
            limited = replace(
                household,
                sleeves=tuple(replace(s, mandate=replace(s.mandate, limits=limits)) for s in household.sleeves),
            )
            words = [f"{household.as_of}:"]
            for way, jointly in (("in turn", False), ("joint", True)):
                started = time.process_time()
                try:
                    result = rebalance_household(limited, risk, jointly=jointly)
                except OptimizerError as error:
                    words.append(f"{way}: {error} |")
                    continue
                gains = sum(o.gross_gains for o in result.check.outcomes.values())
                bound = f", bound {result.certificate.bound:,.0f}" if jointly else ""
                words.append(
                    f"{way} value {result.certificate.value:,.0f}, tax {result.tax_value:,.0f}, gains {gains:,.0f}"
                    f"{bound}, by {result.how}, {time.process_time() - started:.1f} s |"
                )
            print("  " + " ".join(words).removesuffix(" |"), flush=True)


def measured(result: VintageResult, years: int) -> dict[str, float]:
    """Measures of an account, or of a household as one."""
    key = RunKey("household", result.settings.funded, result.strategy, "base")
    stored = stored_run(key, result, years, {})
    return run_summary(prepare(stored.months, stored.facts))


def vintage(setting: Setting, watch: Watch | None) -> pd.DataFrame:
    """Run the arms of one vintage; a row each."""
    tapes = household_tapes(setting.indices, setting.terms)
    shares = capitalisation_shares(setting.indices, tapes[0])
    if setting.shares is not None:
        shares = dict(zip(shares, setting.shares, strict=True))
    members = [Member(index, strategy(setting.te), shares[index.name]) for index in setting.indices]
    rows: dict[str, dict[str, float]] = {}
    for arm, transfers in (("apart", False), ("household", True)):
        started = time.process_time()
        result = run_household(
            members,
            setting.terms,
            setting.models,
            tracking_error=setting.total,
            transfers=transfers,
            on_rebalance=watch if transfers else None,
        )
        rows[arm] = measured(result.total, setting.years) | {"moved": moved(result), "s": time.process_time() - started}
        for name, own in result.sleeves.items():
            rows[f"  {name} ({shares[name]:.0%}), {arm}"] = measured(own, setting.years)
    blend = blended_tape(tapes, [shares[index.name] for index in setting.indices])
    equal = setting.te * rows["household"]["realised_te"]
    for arm in ("one mandate", "equal risk"):
        te = setting.te if arm == "one mandate" else equal / rows["one mandate"]["realised_te"]
        started = time.process_time()
        rows[arm] = measured(run_tape(blend, strategy(te), setting.terms, setting.models), setting.years)
        rows[arm] |= {"s": time.process_time() - started}
    return pd.DataFrame(rows).T


def moved(result: HouseholdResult) -> float:
    """Dollars of lots moved in kind over the initial capital."""
    lots = result.transfers[result.transfers["kind"] == "lot"]
    return float(lots["amount"].sum()) / result.total.settings.capital


def shown(table: pd.DataFrame) -> str:
    """Lay the figures of a vintage out."""
    frame = pd.DataFrame({title: table[name] * scale for title, (name, scale) in COLUMNS.items()})
    frame = frame.assign(moved=table["moved"], s=table["s"])
    return frame.to_string(float_format=lambda x: f"{x:.2f}", na_rep="-")


def market_of(options: argparse.Namespace) -> StudyMarket:
    """The market folder, or the simulated market from two years before the first vintage."""
    if options.market is not None:
        return folder_market(options.market)
    first, last = min(options.start_years), max(options.start_years)
    span = last - first + options.years + BEFORE
    start = dt.date(first - BEFORE, 1, 1)
    return simulated_study_market(SimulationSettings(names=options.names, start=start, years=span, seed=options.seed))


def sleeve_of(studied: StudyMarket, name: str, *, buffers: bool) -> SleeveIndex:
    """Carry a sleeve through the market, cut by rank alone where there shall be no buffers."""
    sleeve = studied.sleeves[name]
    if not buffers and isinstance(sleeve.members, CapSegment):
        bands = sleeve.members.bands
        sleeve = replace(
            sleeve, members=replace(sleeve.members, bands=replace(bands, buffers=(0.0,) * len(bands.names)))
        )
    return sleeve_index(studied.market, sleeve)


def _rated(indices: Sequence[SleeveIndex], years: int, date: pd.Timestamp) -> pd.Index[str]:
    return rated_names(indices, date, years)


def models_of(
    studied: StudyMarket, terms: Sequence[VintageSettings], options: argparse.Namespace, folder: Path
) -> DatedModels:
    """Models of all dates, rated on the names of all three segments; those that the folder has are not fitted again."""
    if studied.history is None:
        raise SystemExit("the market is not daily: no risk models")
    indices = [sleeve_of(studied, name, buffers=options.buffers) for name in ("large", "mid", "small")]
    dates = sorted({day for one in terms for day in model_dates(studied.market.calendar, one.funded, one.until)})
    rated = partial(_rated, indices, options.years)
    plan = ModelPlan(studied.history, RiskRecipe(), rated, RiskCache(folder))
    started = time.process_time()
    models = fit_models(plan, dates, LocalExecutor(1), lambda *_: None)
    print(f"{len(models.paths)} risk models in {time.process_time() - started:.0f} s", flush=True)
    return models


def arguments() -> argparse.Namespace:
    """Read the options."""

    def numbers(text: str) -> list[int]:
        return [int(part) for part in text.split(",")]

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--market", type=Path, help="market folder; without it the market is simulated")
    parser.add_argument("--names", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--start-years", type=numbers, default=[2010, 2012, 2014])
    parser.add_argument("--sleeves", type=lambda text: text.split(","), default=["large", "mid", "small"])
    parser.add_argument("--shares", type=lambda text: [float(part) for part in text.split(",")],
                        help="of the money in each sleeve; without it by capitalisation")  # fmt: skip
    parser.add_argument("--no-buffers", dest="buffers", action="store_false", help="cut segments by rank alone")
    parser.add_argument("--te", type=float, default=0.01, help="tracking-error limit of every sleeve")
    parser.add_argument("--total", type=float, help="limit on the tracking error of all sleeves together")
    parser.add_argument("--models", type=Path, help="folder in which risk models are kept")
    parser.add_argument("--joint", type=int, default=0, help="dates on which in turn and jointly are compared")
    return parser.parse_args()


def main() -> None:
    """Print a table a vintage, and the mean."""
    options = arguments()
    studied = market_of(options)
    print(
        f"{studied.market.name}; sleeves {', '.join(options.sleeves)}; limit {options.te:.2%}; {options.years} years"
        + ("" if options.buffers else "; cut by rank alone")
    )
    calendar = studied.market.calendar
    starts = vintage_starts(calendar, options.start_years)
    terms = [VintageSettings(start, vintage_end(calendar, start, options.years)) for start in starts]
    watch = Watch(options.joint, options.te) if options.joint else None
    with tempfile.TemporaryDirectory() as folder:
        models = models_of(studied, terms, options, options.models or Path(folder))
        indices = [sleeve_of(studied, name, buffers=options.buffers) for name in options.sleeves]
        tables = []
        for one in terms:
            setting = Setting(indices, one, options.years, models, options.te, options.shares, options.total)
            tables.append(vintage(setting, watch))
            print(f"\nfunded {one.funded}\n{shown(tables[-1])}", flush=True)
            if watch is not None:
                print("in turn (graduates first where better) against jointly:")
                watch.report()
                watch = None
    mean = pd.concat([table.loc[["apart", "household", "one mandate", "equal risk"]] for table in tables])
    print(f"\nmean of {len(tables)} vintages\n{shown(mean.groupby(level=0, sort=False).mean())}")


if __name__ == "__main__":
    main()
