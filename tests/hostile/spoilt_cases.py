"""Every spoilt input, by hand and by mutators: hundreds, over all files that any command reads."""

from __future__ import annotations

from collections.abc import Iterator

from spoiling import (
    Case,
    TableFile,
    bytes_cases,
    cell,
    every_cell_case,
    folder,
    gone,
    parquet_cases,
    raw,
    settings_cases,
    table_cases,
    text,
)

__all__ = ["CASES"]

_LOTS = {"lot_id": "name", "asset": "name", "shares": "positive", "cost_per_share": "not_negative", "acquired": "day"}
_SECURITIES = {"asset": "name", "price": "positive", "sector": "name", "market_cap": "positive"}
_TRADES = {"date": "day", "side": "choice", "asset": "name", "shares": "positive", "price": "not_negative",
           "realized_gain": "number", "account": "name", "account_type": "choice"}  # fmt: skip
_HISTORY = {"seq": "number", "trade_id": "name", "trade_date": "day", "side": "choice", "account": "name",
            "account_type": "choice", "symbol": "name", "qty": "number", "price": "number"}  # fmt: skip

TABLES = [
    TableFile("account", "account/lots.csv", _LOTS, tuple(_LOTS), 3),
    TableFile("account", "account/benchmark.csv", {"asset": "name", "weight": "not_negative"}, ("asset", "weight")),
    TableFile("account", "account/securities.csv", {**_SECURITIES, "spread_bps": "not_negative"}, ("asset", "price")),
    TableFile("account", "account/trades.csv", _TRADES, ("date", "side", "asset", "shares", "price")),
    TableFile("account", "account/restrictions.csv", {"asset": "name", "rule": "choice", "until": "day"},
              ("asset", "rule")),
    TableFile("vendor", "account/risk/specific_variance.csv", {"asset": "name", "variance": "positive"},
              ("asset", "variance")),
    TableFile("household", "household/large/lots.csv", _LOTS, tuple(_LOTS), 3),
    TableFile("household", "household/ira/securities.csv", _SECURITIES, ("asset", "price")),
    TableFile("ledger", "history.csv", _HISTORY, ("seq", "trade_date", "side", "symbol", "qty")),
    TableFile("market", "market/securities.csv", {"asset": "name", "sector": "name", "group": "name"}, ("asset",)),
    TableFile("market", "market/membership.csv",
              {"index": "name", "asset": "name", "start": "day", "end": "day", "weight": "positive"},
              ("index", "asset", "start"), 3),
    TableFile("market", "market/delistings.csv", {"asset": "name", "date": "day", "return": "number"},
              ("asset", "date", "return")),
    TableFile("market", "market/actions.csv",
              {"date": "day", "asset": "name", "action": "choice", "ratio": "positive", "cash": "not_negative"},
              ("date", "asset", "action", "ratio")),
    TableFile("audit", "list/orders.csv", {"asset": "name", "side": "choice", "shares": "number"},
              ("asset", "side", "shares")),
    TableFile("audit", "list/lots_after.csv", _LOTS, tuple(_LOTS), 3),
    TableFile("household_audit", "household/mid/lots.csv", _LOTS, tuple(_LOTS), 3),
]  # fmt: skip

_WRONG = ['"five"', "nan", "inf", "-inf", "true", "[1.0]", "{ a = 1 }", "1e400", "2024-06-28", "07:30:00"]
SETTINGS = [
    ("account", "account/account.toml", "cash_flow = 0.0", "cash_flow", _WRONG),
    ("account", "account/account.toml", "short_term = 0.408", "short_term", [*_WRONG, "-0.1", "1.5", "40.8"]),
    ("account", "account/account.toml", "as_of = 2024-06-28", "as_of",
     ['"2024-06-28"', "2024-06-28T16:00:00", "2024-06-28T00:00:00Z", "20240628", "1.0", "true", "[]"]),
    ("audit", "account/account.toml", "cash_flow = 0.0", "cash_flow", [w for w in _WRONG if w != "true"]),
    ("market", "market/market.toml", 'name = "Small"', "name", ["1", "true", '""', '"=1"', '"\\u202e"', "[]"]),
    ("market", "market/market.toml", 'frequency = "daily"', "frequency", ['"hourly"', "1", "nan", "[]"]),
    ("market", "market/market.toml", "prices_include_dividends = false", "prices_include_dividends",
     ['"false"', "0", "1.0", "2024-06-28", "[]"]),
    ("study", "study.toml", "years = 1", "years", ['"x"', "1.5", "nan", "[]", "2024-06-28", "-1", "0", "100000000"]),
    ("study", "study.toml", "start_years = [2022]", "start_years", ["[99999]", "[-5]", "[2022, 2022]", "[]", "2022"]),
    ("study", "study.toml", "names = 40", "names", ["100_000_000", "3", "-1", "nan", '"x"']),
    ("study", "study.toml", "seed = 0", "seed", ["-1", "0.5", "nan"]),
    ("study", "study.toml", "days = 504", "days", ["0", "-1", "1e9", "100_000_000_000"]),
    ("study", "study.toml", "capital = 10000000.0", "capital", ["1e300", "-1.0", "0.0"]),
    ("study", "study.toml", 'start = "2020-01-01"', "start", ['"0001-01-01"', '"9999-01-01"', '"2020-02-30"']),
    ("study", "study.toml", 'sleeves = ["large"]', "sleeves", ['["../../x"]', "[]", '["large", "large"]', "1"]),
    ("study", "study.toml", 'strategies = ["threshold", "passive"]', "strategies", ["1", '"x"', '["nothing"]', "[]"]),
    ("study", "study.toml", "spread_bps = 5.0", "spread_bps", ['"x"', "nan", "-1.0", "inf", "[]"]),
    ("household", "household/household.toml", "tracking_error = 0.02", "tracking_error",
     ['"x"', "nan", "0", "-0.1", "2", "[]", "inf"]),
    ("household", "household/ira/account.toml", "cash_flow = 0.0", "cash_flow", _WRONG),
    ("household_audit", "household/household.toml", "tracking_error = 0.02", "tracking_error",
     ['"x"', "nan", "0", "-0.1", "2", "[]", "inf"]),
    ("custodian", "map.toml", 'title = "Charles Schwab"', "title", ["1", "[]", '""', '"=1"', "nan"]),
]  # fmt: skip

PARQUET = [
    ("account", "account/prices.parquet", True),
    ("market", "market/prices.parquet", True),
    ("market", "market/returns.parquet", True),
    ("market", "market/caps.parquet", True),
    ("market", "market/adv.parquet", True),
    ("market", "market/dividends.parquet", True),
    ("household", "household/prices.parquet", True),
]

HAND = [
    *(Case(kind, file, "no such file", gone, (file.split("/")[-1].split(".")[0],)) for kind, file in [
        ("account", "account/account.toml"), ("account", "account/lots.csv"), ("account", "account/benchmark.csv"),
        ("account", "account/securities.csv"), ("account", "account/prices.parquet"),
        ("vendor", "account/risk/loadings.csv"), ("vendor", "account/risk/factor_covariance.csv"),
        ("vendor", "account/risk/specific_variance.csv"), ("household", "household/household.toml"),
        ("household", "household/mid/account.toml"), ("household", "household/small/lots.csv"),
        ("ledger", "history.csv"), ("market", "market/market.toml"), ("market", "market/prices.parquet"),
        ("market", "market/caps.parquet"), ("market", "market/securities.csv"), ("audit", "list/trades.csv"),
        ("prices", "files/long.csv"), ("prices", "files/wide.csv"), ("prices", "files/caps.csv"),
        ("prices", "files/securities.csv"), ("custodian", "schwab_lots_AAPL.csv"), ("custodian", "map.toml"),
        ("study", "study.toml"), ("household_audit", "lists/ira/trades.csv"),
        ("household_audit", "household/large/account.toml"),
    ]),
    *(Case(kind, file, "a folder", folder, (file.split("/")[-1].split(".")[0],)) for kind, file in [
        ("account", "account/account.toml"), ("account", "account/restrictions.csv"), ("ledger", "history.csv"),
        ("account", "account/prices.parquet"), ("vendor", "account/risk/loadings.csv"),
        ("market", "market/caps.parquet"), ("market", "market/market.toml"), ("custodian", "schwab_lots_AAPL.csv"),
        ("custodian", "map.toml"), ("prices", "files/long.csv"), ("study", "study.toml"),
        ("household", "household/household.toml"), ("household_audit", "lists/transfers.csv"),
        ("household_audit", "lists/large/trades.csv"),
    ]),
    # A matrix's cells, and its names.
    *(Case("vendor", "account/risk/loadings.csv", f"size {value}", cell("size", 3, value), ("loadings.csv", "row 3",
      "size")) for value in ("", "abc", "nan", "inf", "1e400", "1,0", "\u0663")),
    *(Case("vendor", "account/risk/factor_covariance.csv", f"market {value}", cell("market", 2, value),
      ("factor_covariance", said)) for value, said in (("", "row 2"), ("x", "row 2"), ("inf", "row 2"))),
    Case("vendor", "account/risk/factor_covariance.csv", "not symmetric", cell("market", 3, "0.9"), ("risk/",)),
    Case("vendor", "account/risk/factor_covariance.csv", "negative", cell("market", 2, "-0.04"), ("risk/",)),
    Case("vendor", "account/risk/loadings.csv", "an asset twice", raw(lambda d: d + d.splitlines()[1] + b"\n"),
         ("loadings.csv", "row 14", "asset")),
    *(Case("vendor", "account/risk/loadings.csv", name, change, ("loadings.csv",)) for name, change in (
        ("a quote that never ends", raw(lambda d: d + b'"x')), ("semicolons", raw(lambda d: d.replace(b",", b";"))),
        ("one column", raw(lambda d: b"asset\nA\n")), ("a row too short", raw(lambda d: d + b"X,1\n")))),
    # Cells of a panel in CSV.
    *(Case("market", "market/book_to_price.csv", f"BB {value}", cell("BB", 3, value), ("book_to_price.csv", "row 3",
      "BB")) for value in ("abc", "inf", "1e400", "-inf")),
    *(Case("market", "market/book_to_price.csv", f"date {value}", cell("date", 3, value), ("book_to_price.csv", "row 3",
      "date")) for value in ("", "2024-02-30", "someday", "0001-01-01", "9999-12-31", "\u0662")),
    # A history that cannot have been, and numbers that would fill the memory as fractions.
    *(Case("ledger", "history.csv", f"{column} {value}", cell(column, row, value), ("history.csv", f"row {row}",
      column)) for column, row, value in (
        ("qty", 2, "1e999999999"), ("qty", 2, "1e-999999999"), ("price", 2, "9" * 5000), ("seq", 2, "1e1000000000"),
        ("seq", 2, "1.5"), ("ratio", 4, "1e999999"), ("fees", 2, "1e16"), ("cash", 7, "Infinity"),
        ("spec_lots", 5, "B1:1e999999999"), ("spec_lots", 5, "B1:nan"), ("spec_lots", 5, "B1:\u0663"),
        ("donor_start", 6, "2024-02-30"), ("destination_type", 5, "401k"), ("currency", 2, "=USD"))
      if column != "currency"),
    Case("ledger", "history.csv", "a lot sold twice", raw(lambda d: d + d.splitlines()[-1] + b"\n"), ("row 9",)),
    Case("ledger", "history.csv", "events out of order", cell("trade_date", 3, "2019-01-01"), ("history.csv", "row 3")),
    Case("ledger", "history.csv", "a split of nothing", cell("price", 3, "0"), ("history.csv", "row 3", "ratio")),
    Case("ledger", "history.csv", "a split of less", cell("price", 3, "-2"), ("history.csv", "row 3", "ratio")),
    Case("ledger", "history.csv", "more basis than there is", cell("basis_fraction", 4, "1.5"), ("row 4",)),
    # Lists given to an audit, and what is told beside them.
    *(Case("audit", "list/summary.json", name, raw(lambda _, new=new: new), ("summary.json",)) for name, new in (
        ("not JSON", b"{nav: 1}"), ("cut", b'{"nav": '), ("deep", b"[" * 100_000), ("UTF-16", b"\xff\xfe{\x00}\x00"),
        ("a surrogate", b'{"limits": [{"name": "\\ud800", "value": 1}]}'),
        ("5,000 digits", b'{"nav": ' + b"9" * 5000 + b"}"))),
    *(Case(kind, file, name, change, (file.split("/")[-1],)) for kind, file in (
        ("audit", "list/trades.csv"), ("household_audit", "lists/large/trades.csv"),
        ("household_audit", "lists/transfers.csv")) for name, change in (
        ("a quote that never ends", raw(lambda d: d + b'"x')), ("invalid UTF-8", raw(lambda d: d + b"\xff")),
        ("a row too long", raw(lambda d: d + b"1,2,3,4,5,6,7,8,9,10,11,12,13\n")), ("empty", raw(lambda _: b"")),
        ("a column twice", raw(lambda d: d.replace(b"price", b"shares"))),
        ("a cell of 200,000 characters", raw(lambda d: d + b"x" * 200_000 + b",SELL,,1,1\n")))),
    *(Case("audit", "list/orders.csv", f"shares {value}", cell("shares", 2, value), ("orders.csv", "row 2", "shares"))
      for value in ("nan", "1e400", "")),
    # Files of prices for import-market.
    *(Case("prices", "files/long.csv", f"{column} {value:.20}", cell(column, 3, value), ("long.csv", "row 3", column))
      for column, value in (("price", "abc"), ("price", "-1"), ("price", "inf"), ("price", "0"), ("asset", ""),
                            ("asset", "=1+1"), ("asset", "x" * 300), ("asset", "A\x01"), ("date", "2024-02-30"),
                            ("date", "0001-01-01"), ("date", "9999-12-31"), ("date", "x"), ("shares", "0"),
                            ("shares", "abc"), ("shares", "-5"), ("dividend", "x"))),
    *(Case("prices", f"files/{file}", name, change, (file,)) for file in ("wide.csv", "caps.csv") for name, change in (
        ("a price of text", cell("BB", 4, "abc")), ("a price of zero", cell("BB", 4, "0")),
        ("no date", cell("date", 4, "")), ("a day that is not", cell("date", 4, "2019-02-30")),
        ("a day twice", cell("date", 4, "2018-12-31")), ("a quote that never ends", raw(lambda d: d + b'"x')),
        ("a row too short", raw(lambda d: d + b"2019-07-01\n")), ("invalid UTF-8", raw(lambda d: d + b"\xff\xff\n")),
        ("a formula for a name", raw(lambda d: d.replace(b"AA", b"=AA"))), ("empty", raw(lambda _: b"")),
        ("a name twice", raw(lambda d: d.replace(b"AA", b"BB"))))),
    *(Case("prices", "files/securities.csv", name, change, ("securities.csv",)) for name, change in (
        ("no asset", raw(lambda d: d.replace(b"asset", b"ticker"))), ("empty", raw(lambda _: b"")),
        ("a formula", cell("asset", 2, "=1+1")), ("a row too long", raw(lambda d: d + b"1,2,3,4\n")),
        ("invalid UTF-8", raw(lambda d: d + b"\xff")))),
    # Column maps.
    *(Case("custodian", "map.toml", name, text(old, new), ("map.toml", said)) for name, old, new, said in (
        ("no title", "title = ", "caption = ", "title"),
        ("a bad pattern", "titles = [", "ignore = ['(']\ntitles = [", "ignore"),
        ("formats that repeat", "formats = [", "formats = ['%Y%Y', ", "formats"),
        ("formats without a year", "formats = [", "formats = ['%m/%d', ", "formats"),
        ("a format that is none", "formats = [", "formats = ['%', ", "formats"),
        ("a group of titles", "titles = [", "titles = ['(?P<shares>x)', ", "titles"),
        ("a kind of rows", 'rows = "lot"', 'rows = "bonds"', "rows"))),
    *bytes_cases("custodian", "schwab_lots_AAPL.csv"),
    *bytes_cases("custodian", "schwab_transactions.csv"),
    *(Case("custodian", "ibkr_flex.xml", name, change, ("ibkr_flex.xml",)) for name, change in (
        ("cut", raw(lambda d: d[: len(d) // 2])), ("an entity", raw(lambda d: b'<!DOCTYPE a [<!ENTITY b "c">]>' + d)),
        ("invalid UTF-8", raw(lambda d: d.replace(b"AAPL", b"\xff\xfe"))), ("NUL", raw(lambda d: d + b"\x00")),
        ("nothing in it", raw(lambda _: b"<a/>")), ("two roots", raw(lambda d: d + b"<a/>")))),
]  # fmt: skip


def _all() -> Iterator[Case]:
    yield from HAND
    for table in TABLES:
        yield from table_cases(table)
    yield from every_cell_case(TABLES[0])
    whole = set()
    for kind, file, line, key, values in SETTINGS:
        for case in settings_cases(kind, file, line, key, values):
            # A file as a whole is spoilt once, whichever of its keys are.
            if f"{case} {key}" not in whole and (str(case) not in whole or case.name.startswith(key)):
                whole.add(str(case))
                yield case
    for kind, file, panel in PARQUET:
        yield from parquet_cases(kind, file, panel=panel)


def _fewer() -> Iterator[Case]:
    """All by hand and of account folders; of the others, whose readers are the same, every second one."""
    every = {str(case): case for case in _all()}
    chosen = {str(case) for case in HAND} | {name for name, case in every.items() if case.kind in _WHOLE}
    chosen |= {name for number, name in enumerate(every) if number % 2}
    yield from (case for name, case in every.items() if name in chosen)


_WHOLE = ("account", "ledger", "study", "custodian")
CASES = list(_fewer())
