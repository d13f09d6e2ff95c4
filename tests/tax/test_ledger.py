"""Identities of every history (TAX_RULES 1.4), what may not matter, and events in error."""

import dataclasses
import datetime as dt
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tax import (
    Account,
    AccountKind,
    Buy,
    CashAndStockMerger,
    CashInLieu,
    CashMerger,
    Dividend,
    Event,
    GiftIn,
    Ledger,
    ReturnOfCapital,
    Sell,
    SpecificIdentification,
    SpinOff,
    Split,
    StockMerger,
    TransferInKind,
    WashPolicy,
    long_term_from,
)
from taxsleeve_errors import LedgerError

A, IRA = Account("A"), Account("I", AccountKind.IRA)
SEEDS = st.integers(10_000, 10**9)


def run(events, policy=None):
    ledger = Ledger(policy)
    ledger.apply_all(events)
    return ledger.statement()


def policies():
    return st.builds(
        WashPolicy,
        *[st.booleans()] * 4,
        group_map=st.sampled_from(["issuer", "ticker"]),
        sub_lot_order=st.sampled_from(["highest_basis", "holding_start"]),
    )


# identities


@settings(max_examples=150, deadline=None)
@given(SEEDS, policies())
def test_cost_plus_disallowed_is_basis_sold_plus_basis_held(history_maker, seed, policy):
    events = history_maker(seed, fees=True).make(30)
    statement = run(events, policy)
    cost = sum(event.shares * event.price + event.fees for event in events if type(event) is Buy)
    disallowed = sum(sale.disallowed - sale.permanent for sale in statement.sales)
    sold = sum(sale.adjusted_basis for sale in statement.sales)
    held = sum(lot.adjusted_basis for lot in statement.lots)
    assert cost + disallowed == sold + held


@settings(max_examples=100, deadline=None)
@given(SEEDS, policies())
def test_after_liquidation_only_permanent_losses_are_missing(history_maker, seed, policy):
    maker = history_maker(seed, fees=True)
    events = maker.make(25)
    last = events[-1].date + dt.timedelta(days=31)
    for number, ((account, symbol), lots) in enumerate(maker.held.items()):
        shares = sum(lots.values())
        events.append(Sell(date=last, event_id=f"END{number}", symbol=symbol, account=account, shares=shares, price=45))
    statement = run(events, policy)
    assert not statement.lots
    trades = [event for event in events if not isinstance(event, Split)]
    sign = {Buy: -1, Sell: 1}
    economic = sum(sign[type(event)] * event.shares * event.price - event.fees for event in trades)
    assert sum(sale.allowed for sale in statement.sales) == economic + sum(sale.permanent for sale in statement.sales)


@settings(max_examples=100, deadline=None)
@given(SEEDS, policies())
def test_bounds(history_maker, seed, policy):
    ledger = Ledger(policy)
    ledger.apply_all(history_maker(seed, splits=False).make(40))
    statement = ledger.statement()
    bought = {event.event_id: event.shares for event in history_maker(seed, splits=False).make(40)}
    used = {}
    for match in statement.wash_sales:
        used[match.replacement_id] = used.get(match.replacement_id, 0) + match.shares
        assert match.amount > 0
        assert abs((match.replacement_bought - match.sold).days) <= 30
    assert all(shares <= bought[lot_id] for lot_id, shares in used.items())
    for sale in statement.sales:
        assert 0 <= sale.permanent <= sale.disallowed
        assert 0 <= sale.wash_shares <= sale.shares
        assert sale.holding_start <= sale.acquired
        assert sale.is_long_term or dt.date(9999, 1, 1) > long_term_from(sale.acquired).item() > sale.sold
        assert not sale.disallowed or not sale.account.kind.is_retirement
    for row in ledger.realized_sales():
        assert 0 <= row.disallowed_loss <= max(0, row.adjusted_basis - row.proceeds)
    assert all(lot.holding_start <= lot.bought for lot in statement.lots)


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_looking_changes_nothing(history_maker, seed):
    events = history_maker(seed, fees=True).make(30)
    looked = Ledger()
    for event in events:
        looked.apply(event)
        looked.statement()
    assert looked.statement() == run(events)
    assert looked.events == tuple(events)


# what may not matter


def by_symbol(statement, symbols):
    def rows(name):
        return sorted((row for row in getattr(statement, name) if row.symbol in symbols), key=str)

    return rows("sales"), rows("lots"), rows("pending")


@settings(max_examples=60, deadline=None)
@given(SEEDS, st.randoms(use_true_random=False))
def test_unrelated_securities_may_be_permuted(history_maker, seed, draw):
    events = history_maker(seed, fees=True).make(40)
    order = {}
    for event in events:  # inside one day the groups are shuffled, each group keeps its own order
        order.setdefault((event.date, event.symbol == "Y"), (event.date, draw.random()))
    permuted = sorted(events, key=lambda event: order[event.date, event.symbol == "Y"])
    first, second = run(events), run(permuted)
    for symbols in (["Y"], ["XA", "XB"]):
        pairs = zip(by_symbol(first, symbols), by_symbol(second, symbols), strict=True)
        assert all(one == other for one, other in pairs if one or other)


@settings(max_examples=60, deadline=None)
@given(SEEDS, policies())
def test_an_order_may_come_in_fills(history_maker, seed, policy):
    # Sale by sale, a fill is a sale of its own.
    policy = dataclasses.replace(policy, same_day_batch=True)
    events = history_maker(seed, fees=True).make(30)
    filled = []
    for event in events:
        if not isinstance(event, (Buy, Sell)) or event.shares == 1:
            filled.append(event)
            continue
        part = Fraction(1) if isinstance(event, Buy) else min(shares for _, shares in event.relief.lots) / 2
        filled += fills(event, part)
    assert facts(run(filled, policy)) == facts(run(events, policy))


def fills(event, part):
    rest = event.shares - part
    fees = event.fees / event.shares
    first = dataclasses.replace(event, shares=part, fees=fees * part)
    second = dataclasses.replace(event, shares=rest, fees=fees * rest)
    if isinstance(event, Buy):
        return [first, second]
    (lot_id, shares), *others = event.relief.lots
    relief = SpecificIdentification(((lot_id, shares - part), *others))
    return [
        dataclasses.replace(first, relief=SpecificIdentification(((lot_id, part),))),
        dataclasses.replace(second, relief=relief),
    ]


def facts(statement):
    """Everything but the matches, which fills cut into more of them."""
    return statement.sales, statement.lots, sum(match.amount for match in statement.wash_sales)


def test_groups_that_are_traded_between_sales_of_a_day_do_not_part_the_batch():
    def trade(kind, event_id, symbol, price, date="2024-06-20", **more):
        day = dt.date.fromisoformat(date)
        return kind(date=day, event_id=event_id, symbol=symbol, account=A, shares=10, price=price, **more)

    history = [
        trade(Buy, "B1", "X", 50, "2024-01-10"),
        trade(Buy, "B2", "X", 45, "2024-06-10"),
        trade(Sell, "S1", "X", 40),
        trade(Buy, "Y1", "Y", 40),
        trade(Sell, "S2", "X", 40),
    ]
    assert [sale.disallowed for sale in run(history).sales] == [0, 0]
    history[3] = trade(Buy, "Y1", "Y", 40, group="X")  # now one group: the purchase replaces, and parts the sales
    history[0], history[1] = (dataclasses.replace(event, group="X") for event in history[:2])
    assert run(history).sales[0].disallowed > 0


# events in error

DAY = dt.date(2024, 6, 20)


def base():
    ledger = Ledger()
    ledger.apply_all(
        [
            Buy(
                date=dt.date(2024, 1, 10), event_id="B1", symbol="X", account=A, shares=100, price=50, seq=1, group="G"
            ),
            Buy(date=dt.date(2024, 6, 1), event_id="B2", symbol="X", account=A, shares=50, price=55, seq=2),
            Sell(date=dt.date(2024, 6, 20), event_id="S1", symbol="X", account=A, shares=40, price=45, seq=3),
        ]
    )
    return ledger


def sell(shares=10, **changes):
    fields = {"date": DAY, "event_id": "S9", "symbol": "X", "account": A, "shares": shares, "price": 40} | changes
    return Sell(**fields)


def buy(**changes):
    fields = {"date": DAY, "event_id": "B9", "symbol": "X", "account": A, "shares": 5, "price": 40} | changes
    return Buy(**fields)


def action(kind, **fields):
    return kind(date=DAY, event_id="E9", symbol=fields.pop("symbol", "X"), **fields)


BAD = {
    "more than is held": (lambda: sell(111), "at most the 110"),
    "not held at all": (lambda: sell(symbol="Z"), "at most the 0"),
    "other account": (lambda: sell(account=Account("B")), "account 'B' holds"),
    "out of order": (lambda: sell(date=dt.date(2024, 6, 19)), "out of order: the event before it is of 2024-06-20"),
    "seq out of order": (lambda: sell(seq=3), "seq 3, expected more than 3"),
    "unknown lot": (
        lambda: sell(relief=SpecificIdentification.parse("B7:10")),
        "'B7', which is not open .open: B1, B2",
    ),
    "lot too small": (lambda: sell(61, relief=SpecificIdentification.parse("B1:61")), "'B1', which has 60"),
    "lots do not add up": (lambda: sell(relief=SpecificIdentification.parse("B1:9")), "names 9 shares, expected 10"),
    "currency": (lambda: sell(currency="EUR"), "currency: found 'EUR', expected 'USD'"),
    "kind of account": (lambda: sell(account=Account("A", AccountKind.IRA)), "found kind ira, expected taxable"),
    "group": (lambda: buy(group="H"), "group of X: found 'H', expected 'G'"),
    "id used": (lambda: buy(event_id="B1"), "id 'B1': found a second time"),
    "sale id used": (lambda: sell(date=dt.date(2024, 6, 21), event_id="S1"), "id 'S1': found a second time"),
    "split of nothing": (lambda: action(Split, symbol="Z", ratio=2), "Z was never held"),
    "action on nothing": (lambda: action(CashMerger, symbol="Z", cash=2), "no account holds Z"),
    "cash in lieu of more": (lambda: action(CashInLieu, account=A, shares=111, amount=2), "at most the 110"),
    "transfer of more": (lambda: action(TransferInKind, account=A, destination=Account("B"), shares=111), "at most"),
    "transfer to itself": (lambda: action(TransferInKind, account=A, destination=A, shares=1), "another account"),
    "transfer to an IRA": (lambda: action(TransferInKind, account=A, destination=IRA, shares=1), "contribution"),
    "gift to an IRA": (
        lambda: action(GiftIn, account=IRA, shares=1, donor_basis=1, fair_value=1, donor_start=DAY),
        "expected taxable or spouse",
    ),
    "dividend elsewhere": (lambda: action(Dividend, account=Account("B"), per_share=1), "'B' holds no X"),
    "merger into a known group": (
        lambda: action(StockMerger, new_symbol="N", new_group="G", ratio=1, symbol="Z"),
        "no account holds Z",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_an_event_in_error_is_named_and_leaves_the_ledger_as_it_was(name):
    make, message = BAD[name]
    ledger = base()
    before = ledger.statement()
    with pytest.raises(LedgerError, match=message) as caught:
        ledger.apply(make())
    assert str(make()) in str(caught.value)
    assert ledger.statement() == before
    rest = [sell(20), buy(date=DAY + dt.timedelta(days=3)), sell(5, date=DAY + dt.timedelta(days=40), event_id="S10")]
    clean = base()
    for event in rest:
        ledger.apply(event)
        clean.apply(event)
    assert ledger.statement() == clean.statement()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: action(Split, ratio=0), "ratio: found 0, expected more than zero"),
        (lambda: action(Split, ratio=-2), "ratio: found -2"),
        (lambda: action(Split, ratio=Decimal("NaN")), "ratio: found Decimal.'NaN'., expected a finite number"),
        (lambda: sell(0), "shares: found 0"),
        (lambda: sell(float("nan")), "shares: found nan, expected a finite number"),
        (lambda: sell(float("inf")), "shares: found inf"),
        (lambda: sell("10"), "shares: found '10', expected a finite number"),
        (lambda: buy(price=-1), "price: found -1, expected zero or more"),
        (lambda: buy(fees=Decimal("-0.01")), "fees"),
        (lambda: buy(date="2024-06-20"), "expected a date"),
        (lambda: buy(date=dt.datetime(2024, 6, 20, 9, 30)), "expected a date without time"),
        (lambda: buy(event_id=""), "event_id: found nothing"),
        (lambda: action(SpinOff, new_symbol="C", ratio=1, basis_fraction=1.5), "at most 1"),
        (lambda: action(SpinOff, new_symbol="X", ratio=1, basis_fraction=0.5), "another symbol"),
        (lambda: action(StockMerger, new_symbol="", ratio=1), "new_symbol"),
        (lambda: action(ReturnOfCapital, per_share=0), "per_share"),
        (
            lambda: action(GiftIn, account=A, shares=1, donor_basis=1, fair_value=1, donor_start=dt.date(2025, 1, 1)),
            "donor_start",
        ),
    ],
)
def test_an_event_that_cannot_be_is_never_made(make, message):
    with pytest.raises(LedgerError, match=message):
        make()


def test_a_split_given_for_every_account_is_refused():
    ledger = base()
    ledger.apply(action(Split, ratio=2))
    with pytest.raises(LedgerError, match="stands twice"):
        ledger.apply(action(Split, ratio=2))
    ledger.apply(action(Split, ratio=0.5))
    assert sum(lot.shares for lot in ledger.statement().lots) == 110


def test_an_unknown_kind_of_event():
    with pytest.raises(LedgerError, match="expected one of the ledger's events"):
        Ledger().apply(Event(date=DAY, event_id="E", symbol="X"))


def test_a_merger_in_error_changes_no_account():
    ledger = base()
    gift = GiftIn(
        date=DAY,
        event_id="G",
        symbol="X",
        account=A,
        shares=1,
        donor_basis=9,
        fair_value=1,
        donor_start=dt.date(2020, 1, 1),
    )
    ledger.apply(gift)
    before = ledger.statement()
    with pytest.raises(LedgerError, match="second basis"):
        ledger.apply(action(CashAndStockMerger, new_symbol="N", ratio=1, cash=1, price=1))
    assert ledger.statement() == before


def test_open_lots_for_the_optimizer():
    ledger = base()
    ledger.apply(sell(10, relief=SpecificIdentification.parse("B1:10"), event_id="S2", date=DAY + dt.timedelta(days=1)))
    lots = ledger.statement().open_lots()
    assert lots.lot_id.tolist() == ["B1", "B2", "B2/2", "B2/3"][: len(lots)]
    assert lots.shares.sum() == 100
    assert (lots.group == "G").all()
