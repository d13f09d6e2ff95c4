"""Every reader as a function of bytes, for hypothesis in the tests and for atheris in `fuzz_readers.py`.

Each either reads something or raises `InputError`; any other exception is a bug of ours.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from taxsleeve.account_settings import read_settings
from taxsleeve.account_tables import LotRow, SecurityRow, TradeRow
from taxsleeve.audit_settings import read_audit_settings
from taxsleeve.audited_list import read_audited_list
from taxsleeve.custodian_import import import_exports
from taxsleeve.custodian_map import CustodianMap
from taxsleeve.custodian_map_file import read_custodian_map, shipped_map
from taxsleeve.history_file import read_history
from taxsleeve.household_settings import read_household_settings
from taxsleeve.import_french import market_from_french
from taxsleeve.import_prices import market_from_prices
from taxsleeve.ledger_run import run_ledger
from taxsleeve.market_files import read_market_folder
from taxsleeve.market_settings import read_market_settings
from taxsleeve.market_tables import read_actions, read_delistings, read_membership, read_securities
from taxsleeve.panel_file import ANY_NUMBER, read_panel
from taxsleeve.price_file import read_prices
from taxsleeve.risk_fit import read_model
from taxsleeve.study_settings import read_study_settings
from taxsleeve.tables import Findings, read_table
from taxsleeve_errors import InputError

__all__ = ["SEEDS", "TARGETS", "read"]

Reader = Callable[[Path], object]
_VARIANCE, _FACTORS = b"asset,variance\nA,0.04\nB,0.05\n", b"factor,m\nm,0.04\n"


def _ledger(path: Path) -> object:
    return run_ledger(path, path.parent / "out")


def _vendor(path: Path) -> object:
    (path.parent / "factor_covariance.csv").write_bytes(_FACTORS)
    (path.parent / "specific_variance.csv").write_bytes(_VARIANCE)
    return read_model(path.parent)


def _market(path: Path) -> object:
    (path.parent / "market.toml").write_text('name = "F"\nprices_include_dividends = true\n', encoding="utf-8")
    (path.parent / "securities.csv").write_text("asset\nA\n", encoding="utf-8")
    (path.parent / "caps.csv").write_text("date,A\n2019-01-02,1e9\n", encoding="utf-8")
    return read_market_folder(path.parent)


def _prices(path: Path) -> object:
    return market_from_prices(path, caps=None, securities=None, name="F", include_dividends=True)


def _small_tables(path: Path) -> object:
    content = path.read_bytes()
    for stem in ("securities", "membership", "delistings", "actions"):
        (path.parent / f"{stem}.csv").write_bytes(content)
    findings = Findings()
    return (
        read_securities(path.parent, ["A"], findings),
        read_membership(path.parent, {"A"}, findings),
        read_delistings(path.parent, None, findings),
        read_actions(path.parent, None, findings),
    )


def _audited(path: Path) -> object:
    (path.parent / "trades.csv").write_text("asset,side,lot_id,shares,price\n", encoding="utf-8")
    return read_audited_list(path.parent)


def _exports(custodian: str) -> Reader:
    return lambda path: import_exports([path], _map_of(custodian))


@cache
def _map_of(custodian: str) -> CustodianMap:
    return shipped_map(custodian)


# Name of the target, name of the file, reader.
TARGETS: Mapping[str, tuple[str, Reader]] = {
    "lots": ("lots.csv", lambda path: read_table(path, LotRow, Findings())),
    "securities": ("securities.csv", lambda path: read_table(path, SecurityRow, Findings())),
    "trades": ("trades.csv", lambda path: read_table(path, TradeRow, Findings())),
    "parquet": ("lots.parquet", lambda path: read_table(path, LotRow, Findings())),
    "prices": ("prices.csv", lambda path: read_prices(path, None, Findings())),
    "prices_parquet": ("prices.parquet", lambda path: read_prices(path, None, Findings())),
    "panel": ("adv.csv", lambda path: read_panel(path, ANY_NUMBER, Findings())),
    "history": ("history.csv", lambda path: read_history(path, Findings())),
    "ledger": ("history.csv", _ledger),
    "account": ("account.toml", lambda path: read_settings(path, Findings())),
    "audit_settings": ("account.toml", lambda path: read_audit_settings(path, Findings())),
    "household": ("household.toml", lambda path: read_household_settings(path.parent, Findings())),
    "market_settings": ("market.toml", lambda path: read_market_settings(path, Findings())),
    "market": ("prices.csv", _market),
    "market_tables": ("any.csv", _small_tables),
    "study": ("study.toml", read_study_settings),
    "map": ("map.toml", read_custodian_map),
    "schwab": ("export.csv", _exports("schwab")),
    "fidelity": ("export.csv", _exports("fidelity")),
    "pershing": ("export.csv", _exports("pershing")),
    "ibkr": ("export.xml", _exports("ibkr")),
    "import_prices": ("closes.csv", _prices),
    "french": ("portfolios.csv", lambda path: market_from_french(path, "F")),
    "vendor": ("loadings.csv", _vendor),
    "archive": ("model.npz", read_model),
    "audited": ("summary.json", _audited),
}
_LOT = b"lot_id,asset,shares,cost_per_share,acquired\nL1,A,10,2.5,2020-01-02\n"
_PANEL = b"date,A,B\n2019-01-02,1.5,2\n2019-01-03,1.6,\n"
_HISTORY = (
    b"seq,trade_id,trade_date,side,account,symbol,qty,price,spec_lots\n"
    b"1,B1,2020-01-02,BUY,A,X,10,5,\n2,R1,2020-02-03,SPLIT,,X,,2,\n3,S1,2020-03-03,SELL,A,X,5,4,B1:5\n"
)


def _parquet(columns: dict[str, list[object]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="none", write_statistics=False)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def _archive() -> bytes:
    one = np.ones((1, 1))
    buffer = io.BytesIO()
    names = {"assets": np.array(["A"]), "factors": np.array(["m"]), "as_of": np.str_("")}
    np.savez(buffer, loadings=one, factor_covariance=one, specific_variance=one[0], **names)
    return buffer.getvalue()


# What the fuzzers begin with.
SEEDS: Mapping[str, bytes] = {
    "parquet": _parquet(
        {"lot_id": ["L"], "asset": ["A"], "shares": [1.0], "cost_per_share": [1], "acquired": ["2020-01-02"]}
    ),
    "prices_parquet": _parquet({"date": [dt.date(2019, 1, 2), dt.date(2019, 1, 3)], "A": [1.5, None]}),
    "archive": _archive(),
    "lots": _LOT,
    "securities": b"asset,price,sector,adv\nA,5,Energy,1e6\n",
    "trades": b"date,side,asset,shares,price\n2024-01-02,BUY,A,1,2\n",
    "prices": _PANEL,
    "panel": _PANEL,
    "market": _PANEL,
    "import_prices": b"date,asset,price,shares\n2019-01-02,A,1.5,100\n2019-01-03,A,1.6,\n",
    "history": _HISTORY,
    "ledger": _HISTORY,
    "account": b"as_of = 2024-06-28\ncash = 1.0\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n"
    b"[limits]\nnames = [0, 5]\n",
    "audit_settings": b"as_of = 2024-06-28\ncash = 1.0\n[taxes]\nshort_term = 0.4\nlong_term = 0.2\n",
    "household": b'transfers = true\n[[sleeve]]\nname = "a"\ntype = "ira"\n[limits]\ntracking_error = 0.02\n',
    "market_settings": b'name = "M"\nfrequency = "daily"\nprices_include_dividends = true\n',
    "market_tables": b"index,asset,start,end,weight,date,action,ratio,return\n"
    b"I,A,2018-01-01,,,2019-01-02,split,2,-0.4\n",
    "study": b'sleeves = ["large"]\nstart_years = [2020]\nyears = 1\nstrategies = ["passive"]\n[terms]\nflows = 0.0\n',
    "map": b'title = "X"\n[dates]\nformats = ["%Y-%m-%d"]\n[[tables]]\nname = "l"\nrows = "lot"\nheader = ["S"]\n'
    b'[tables.columns]\nsymbol = "S"\nshares = "N"\nacquired = "D"\ntotal_cost = "C"\n',
    "schwab": b'"Symbol","Open Date","Quantity","Cost Basis","Holding Period"\n'
    b'"A","05/20/2024","10","$5.00","Short Term"\n',
    "ibkr": b'<FlexQueryResponse><OpenPosition accountId="U1" currency="USD" assetCategory="STK" symbol="A" '
    b'position="4" costBasisMoney="8" side="Long" levelOfDetail="LOT" openDateTime="20230311;093000"/>'
    b"</FlexQueryResponse>",
    "french": b"  Average Value Weighted Returns -- Monthly\n,SMALL LoBM,BIG HiBM\n200001,1.0,2.0\n200002,1.5,-99.99\n",
    "vendor": b"asset,m\nA,1\nB,0.5\n",
    "audited": b'{"nav": 1.0, "limits": [{"name": "turnover", "value": 0.1, "limit": null}], "gains": {"short": 1}}',
}


def read(target: str, data: bytes) -> bool:
    """Give bytes to a reader; whether it read something, rather than say what is wrong.

    Any exception that is not `InputError` is a bug, and is let through.
    """
    name, reader = TARGETS[target]
    with tempfile.TemporaryDirectory(prefix="taxsleeve-fuzz-") as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return reader(path) is not None
        except InputError as error:
            if not error.faults:
                raise ValueError("an error that names nothing") from error
            return False
