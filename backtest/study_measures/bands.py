"""Bands in which a believable backtest lands, and where ours lands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from backtest.study_measures.runs import Group, MeasuredRuns

__all__ = ["BANDS", "Band", "Found", "bands"]


@dataclass(frozen=True)
class Found:
    """Ours, for a band.

    Parameters
    ----------
    value, low, high : float
        With the interval, NaN where it has none; `value` is NaN where no run answers.
    said : str
        What it is of, or why there is none.
    """

    value: float
    said: str
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True, eq=False)
class Tables:
    """What bands are looked up in."""

    runs: MeasuredRuns
    spread: pd.DataFrame
    years: pd.DataFrame
    sweep: pd.DataFrame


@dataclass(frozen=True)
class Band:
    """One band.

    Parameters
    ----------
    quantity : str
    low, high : float
    source : str
    find : callable
        Maps tables and the group asked to what is ours.
    sleeve : str
        To which it applies.
    gross : bool
        Whether the band is of gross losses, which say nothing of the gains beside them.
    why : str
        Said where ours is not in it: what of the source's setup is not ours.
    """

    quantity: str
    low: float
    high: float
    source: str
    find: Callable[[Tables, Group], Found]
    sleeve: str = "large"
    gross: bool = False
    why: str = ""


def bands(runs: MeasuredRuns, spread: pd.DataFrame, years: pd.DataFrame, settings: pd.DataFrame) -> pd.DataFrame:
    """Set ours beside every band, for the main strategy and the base setting.

    Parameters
    ----------
    runs : MeasuredRuns
    spread, years, settings : DataFrame
        `distribution`, `year_means` and `sweep` of the same runs.

    Returns
    -------
    DataFrame
        `quantity, sleeve, band_low, band_high, ours, low, high, verdict` ("inside"; "within error" where only the
        interval reaches the band; "below", "above"; "no run"), `of` (what ours is of), `beside` (what must be known
        beside it: gains next to gross losses, tracking error, settings that the band does not share), `source`.
    """
    tables = Tables(runs, spread, years, settings)
    rows = []
    for band in BANDS:
        group = (band.sleeve, runs.main, runs.base)
        known = group in runs.contributions
        ours = band.find(tables, group) if known else Found(np.nan, f"no run of the sleeve {band.sleeve}")
        verdict = _verdict(band, ours)
        rows.append(
            {
                "quantity": band.quantity,
                "sleeve": band.sleeve,
                "band_low": band.low,
                "band_high": band.high,
                "ours": ours.value,
                "low": ours.low,
                "high": ours.high,
                "verdict": verdict,
                "of": ours.said,
                "beside": _beside(tables, group, band, verdict) if known and verdict != "no run" else "",
                "source": band.source,
            }
        )
    return pd.DataFrame(rows)


def _verdict(band: Band, ours: Found) -> str:
    if not np.isfinite(ours.value):
        return "no run"
    if band.low <= ours.value <= band.high:
        return "inside"
    if np.isfinite(ours.low) and ours.low <= band.high and ours.high >= band.low:
        return "within error"
    return "below" if ours.value < band.low else "above"


def _beside(tables: Tables, group: Group, band: Band, verdict: str) -> str:
    own = tables.runs.of(group)
    parts = []
    if band.gross:
        net = own["net_losses"].mean()
        parts.append(f"gains of {own['gains'].mean():.0%} of capital beside losses of {own['losses'].mean():.0%}, "
                     f"net {net:.0%}, over the whole run")  # fmt: skip
    if verdict not in ("inside", "no run"):
        limit = float(own["te_limit"].iloc[0]) if "te_limit" in own else np.nan
        held = f"tracking error {own['realised_te'].mean():.2%} realised"
        parts.append(held + (f" (limit {limit:.2%})" if np.isfinite(limit) else ""))
        vintages = f"{_vintages(len(own))} of {own['years'].mean():.1f} years"
        parts.append(f"index {own['index_return'].mean():.1%} a year in our {vintages}")
        if "short_term" in own:
            parts.append(f"rates {float(own['short_term'].iloc[0]):.1%} / {float(own['long_term'].iloc[0]):.1%}")
        parts += [band.why] if band.why else []
    return "; ".join(parts)


def _vintages(count: int) -> str:
    return "1 vintage" if count == 1 else f"{count} vintages"


def _of_year(name: str, first: int, last: int) -> Callable[[Tables, Group], Found]:
    def find(tables: Tables, group: Group) -> Found:
        own = _group(tables.years, group)
        rows = own[(own["measure"] == name) & own["year"].between(first, last)]
        if len(rows) < last - first + 1:
            return Found(np.nan, f"no run of {last} years")
        span = f"year {first}" if first == last else f"years {first} to {last}, mean"
        mean, low, high = rows[["mean", "low", "high"]].mean().tolist()
        return Found(mean, f"{span}, {_vintages(int(rows['vintages'].iloc[0]))}", low, high)

    return find


def _of_run(name: str, years: float = 0.0) -> Callable[[Tables, Group], Found]:
    def find(tables: Tables, group: Group) -> Found:
        if tables.runs.of(group)["years"].min() < years - 0.1:
            return Found(np.nan, f"no run of {years:g} years")
        row = _group(tables.spread, group).set_index("measure").to_dict("index")[name]
        said = _vintages(int(row["vintages"]))
        if np.isfinite(row["mean"]):
            return Found(row["mean"], f"mean of {said}", row["low"], row["high"])
        return Found(row["median"], f"median of {said}")

    return find


def _if_losses(use: str, find: Callable[[Tables, Group], Found]) -> Callable[[Tables, Group], Found]:
    def found(tables: Tables, group: Group) -> Found:
        for setting in dict.fromkeys([group[2], *(other[2] for other in tables.runs.contributions)]):
            own = (group[0], group[1], setting)
            if own in tables.runs.contributions and set(tables.runs.of(own).get("losses_are", [])) == {use}:
                return find(tables, own)
        return Found(np.nan, f"no run with losses {use.replace('_', ' ')}")

    return found


def _embedded_after(year: int) -> Callable[[Tables, Group], Found]:
    def find(tables: Tables, group: Group) -> Found:
        own = tables.runs.years
        inside = (own["sleeve"] == group[0]) & (own["strategy"] == group[1]) & (own["setting"] == group[2])
        gain = own[inside & (own["year"] == year) & (own["length"] > 0.9)]["embedded_gain"]
        if gain.empty:
            return Found(np.nan, f"no run of {year} years")
        return Found(float(gain.median()), f"median of {_vintages(len(gain))}, {gain.min():.0%} to {gain.max():.0%}")

    return find


def _against_large(name: str, sleeve: str) -> Callable[[Tables, Group], Found]:
    def find(tables: Tables, group: Group) -> Found:
        ours, theirs = tables.runs.of(group), tables.runs.of(("large", *group[1:]))
        shared = ours.index.intersection(theirs.index)
        if shared.empty:
            return Found(np.nan, f"no vintage of both {sleeve} and large")
        ratio = float(ours.loc[shared, name].mean() / theirs.loc[shared, name].mean())
        net = float(ours.loc[shared, "net_losses"].mean() / theirs.loc[shared, "net_losses"].mean())
        return Found(ratio, f"means of {_vintages(len(shared))}; of net losses {net:.2f}")

    return find


def _of_setting(fact: str, wanted: tuple[object, ...], measure: str, cost: bool) -> Callable[[Tables, Group], Found]:
    def find(tables: Tables, group: Group) -> Found:
        table = tables.sweep[(tables.sweep["sleeve"] == group[0]) & (tables.sweep["strategy"] == group[1])]
        for row in table.to_dict("records"):
            own = (group[0], group[1], str(row["setting"]))
            only = str(row["differs"]).count(" for ") == 1 and str(row["differs"]).startswith(fact.replace("_", " "))
            if only and tables.runs.of(own)[fact].iloc[0] in wanted:
                ratio = float(row[f"{measure}_ratio"])
                said = f"{row['setting']} against {group[2]}, {_vintages(row['vintages'])}; {_both(tables, own, group)}"
                return Found(1 - 1 / ratio if cost else ratio - 1, said)
        return Found(np.nan, f"no setting that differs in {fact.replace('_', ' ')} alone")

    return find


def _both(tables: Tables, own: Group, base: Group) -> str:
    """Losses gross and net, and what gave way, of a setting and of the base."""
    ours, theirs = tables.runs.of(own), tables.runs.of(base)
    shared = ours.index.intersection(theirs.index)
    changed = [
        f"{what} {ours.loc[shared, name].mean():.1%} against {theirs.loc[shared, name].mean():.1%}"
        for name, what in (
            ("losses", "losses of capital, gross,"),
            ("net_losses", "net"),
            ("relaxed", "tracking-error limit widened in"),
        )
    ]
    return ", ".join(changed)


def _group(table: pd.DataFrame, group: Group) -> pd.DataFrame:
    sleeve, strategy, setting = group
    own = (table["sleeve"] == sleeve) & (table["strategy"] == strategy) & (table["setting"] == setting)
    return table[own]


_OFF = (0, 0.0, False, "off", "False", "false", "no")
_STYLISED = "stylised simulation without realised gains (an upper bound)"
BANDS = (
    Band("Losses of year 1, gross, of initial capital", 0.13, 0.14, "AQR about 13%; stylised simulation 14.3%",
         _of_year("losses", 1, 1), gross=True),
    Band("Losses of years 2 and 3 each, gross", 0.04, 0.07, _STYLISED, _of_year("losses", 2, 3), gross=True),
    Band("Losses of year 5, gross", 0.02, 0.03, _STYLISED, _of_year("losses", 5, 5), gross=True),
    Band("Losses of year 10, gross", 0.005, 0.015, f"about 1%, {_STYLISED}", _of_year("losses", 10, 10), gross=True),
    Band("Losses of ten years, gross", 0.25, 0.40, "AQR about 30% net; stylised simulation 36% gross",
         _of_run("losses", 10), gross=True),
    Band("Tax alpha a year, short-term gains usable", 0.008, 0.025, "Chaudhuri, Burnham and Lo 0.82 to 1.08%; "
         "Goldberg, Hand and Cai 2.26%; Parametric 2.43%", _if_losses("unlimited", _of_run("tax_alpha"))),
    Band("Tax alpha a year, limited offsetting gains", 0.004, 0.014, "Vanguard, investor A, 0.38 to 1.36%",
         _if_losses("long_term", _of_run("tax_alpha"))),
    Band("Cost of the wash-sale rule, of tax alpha", 0.18, 0.32, "Chaudhuri, Burnham and Lo: 1.08 to 0.82%, about a "
         "quarter", _of_setting("wash_rule", _OFF, "tax_alpha", cost=True), why="the source sells and waits out the 30 "
         "days in what is left of its portfolio; an optimizer knows the locks and holds other names of the index "
         "meanwhile, so that they cost it less"),
    Band("Daily instead of monthly, tax alpha", 0.05, 0.15, "Vanguard: 123 to 136 and 284 to 310 bp, about 10%",
         _of_setting("frequency", ("daily",), "tax_alpha", cost=False), why="losses taken the day they appear are "
         "smaller each, lock their names, and push gains out of the tracking-error limit: more losses gross are hardly "
         "more net"),
    Band("Losses of mid over large, gross", 1.0, 1.25, _STYLISED, _against_large("losses", "mid"), "mid", gross=True),
    Band("Losses of small over large, gross", 1.0, 1.6, _STYLISED, _against_large("losses", "small"), "small",
         gross=True),
    Band("Short-term share of losses", 0.8, 1.0, _STYLISED, _of_run("short_term_share")),
    Band("Unrealised gain after 3 years, of value", 0.35, 0.55, "AQR 55%; stylised simulation 36%",
         _embedded_after(3)),
    Band("Unrealised gain after 10 years, of value", 0.60, 0.75, "stylised simulation 64%", _embedded_after(10)),
)  # fmt: skip
"""Bands for large caps, and of mid and small against them."""
