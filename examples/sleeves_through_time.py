# %% [markdown]
# Does harvesting save more outside the large-cap core?
#
# The very optimizer that makes a live account's trades is run through history, month by month: accounts funded in
# different years, one for each sleeve, each with a passive twin that holds the same index without regard to tax. The
# market here is small and simulated from a seed, so that the story takes a minute; `taxsleeve compare --market DIR`
# tells it of your own data, with all its vintages and files. A smaller sleeve loses more, and sells its graduates at
# gains: what counts is what is left after those.

# %%
import datetime as dt
from pathlib import Path
from tempfile import mkdtemp

from backtest import CapBands, standard_sleeves
from backtest.simulated import SimulatedMarket
from backtest.study import BASE, MemoryStore, RiskModels, StudyPlan, StudySetting, run_study, vintage_starts
from backtest.study_measures import study_tables
from backtest.vintage import OptimizedHarvest, PassiveReplication, VintageSettings
from optimizer import CashLimit, TrackingErrorLimit
from risk.evaluate import History
from taxsleeve.chart_png import png_chart
from taxsleeve.study_charts import study_charts

market = SimulatedMarket(names=260, years=6, start=dt.date(2014, 1, 1), seed=3).simulate()
sleeves = {sleeve.name: sleeve for sleeve in standard_sleeves(CapBands.scaled(200), styles=False)}
print(f"{market.name}: {market.calendar[0].date()} to {market.calendar[-1].date()}, {len(market.assets)} stocks in all")

# %% A plan: sleeves x vintages x strategies. Dates of the terms are filled in vintage by vintage.
funded = vintage_starts(market.calendar, (2016, 2017))
terms = VintageSettings(funded=funded[0], until=market.calendar[-1].date())
optimizer = OptimizedHarvest(limits=(TrackingErrorLimit(0.02), CashLimit(0.0, 0.002)), checked=False)
plan = StudyPlan(
    sleeves=("large", "small"),
    funded=funded,
    years=2,
    strategies={"optimizer": optimizer, "passive": PassiveReplication()},
    settings={BASE: StudySetting(terms)},
)

# %% Risk models are fitted point in time, once a month for all accounts, and kept in a folder.
folder = Path(mkdtemp())
history = History(market.returns.iloc[1:], market.caps, market.securities["sector"], market.book_to_price, market.adv)
study = run_study(market, sleeves, plan, MemoryStore(), RiskModels(history, folder / "models"))
print(f"{len(study.runs)} accounts run, {len(study.failed)} failed")

# %% Losses alone flatter: what counts is net of the gains that index changes and risk force on an account.
tables = study_tables(list(study.runs.values()))
shown = ["sleeve", "funded", "strategy", "losses", "gains", "net_losses", "tax_savings", "predicted_te", "realised_te"]
print(
    tables.summary[shown]
    .assign(funded=tables.summary["funded"].astype(str))
    .to_string(index=False, float_format="{:.3f}".format)
)

# %% Two overlapping vintages prove nothing, and the table says so: an interval beside every mean.
own = tables.distribution[tables.distribution["measure"] == "tax_savings"]
print(own[["sleeve", "strategy", "mean", "low", "high", "vintages", "independent"]].to_string(index=False))

# %% Every exhibit as a picture.
for chart in study_charts(tables):
    (folder / f"{chart.name}.png").write_bytes(png_chart(chart))
    print(f"{chart.title}: {folder / chart.name}.png")
