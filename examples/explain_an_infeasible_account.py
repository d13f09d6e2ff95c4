# %% [markdown]
# Why is there no trade list, and which limit has to give way?
#
# A mandate can ask for what cannot be had: here an account far from its benchmark is to come within a narrow tracking
# error with hardly any turnover. The program refuses, names what contradicts what, and tries every way out before it
# offers it. `taxsleeve rebalance` prints the same sentence and exits with status 3.

# %%
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import plotly.graph_objects as go

from optimizer import TrackingErrorLimit, TurnoverLimit, diagnose
from taxsleeve import InfeasibleError, read_account_folder, rebalance
from taxsleeve.example_account import write_example

folder = Path(mkdtemp())
write_example(folder / "account", names=60, lots=3, seed=5)
read = read_account_folder(folder / "account")
account, risk = read.account, read.risk()
mandate = replace(read.mandate, limits=(TrackingErrorLimit(0.002), TurnoverLimit(0.02)))

# %% Nothing is traded and nothing is guessed: there is an error instead of a list.
try:
    rebalance(account, mandate, risk)
except InfeasibleError as error:
    print(f"refused: {error}")

# %% The answer in one sentence, and the numbers behind it; each of them was rebalanced with.
diagnosis = diagnose(account, mandate, risk)
print(diagnosis.sentence)
print("in conflict:", ", ".join(setting.name for setting in diagnosis.conflict))
for way in diagnosis.alone:
    limit = way.setting
    print(f"{limit.name}: {limit.value} -> {'no value of it alone helps' if way.to is None else f'{way.to:.6g}'}")

# %% With the advice taken there is a list. What each limit then is worth is another question (`result.prices`).
amounts = {way.setting.name: way.to for way in diagnosis.alone if way.to is not None}
ways = {
    "tracking error alone": (TrackingErrorLimit(amounts.get("tracking_error", 0.002)), TurnoverLimit(0.02)),
    "turnover alone": (TrackingErrorLimit(0.002), TurnoverLimit(amounts.get("turnover", 0.02))),
}
harvested = {}
for name, limits in ways.items():
    try:
        result = rebalance(account, replace(mandate, limits=limits), risk)
    except InfeasibleError:
        continue
    outcome = result.check.outcome
    harvested[name] = float(outcome.losses.sum())
    print(
        f"{name}: tracking error {outcome.tracking_error_after:.3%}, turnover {outcome.turnover:.2%}, "
        f"harvested ${harvested[name]:,.0f}"
    )

# %%
figure = go.Figure(go.Bar(x=list(harvested), y=list(harvested.values())))
figure.update_layout(yaxis_title="losses harvested, dollars", title="What each way out leaves to harvest")
figure.write_html(folder / "ways_out.html", include_plotlyjs=True)
print(f"picture: {folder / 'ways_out.html'}")
