# %% [markdown]
# Why look outside the large-cap core?
#
# A loss can only be harvested where a single stock falls, so what matters is how single stocks move, how many of them
# an index really holds, and what is left when the account grows old. The embedded market is simulated from a seed and
# calibrated to published facts about large, mid and small US stocks; with your own history, read a market folder
# instead: `read_market_folder(Path("my-market")).market`.

# %%
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from backtest import CapBands, name_turnover, sleeve_indices, standard_sleeves
from backtest.exhibits import concentration, opportunity_left, shares_down, volatility
from backtest.simulated import RECENT_ERA
from taxsleeve.chart_png import png_chart
from taxsleeve.exhibit_charts import exhibit_charts
from taxsleeve.survey import SurveySettings, survey_market

# Twelve years with the large-cap returns of 2014 to 2025; what single stocks do is drawn.
market = replace(RECENT_ERA.market, names=1000).simulate()
bands = CapBands.scaled(750)
print(f"{market.name}: {market.calendar[0].date()} to {market.calendar[-1].date()}, {len(market.assets)} stocks in all")
print(f"large, mid and small end at ranks {bands.last_ranks}")

# %% Sleeves are rules; an index is a rule carried through a market. Buffers keep names where they are.
core = standard_sleeves(bands, styles=False)
indices = sleeve_indices(market, core)
unbuffered = sleeve_indices(market, standard_sleeves(CapBands.scaled(750, buffered=False), styles=False))
for label, found in (("with buffers", indices), ("by rank alone", unbuffered)):
    left = name_turnover(found).groupby("sleeve", sort=False)["left"].mean()
    print(f"names that leave in a year, {label:13s}", "  ".join(f"{k} {v:.1%}" for k, v in left.items()))

# %% Exhibit 1: the index is calm, its stocks are not, and the smaller they are the less.
risk = volatility(indices).groupby("sleeve", sort=False)[["index_volatility", "median_stock_volatility"]].mean()
print(risk.map("{:.1%}".format).to_string())

# %% Exhibit 2: in every year some stocks fall, and more of the smaller ones in most.
down = shares_down(indices).pivot_table(index="year", columns="sleeve", values="share_down")
print(down[["large", "mid", "small"]].map("{:.0%}".format).to_string())
more = (down["small"] > down["large"]).sum()
print(f"more small stocks than large ones were down 5% or more in {more} of {len(down)} years")

# %% Exhibit 3: a large-cap index holds fewer stocks than it lists.
held = concentration(indices).pivot_table(index="year", columns="sleeve", values="effective_number")
first, last = held.iloc[0], held.iloc[-1]
for sleeve in ("large", "mid", "small"):
    print(f"effective number of stocks, {sleeve:5s}: {first[sleeve]:.0f} at the start, {last[sleeve]:.0f} at the end")

# %% Exhibit 4: what is left to harvest of an account that was bought once and left alone.
left = opportunity_left(indices).pivot_table(index="age", columns="sleeve", values="below_cost")
print(left.loc[[1, 5, 10], ["large", "mid", "small"]].map("{:.0%}".format).to_string())

# %% All exhibits, value and growth too, as pictures.
survey = survey_market(market, SurveySettings(bands))
folder = Path(mkdtemp())
for chart in exhibit_charts(survey):
    (folder / f"{chart.name}.png").write_bytes(png_chart(chart))
    print(f"{chart.title}: {folder / chart.name}.png")
