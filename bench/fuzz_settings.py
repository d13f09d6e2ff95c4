"""account.toml of random and adversarial accounts: every setting, each drawn by itself."""

from __future__ import annotations

import datetime as dt

import numpy as np

__all__ = ["AS_OF", "settings_text", "taxes_text"]

AS_OF = dt.date(2024, 6, 28)
_HARD = (  # name, choices, how often given
    ("tracking_error", (0.01, 0.03, 0.06, 0.3), 0.7),
    ("loss_per_name", (0.0, 0.001, 0.0025, 0.01, 1.0), 0.5),
    ("turnover", (0.05, 0.3, 0.6, 2.0), 0.6),
    ("active_weight", (0.01, 0.03, 0.1, 0.5), 0.5),
    ("sector_active", (0.03, 0.1, 0.4), 0.4),
    ("beta_active", (0.02, 0.1), 0.3),
    ("liquidity", (0.0, 0.05, 0.3), 0.3),
    ("realized_gain", (0.0, 0.002, 0.01), 0.25),
    ("realized_gain_short", (0.0, 0.002, 0.01), 0.2),
    ("realized_gain_long", (0.0, 0.002, 0.01), 0.2),
    ("net_gain", (-0.005, 0.0, 0.01), 0.15),
    ("net_gain_short", (-0.005, 0.0, 0.01), 0.1),
    ("net_gain_long", (-0.005, 0.0, 0.01), 0.1),
)
_CONTRADICTORY = (
    "tracking_error = 0.0001\nturnover = 0.0001",
    "active_weight = 0.0\nloss_per_name = 0.0\nturnover = 0.001",
    "cash = [0.9, 1.0]\ntracking_error = 0.01",
    "cash = [0.0, 0.0]\nmin_trade = 0.5",
    "net_gain = -1.0\nrealized_gain = 0.0",
    "net_gain_short = -0.2\nnet_gain_long = -0.2\nnet_gain = -0.5",
    "names = [59, 60]\nturnover = 0.01",
    "names = [0, 1]\ntracking_error = 0.01",
    "sector_active = 0.0\nbeta_active = 0.0\nfactor_active = { size = 0.0 }\nstrict = true",
)


def settings_text(
    rng: np.random.Generator,
    nav: float,
    cash: float,
    flow: float,
    *,
    contradictory: bool,
    taxes: str | None = None,
    limits: str | None = None,
) -> str:
    """Draw the text of account.toml for an account that is worth `nav`; taxes and limits where they are not given."""
    if limits is None or contradictory:
        limits = _contradictory_limits(rng) if contradictory else _limits(rng)
    fractional = "true" if rng.random() < 0.35 else "false"
    budgets = ("realized_gain", "net_gain")
    transition = any(line.startswith(budgets) for line in limits.splitlines()) and rng.random() < 0.2
    sections = [
        f"as_of = {AS_OF}\ncash = {cash!r}\ncash_flow = {flow!r}\n",
        "[taxes]\n" + (taxes_text(rng, nav) if taxes is None else taxes),
        "[limits]\n" + limits,
        "[costs]\n" + _costs(rng),
        f"[shares]\nfractional = {fractional}\n",
        f"[objective]\nalpha_horizon = {rng.choice([0.0, 1.0])}\ntransition = {str(transition).lower()}\n",
    ]
    return "\n".join(sections)


def _contradictory_limits(rng: np.random.Generator) -> str:
    return f"{rng.choice(_CONTRADICTORY)}\n"


def _limits(rng: np.random.Generator) -> str:
    lines, soft = [], []
    part = rng.choice([0.4, 1.0])
    for name, values, share in _HARD:
        if rng.random() < part * share:
            lines.append(f"{name} = {rng.choice(values)}")
            if rng.random() < 0.15:
                soft.append(f"{name} = {rng.choice([0.001, 0.02, 0.3])}")
    if rng.random() < 0.2:
        lines.append("factor_active = { size = 0.2, market = 0.1 }")
    if rng.random() < 0.5:
        lines.append(f"cash = {rng.choice(['[0.0, 0.03]', '[0.001, 0.01]', '[0.0, 0.2]', '[0.0, 1.0]', '[0.0, 0.5]'])}")
    if rng.random() < 0.4:
        lines.append(f"min_trade = {rng.choice([0.0001, 0.001, 0.02])}")
    if rng.random() < 0.2:
        least = int(rng.integers(0, 10))
        lines.append(f"names = [{least}, {least + int(rng.integers(0, 50))}]")
    if rng.random() < 0.25:
        lines.append(f"harvest_threshold = {rng.choice([0.0, 0.05, 0.5])}\nminimum_loss = {rng.choice([0.0, 100.0])}")
    lines.append(f"strict = {'true' if rng.random() < 0.15 else 'false'}")
    if soft:
        lines.append(f"soft = {{ {', '.join(soft)} }}")
    return "\n".join(lines) + "\n"


def taxes_text(rng: np.random.Generator, nav: float) -> str:
    """Draw the section of taxes, for money that is worth `nav`."""
    filed = rng.random() < 0.2
    lines = ['filing = "joint"\nincome = 900_000\nyear = 2024\nstate = 0.05'] if filed else []
    lines += (
        [] if filed else [f"short_term = {rng.choice([0.408, 0.238, 0.0])}\nlong_term = {rng.choice([0.238, 0.15])}"]
    )
    if rng.random() < 0.4:
        short, long, carried = (float(x) for x in np.round(nav * np.abs(rng.normal(0, 0.01, 3)), 2))
        sign = rng.choice([-1, 1], 2)
        lines.append(
            f"year_to_date = {{ short = {sign[0] * short}, long = {sign[1] * long}, "
            f"carry_short = {rng.choice([0.0, carried])}, carry_long = 0.0 }}"
        )
        lines.append(f'losses = "{rng.choice(["netting", "unlimited", "long_term"])}"')
        lines.append(f'harvest = "{rng.choice(["everything", "offsets"])}"')
    elif rng.random() < 0.3:
        lines.append('losses = "long_term"')
    if rng.random() < 0.4:
        lines.append('partly_washed = "price"')
    if rng.random() < 0.2:
        lines.append("deferral = { rate = 0.238, years = 10, discount_rate = 0.05 }")
    return "\n".join(lines) + "\n"


def _costs(rng: np.random.Generator) -> str:
    spread, commission = rng.choice([0.0, 5.0, 80.0]), rng.choice([0.0, 0.0, 2.5])
    return f"spread_bps = {spread}\ncommission = {commission}\nimpact = {rng.choice([0.0, 0.0, 1.0])}\n"
