"""Sleeves: rules that say which stocks an index holds, and in which weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backtest.cap_bands import CapBands, segment_history
from backtest.market import Market
from backtest.reconstitution import QUARTERLY, reconstitution_closes
from backtest.style import Style, value_share
from taxsleeve_errors import InputError

__all__ = ["CapSegment", "MemberRule", "MembershipList", "Sleeve"]

Floats = NDArray[np.float64]


class MemberRule(Protocol):
    """Says who is a member; a user's own rule has these two methods."""

    def closes(self, market: Market, months: tuple[int, ...]) -> pd.DatetimeIndex:
        """Closes (R,) at which members are named anew."""

    def base_weights(self, market: Market, closes: pd.DatetimeIndex) -> Floats:
        """Weights (R, N) before any style, in any unit; 0 for names that are no members. Nothing later is used."""


@dataclass(frozen=True)
class CapSegment:
    """Members by rank of capitalisation.

    Parameters
    ----------
    bands : CapBands
    segments : tuple of str
        One or more of the bands' names; all of them make the all-cap sleeve.
    """

    bands: CapBands
    segments: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [name for name in self.segments if name not in self.bands.names]
        if unknown or not self.segments:
            raise InputError.of("sleeve", f"segments of {', '.join(self.bands.names)}", value=self.segments)

    def closes(self, market: Market, months: tuple[int, ...]) -> pd.DatetimeIndex:
        """Ends of these months."""
        return reconstitution_closes(market.calendar, months)

    def base_weights(self, market: Market, closes: pd.DatetimeIndex) -> Floats:
        """Capitalisation of the members."""
        codes = segment_history(market, self.bands, closes)
        wanted = np.isin(codes, [self.bands.names.index(name) for name in self.segments])
        caps = np.array([market.caps_at(close).to_numpy() for close in closes])
        return np.where(wanted, caps, 0.0)


@dataclass(frozen=True)
class MembershipList:
    """Members as a market's membership list names them, from the day they join to the day before they leave.

    Parameters
    ----------
    index : str
        Name of the list.
    """

    index: str

    def closes(self, market: Market, months: tuple[int, ...]) -> pd.DatetimeIndex:
        """Ends of these months, and the close before every change of the list."""
        if market.membership is None:
            raise InputError.of("membership.csv", "a market with membership lists", value="none")
        rows = market.membership[market.membership["index"] == self.index]
        changes = pd.DatetimeIndex(pd.concat([rows["start"], rows["end"]]).dropna().unique())
        before = market.calendar.searchsorted(changes, side="left") - 1
        eves = market.calendar[np.unique(before[(before >= 0) & (before < len(market.calendar) - 1)])]
        return reconstitution_closes(market.calendar, months).union(eves)

    def base_weights(self, market: Market, closes: pd.DatetimeIndex) -> Floats:
        """Given weights of the members where the list has any that day, otherwise their capitalisation."""
        market.members_at(self.index, closes[0])  # an index that the market has not is named
        table = pd.DataFrame(market.membership)
        rows = table[(table["index"] == self.index) & table["asset"].isin(market.assets)]
        start, end = rows["start"].to_numpy(), rows["end"].to_numpy()
        assets, given = market.assets.get_indexer(pd.Index(rows["asset"])), rows["weight"].to_numpy(dtype=float)
        weights = np.zeros((len(closes), len(market.assets)))
        for row, close in enumerate(closes):
            after = market.position(close) + 1
            effective = market.calendar[min(after, len(market.calendar) - 1)].to_datetime64()
            inside = (start <= effective) & (np.isnat(end) | (end > effective))
            own = np.full(len(market.assets), np.nan)
            own[assets[inside]] = given[inside]
            if np.isnan(given[inside]).all():
                own[assets[inside]] = market.caps_at(close).to_numpy()[assets[inside]]
            weights[row] = np.where(market.listed_at(close), np.nan_to_num(own), 0.0)
        return weights


@dataclass(frozen=True)
class Sleeve:
    """A rule that yields index weights by date.

    Parameters
    ----------
    name : str
    members : MemberRule
    style : Style or None
        One side of the segment; None for all of it.
    months : tuple of int
        Months at whose end it is reconstituted (`QUARTERLY`, `ANNUAL`); in between weights drift with prices.
    """

    name: str
    members: MemberRule
    style: Style | None = None
    months: tuple[int, ...] = QUARTERLY

    def targets(self, market: Market) -> pd.DataFrame:
        """Weights (R, N) at each reconstitution close, rows of sum one, from the first that has a member.

        A close at which nobody is a member any more (a list that has ended) is a row of zeros.

        Raises
        ------
        InputError
            Nobody is ever a member, or a style is asked for and the market has no book-to-price.
        """
        closes = self.members.closes(market, self.months)
        base = np.nan_to_num(self.members.base_weights(market, closes))
        if self.style is not None:
            base = base * self._style_shares(market, closes, base, self.style)
        total = base.sum(axis=1)
        if not (total > 0).any():
            raise InputError.of("sleeve", "a rule with at least one member on some day", value=self.name)
        begun = slice(int(np.argmax(total > 0)), None)
        weights = base[begun] / np.where(total > 0, total, 1.0)[begun, None]
        return pd.DataFrame(weights, index=closes[begun], columns=market.assets)

    def _style_shares(self, market: Market, closes: pd.DatetimeIndex, base: Floats, style: Style) -> Floats:
        if market.book_to_price is None:
            raise InputError.of(
                "book_to_price.parquet", f"book-to-price for the sleeve {self.name}", value="no such file"
            )
        shares = np.empty(base.shape)
        kept = np.full(base.shape[1], np.nan)
        for row, close in enumerate(closes):
            fresh = value_share(market.book_to_price_at(close).to_numpy(), base[row], style.pure)
            rating = row == 0 or close in self._rating_closes(closes, style)
            value = fresh if rating else np.where(np.isfinite(kept), kept, fresh)
            shares[row] = style.share(value)
            kept = np.where(base[row] > 0, value, np.nan)
        return shares

    def _rating_closes(self, closes: pd.DatetimeIndex, style: Style) -> pd.DatetimeIndex:
        month_ends = pd.Series(closes, index=closes).groupby(closes.to_period("M")).last()
        last = pd.DatetimeIndex(month_ends)
        return last[last.month.isin(style.months)]
