"""Whether the tables of a market folder agree: dates, names, units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from taxsleeve.counting import counted
from taxsleeve.tables import Findings

__all__ = ["check_agreement"]

# A daily return this large at the median can only be a price, or a return in per cent.
_LARGE_RETURN = 0.5
# The median of the listed names; the median US company is worth about two billion dollars.
_LEAST_MEDIAN_CAP, _LEAST_MEDIAN_IN_THOUSANDS = 2e7, 2e4
# A company turns over about a day in 200; in thousands it would be five times its own worth a day.
_LEAST_DAYS_OF_VOLUME = 2.0
_SPACING = {"daily": (1, 4), "weekly": (5, 9), "monthly": (26, 33)}
# A return of another day differs from the price's own change, with its dividend, by more than that change.
_LARGEST_DIFFERENCE = 0.5
_SHOWN = 5


def check_agreement(panels: Mapping[str, pd.DataFrame], frequency: str, findings: Findings) -> None:
    """Note what does not agree.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        `prices`, `caps` and the others that the folder has, each good in itself.
    frequency : str
        As market.toml says.
    findings : Findings
    """
    prices, caps = panels["prices"], panels["caps"]
    _check_spacing(prices, frequency, findings)
    for stem in ("caps", "book_to_price", "adv", "dividends"):
        if stem in panels:
            _check_names(stem, prices, panels[stem], findings)
    _check_units(caps, panels.get("adv"), findings)
    if "returns" in panels:
        _check_returns(panels["returns"], prices, panels.get("dividends"), findings)
    if "dividends" in panels:
        strange = panels["dividends"].index.difference(prices.index)
        for day in strange[:_SHOWN]:
            findings.fault("dividends.parquet", "trading days of prices.parquet", column="date", value=day.date())


def _check_spacing(prices: pd.DataFrame, frequency: str, findings: Findings) -> None:
    days = float(np.median(np.diff(prices.index.to_numpy()) / np.timedelta64(1, "D")))
    least, most = _SPACING[frequency]
    if not least <= days <= most:
        found = f"{frequency}, but prices.parquet has a date every {days:g} {'day' if days == 1 else 'days'}"
        findings.fault("market.toml", "daily, weekly or monthly, as the prices are", column="frequency", value=found)


def _check_names(stem: str, prices: pd.DataFrame, panel: pd.DataFrame, findings: Findings) -> None:
    common = prices.columns.intersection(panel.columns)
    file = f"{stem}.parquet"
    if not len(common):
        findings.fault(file, "the assets of prices.parquet", value=", ".join(map(str, panel.columns[:3])))
    elif stem == "caps" and len(common) < prices.shape[1]:
        left_out = counted(prices.shape[1] - len(common), "asset")
        findings.warnings.append(f"{file}: not used, without capitalisation: {left_out} of prices.parquet")
    if stem != "dividends" and panel.index[0] > prices.index[-1]:
        findings.fault(file, f"a date up to {prices.index[-1].date()}", column="date", value=panel.index[0].date())


def _check_units(caps: pd.DataFrame, adv: pd.DataFrame | None, findings: Findings) -> None:
    last = caps.ffill().iloc[-1]
    median = float(last.median())
    if median < _LEAST_MEDIAN_CAP:
        unit = "thousands" if median >= _LEAST_MEDIAN_IN_THOUSANDS else "millions"
        findings.fault(
            "caps.parquet", f"capitalisation in dollars; these look like {unit}: multiply them",
            value=f"a median of {median:,.6g} on {caps.index[-1].date()}",
        )  # fmt: skip
    elif adv is not None:
        days = float((last / adv.ffill().iloc[-1].replace(0.0, np.nan)).median())
        if days < _LEAST_DAYS_OF_VOLUME:
            findings.fault(
                "caps.parquet", "capitalisation and adv.parquet both in dollars; one may be in thousands",
                value=f"a capitalisation of {days:.3g} days of volume at the median",
            )  # fmt: skip


def _check_returns(
    returns: pd.DataFrame, prices: pd.DataFrame, dividends: pd.DataFrame | None, findings: Findings
) -> None:
    file = "returns.parquet"
    sizes = np.abs(returns.to_numpy(dtype=float))
    median = float(np.nanmedian(sizes)) if np.isfinite(sizes).any() else 0.0
    if median > _LARGE_RETURN:
        findings.fault(
            file,
            "simple returns such as 0.012; these look like prices or per cent",
            value=f"a median size of {median:.4g}",
        )
    else:
        _check_days(returns, prices, dividends, findings)
    for asset in returns.columns.difference(prices.columns)[:_SHOWN]:
        findings.fault(file, "only assets of prices.parquet", column=asset, value=asset)
    for asset in prices.columns.difference(returns.columns)[:_SHOWN]:
        findings.fault(file, f"a column {asset}, as prices.parquet has", column=asset, value="no such column")
    for day in returns.index.symmetric_difference(prices.index[1:])[:_SHOWN]:
        # Before the first price there is nothing to earn; a first row of returns is often there and empty.
        if day != prices.index[0]:
            where = "returns" if day in returns.index else "prices"
            findings.fault(file, "the dates of prices.parquet", column="date", value=f"{day.date()} only in {where}")


def _check_days(
    returns: pd.DataFrame, prices: pd.DataFrame, dividends: pd.DataFrame | None, findings: Findings
) -> None:
    """Returns a day early look ahead, a day late are stale, and of other prices are neither."""
    own = returns.reindex(index=prices.index, columns=prices.columns).to_numpy(dtype=float)
    closes = prices.to_numpy(dtype=float)
    paid = 0.0 if dividends is None else dividends.reindex_like(prices).fillna(0.0).to_numpy(dtype=float)
    moves = np.full(closes.shape, np.nan)
    moves[1:] = (closes + paid)[1:] / closes[:-1] - 1
    size, apart = _median_size(moves), _median_size(own - moves)
    if not apart > _LARGEST_DIFFERENCE * size:
        return
    others = {"a day early": own[:-1] - moves[1:], "a day late": own[1:] - moves[:-1]}
    where = [name for name, difference in others.items() if _median_size(difference) <= _LARGEST_DIFFERENCE * size]
    looks = f"these look {where[0]}" if where else "these go with other prices"
    findings.fault(
        "returns.parquet", f"the return from the close before to the close of each day; {looks}",
        value=f"a median difference of {apart:.2%} from the change of prices, with dividends",
    )  # fmt: skip


def _median_size(values: NDArray[np.float64]) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(np.median(known)) if len(known) else 0.0
