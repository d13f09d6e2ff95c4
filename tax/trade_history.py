"""The household's recent trades as a struct of arrays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import TaxError

__all__ = ["TradeHistory"]

TAX_FREE_ACCOUNTS = ("ira", "roth")


@dataclass(frozen=True, eq=False)
class TradeHistory:
    """Executed trades of every account of a household, one entry a trade, all arrays of shape (T,).

    Parameters
    ----------
    date : array of datetime64[D]
        Trade dates.
    side : array of str
        "BUY" or "SELL".
    asset, group : array of str
        The security, and its group of substantially identical securities.
    shares : array of float
        More than zero.
    realized_gain : array of float
        Dollars, negative for a loss; NaN where not known. Not used for buys.
    account, account_type : array of str
        Which account traded; "taxable", "spouse", "ira" or "roth".

    Raises
    ------
    TaxError
        The arrays differ in length, or a side is neither BUY nor SELL.
    """

    date: NDArray[np.datetime64]
    side: NDArray[np.str_]
    asset: NDArray[np.str_]
    group: NDArray[np.str_]
    shares: NDArray[np.float64]
    realized_gain: NDArray[np.float64]
    account: NDArray[np.str_]
    account_type: NDArray[np.str_]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise TaxError(f"trades: arrays of different length {lengths}, expected one entry a trade in each")
        odd = ~((self.side == "BUY") | (self.side == "SELL"))
        if odd.any():
            raise TaxError(f"trades: side {str(self.side[odd][0])!r}, expected BUY or SELL")

    @classmethod
    def build(
        cls,
        *,
        date: Sequence[dt.date] | NDArray[np.datetime64] = (),
        side: Sequence[str] = (),
        asset: Sequence[str] = (),
        shares: Sequence[float] | NDArray[np.float64] = (),
        group: Sequence[str] | None = None,
        realized_gain: Sequence[float] | NDArray[np.float64] | None = None,
        account: Sequence[str] | None = None,
        account_type: Sequence[str] | None = None,
    ) -> TradeHistory:
        """Make a history from plain sequences; without arguments it is empty.

        `group` defaults to the asset, `realized_gain` to not known, `account` and `account_type` to one taxable
        account.
        """
        size = len(date)
        return cls(
            date=np.asarray(date, dtype="datetime64[D]"),
            side=np.asarray(side, dtype=str),
            asset=np.asarray(asset, dtype=str),
            group=np.asarray(asset if group is None else group, dtype=str),
            shares=np.asarray(shares, dtype=float),
            realized_gain=np.asarray([np.nan] * size if realized_gain is None else realized_gain, dtype=float),
            account=np.asarray(["taxable"] * size if account is None else account, dtype=str),
            account_type=np.asarray(["taxable"] * size if account_type is None else account_type, dtype=str),
        )

    def __len__(self) -> int:
        return len(self.date)

    def take(self, mask: NDArray[np.bool_]) -> TradeHistory:
        """Trades where a mask is true."""
        return replace(self, **{field.name: getattr(self, field.name)[mask] for field in fields(self)})

    def loss_sales(self) -> NDArray[np.bool_]:
        """Sales whose loss a purchase could wash, shape (T,).

        Sales in a tax-free account have no loss to lose. A sale whose gain is not known is taken for a loss, because
        the cost of waiting 30 days is small beside that of a washed loss.
        """
        free = np.any([self.account_type == kind for kind in TAX_FREE_ACCOUNTS], axis=0)
        mask: NDArray[np.bool_] = (self.side == "SELL") & ~free & ~(self.realized_gain >= 0)
        return mask
