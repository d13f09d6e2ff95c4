"""A household through history: nothing vanishes, no loss is washed by another sleeve, moved lots stay what they are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from backtest import CapBands, CapSegment, Sleeve, SleeveIndex, sleeve_index
from backtest.household import (
    HouseholdResult,
    Member,
    blended_tape,
    capitalisation_shares,
    household_tapes,
    run_household,
)
from backtest.vintage import (
    OptimizedHarvest,
    PassiveReplication,
    TaxSettlement,
    ThresholdHarvest,
    VintageSettings,
    run_tape,
    run_vintage,
)
from backtest.vintage.carry import carry
from backtest.vintage.holdings import Holdings, RecentTrades
from backtest.vintage.lot_table import LotTable
from optimizer import CashLimit, TrackingErrorLimit
from tax import Account, AccountKind, Buy, Ledger, Lots, Sell, SpecificIdentification, Statement, TransferInKind
from taxsleeve_errors import InputError

BANDS = CapBands(("large", "mid", "small"), (15, 35, 60), (0.1, 0.1, 0.1))
TERMS = VintageSettings(dt.date(2014, 12, 1), dt.date(2016, 6, 15))
OPTIMIZER = OptimizedHarvest(limits=(TrackingErrorLimit(0.02), CashLimit(0.0, 0.002)))


@pytest.fixture(scope="module")
def indices(market) -> list[SleeveIndex]:
    return [sleeve_index(market, Sleeve(name, CapSegment(BANDS, (name,)))) for name in BANDS.names]


@pytest.fixture(scope="module")
def members(indices) -> list[Member]:
    shares = capitalisation_shares(indices, household_tapes(indices, TERMS)[0])
    return [Member(index, OPTIMIZER, shares[index.name]) for index in indices]


@pytest.fixture(scope="module")
def household(members, risk) -> HouseholdResult:
    return run_household(members, TERMS, risk)


@pytest.fixture(scope="module")
def apart(members, risk) -> HouseholdResult:
    return run_household(members, TERMS, risk, transfers=False)


def retired(members: Sequence[Member]) -> list[Member]:
    """Half of the small sleeve's money in an IRA of its own."""
    large, mid, small = members
    ira = replace(small.index, sleeve=replace(small.index.sleeve, name="ira"))
    half = small.share / 2
    return [large, mid, replace(small, share=half), Member(ira, OPTIMIZER, half, kind=AccountKind.IRA)]


@pytest.fixture(scope="module")
def with_ira(members, risk) -> HouseholdResult:
    return run_household(retired(members), replace(TERMS, taxes=TaxSettlement.NEXT_APRIL_15), risk)


def replay(result: HouseholdResult, kinds: dict[str, AccountKind] | None = None) -> Statement:
    """Give every trade and transfer to the exact ledger, lots by the purchase that they come from."""
    accounts = {name: Account(name, (kinds or {}).get(name, AccountKind.TAXABLE)) for name in result.sleeves}
    ledger, bought = Ledger(), {}
    moved = result.transfers[result.transfers["kind"] == "lot"]
    trades = result.total.trades

    def purchase(sleeve: str, lot: str) -> str:
        return bought.get((sleeve, lot), f"{sleeve}/{lot}")

    def transfer(number: int, row: pd.Series) -> None:
        source, target = accounts[row["from_sleeve"]], accounts[row["to_sleeve"]]
        origin = purchase(source.name, row["lot_id"])
        bought[target.name, row["new_lot_id"]] = origin
        shares = Fraction(repr(float(row["shares"])))
        ledger.apply(
            TransferInKind(
                event_id=f"T{number}", date=row["date"].date(), account=source, destination=target,
                symbol=row["asset"], shares=shares, relief=SpecificIdentification(((origin, shares),)),
            )
        )  # fmt: skip

    for day in sorted({*trades["date"], *moved["date"]}):
        for number, row in moved[moved["date"] == day].iterrows():
            transfer(number, row)
        for (sleeve, side, asset), rows in trades[trades["date"] == day].groupby(["sleeve", "side", "asset"]):
            shares = [Fraction(repr(x)) for x in rows["shares"]]
            facts = {"date": day.date(), "symbol": asset, "account": accounts[sleeve], "group": rows["group"].iloc[0]}
            price = rows["price"].iloc[0]
            if side == "BUY":
                name = purchase(sleeve, rows["lot_id"].iloc[0])
                ledger.apply(Buy(event_id=name, shares=shares[0], price=price, **facts))
                continue
            picked: dict[str, Fraction] = {}
            for lot, part in zip(rows["lot_id"], shares, strict=True):
                picked[purchase(sleeve, lot)] = picked.get(purchase(sleeve, lot), Fraction(0)) + part
            relief = SpecificIdentification(tuple(picked.items()))
            ledger.apply(
                Sell(event_id=f"S{day}{sleeve}{asset}", shares=sum(shares), price=price, relief=relief, **facts)
            )
    return ledger.statement()


def agrees(result: HouseholdResult, kinds: dict[str, AccountKind] | None = None) -> Statement:
    """Hold gains by term to the exact ledger's, to the cent, and find no wash sale."""
    statement, months = replay(result, kinds), result.total.months
    assert not statement.wash_sales
    gains = {True: 0.0, False: 0.0}
    for sale in statement.sales:
        if not sale.account.kind.is_retirement:
            gains[sale.is_long_term] += float(sale.gain)
    assert gains[False] == pytest.approx((months["loss_short"] + months["gain_short"]).sum(), abs=0.02)
    assert gains[True] == pytest.approx((months["loss_long"] + months["gain_long"]).sum(), abs=0.02)
    return statement


def test_the_exact_ledger_finds_the_same_gains_and_no_wash_sale(household, apart):
    assert agrees(apart).sales
    statement = agrees(household)
    # What is still held has the basis that the household's books say.
    last = household.total.months.iloc[-1]
    basis = sum(float(lot.adjusted_basis) for lot in statement.lots)
    known = last["value"] - last["cash"] - last["unrealised_short"] - last["unrealised_long"]
    assert basis == pytest.approx(known, abs=0.05)


def test_a_notebook_shows_the_whole_and_what_moved(household):
    moved = (household.transfers["kind"] == "lot").sum()
    assert f"as one account; lots moved in kind: {moved:,}" in household._repr_html_()
    assert household.total._repr_html_() in household._repr_html_()


def test_graduates_move_in_kind_and_are_not_sold(household, apart):
    lots = household.transfers[household.transfers["kind"] == "lot"]
    assert len(lots) > 5
    assert not len(apart.transfers)
    moved, sold = household.total.months, apart.total.months
    assert 0 < moved["gain index change"].sum() < 0.6 * sold["gain index change"].sum()
    assert moved["tax_saved"].sum() > sold["tax_saved"].sum()


def test_moved_lots_keep_basis_and_dates(household):
    lots = household.transfers[household.transfers["kind"] == "lot"]
    bought = household.total.trades[household.total.trades["side"] == "BUY"]
    bought = bought.assign(key=bought["sleeve"] + ":" + bought["lot_id"]).set_index("key")
    # A lot that moves on is called by all sleeves that it came through, and numbered where another has its name.
    origin = [":".join(f"{row.from_sleeve}:{row.lot_id}".split(":")[-2:]) for row in lots.itertuples()]
    first = bought.loc[[re.sub(r"-\d+$", "", name) for name in origin]]
    np.testing.assert_array_equal(lots["cost_per_share"].to_numpy(), first["price"].to_numpy())
    np.testing.assert_array_equal(lots["acquired"].to_numpy(), first["date"].dt.strftime("%Y-%m-%d").to_numpy())
    np.testing.assert_array_equal(lots["holding_start"].to_numpy(), lots["acquired"].to_numpy())
    assert (lots["cost_per_share"] < lots["price"]).all()
    assert ((lots["date"] - pd.to_datetime(lots["acquired"])).dt.days > 30).all()


def test_moves_are_worth_nothing_to_any_sleeve(household):
    came = household.transfers.groupby(["date", "to_sleeve"])["amount"].sum()
    went = household.transfers.groupby(["date", "from_sleeve"])["amount"].sum()
    assert len(came)
    came, went = (one.rename_axis(["date", "sleeve"]) for one in (came, went))
    np.testing.assert_allclose(came.sub(went, fill_value=0.0).to_numpy(), 0.0, atol=0.02)


@pytest.mark.parametrize("run", ["household", "apart", "with_ira"])
def test_every_dollar_of_every_sleeve_is_accounted_for(run, request):
    result = request.getfixturevalue(run)
    cash_moves = result.transfers[result.transfers["kind"] == "cash"]
    for name, sleeve in result.sleeves.items():
        months, trades = sleeve.months, sleeve.trades
        amount = (trades["shares"] * trades["price"]).where(
            trades["side"] != "BUY", -trades["shares"] * trades["price"]
        )
        flows = amount.groupby(trades["date"]).sum()
        for column, sign in (("to_sleeve", 1.0), ("from_sleeve", -1.0)):
            own = cash_moves[cash_moves[column] == name]
            flows = flows.add(sign * own.groupby("date")["amount"].sum().astype(float), fill_value=0.0)
        # What left the market between two rebalances is cash at the second.
        up_to = flows.cumsum().reindex(months.index, method="ffill")
        others = (months["dividends"] + months["tax_paid"] + months["flow"] - months["cost"]).cumsum()
        np.testing.assert_allclose(months["cash"], sleeve.settings.capital + up_to + others, atol=0.05)


def test_the_whole_is_its_sleeves(with_ira):
    total, parts = with_ira.total.months, [one.months for one in with_ira.sleeves.values()]
    for column in ("value", "cash", "loss_short", "gain_long", "dividends", "cost", "unrealised_long", "lots"):
        np.testing.assert_allclose(total[column], sum(part[column] for part in parts), rtol=1e-12)
    assert with_ira.total.days["value"].iloc[-1] == pytest.approx(total["value"].iloc[-1])
    held = with_ira.total.held[-1]
    assert held.weight.sum() == pytest.approx(1 - total["cash"].iloc[-2] / total["value"].iloc[-2], abs=1e-4)
    assert held.benchmark.sum() == pytest.approx(1)


def test_an_ira_washes_nothing_and_pays_nothing(with_ira):
    agrees(with_ira, {"ira": AccountKind.IRA})
    months = with_ira.sleeves["ira"].months
    assert not months[["loss_short", "loss_long", "gain_short", "gain_long", "tax_saved", "tax_paid"]].any(axis=None)
    assert not with_ira.transfers[["from_sleeve", "to_sleeve"]].isin(["ira"]).any(axis=None)
    # One bill for the others: the first year's savings, less tax on dividends, come the next April.
    paid = with_ira.total.months["tax_paid"]
    assert paid[paid != 0].index.strftime("%Y-%m").tolist() == ["2016-04"]
    first = with_ira.total.months.loc[:"2015-12-31"]
    taxed = first["dividends"] - months.loc[:"2015-12-31", "dividends"]
    known = first["tax_saved"].sum() - 0.238 * taxed.sum()
    assert paid.sum() == pytest.approx(known, rel=0.01)


def test_the_same_again_to_the_last_bit(members, risk):
    short = replace(TERMS, until=dt.date(2015, 6, 15))
    first, again = (run_household(members, short, risk) for _ in range(2))
    pd.testing.assert_frame_equal(first.total.months, again.total.months, check_exact=True)
    pd.testing.assert_frame_equal(first.total.trades, again.total.trades, check_exact=True)
    pd.testing.assert_frame_equal(first.transfers, again.transfers, check_exact=True)


def test_a_household_of_one_is_a_vintage(indices, risk):
    short, mid = replace(TERMS, until=dt.date(2015, 9, 15)), indices[1]
    alone = run_vintage(mid, ThresholdHarvest(), short, risk)
    one = run_household([Member(mid, ThresholdHarvest(), 1.0)], short, risk)
    pd.testing.assert_frame_equal(one.sleeves["mid"].months, alone.months, check_exact=True)
    pd.testing.assert_frame_equal(one.total.months, alone.months[one.total.months.columns], rtol=1e-12)


def test_the_blend_is_what_its_indices_make_together(members):
    tapes = household_tapes([m.index for m in members], TERMS)
    blend = blended_tape(tapes, [m.share for m in members])
    np.testing.assert_allclose(blend.weights.sum(axis=1), 1)
    grown = sum(m.share * np.prod(1 + tape.index_returns[1:]) for m, tape in zip(members, tapes, strict=True))
    assert np.prod(1 + blend.index_returns[1:]) == pytest.approx(grown)
    passive = run_tape(blend, PassiveReplication(), TERMS)
    apart = run_household([replace(m, strategy=PassiveReplication()) for m in members], TERMS)
    difference = apart.total.days["account"] - passive.days["account"]
    assert difference.std() * 252**0.5 < 0.003


def tables(tape, name: int, day: int, **lots: float) -> Holdings:
    book = Lots.build(lot_id=["old"], asset=[tape.assets[name]], shares=[10.0], basis=[50.0], acquired=["2014-01-02"])
    none = RecentTrades.none()
    if not lots:
        return Holdings(0.0, LotTable.of(tape, book), none)
    traded = RecentTrades(np.array([name]), np.array([day]), np.array([lots["shares"]]), np.array([lots["gain"]]))
    return Holdings(0.0, LotTable.of(tape, book), traded)


def test_one_window_over_all_accounts(members):
    tape = household_tapes([m.index for m in members], TERMS)[0]
    today, name = int(tape.days[60]), 3
    group = int(tape.group_number[name])
    own = tables(tape, name, today)
    assert not own.locks(tape, today).no_loss[group]
    bought = tables(tape, name, today - 30, shares=5.0, gain=np.nan).recent
    assert own.locks(tape, today, bought).no_loss[group]
    assert not own.locks(tape, today, bought).whole[group]
    assert not own.locks(tape, today + 1, bought).no_loss[group]
    lost = tables(tape, name, today - 30, shares=-5.0, gain=-9.0).recent
    assert own.locks(tape, today, lost).no_buy[group]
    assert not own.locks(tape, today + 1, lost).no_buy[group]
    # A lot of one's own, bought the same day, stands for no share of the other's purchase.
    young = replace(own.lots, acquired=np.array([today - 30]))
    both = tables(tape, name, today - 30, shares=10.0, gain=np.nan).recent
    assert not replace(own, lots=young, recent=both).locks(tape, today, bought).whole[group]


def test_what_another_sleeve_bought_washes_the_loss_of_what_leaves_the_market(members):
    tape = household_tapes([m.index for m in members], TERMS)[0]
    row, name = (int(part[-1]) for part in (tape.departures.day, tape.departures.name))
    held, day = tables(tape, name, 0), int(tape.days[row])
    held = replace(held, lots=replace(held.lots, basis=np.array([1e4])))
    bought = tables(tape, name, day - 10, shares=5.0, gain=np.nan).recent
    alone, washed = (carry(tape, held, row - 1, row, elsewhere=one).sales[0] for one in (None, bought))
    assert alone.gain[0] < -1e4
    assert washed.gain[0] == 0
    assert washed.disallowed == pytest.approx(-alone.gain[0])


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda m: [], "at least one sleeve"),
        (lambda m: [m[0], m[0]], "each sleeve's name once"),
        (lambda m: m[:2], "sum 1"),
    ],
)
def test_what_is_no_household_is_refused(spoil, expected, members, risk):
    with pytest.raises(InputError, match=expected):
        run_household(spoil(members), TERMS, risk)


def test_the_optimizer_needs_a_model(members):
    with pytest.raises(InputError, match="a risk model"):
        run_household(members, TERMS)
