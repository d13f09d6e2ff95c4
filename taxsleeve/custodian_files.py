"""What `taxsleeve import` writes: lots.csv, trades.csv, and where asked a beginning of account.toml."""

from __future__ import annotations

from pathlib import Path

from taxsleeve.csv_file import csv_of_rows
from taxsleeve.custodian_cells import decimal_text
from taxsleeve.custodian_import import CustodianImport
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve_errors import InputError

__all__ = ["write_import"]

_LOTS = ("lot_id", "asset", "shares", "cost_per_share", "acquired", "holding_start", "account", "account_type")
_TRADES = ("date", "side", "asset", "shares", "price", "realized_gain", "account", "account_type")
_SKELETON = """# Begun by `taxsleeve import`: fill in what is commented out.
{as_of}
{cash}
cash_flow = 0.0

[taxes]
# short_term = 0.408                # rates of the household, federal and state together
# long_term = 0.238

[limits]
# tracking_error = 0.01             # a year, ex ante

[shares]
fractional = {fractional}
"""


def write_import(read: CustodianImport, out: Path, *, skeleton: bool) -> tuple[str, ...]:
    """Write the files into a folder, all or none; nothing else in it is touched.

    Returns
    -------
    tuple of str
        Names of the files written.

    Raises
    ------
    InputError
        The folder cannot be written, or has an account.toml that a skeleton would overwrite.
    """
    prepare_output(out, unlike=None)
    contents = {"lots.csv": _lots(read)}
    if read.trades:
        contents["trades.csv"] = _trades(read)
    if skeleton:
        if (out / "account.toml").exists():
            expected = "no account.toml in the folder, which is never overwritten; leave --skeleton out"
            raise InputError.of("--skeleton", expected, value=out / "account.toml")
        contents["account.toml"] = _skeleton(read)
    write_files(out, contents)
    return tuple(contents)


def _lots(read: CustodianImport) -> str:
    kept = dict.fromkeys(name for lot in read.lots for name, value in lot.kept if value)
    rows = []
    for lot, lot_id in zip(read.lots, read.lot_ids, strict=True):
        more = dict(lot.kept)
        rows.append(
            [
                lot_id,
                lot.symbol,
                decimal_text(lot.shares),
                decimal_text(lot.cost_per_share),
                lot.acquired.isoformat(),
                "" if lot.holding_start is None else lot.holding_start.isoformat(),
                lot.place.account,
                lot.place.account_type,
                *(more.get(name, "") for name in kept),
            ]
        )
    return csv_of_rows([*_LOTS, *kept], rows)


def _trades(read: CustodianImport) -> str:
    return csv_of_rows(
        _TRADES,
        (
            [
                trade.date.isoformat(),
                trade.side,
                trade.symbol,
                decimal_text(trade.shares),
                decimal_text(trade.price),
                "" if trade.realized_gain is None else decimal_text(trade.realized_gain),
                trade.place.account,
                trade.place.account_type,
            ]
            for trade in read.trades
        ),
    )


def _skeleton(read: CustodianImport) -> str:
    day, cash = read.as_of, read.cash
    fractional = any(lot.shares != lot.shares.to_integral_value() for lot in read.lots)
    return _SKELETON.format(
        as_of="# as_of = 2024-06-28               # day of the lots" if day is None else f"as_of = {day}",
        cash="# cash = 0.00                      # dollars" if cash is None else f"cash = {cash:.2f}",
        fractional=str(fractional).lower(),
    )
