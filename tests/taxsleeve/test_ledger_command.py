"""`taxsleeve ledger` on the shared vectors, on every kind of event, and on histories in error."""

import csv
import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from taxsleeve.command_line import main

DATA = Path(__file__).parents[1] / "tax" / "data"
HEADER = "seq,trade_id,trade_date,side,account,account_type,symbol,si_group,qty,price,fees,spec_lots"


def cases(name):
    found = defaultdict(list)
    with (DATA / name).open(newline="") as lines:
        for row in csv.DictReader(lines):
            found[row.pop("case_id")].append(row)
    return found


INDEX, TRADES = cases("wash_index.csv"), cases("wash_trades.csv")
SALES, LOTS = cases("wash_expected_sales.csv"), cases("wash_expected_lots.csv")


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def run(history, out, *options):
    return CliRunner().invoke(main, ["ledger", str(history), "--out", str(out), *options])


def same(got, expected):
    assert [list(row) for row in got] == [list(row) for row in expected]
    for one, other in zip(got, expected, strict=True):
        for name, value in other.items():
            try:
                assert float(one[name]) == pytest.approx(float(value), abs=0.006), name
            except ValueError:
                assert one[name] == value, name


@pytest.mark.parametrize("case", sorted(INDEX))
def test_vectors(case, tmp_path):
    policy = INDEX[case][0]["policy"]
    options = () if policy == "default" else ("--policy", policy)
    result = run(write(tmp_path / "h.csv", TRADES[case]), tmp_path / "out", *options, "--quiet")
    assert (result.exit_code, result.output) == (0, "")
    for name, expected in (("sales.csv", SALES[case]), ("lots.csv", LOTS[case])):
        with (tmp_path / "out" / name).open(newline="") as lines:
            same(list(csv.DictReader(lines)), expected)


def test_the_policy_is_printed_and_written(tmp_path):
    history = write(tmp_path / "h.csv", TRADES["X23"])
    result = run(history, tmp_path / "out", "--policy", "same_day_batch=False", "--policy", "group_map=ticker")
    assert result.exit_code == 0
    assert "same_day_batch=False" in result.output
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["policy"] == {
        "same_acquisition_exclusion": "True",
        "same_day_batch": "False",
        "require_candidate_after_sold_lot": "False",
        "spouse_basis_adjust": "True",
        "group_map": "ticker",
        "sub_lot_order": "highest_basis",
    }


def test_the_same_bytes_twice(tmp_path):
    history = write(tmp_path / "h.csv", TRADES["F37"])
    files = []
    for out in (tmp_path / "one", tmp_path / "two"):
        assert run(history, out).exit_code == 0
        files.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert files[0] == files[1]
    assert set(files[0]) == {"sales.csv", "lots.csv", "form_8949.csv", "summary.json"}


EVERY_SIDE = """\
seq,trade_id,trade_date,side,account,account_type,symbol,si_group,qty,price,fees,spec_lots,ratio,new_symbol,\
basis_fraction,cash,destination,destination_type,donor_basis,donor_start
1,B1,2020-01-02,BUY,A,taxable,X,,101,50,1,,,,,,,,,
2,D1,2020-02-03,DIVIDEND,,,X,,,0.5,,,,,,,,,,
3,D2,2020-02-03,REINVEST,A,taxable,X,,1.01,50,,,,,,,,,,
4,R1,2020-03-02,SPLIT,,,X,,,1.5,,,,,,,,,,
5,C1,2020-03-03,CASH_IN_LIEU,A,taxable,X,,0.015,40,,,,,,,,,,
6,K1,2020-04-01,RETURN_OF_CAPITAL,,,X,,,1,,,,,,,,,,
7,P1,2020-05-01,SPINOFF,,,X,,,,,,0.5,Y,0.25,,,,,
8,T1,2020-06-01,TRANSFER,A,taxable,X,,50,,,B1:50,,,,,H,spouse,,
9,G1,2020-07-01,GIFT,A,taxable,Z,,10,30,,,,,,,,,50,2019-01-02
10,M1,2021-08-02,CASH_STOCK_MERGER,,,X,,,20,,,2,N,,5,,,,
11,M2,2021-09-01,STOCK_MERGER,,,N,,,,,,0.5,O,,,,,,
12,M3,2021-10-01,TAXABLE_MERGER,,,Y,,,10,,,2,Q,,,,,,
13,M4,2021-11-01,CASH_MERGER,,,Q,,,11,,,,,,,,,,
14,S1,2021-12-01,SELL,A,taxable,Z,,10,20,,,,,,,,,,
"""


def test_every_side(tmp_path):
    (tmp_path / "h.csv").write_text(EVERY_SIDE)
    result = run(tmp_path / "h.csv", tmp_path / "out")
    assert result.exit_code == 0, result.output
    with (tmp_path / "out" / "lots.csv").open(newline="") as lines:
        lots = {(row["buy_id"], row["account"], row["symbol"]): row for row in csv.DictReader(lines)}
    assert set(lots) == {("B1", "A", "O"), ("B1", "H", "O"), ("D2", "A", "O")}
    assert lots["B1", "H", "O"]["qty"] == "50"
    with (tmp_path / "out" / "sales.csv").open(newline="") as lines:
        sales = list(csv.DictReader(lines))
    assert {row["sale_id"] for row in sales} == {"C1", "M1", "M3", "M4", "S1"}
    gift = sales[-1]
    assert (gift["gain_loss_before_wash"], gift["holding_period_start"]) == ("-100.00", "2020-07-01")


BUY = "1,B1,2024-01-02,BUY,A,taxable,X,X,10,50,0,\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2,S1,2024-02-01,SELL,A,taxable,X,X,11,50,0,\n", "h.csv, row 3: .* at most the 10 that account 'A' holds"),
        ("2,S1,2024-01-01,SELL,A,taxable,X,X,1,50,0,\n", "row 3: .* out of order"),
        ("2,S1,2024-02-01,SELL,A,taxable,X,X,1,50,0,B7:1\n", "row 3: .* 'B7', which is not open"),
        ("2,S1,2024-02-01,SELL,A,taxable,X,X,1,50,0,B1\n", "row 3, spec_lots: found 'B1', expected LOT:SHARES"),
        ("2,R1,2024-02-01,SPLIT,A,taxable,X,X,,0,0,\n", "row 3: .* ratio: found 0"),
        ("2,R1,2024-02-01,SPLIT,A,taxable,X,X,,,0,\n", "row 3, price: found 'an empty cell'"),
        ("2,S1,2024-02-01,SELL,A,taxable,X,X,nan,50,0,\n", "row 3, qty: found 'nan', expected a number"),
        ("2,S1,2024-02-30,SELL,A,taxable,X,X,1,50,0,\n", "row 3, trade_date: found '2024-02-30'"),
        ("2,S1,2024-02-01,GIVE,A,taxable,X,X,1,50,0,\n", "row 3, side: found 'GIVE', expected one of BUY, SELL"),
        ("2,S1,2024-02-01,SELL,A,ira,X,X,1,50,0,\n", "row 3: .* found kind ira, expected taxable"),
        ("2,M1,2024-02-01,STOCK_MERGER,,,X,X,,,,\n", "row 3, ratio: .*\n.*row 3, new_symbol: "),
    ],
)
def test_a_history_in_error(text, expected, tmp_path):
    (tmp_path / "h.csv").write_text(f"{HEADER}\n{BUY}{text}")
    result = run(tmp_path / "h.csv", tmp_path / "out")
    assert result.exit_code == 2
    assert not (tmp_path / "out").exists()
    assert re.search(expected, result.stderr), result.stderr


def test_all_faults_at_once(tmp_path):
    bad = "x,S1,2024-02-01,SELL,A,taxable,X,X,1,50,0,\n3,S2,never,SELL,A,taxable,X,X,1,y,0,\n"
    (tmp_path / "h.csv").write_text(f"{HEADER}\n{BUY}{bad}")
    result = run(tmp_path / "h.csv", tmp_path / "out")
    assert result.exit_code == 2
    for place in ("row 3, seq", "row 4, trade_date", "row 4, price"):
        assert place in result.stderr


@pytest.mark.parametrize("setting", ["same_day_batch=perhaps", "colour=red", "nothing"])
def test_a_policy_in_error(setting, tmp_path):
    history = write(tmp_path / "h.csv", TRADES["W01"])
    result = run(history, tmp_path / "out", "--policy", setting)
    assert result.exit_code == 2
    assert "--policy" in result.stderr


def test_no_such_file(tmp_path):
    assert run(tmp_path / "h.csv", tmp_path / "out").exit_code == 2
