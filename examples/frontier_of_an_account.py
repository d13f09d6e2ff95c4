# %% [markdown]
# What would a wider limit on tracking error be worth to this account today?
#
# One account is solved under several limits, everything else as its mandate says. The picture is the one that
# `taxsleeve rebalance DIR --frontier 0.5%..3%` puts into its report.

# %%
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from optimizer import frontier
from taxsleeve import read_account_folder
from taxsleeve.example_account import write_example
from taxsleeve.figures import frontier_figure

folder = Path(mkdtemp())
write_example(folder / "account", names=150, lots=5, seed=11)
read = read_account_folder(folder / "account")
account, mandate, risk = read.account, read.mandate, read.risk()

# %% Turnover, loss limits and bands stay; where they bind, more tracking error buys nothing, and the line is flat.
line = frontier(account, mandate, risk, np.geomspace(0.005, 0.04, 8).tolist())
columns = ["limit", "tracking_error", "value", "bound", "harvested", "turnover"]
print(line.table.loc[line.table["feasible"], columns].to_string(index=False, float_format="{:,.4f}".format))

# %% The bound says that no list could do better under that limit: how much of each point is proven.
solved = line.table[line.table["feasible"]]
print(f"largest gap to the bound: {((solved['bound'] - solved['value']) / solved['bound'].abs()).max():.3%}")

# %%
figure = frontier_figure(line)
figure.write_html(folder / "frontier.html", include_plotlyjs=True)
print(f"picture: {folder / 'frontier.html'}")
