"""Households of a few lots, where every share and dollar can be counted by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from small_household import (
    LONG_AGO,
    ONE,
    SECURITIES,
    TAXES,
    TODAY,
    TWO,
    audit,
    buy,
    cash,
    codes,
    lists,
    lot,
    move,
    sell,
    sleeve,
)

from audit import AuditedHousehold, AuditedMandate, AuditedTaxes, PastTrade, Security, YearSoFar
from audit.household import shared
from tax import TaxRates
from taxsleeve_errors import InputError


def test_a_lot_moves_with_its_basis_and_is_sold_where_it_arrived() -> None:
    given = lists(
        {"one": [], "two": [sell("one:L1", "X", 60)]},
        move("one", "two", "L1", "X", 60, new_lot_id="one:L1"),
        cash("two", "one", 480.0),
    )
    found = audit((ONE, TWO), given)
    assert codes(found) == []
    two, one = found.sleeves["two"].after, found.sleeves["one"].after
    # Sixty shares bought at ten and worth eight.
    assert [sale.gain for sale in two.sales] == [-120.0]
    assert found.after.tax_saved == pytest.approx(0.2 * 120)
    assert (one.cash, two.cash) == (1480.0, 1000.0 - 480.0 + 480.0)
    assert (one.account.nav, two.account.nav) == (one.before.nav, two.before.nav) == (2800.0, 1820.0)
    assert {lot.lot_id: lot.shares for lot in one.account.lots} == {"L1": 40.0, "L2": 50.0}


def test_shares_that_moved_cannot_be_sold_where_they_were() -> None:
    moved = (move("one", "two", "L1", "X", 60), cash("two", "one", 480.0))
    part = audit((ONE, TWO), lists({"one": [sell("L1", "X", 50)], "two": []}, *moved))
    assert ("one", "lot-moved-and-sold") in codes(part)
    rest = audit((ONE, TWO), lists({"one": [sell("L1", "X", 40)], "two": []}, *moved))
    assert codes(rest) == []
    whole = (move("one", "two", "L1", "X", 100), cash("two", "one", 800.0))
    assert ("one", "lot-moved-and-sold") in codes(
        audit((ONE, TWO), lists({"one": [sell("L1", "X", 1)], "two": []}, *whole))
    )


def test_an_id_that_is_not_given_or_taken_is_made_free() -> None:
    # Both sleeves have a lot L1.
    found = audit((ONE, TWO), lists({"one": [], "two": []}, move("one", "two", "L1", "X", 60), cash("two", "one", 480)))
    assert {lot.lot_id for lot in found.sleeves["two"].after.account.lots} == {"L1", "L2", "one:L1"}


@pytest.mark.parametrize(
    ("kind", "owner", "code"),
    [
        ("taxable", "client", "wash-sale-across-lists"),
        ("spouse", "partner", "wash-sale-across-lists"),
        ("ira", "client", "wash-sale-across-lists-ira"),
        ("roth", "partner", "wash-sale-across-lists-ira"),
    ],
)
def test_a_purchase_in_any_account_washes_share_by_share(kind: str, owner: str, code: str) -> None:
    other = sleeve("other", lot("L1", "Y", 100, 4.0), kind=kind, owner=owner)
    given = lists({"one": [sell("L1", "X", 100)], "other": [buy("X", 30)]})
    found = audit((ONE, other), given)
    assert codes(found) == [("one", code)]
    # Thirty of the hundred shares, two dollars each; seventy dollars a share are left.
    assert found.findings[0].value == pytest.approx(60.0)
    assert "in row 0 of the list of other" in found.findings[0].words
    assert found.after.harvested(long=True) == pytest.approx(140.0)
    assert found.after.harvested(long=False) == 0.0


def test_a_loss_in_an_ira_is_none_and_its_gain_too() -> None:
    ira = sleeve("ira", lot("L1", "X", 100, 10.0), lot("L2", "Z", 10, 1.0), kind="ira")
    found = audit((ira, TWO), lists({"ira": [sell("L1", "X", 100), sell("L2", "Z", 10)], "two": [buy("X", 30)]}))
    assert codes(found) == []
    assert (found.after.tax_saved, found.after.gross_gains) == (0.0, 0.0)


def test_a_retirement_account_has_no_limits_on_gains() -> None:
    tight = AuditedMandate({"realized_gain": 0.0, "net_gain_long": 0.0}, fractional=True, spread_bps=0.0)
    given = {"own": [sell("L2", "Z", 10)], "two": []}
    own = sleeve("own", lot("L2", "Z", 10, 1.0), kind="ira", mandate=tight)
    assert codes(audit((own, TWO), lists(given))) == []
    own = sleeve("own", lot("L2", "Z", 10, 1.0), mandate=tight)
    assert codes(audit((own, TWO), lists(given))) == [("own", "gain-budget"), ("own", "net-gain-long")]


def test_purchases_of_late_count_once_however_many_histories_tell_them() -> None:
    bought = PastTrade(TODAY - dt.timedelta(days=10), "BUY", "X", "X", 30, 8.0, account="else", account_type="spouse")
    sleeves = (
        replace(ONE, account=replace(ONE.account, past=(bought,))),
        replace(TWO, account=replace(TWO.account, past=(bought,))),
    )
    found = audit(sleeves, lists({"one": [sell("L1", "X", 100)], "two": []}))
    assert [(code, finding.value) for (_, code), finding in zip(codes(found), found.findings, strict=True)] == [
        ("wash-sale-household", 60.0)
    ]


def test_a_lot_that_moved_in_the_window_still_replaces_what_is_sold() -> None:
    young = sleeve("two", lot("L1", "Y", 100, 4.0), lot("NEW", "X", 40, 9.0, TODAY - dt.timedelta(days=5)))
    three = sleeve("three", lot("L1", "Z", 50, 10.0))
    given = lists(
        {"one": [sell("L1", "X", 100)], "two": [], "three": []},
        move("two", "three", "NEW", "X", 40),
        cash("three", "two", 320),
    )
    found = audit((ONE, young, three), given)
    assert codes(found) == [("two", "transfer-recent-lot"), ("one", "wash-sale-household")]
    assert found.findings[1].value == pytest.approx(80.0)


def test_bands_that_drift_broke_are_measured_from_before_the_moves() -> None:
    band = AuditedMandate({"active_weight": 0.1}, fractional=True, spread_bps=0.0)
    # Z is 1000 of 2800 dollars, 0.107 over its weight; X is 800, 0.214 under it.
    one = replace(ONE, mandate=band)
    moved = (move("two", "one", "L2", "X", 40), cash("one", "two", 320.0))
    assert codes(audit((one, TWO), lists({"one": [], "two": []}, *moved))) == []
    # Sold again as far as it came, X is no further out than it was; one share more is.
    given = {"one": [sell("L1", "X", 40)], "two": []}
    assert codes(audit((one, TWO), lists(given, *moved))) == []
    given = {"one": [sell("L1", "X", 41)], "two": []}
    assert codes(audit((one, TWO), lists(given, *moved))) == [("one", "active-weight")]


def test_total_tracking_error_by_hand() -> None:
    """Sleeves that lean in opposite directions are the benchmark together."""
    half = {"X": 0.5, "Y": 0.5}
    left = sleeve("left", lot("L1", "X", 250, 8.0), benchmark=half)
    right = sleeve("right", lot("L1", "Y", 400, 5.0), benchmark=half)
    found = audit((left, right), lists({"left": [], "right": []}), tracking_error=0.05)
    # Each is worth 3000, of which 1000 are cash: X and Y are a third of all each, a sixth under the benchmark.
    by_hand = np.sqrt(0.04 * (1 / 3) ** 2 + 0.01 * 2 * (1 / 6) ** 2)
    assert found.after.tracking_error == found.after.tracking_error_before == pytest.approx(by_hand)
    assert codes(found) == [("", "household-te-exceeded")]
    weighted = audit((left, right), lists({"left": [], "right": []}), weights={"left": 1.0, "right": 0.0})
    assert weighted.after.tracking_error == pytest.approx(by_hand)


def test_one_bill_is_netted_over_all_accounts() -> None:
    taxes = AuditedTaxes(TaxRates(0.4, 0.2), "netting", year=YearSoFar(short=100.0, deduction=30.0, carried=0.1))
    one = sleeve("one", lot("L1", "X", 100, 10.0), taxes=taxes)
    two = sleeve("two", lot("L1", "Y", 100, 4.0), taxes=taxes, kind="spouse", owner="partner")
    found = audit((one, two), lists({"one": [sell("L1", "X", 100)], "two": [sell("L1", "Y", 50)]}))
    # A loss of 200 and a gain of 50, both long-term: 100 short-term are gone, 30 are deducted, 20 carried on.
    assert found.after.tax_saved == pytest.approx(0.4 * 100 + 0.4 * 30 + 0.1 * 20)
    other = replace(two, taxes=replace(taxes, year=YearSoFar(short=1.0)))
    with pytest.raises(InputError, match="the same rates, losses and year_to_date"):
        AuditedHousehold((one, other))


def test_losses_below_the_least_save_nothing() -> None:
    given = lists({"one": [sell("L1", "X", 50)], "two": []})
    for taxes, saved in (
        (replace(TAXES, harvest_threshold=0.2), 20.0),
        (replace(TAXES, harvest_threshold=0.21), 0.0),
        (replace(TAXES, minimum_loss=200.0), 20.0),
        (replace(TAXES, minimum_loss=201.0), 0.0),
        (replace(TAXES, losses="long_term", rates=TaxRates(0.4, 0.1)), 10.0),
    ):
        found = audit((replace(ONE, taxes=taxes), TWO), given)
        assert found.after.tax_saved == pytest.approx(saved), taxes
        assert found.after.harvested(long=True) == (100.0 if saved else 0.0)


def test_gains_of_all_sleeves_are_in_one_budget() -> None:
    given = lists({"one": [sell("L2", "Z", 10)], "two": [sell("L1", "Y", 50)]})
    # A hundred and fifty dollars of 4620.
    assert codes(audit((ONE, TWO), given, realized_gain=0.033)) == []
    found = audit((ONE, TWO), given, realized_gain=0.032)
    assert codes(found) == [("", "household-gain-budget")]
    assert found.findings[0].value == pytest.approx(150 / 4620)


def test_losses_that_the_year_can_use_are_used_once() -> None:
    taxes = replace(TAXES, year=YearSoFar(short=150.0, deduction=0.0))
    mandate = AuditedMandate(fractional=True, spread_bps=0.0, usable_losses=150.0)
    one = sleeve("one", lot("L1", "X", 100, 10.0), taxes=taxes, mandate=mandate)
    two = sleeve("two", lot("L1", "Z", 50, 22.0), taxes=taxes, mandate=mandate)
    given = lists({"one": [sell("L1", "X", 75)], "two": [sell("L1", "Z", 50)]})
    found = audit((one, two), given)
    assert codes(found) == [("", "household-harvest-beyond-offsets")]
    assert found.findings[0].excess == pytest.approx(100 / found.after.household.nav)
    # One that harvests everything is not bound, nor are accounts of different years.
    for other in (replace(two, mandate=replace(mandate, usable_losses=None)), replace(two, taxes=TAXES)):
        assert codes(audit((one, other), given)) == []


def test_transfers_that_would_leave_nothing_are_not_made() -> None:
    found = audit((ONE, TWO), lists({"one": [], "two": []}, cash("one", "two", 5000.0)))
    assert ("one", "transfer-unsettled") in codes(found)
    assert found.sleeves["one"].after.cash == 1000.0


def test_what_the_ledger_refuses_is_a_finding() -> None:
    late = replace(lot("L1", "X", 100, 10.0), acquired=TODAY + dt.timedelta(days=1))
    found = audit((sleeve("one", late), TWO), lists({"one": [sell("L1", "X", 1)], "two": []}))
    assert ("", "ledger-refused") in codes(found)


def test_sleeves_that_contradict_each_other_are_refused() -> None:
    other = replace(TWO.account, as_of=TODAY - dt.timedelta(days=1))
    with pytest.raises(InputError, match="the day of sleeve one"):
        AuditedHousehold((ONE, replace(TWO, account=other)))
    for changed in (Security("X", 9.0, group="X"), Security("X", 8.0, group="G")):
        other = replace(TWO.account, securities={**SECURITIES, "X": changed})
        with pytest.raises(InputError, match="of X in all sleeves"):
            AuditedHousehold((ONE, replace(TWO, account=other)))
    # Read from two files, prices are the same numbers and not the same objects.
    read = {asset: replace(own, price=float(str(own.price))) for asset, own in SECURITIES.items()}
    assert AuditedHousehold((ONE, replace(TWO, account=replace(TWO.account, securities=read)))).nav == 4620.0


@pytest.mark.parametrize(
    ("group", "known", "expected"),
    [("X", "G", "G"), ("X", "", "X"), ("H", "G", "H"), ("A", "G", "A"), ("Z", "G", "Z"), ("X", None, "X")],
)
def test_a_past_trade_is_of_the_group_that_any_sleeve_knows(group: str, known: str | None, expected: str) -> None:
    """Unless its own file says another than the name itself."""
    others = {asset: own for asset, own in SECURITIES.items() if asset != "X"}
    securities = others if known is None else {**SECURITIES, "X": Security("X", 8.0, group=known)}
    past = PastTrade(TODAY, "SELL", "X", group, 1.0, 8.0)
    accounts = {
        "one": replace(sleeve("one", benchmark={"Y": 1.0}).account, securities=others, past=(past,)),
        "two": replace(sleeve("two", benchmark={"Y": 1.0}).account, securities=securities),
    }
    assert [[trade.group for trade in one.past] for one in shared(accounts).values()] == [[expected]] * 2


def test_a_trade_that_histories_tell_counts_as_often_as_the_one_that_has_it_most() -> None:
    trade = PastTrade(TODAY, "BUY", "X", "X", 30, 8.0)
    others = [replace(trade, **{name: value}) for name, value in (
        ("date", LONG_AGO), ("side", "SELL"), ("asset", "Y"), ("shares", 31.0), ("account", "her"),
        ("account_type", "spouse"),
    )]  # fmt: skip
    accounts = {
        "one": replace(ONE.account, past=(trade, trade, others[0])),
        "two": replace(TWO.account, past=(trade, *others)),
        # Price and gain may be told by one and not by another.
        "three": replace(TWO.account, past=(replace(trade, price=7.0),)),
    }
    for one in shared(accounts).values():
        assert sorted(one.past, key=repr) == sorted((trade, trade, *others), key=repr)


def test_lots_of_the_others_are_siblings() -> None:
    accounts = {"one": ONE.account, "two": TWO.account}
    found = shared(accounts)
    assert found["one"].siblings == TWO.account.lots
    assert found["two"].siblings == ONE.account.lots


def test_a_loss_beside_anothers_purchase_that_an_earlier_loss_used_up() -> None:
    """The law disallows it nowhere; the promise of the household is by days alone."""
    one = sleeve("one", lot("L1", "X", 100, 10.0), lot("L3", "X", 50, 9.0, LONG_AGO + dt.timedelta(days=400)),
                 lot("L4", "X", 10, 7.0, LONG_AGO))  # fmt: skip
    sales = [sell("L1", "X", 100), sell("L3", "X", 50), sell("L4", "X", 10)]
    other = sleeve("other", lot("L1", "Y", 100, 4.0))
    found = audit((one, other), lists({"one": sales, "other": [buy("Y", 1), buy("X", 30)]}))
    assert codes(found) == [("one", "wash-sale-across-lists"), ("one", "window-across-lists")]
    window = found.findings[1]
    assert (window.file, window.row, window.name, window.value) == ("one/trades.csv", 1, "X", 50.0)
    assert window.words == "SELL X L3: a loss, and BUY X in row 1 of the list of other"
    # Where nobody buys the name, all of it is free.
    assert codes(audit((one, other), lists({"one": sales, "other": [buy("Y", 1)]}))) == []


def test_what_comes_from_or_goes_to_no_sleeve_moves_nothing() -> None:
    for rows in (
        (move("none", "two", "L1", "X", 60), cash("none", "two", 480.0)),
        (move("one", "none", "L1", "X", 60), cash("one", "none", 480.0)),
    ):
        found = audit((ONE, TWO), lists({"one": [], "two": []}, *rows))
        assert [code for _, code in codes(found)] == ["transfer-unknown-sleeve"] * 2
        for own in (ONE, TWO):
            after = found.sleeves[own.name].after
            assert (after.cash, after.account.lots) == (1000.0, own.account.lots)


@pytest.mark.parametrize(("off", "expected"), [(0.0027, []), (0.0029, [("one", "transfer-amount")])])
def test_in_a_small_sleeve_a_millionth_of_it_is_less_than_a_cent(off: float, expected: list[tuple[str, str]]) -> None:
    moved = move("one", "two", "L1", "X", 60) | {"amount": 480.0 + off}
    assert codes(audit((ONE, TWO), lists({"one": [], "two": []}, moved, cash("two", "one", 480.0)))) == expected
