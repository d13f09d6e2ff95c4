"""A household of two sleeves and what is told of it, every figure counted by hand: found beyond a millionth."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from small_household import ONE, TAXES, TWO, audit, buy, cash, lists, lot, move, sell, sleeve

from audit import AuditedMandate, AuditedSleeve, Finding, Stated, StatedLimit
from audit.household import AuditedHousehold

# Sixty X of a loss and ten Z of a gain move from one to two for their value in cash.
MOVES = (move("one", "two", "L1", "X", 60), move("one", "two", "L2", "Z", 10), cash("two", "one", 680.0))
TRADES = {
    "one": [sell("L1", "X", 20), sell("L2", "Z", 15)],
    "two": [sell("L1", "Y", 30), sell("one:L1", "X", 10), buy("Z", 5)],
}
# Worth 800 of X, 1000 of Z and 1000 of cash; 500 of Y, 320 of X and 1000 of cash.
OF_ONE, OF_TWO = 2800.0, 1820.0
OF_ALL = OF_ONE + OF_TWO


def tracking_error(*active: float) -> float:
    return math.sqrt(0.04 * math.fsum(active) ** 2 + 0.01 * math.fsum(weight**2 for weight in active))


# Active weights of X, Y and Z: the benchmark of both is a half and two quarters.
BEFORE = {
    "one": tracking_error(800 / OF_ONE - 0.5, -0.25, 1000 / OF_ONE - 0.25),
    "two": tracking_error(320 / OF_TWO - 0.5, 500 / OF_TWO - 0.25, -0.25),
    "": tracking_error(1120 / OF_ALL - 0.5, 500 / OF_ALL - 0.25, 1000 / OF_ALL - 0.25),
}
AFTER = {
    "one": tracking_error(160 / OF_ONE - 0.5, -0.25, 500 / OF_ONE - 0.25),
    "two": tracking_error(720 / OF_TWO - 0.5, 350 / OF_TWO - 0.25, 300 / OF_TWO - 0.25),
    "": tracking_error(880 / OF_ALL - 0.5, 350 / OF_ALL - 0.25, 800 / OF_ALL - 0.25),
}
# By key: the figure, the code of another one, and what a millionth is taken of.
FIGURES: dict[str, tuple[float, str, float]] = {
    "nav": (OF_ALL, "nav", OF_ALL),
    "tracking_error/before": (BEFORE[""], "te", 1.0),
    "tracking_error/after": (AFTER[""], "te", 1.0),
    "realized_gain/value": (180.0 / OF_ALL, "limit", 1.0),
    "tax_value": (0.2 * (60 - 180), "tax", OF_ALL),
    "cost": (0.0, "cost", OF_ALL),
    "gains/short": (0.0, "gains", OF_ALL),
    "gains/long": (180.0, "gains", OF_ALL),
    "harvested/short": (0.0, "harvest", OF_ALL),
    "harvested/long": (60.0, "harvest", OF_ALL),
    "transfers/lots": (2.0, "transfers", 1.0),
    "transfers/names": (2.0, "transfers", 1.0),
    "transfers/amount": (680.0, "transfers", OF_ALL),
    "transfers/cash": (680.0, "transfers", OF_ALL),
    "transfers/carried_gain": (100.0, "transfers", OF_ALL),
    "transfers/carried_loss": (120.0, "transfers", OF_ALL),
    "transfers/tax_if_sold": (0.2 * 100, "transfers", OF_ALL),
    "sleeves/one/received": (680.0, "transfers", OF_ALL),
    "sleeves/two/received": (680.0, "transfers", OF_ALL),
}
for _name, _nav, _cash, _gain, _loss, _traded, _orders in (
    ("one", OF_ONE, 1000 + 680 + 460, 150.0, 40.0, 460.0, 2.0),
    ("two", OF_TWO, 1000 - 680 + 130, 30.0, 20.0, 330.0, 3.0),
):
    FIGURES |= {
        f"sleeves/{_name}/{key}": (value, "sleeve", unit)
        for key, value, unit in (
            ("nav", _nav, _nav),
            ("share", _nav / OF_ALL, 1.0),
            ("tracking_error/before", BEFORE[_name], 1.0),
            ("tracking_error/after", AFTER[_name], 1.0),
            ("cost", 0.0, _nav),
            ("turnover", _traded / _nav, 1.0),
            ("cash_after", float(_cash), _nav),
            ("orders", _orders, 1.0),
            ("gains/short", 0.0, _nav),
            ("gains/long", _gain, _nav),
            ("harvested/short", 0.0, _nav),
            ("harvested/long", _loss, _nav),
            ("tax_value", 0.2 * (_loss - _gain), _nav),
        )
    }
RIGHT: dict[str, float | str | None] = {key: value for key, (value, *_) in FIGURES.items()}
WORDS: dict[str, str | None] = {
    "as_of": "2025-06-16",
    **{f"sleeves/{name}/owner": "client" for name in ("one", "two")},
    **{f"sleeves/{name}/type": "taxable" for name in ("one", "two")},
}
_TE = "tracking_error/limit"
LIMITS = dict.fromkeys((_TE, "realized_gain/limit", f"sleeves/one/{_TE}", f"sleeves/two/{_TE}"))


def found(
    told: dict[str, float | str | None], one: AuditedSleeve = ONE, two: AuditedSleeve = TWO, **limits: Any
) -> list[Finding]:
    return list(audit((one, two), lists(TRADES, *MOVES, figures=told), **limits).findings)


def test_what_follows_from_the_lists_is_no_fault() -> None:
    assert found({**RIGHT, **WORDS, **LIMITS}) == []


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("key", FIGURES)
def test_a_figure_that_is_off_by_more_than_a_millionth_is_found(key: str, sign: int) -> None:
    right, code, unit = FIGURES[key]
    assert found({**RIGHT, key: right + 0.99e-6 * sign * unit}) == []
    wrong = right + 1.01e-6 * sign * unit
    (only,) = found({**RIGHT, key: wrong})
    assert (only.code, only.name, only.file) == (f"household-{code}-misstated", key, "summary.json")
    assert only.account == (key.split("/")[1] if key.startswith("sleeves") else "")
    assert (only.value, only.limit, only.excess) == (
        wrong,
        pytest.approx(right),
        pytest.approx(1.01e-6 * unit, rel=1e-3),
    )


@pytest.mark.parametrize("key", [*FIGURES, *WORDS, *LIMITS])
def test_what_is_not_told_is_no_fault(key: str) -> None:
    told = {**RIGHT, **WORDS, **LIMITS}
    del told[key]
    assert found(told) == []


@pytest.mark.parametrize("key", WORDS)
def test_another_word_is_found(key: str) -> None:
    (only,) = found({**RIGHT, **WORDS, key: "other"})
    code = "household-nav-misstated" if key == "as_of" else "household-sleeve-misstated"
    assert (only.code, only.name, only.value, only.limit, only.excess) == (code, key, "other", WORDS[key], None)
    assert only.words == f"{key.replace('/', ' ').replace('_', ' ')} other, the audit says {WORDS[key]}"


@pytest.mark.parametrize("key", LIMITS)
def test_a_limit_that_is_not_that_of_the_household_is_found(key: str) -> None:
    limited = AuditedMandate({"tracking_error": 0.5}, fractional=True, spread_bps=0.0)
    given: dict[str, Any] = {}
    if key.startswith("sleeves"):
        name = key.split("/")[1]
        given = {name: replace({"one": ONE, "two": TWO}[name], mandate=limited)}
        soft = {name: replace(given[name], mandate=replace(limited, soft={"tracking_error": 1.0}))}
        # What a sleeve may exceed for a price is no limit.
        assert found({**RIGHT, key: None}, **soft) == []
    else:
        given = {key.split("/")[0]: 0.5}
    # Nothing told of a limit that there is, one told that there is not, and one that is off by a millionth.
    assert [one.name for one in found({**RIGHT, key: None}, **given)] == [key]
    assert [one.name for one in found({**RIGHT, key: 0.5})] == [key]
    assert "0.5, the audit says nothing" in found({**RIGHT, key: 0.5})[0].words
    for off, times in ((0.0, 0), (0.99e-6, 0), (-0.99e-6, 0), (1.01e-6, 1), (-1.01e-6, 1)):
        assert [one.name for one in found({**RIGHT, key: 0.5 + off}, **given)] == [key] * times


def test_sleeves_of_which_nothing_is_said_and_those_that_are_none() -> None:
    lacking = {key: value for key, value in RIGHT.items() if not key.startswith("sleeves/two")}
    told = found({**lacking, "sleeves/three/nav": 1.0})
    assert [(one.code, one.name, one.words) for one in told] == [
        ("household-sleeve-misstated", "three", "sleeve three: no such sleeve"),
        ("household-sleeve-misstated", "two", "sleeve two: nothing is said of it"),
    ]
    # A summary that tells of no sleeve at all is one of all together.
    assert found({key: value for key, value in RIGHT.items() if not key.startswith("sleeves")}) == []


def test_nothing_is_taxed_that_moves_between_retirement_accounts_or_at_a_loss() -> None:
    iras = (sleeve("one", lot("L2", "Z", 50, 10.0), kind="ira"), sleeve("two", kind="ira"))
    moves = (move("one", "two", "L2", "Z", 10), cash("two", "one", 200.0))
    told = {"transfers/carried_gain": 100.0, "transfers/tax_if_sold": 0.0, "sleeves/one/tax_value": 0.0,
            "sleeves/two/tax_value": 0.0}  # fmt: skip
    given = lists({"one": [sell("L2", "Z", 5)], "two": []}, *moves, figures=told)
    assert audit(iras, given).findings == ()
    wrong = lists({"one": [sell("L2", "Z", 5)], "two": []}, *moves, figures={**told, "sleeves/one/tax_value": -10.0})
    assert [one.name for one in audit(iras, wrong).findings] == ["sleeves/one/tax_value"]


def test_a_gain_that_moves_is_taxed_by_its_term() -> None:
    one = sleeve("one", lot("L2", "Z", 50, 10.0, acquired=ONE.account.as_of.replace(day=1, month=3)))
    given = (move("one", "two", "L2", "Z", 10), cash("two", "one", 200.0))
    told = {"transfers/tax_if_sold": 0.4 * 100}
    assert audit((one, TWO), lists({"one": [], "two": []}, *given, figures=told)).findings == ()


def test_where_the_year_is_netted_no_sleeve_has_a_tax_of_its_own() -> None:
    netting = replace(TAXES, losses="netting")
    one, two = (replace(part, taxes=netting) for part in (ONE, TWO))
    told = {key: value for key, value in RIGHT.items() if key != "tax_value"}
    assert found({**told, "sleeves/one/tax_value": 1e6}, one=one, two=two) == []


def own(limits: dict[str, float], *told: StatedLimit, **mandate: Any) -> list[Finding]:
    """What is found where sleeve one, which trades nothing, tells its own limits."""
    held = replace(ONE, mandate=AuditedMandate(limits, fractional=True, spread_bps=0.0, **mandate))
    given = lists({"one": [], "two": []}, stated={"one": Stated(limits=told)})
    return list(audit((held, TWO), given).findings)


@pytest.mark.parametrize(
    ("limit", "times"), [(0.5, 0), (0.2, 0), (0.5 + 0.99e-6, 0), (0.5 + 1.01e-6, 1), (0.6, 1), (None, 0)]
)
def test_a_sleeve_may_be_held_to_a_tighter_limit_on_the_way(limit: float | None, times: int) -> None:
    """As it is where all together have one; a wider limit than the mandate's is nobody's."""
    told = StatedLimit("tracking_error", "", BEFORE["one"], limit)
    assert [one.code for one in own({"tracking_error": 0.5}, told)] == ["limit-misstated"] * times
    # Where it stands is a figure of its own.
    (only,) = own({"tracking_error": 0.5}, replace(told, value=0.4, limit=0.2))
    assert (only.code, only.value, only.account) == ("limit-misstated", 0.4, "one")


def test_a_tighter_budget_of_gains_or_of_losses_is_no_fault() -> None:
    gains = StatedLimit("realized_gain", "", 0.0, 0.01)
    assert own({"realized_gain": 0.02}, gains) == []
    assert [one.value for one in own({"realized_gain": 0.02}, replace(gains, limit=0.03))] == [0.03]
    losses = StatedLimit("harvest_offsets", "", 0.0, 100 / OF_ONE)
    assert own({}, losses, usable_losses=140.0) == []
    assert [one.value for one in own({}, replace(losses, limit=200 / OF_ONE), usable_losses=140.0)] == [200 / OF_ONE]
    # Any other limit stands as it is in account.toml.
    turnover = StatedLimit("turnover", "", 0.0, 0.1)
    assert [one.value for one in own({"turnover": 0.2}, turnover)] == [0.1]


def test_limits_that_the_making_of_the_lists_adds_are_nobodys() -> None:
    total, gains = StatedLimit("household_tracking_error", "", 0.9, 0.1), StatedLimit("realized_gain", "", 0.5, 0.01)
    assert own({}, total, gains) == []
    # Those that are told after them are read.
    assert [one.name for one in own({}, total, gains, StatedLimit("turnover", "", 0.1, None))] == ["turnover"]
    assert own({"realized_gain": 0.02}, gains, soft={"realized_gain": 1.0}) == []
    assert [one.value for one in own({"realized_gain": 0.02}, gains)] == [0.5]
    for name in ("a_limit_before_it", "tracking_error", "zeal"):
        assert [one.name for one in own({}, StatedLimit(name, "", 0.5, None))] == [name]


def test_what_a_sleeve_tells_of_itself_begins_where_its_lots_had_moved() -> None:
    """Drift counts from before the moves where limits are judged, and from after them where its summary is read."""
    band = AuditedMandate({"active_weight": 0.1}, fractional=True, spread_bps=0.0)
    moved = 320 / OF_ONE - 0.5
    start = tracking_error(moved, -0.25, 800 / OF_ONE - 0.25)
    told = Stated(limits=(StatedLimit("active_weight", "X", moved, moved),), figures={"tracking_error_before": start})
    given = lists({"one": [], "two": []}, *MOVES, stated={"one": told})
    judged = audit((replace(ONE, mandate=band), TWO), given)
    assert [(one.code, one.name, one.limit) for one in judged.findings] == [
        ("active-weight", "X", pytest.approx(800 / OF_ONE - 0.5))
    ]


@pytest.mark.parametrize(("account", "missing"), [("two", 0), ("taxable", 1)])
def test_lots_after_of_a_sleeve_are_those_that_came_those_that_stayed_and_those_it_bought(
    account: str, missing: int
) -> None:
    today = TWO.account.as_of
    left = (
        lot("L1", "Y", 70, 4.0),
        lot("L2", "X", 40, 6.0),
        lot("one:L1", "X", 50, 10.0),
        lot("one:L2", "Z", 10, 10.0),
    )
    bought = replace(lot("NEW", "Z", 5, 20.0, today), account=account)
    rows = (*(replace(one, account="two") for one in left), bought)
    given = lists(TRADES, *MOVES, stated={"two": Stated(lots_after=tuple(enumerate(rows, 2)))})
    codes = [one.code for one in audit((ONE, TWO), given).findings]
    assert sorted(codes) == ["lot-after-missing", "lot-after-unexpected"] * missing


def test_other_limits_of_a_retirement_account_are_kept() -> None:
    tight = AuditedMandate({"turnover": 0.01, "realized_gain": -1.0}, fractional=True, spread_bps=0.0)
    ira = sleeve("ira", lot("L2", "Z", 10, 1.0), kind="ira", mandate=tight)
    codes = [one.code for one in audit((ira, TWO), lists({"ira": [sell("L2", "Z", 10)], "two": []})).findings]
    assert codes == ["turnover"]


def test_a_household_of_one_sleeve() -> None:
    assert AuditedHousehold((ONE,)).as_of == ONE.account.as_of
    assert audit((ONE,), lists({"one": [sell("L2", "Z", 10)]})).findings == ()
