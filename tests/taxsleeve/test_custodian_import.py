"""`taxsleeve import`: samples in each custodian's published layout become an account folder's tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from taxsleeve.account_folder import AccountFolder, read_account_folder

Command = Callable[..., Any]
SAMPLES = Path(__file__).parent / "data" / "custodians"


def sample(*names: str) -> list[Path]:
    return [SAMPLES / name for name in names]


def text(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def complete(folder: Path) -> AccountFolder:
    """Fill in what an import leaves open, and read the folder."""
    settings = (folder / "account.toml").read_text(encoding="utf-8")
    (folder / "account.toml").write_text(settings.replace("# short", "short").replace("# long", "long"), "utf-8")
    assets = sorted(set(pd.read_csv(folder / "lots.csv")["asset"]))
    rows = pd.DataFrame({"asset": assets})
    rows.assign(weight=1 / len(assets)).to_csv(folder / "benchmark.csv", index=False)
    rows.assign(price=100.0).to_csv(folder / "securities.csv", index=False)
    (folder / "risk").mkdir()
    rows.assign(market=1.0).to_csv(folder / "risk" / "loadings.csv", index=False)
    rows.assign(variance=0.04).to_csv(folder / "risk" / "specific_variance.csv", index=False)
    (folder / "risk" / "factor_covariance.csv").write_text("factor,market\nmarket,0.04\n", encoding="utf-8")
    return read_account_folder(folder)


def test_schwab(tmp_path: Path, command: Command) -> None:
    files = [f"schwab_{part}.csv" for part in ("lots_AAPL", "lots_all", "positions", "transactions")]
    out = tmp_path / "account"
    done = command("import", *sample(*files), "--from", "schwab", "--out", out)
    assert done.code == 0, done.stderr
    # The total of 334.33 over 8 shares, not the 41.79 that is printed.
    assert text(out / "lots.csv") == [
        "lot_id,asset,shares,cost_per_share,acquired,holding_start,account,account_type",
        "BRK.B-2020-03-15-1,BRK.B,50,200,2020-03-15,,Taxable,taxable",
        "AAPL-2017-10-30-1,AAPL,8,41.79125,2017-10-30,,XXXX-5792,taxable",
        "AAPL-2024-05-20-1,AAPL,1002,190,2024-05-20,,XXXX-5792,taxable",
    ]
    # The day that a trade is "as of" counts.
    assert text(out / "trades.csv") == [
        "date,side,asset,shares,price,realized_gain,account,account_type",
        "2024-05-02,BUY,AAPL,0.1234,169.3,,taxable,taxable",
        "2024-05-20,BUY,AAPL,1002,190,,taxable,taxable",
        "2024-06-18,SELL,BRK.B,10,405.1,,taxable,taxable",
    ]
    for words in (
        "3 lots of 2 names in 2 accounts, 3 trades, as of 2024-06-28",
        "Cash: $12,345.67",
        "add up to the 2 positions",
        "Skipped on purpose: 11 rows",
        "3 option: schwab_lots_all.csv row 3, schwab_positions.csv row 6, schwab_transactions.csv row 6",
        "2 total: schwab_lots_AAPL.csv row 6, schwab_positions.csv row 9",
        "1 transfer of cash, fee or tax: schwab_transactions.csv row 4",
        "taxable lots of 2 accounts (Taxable, XXXX-5792)",
        "3 trades are of no account that has lots here",
        "account.toml: as_of = 2024-06-28, cash = 12345.67",
        "benchmark.csv",
        "securities.csv",
    ):
        assert words in done.stdout
    assert not (out / "account.toml").exists()


def test_fidelity_and_that_a_retirement_account_is_known_by_its_name(tmp_path: Path, command: Command) -> None:
    files = [f"fidelity_{part}.csv" for part in ("lots", "positions", "history")]
    out = tmp_path / "account"
    done = command("import", *sample(*files), "--from", "fidelity", "--out", out, "--skeleton")
    assert done.code == 0, done.stderr
    assert text(out / "lots.csv")[1:] == [
        "BRK.B-2024-02-01-1,BRK.B,10,400,2024-02-01,,X12345678,taxable",
        "VTI-2020-03-15-1,VTI,50,240,2020-03-15,,X12345678,taxable",
        "VTI-2024-06-10-1,VTI,2.643,264.86189935679152,2024-06-10,,Z87654321,roth",
    ]
    assert text(out / "trades.csv")[1:] == [
        "2024-05-22,SELL,AAPL,4,190.9,,X12345678,taxable",
        "2024-06-10,BUY,VTI,2.643,264.86,,Z87654321,roth",
    ]
    assert "1 pending activity, not settled: fidelity_positions.csv row 6" in done.stdout
    assert "1 lot has a fraction of a share" in done.stdout
    read = complete(out)
    assert [row.asset for row in read.lots_elsewhere] == ["VTI"]
    assert read.lots_elsewhere[0].cost_per_share == 700.03 / 2.643
    assert read.account.lots.asset.tolist() == ["BRK.B", "VTI"]
    assert (read.account.as_of, read.account.cash) == (dt.date(2024, 6, 28), 2069.43)
    assert read.mandate.fractional


@pytest.mark.parametrize("ending", ["xml", "csv"])
def test_ibkr_in_both_forms(ending: str, tmp_path: Path, command: Command) -> None:
    out = tmp_path / "account"
    done = command("import", *sample(f"ibkr_flex.{ending}"), "--from", "ibkr", "--out", out, "--skeleton")
    assert done.code == 0, done.stderr
    # A washed lot keeps the day its holding period began; a transferred one has no id of the broker's.
    assert text(out / "lots.csv")[1:] == [
        "2368917073,AAPL,60,140,2023-03-11,,U1234567,taxable",
        "AAPL-2024-06-02-1,AAPL,40,153.75,2024-06-02,2024-01-15,U1234567,taxable",
        "2368917099,BRK.B,3,300.33333333333333,2021-01-04,,U1234567,taxable",
    ]
    assert text(out / "trades.csv")[1:] == [
        "2024-06-02,BUY,AAPL,40,153.725,,U1234567,taxable",
        "2024-06-05,SELL,MSFT,5,410.5,-120.55,U1234567,taxable",
    ]
    for words in ("Cash: $5,023.45", "add up to the 2 positions", "1 not in US dollars", "1 not a stock or fund"):
        assert words in done.stdout
    read = complete(out)
    assert read.account.as_of == dt.date(2024, 6, 28)
    assert read.account.lots.shares.tolist() == [60.0, 40.0, 3.0]
    assert (read.account.lots.shares * read.account.lots.basis).sum() == pytest.approx(15451, abs=1e-9)


def test_pershing_keeps_what_is_covered(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "account"
    files = sample("pershing_lots.csv", "pershing_holdings.csv")
    done = command("import", *files, "--from", "pershing", "--out", out, "--skeleton")
    assert done.code == 0, done.stderr
    assert text(out / "lots.csv") == [
        "lot_id,asset,shares,cost_per_share,acquired,holding_start,account,account_type,covered",
        "AAPL-2010-03-01-1,AAPL,1000,7.4632,2010-03-01,,JXD012345,taxable,Noncovered",
        "AAPL-2024-05-20-1,AAPL,3,190.33333333333333,2024-05-20,,JXD012345,taxable,Covered",
        "BRK.B-2021-01-04-1,BRK.B,10,230.1,2021-01-04,,JXD012345,taxable,Covered",
    ]
    assert not (out / "trades.csv").exists()
    assert "no trades were given" in done.stdout
    assert "Cash: $5,250.00" in done.stdout
    read = complete(out)
    assert read.extra_lot_columns["covered"].tolist() == ["Noncovered", "Covered", "Covered"]
    assert read.account.cash == 5250


def test_pershing_pages_of_an_account(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "account"
    files = sample(*(f"pershing_account_{part}.csv" for part in ("lots", "positions", "transactions")))
    done = command("import", *files, "--out", out, "--skeleton")
    assert done.code == 0, done.stderr
    # Each lot by Pershing's id; what stands for several lots is none.
    assert text(out / "lots.csv") == [
        "lot_id,asset,shares,cost_per_share,acquired,holding_start,account,account_type",
        "20100301001,AAPL,1000,7.4632,2010-03-01,,JXD012345,taxable",
        "20240520001,AAPL,3,190.33333333333333,2024-05-20,,JXD012345,taxable",
        "20210104001,BRK.B,10,230.1,2021-01-04,,JXD012345,taxable",
    ]
    # The day of the trade, not the day that it was processed.
    assert text(out / "trades.csv")[1:] == [
        "2024-05-20,BUY,AAPL,3,190.33,,JXD012345,taxable",
        "2024-06-10,SELL,MSFT,5,410,,JXD012345,taxable",
    ]
    for words in (
        "3 lots of 2 names, 2 trades, as of 2024-06-28", "Cash: $250.00", "add up to the 2 positions", "3 bond",
        "2 a name's lots together, or text under the table", "2 dividend, interest, fee or transfer of cash",
    ):  # fmt: skip
        assert words in done.stdout
    assert complete(out).account.cash == 250


def test_the_same_bytes_whatever_the_order_of_files_and_rows(tmp_path: Path, command: Command) -> None:
    files = sample("schwab_lots_AAPL.csv", "schwab_lots_all.csv", "schwab_transactions.csv")
    lines = text(files[0])
    turned = tmp_path / files[0].name
    turned.write_text("\n".join([*lines[:3], lines[4], lines[3], *lines[5:]]) + "\n", encoding="utf-8")
    for name, order in (("one", files), ("two", [files[2], files[1], turned])):
        assert command("import", *order, "--from", "schwab", "--out", tmp_path / name).code == 0
    for file in ("lots.csv", "trades.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_what_is_one_account_is_said(tmp_path: Path, command: Command) -> None:
    files = sample("schwab_lots_AAPL.csv", "schwab_lots_all.csv", "schwab_transactions.csv")
    out = tmp_path / "account"
    done = command("import", *files, "--from", "schwab", "--out", out, "--as", "trust", "--skeleton")
    assert done.code == 0, done.stderr
    for file in ("lots.csv", "trades.csv"):
        assert set(pd.read_csv(out / file)["account"]) == {"trust"}
    assert "accounts" not in done.stdout
    (out / "account.toml").write_text((out / "account.toml").read_text("utf-8").replace("# cash", "cash"), "utf-8")
    assert set(complete(out).account.lots.account) == {"trust"}
    refused = command("import", *files, "--from", "schwab", "--out", tmp_path / "none", "--as", "=A1")
    assert refused.code == 2
    assert "--as: found '=A1'" in refused.stderr


def test_trades_of_no_account_are_of_the_only_one_with_lots(tmp_path: Path, command: Command) -> None:
    files = sample("schwab_lots_AAPL.csv", "schwab_transactions.csv")
    out = tmp_path / "account"
    assert command("import", *files, "--from", "schwab", "--out", out).code == 0
    assert set(pd.read_csv(out / "trades.csv")["account"]) == {"XXXX-5792"}


@pytest.mark.parametrize("called", ["Individual - TOD", "X12345678"])
def test_one_account_of_several_by_name_or_number(called: str, tmp_path: Path, command: Command) -> None:
    files = sample("fidelity_lots.csv", "fidelity_positions.csv", "fidelity_history.csv")
    out = tmp_path / "account"
    done = command("import", *files, "--from", "fidelity", "--account", called, "--out", out)
    assert done.code == 0, done.stderr
    assert [line.split(",")[1] for line in text(out / "lots.csv")[1:]] == ["BRK.B", "VTI"]
    assert "of another account: fidelity_history.csv row 4" in done.stdout
    done = command("import", *files, "--from", "fidelity", "--account", "Joint", "--out", tmp_path / "none")
    assert done.code == 2
    assert "--account: found 'Joint', expected an account of the files (Individual - TOD, ROTH IRA" in done.stderr
    assert not (tmp_path / "none").exists()


def test_lots_alike_get_ids_of_their_own(tmp_path: Path, command: Command) -> None:
    lines = text(SAMPLES / "ibkr_flex.csv")
    lot = lines[5]
    doubled = [line for line in lines if '"SUMMARY"' not in line]
    doubled.insert(doubled.index(lot), lot)
    nameless = lines[6].replace('"20240115;101500"', '""')
    doubled.insert(doubled.index(lines[6]), nameless)
    export = tmp_path / "flex.csv"
    export.write_text("\n".join(doubled) + "\n", encoding="utf-8")
    out = tmp_path / "account"
    done = command("import", export, "--from", "ibkr", "--out", out)
    assert done.code == 0, done.stderr
    ids = [line.split(",")[0] for line in text(out / "lots.csv")[1:]]
    assert ids == ["2368917073", "2368917073-2", "AAPL-2024-06-02-1", "AAPL-2024-06-02-2", "2368917099"]
    assert "no positions were given" in done.stdout


def test_cash_of_a_retirement_account_is_not_counted(tmp_path: Path, command: Command) -> None:
    positions = tmp_path / "positions.csv"
    lines = text(SAMPLES / "fidelity_positions.csv")
    lines.insert(7, "Z87654321,ROTH IRA,SPAXX**,HELD IN MONEY MARKET,,,,$55.00,,,,,1.00%,,,Cash,")
    positions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = command("import", *sample("fidelity_lots.csv"), positions, "--from", "fidelity", "--out", tmp_path / "out")
    assert done.code == 0, done.stderr
    assert "Cash: $2,069.43" in done.stdout
    assert "cash of accounts that are not taxable (1 row) is not counted" in done.stdout


def test_fidelity_positions_in_a_view_of_their_users_own(tmp_path: Path, command: Command) -> None:
    positions = tmp_path / "positions.csv"
    own = "\n".join(text(SAMPLES / "fidelity_positions.csv")).replace("Percent Of Account", "% of account")
    positions.write_text(own.replace("Current Value", "Current value") + "\n", encoding="utf-8")
    done = command("import", *sample("fidelity_lots.csv"), positions, "--from", "fidelity", "--out", tmp_path / "out")
    assert done.code == 0, done.stderr
    assert "The lots add up to the" in done.stdout
    assert "Cash: $2,069.43" in done.stdout


def test_a_term_that_is_not_that_of_the_days_is_told(tmp_path: Path, command: Command) -> None:
    lots = tmp_path / "lots.csv"
    lots.write_text("\n".join(text(SAMPLES / "schwab_lots_AAPL.csv")).replace("Short Term", "Long Term"), "utf-8")
    done = command("import", lots, "--from", "schwab", "--out", tmp_path / "out")
    assert done.code == 0, done.stderr
    assert "not that of the days held, of 1 lot (AAPL of 2024-05-20)" in done.stdout
    assert "write its first day as holding_start" in done.stdout


def test_what_stands_in_the_folder_is_told_and_left(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "account"
    lots = sample("pershing_lots.csv")
    assert command("import", *lots, "--from", "pershing", "--out", out, "--skeleton").code == 0
    begun = (out / "account.toml").read_bytes()
    (out / "trades.csv").write_text("date,side,asset,shares,price\n", encoding="utf-8")
    (out / "benchmark.csv").write_text("asset,weight\n", encoding="utf-8")
    before = (out / "lots.csv").read_bytes()
    refused = command("import", *lots, "--from", "pershing", "--out", out, "--skeleton")
    assert refused.code == 2
    assert "account.toml in the folder, which is never overwritten" in refused.stderr
    done = command("import", *lots, "--from", "pershing", "--out", out)
    assert done.code == 0
    assert "trades.csv: it is of an earlier time and left as it was" in done.stdout
    assert "benchmark.csv" not in done.stdout
    assert (out / "account.toml").read_bytes() == begun
    assert (out / "lots.csv").read_bytes() == before


def test_a_skeleton_without_day_and_cash_asks_for_them(tmp_path: Path, command: Command) -> None:
    out = tmp_path / "account"
    done = command("import", *sample("schwab_lots_all.csv"), "--from", "schwab", "--out", out, "--skeleton")
    assert done.code == 0, done.stderr
    settings = (out / "account.toml").read_text(encoding="utf-8")
    assert "# as_of = " in settings
    assert "# cash = " in settings
    refused = command("rebalance", out, "--out", tmp_path / "trades")
    assert refused.code == 2
    assert "account.toml, as_of: found 'nothing'" in refused.stderr


def test_a_cost_per_share_is_taken_where_there_is_no_total(tmp_path: Path, command: Command) -> None:
    export = tmp_path / "flex.xml"
    totals = ('costBasisMoney="901" ', 'costBasisMoney="6150" ')
    content = (SAMPLES / "ibkr_flex.xml").read_text(encoding="utf-8")
    for total in totals:
        content = content.replace(total, "")
    export.write_text(content, encoding="utf-8")
    out = tmp_path / "account"
    done = command("import", export, "--from", "ibkr", "--out", out)
    assert done.code == 0, done.stderr
    assert [line.split(",")[3] for line in text(out / "lots.csv")[1:]] == ["140", "153.75", "300.333333333"]


def test_trades_and_lots_of_different_times_are_told(tmp_path: Path, command: Command) -> None:
    history = tmp_path / "history.csv"
    old = (SAMPLES / "schwab_transactions.csv").read_text(encoding="utf-8")
    for year, words in (("2023", "no trade is of the 61 days before 2024-06-28"), ("2025", "trades after 2024-06-28")):
        history.write_text(old.replace("/2024", f"/{year}"), encoding="utf-8")
        out = tmp_path / year
        done = command("import", *sample("schwab_lots_AAPL.csv"), history, "--from", "schwab", "--out", out)
        assert done.code == 0, done.stderr
        assert words in done.stdout
