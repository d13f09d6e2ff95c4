"""One run of `taxsleeve ledger`: read a history, keep the ledger, write what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from tax import Ledger, LedgerLot, LedgerSale, WashPolicy, fill_form_8949
from tax.collector import collector_paused
from tax.form_8949 import FORM_8949_COLUMNS
from taxsleeve.csv_file import csv_of_rows
from taxsleeve.history_file import read_history
from taxsleeve.ledger_summary import ledger_summary
from taxsleeve.output_folder import prepare_output, write_files
from taxsleeve.progress import Step, no_step
from taxsleeve.summary_text import summary_text
from taxsleeve.tables import Findings
from taxsleeve_errors import InputError, LedgerError, TaxError

__all__ = ["STEPS", "LedgerRun", "run_ledger"]

# What it goes through, with the share of the time that each takes.
STEPS = {"reading the history": 0.4, "keeping the ledger": 0.3, "writing": 0.3}

SALE_COLUMNS = (
    "sale_id",
    "from_buy",
    "sale_date",
    "qty",
    "proceeds",
    "adjusted_basis",
    "gain_loss_before_wash",
    "wash_qty",
    "disallowed_loss",
    "of_which_permanent",
    "allowed_gain_loss",
    "term",
    "holding_period_start",
)
LOT_COLUMNS = (
    "buy_id",
    "account",
    "symbol",
    "bought",
    "qty",
    "original_cost",
    "adjusted_basis",
    "adjusted_basis_per_share",
    "holding_period_start",
)


@dataclass(frozen=True)
class LedgerRun:
    """What a run found: the text of summary.json as a dictionary, and warnings about the input."""

    summary: dict[str, Any]
    warnings: tuple[str, ...]


def run_ledger(source: Path, out: Path, settings: Sequence[str] = (), step: Step = no_step) -> LedgerRun:
    """Keep the ledger of a history and write sales.csv, lots.csv, form_8949.csv and summary.json.

    Parameters
    ----------
    source : Path
        HISTORY.csv (or .parquet); `HistoryRow` has its columns.
    out : Path
        Folder for the files; nothing is written there before the whole input is good.
    settings : sequence of str
        Switches of the wash-sale policy as "name=value".
    step : callable
        Told each of `STEPS` as it begins.

    Returns
    -------
    LedgerRun

    Raises
    ------
    InputError
        A setting or the history is not good; nothing is written.
    """
    with collector_paused():
        return _run(source, out, settings, step)


def _run(source: Path, out: Path, settings: Sequence[str], step: Step) -> LedgerRun:
    prepare_output(out, unlike=source)
    findings = Findings()
    try:
        ledger = Ledger(WashPolicy.parse(settings))
    except TaxError as error:
        findings.fault("--policy", f"a switch of the wash-sale policy ({error})")
        raise InputError(findings.faults) from None
    if not source.is_file():
        raise InputError.of(source.name, "a history, .csv or .parquet", value="no such file")
    step("reading the history")
    history = read_history(source, findings)
    step("keeping the ledger")
    try:
        ledger.apply_all(event for _, event in history)
    except LedgerError as error:
        # Later events may rest on this one, so their faults would mislead.
        line = history[len(ledger.events)][0]
        findings.fault(source.name, f"an event that the ledger can apply: {error}", row=line)
        raise InputError(findings.faults) from None
    step("writing")
    statement = ledger.statement()
    sales = ledger.realized_sales()
    form = fill_form_8949(sales)
    form_rows = (list(row.cells().values()) for row in form.rows)
    summary = ledger_summary(source.name, ledger, statement, form, sales)
    write_files(
        out,
        {
            "sales.csv": csv_of_rows(SALE_COLUMNS, map(_sale_cells, statement.sales)),
            "lots.csv": csv_of_rows(LOT_COLUMNS, map(_lot_cells, statement.lots)),
            "form_8949.csv": csv_of_rows(FORM_8949_COLUMNS, form_rows),
            "summary.json": summary_text(summary),
        },
    )
    return LedgerRun(summary, tuple(findings.warnings))


def _sale_cells(sale: LedgerSale) -> list[str]:
    gain = sale.gain
    return [
        sale.sale_id,
        sale.lot_id,
        sale.sold.isoformat(),
        _millionths(sale.shares),
        _money(sale.proceeds),
        _money(sale.adjusted_basis),
        _money(gain),
        _millionths(sale.wash_shares),
        _money(sale.disallowed),
        _money(sale.permanent),
        _money(gain + sale.disallowed) if sale.disallowed else _money(gain),
        "LT" if sale.is_long_term else "ST",
        sale.holding_start.isoformat(),
    ]


def _lot_cells(lot: LedgerLot) -> list[str]:
    return [
        lot.lot_id,
        lot.account.name,
        lot.symbol,
        lot.bought.isoformat(),
        _millionths(lot.shares),
        _money(lot.original_cost),
        _money(lot.adjusted_basis),
        _millionths(lot.adjusted_basis / lot.shares),
        lot.holding_start.isoformat(),
    ]


def _money(amount: Fraction) -> str:
    # As `str(tax.cents(amount))`, without a Decimal for each of a million cells.
    size, double = abs(amount.numerator), 2 * amount.denominator
    hundredths = (200 * size + amount.denominator) // double
    sign = "-" if amount.numerator < 0 and hundredths else ""
    return f"{sign}{hundredths // 100}.{hundredths % 100:02d}"


def _millionths(amount: Fraction) -> str:
    if amount.denominator == 1:
        return str(amount.numerator)
    millionths = round(amount * 10**6)
    return f"{millionths // 10**6}.{millionths % 10**6:06d}".rstrip("0").rstrip(".")
