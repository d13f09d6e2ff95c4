# %% [markdown]
# How much to each sleeve?
#
# Harvesting pays differently in large and small caps, so the best mix after tax need not be the best before. Here a
# small study is run on a simulated market, and mixes of its sleeves are carried through its vintages: tax saved and
# dividends go to what is underweight, a sleeve is sold down only beyond a band, and at the end all is sold.
# `taxsleeve compare --out STUDY` and `taxsleeve allocate STUDY --out ALLOCATION` do the same on any market.

# %%
import datetime as dt
from pathlib import Path
from tempfile import mkdtemp

from backtest import CapBands, standard_sleeves
from backtest.allocation import AllocationChoices, Ending, Mix, Policy, View, allocation_study
from backtest.simulated import SimulatedMarket
from backtest.study import BASE, MemoryStore, StudyPlan, StudySetting, run_study, vintage_starts
from backtest.study_measures import Resampling
from backtest.vintage import ThresholdHarvest, VintageSettings
from taxsleeve.allocate_answer import allocation_answer
from taxsleeve.allocate_report import allocation_report

market = SimulatedMarket(names=200, years=7, start=dt.date(2014, 1, 1), seed=3).simulate()
sleeves = {sleeve.name: sleeve for sleeve in standard_sleeves(CapBands.scaled(150), styles=False)}

# %% Four vintages of three years; a plain threshold rule harvests, so that no risk model is needed.
funded = vintage_starts(market.calendar, (2015, 2016, 2017, 2018))
terms = VintageSettings(funded=funded[0], until=market.calendar[-1].date())
plan = StudyPlan(("large", "small"), funded, 3, {"threshold": ThresholdHarvest(0.05)}, {BASE: StudySetting(terms)})
runs = list(run_study(market, sleeves, plan, MemoryStore()).runs.values())

# %% The study: sold at the end, a band of five points, and a mix of one's own beside the frontier.
choices = AllocationChoices(
    sleeves=("large", "small"),
    strategy="threshold",
    setting=BASE,
    policy=Policy(band=0.05, contribution=0.05, ending=Ending.LIQUIDATION),
    own=(Mix.of({"large": 0.7, "small": 0.3}, ("large", "small")),),
    resampling=Resampling(draws=500),
)
study = allocation_study(runs, choices)
for sentence in allocation_answer(study):
    print(sentence)

# %% What nothing beats, before and after tax. Four vintages that overlap prove little: see the intervals.
shown = ["view", "mix", "return", "return_low", "return_high", "volatility", "over", "over_low", "over_high"]
print(study.frontier[shown].to_string(index=False, float_format="{:.4f}".format))

# %% What rebalancing was worth, against the same mix left alone.
kept = study.keeping[["name", "way", "return", "over_never", "over_never_low", "over_never_high", "sold", "sale_tax"]]
print(kept.to_string(index=False, float_format="{:.4f}".format))

# %% Tax alpha by mix: harvested accounts less index funds in the same mix.
after = study.simulated.outcomes[View.HARVESTED].annual - study.simulated.outcomes[View.FUND].annual
for name, place in study.simulated.single.items():
    print(f"{name}: {after[:, place].mean():.2%} a year, vintage by vintage {after[:, place].round(4).tolist()}")

# %% The whole story on a page.
page = Path(mkdtemp()) / "report.html"
page.write_text(allocation_report(study, (), market.name), encoding="utf-8")
print(page)
