# %% [markdown]
# What is a wider limit on tracking error worth?
#
# The wider the limit, the more losses can be taken, and the further the account may stray. One sleeve is run through
# the same years under several limits: tax alpha against the limit, and against the tracking error that came of it.
# `taxsleeve frontier` does this for all sleeves and many vintages; `taxsleeve rebalance DIR --frontier 0.25%..3%` is
# the same question for today's account.

# %%
import datetime as dt
from pathlib import Path
from tempfile import mkdtemp

from backtest import CapBands, standard_sleeves
from backtest.simulated import SimulatedMarket
from backtest.study import BASE, MemoryStore, RiskModels, StudyPlan, StudySetting, run_study, vintage_starts
from backtest.study_measures import study_tables
from backtest.vintage import OptimizedHarvest, VintageSettings
from optimizer import CashLimit, TrackingErrorLimit
from risk.evaluate import History
from taxsleeve.chart_png import png_chart
from taxsleeve.study_charts import study_charts

LIMITS = (0.005, 0.01, 0.02, 0.04)

market = SimulatedMarket(names=260, years=6, start=dt.date(2014, 1, 1), seed=3).simulate()
sleeves = {sleeve.name: sleeve for sleeve in standard_sleeves(CapBands.scaled(200), styles=False)}

# %% One strategy a limit; the fact `te_limit` is what the frontier is laid out by.
strategies = {
    f"optimizer {limit:.1%}": OptimizedHarvest(
        limits=(TrackingErrorLimit(limit), CashLimit(0.0, 0.002)), checked=False, name=f"optimizer {limit:.1%}"
    )
    for limit in LIMITS
}
funded = vintage_starts(market.calendar, (2016,))
terms = VintageSettings(funded=funded[0], until=market.calendar[-1].date())
facts = {name: {"te_limit": limit} for name, limit in zip(strategies, LIMITS, strict=True)}
plan = StudyPlan(("large",), funded, 2, strategies, {BASE: StudySetting(terms, facts=facts)})

# %%
folder = Path(mkdtemp())
history = History(market.returns.iloc[1:], market.caps, market.securities["sector"], market.book_to_price, market.adv)
study = run_study(market, sleeves, plan, MemoryStore(), RiskModels(history, folder / "models"))
tables = study_tables(list(study.runs.values()))
line = tables.frontier[["te_limit", "tax_alpha", "tax_savings", "losses", "gains", "predicted_te", "realised_te"]]
print(line.to_string(index=False, float_format="{:.4f}".format))

# %%
for chart in study_charts(tables):
    if chart.name.startswith("frontier"):
        (folder / f"{chart.name}.png").write_bytes(png_chart(chart))
        print(f"{chart.title}: {folder / chart.name}.png")
