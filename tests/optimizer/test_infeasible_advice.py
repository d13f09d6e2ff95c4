"""What is said to an account without a trade list where little, or nothing, helps; each judged by a made-up answer."""

from __future__ import annotations

from typing import Any

import pytest
import scipy.sparse as sp

from optimizer import (
    Account,
    CashLimit,
    Diagnosis,
    End,
    LinearLimit,
    Mandate,
    Outcome,
    Problem,
    Reading,
    Rows,
    TrackingErrorLimit,
    diagnose,
)
from optimizer.infeasible.diagnosis import Relaxation
from optimizer.infeasible.least_amount import least_amount, rounded_up
from optimizer.infeasible.settings import settings_of
from optimizer.infeasible.small_account import ShareAdvice, share_advice


class Impossible(LinearLimit):
    """The holdings of every name are under minus their own NAV: no number of the mandate loosens it."""

    name = "impossible"

    def rows(self, problem: Problem) -> Rows:
        n = len(problem.assets)
        ends = tuple(End(-9.0, asset) for asset in problem.assets)
        return Rows(problem.active * 0.0 - 9.0, ends, active=sp.eye_array(n, format="csr"))

    def readings(self, outcome: Outcome) -> list[Reading]:
        return [self.reading(0.0, -9.0)]


def test_where_no_number_of_the_mandate_helps_nothing_is_advised(small_case: Any) -> None:
    case = small_case(TrackingErrorLimit(0.02), Impossible())
    found = diagnose(case.account, case.mandate, case.risk)
    assert (found.why, found.conflict, found.together, found.alone, found.shares) == ("limits", (), (), (), None)
    assert found.sentence == ""


def test_a_number_that_cannot_help_is_said_not_to(small_case: Any) -> None:
    (setting, *_) = settings_of(small_case(TrackingErrorLimit(0.02)).mandate)
    assert Relaxation(setting, None).words() == "tracking error cannot help"
    assert Relaxation(setting, None).words(" alone") == "tracking error alone cannot help"
    assert Relaxation(setting, 0.03).words(" alone") == "tracking error alone must rise by 100 bp to 3%"


def test_the_sentence_lists_ways_and_says_nothing_where_there_are_none(small_case: Any) -> None:
    settings = settings_of(small_case(TrackingErrorLimit(0.02), CashLimit(0.0, 0.01)).mandate)
    te, cash = settings[0], next(s for s in settings if s.where == "greatest")
    helpless = tuple(Relaxation(s, None) for s in (te, cash))
    assert Diagnosis("limits", (), (), helpless).sentence == ""
    one, two = Relaxation(te, 0.03), Relaxation(cash, 0.02)
    assert Diagnosis("limits", (), (), (one,)).sentence == "tracking error alone must rise by 100 bp to 3%"
    both = Diagnosis("limits", (), (), (one, two)).sentence
    assert both == "tracking error alone must rise by 100 bp to 3%, or greatest cash alone by 100 bp to 2%"
    together = Diagnosis("limits", (), (one, two), helpless).sentence
    assert together.startswith("no limit alone is enough; together tracking error must rise by 100 bp to 3%, and ")
    assert together.endswith("greatest cash must rise by 100 bp to 2%")
    small = ShareAdvice(1000.0, 5000.0, None, fractions=False)
    only = Diagnosis("orders", (), (), (), small).sentence
    assert only == "$1,000 is too little for whole shares: $5,000 in the same proportions would do"


def whole_shares(account: Account, mandate: Mandate, least: float, fewest: int = 99) -> ShareAdvice | None:
    """Advice where whole shares do from so many dollars, or with so few names."""

    def answered(asked: Account, promised: Mandate) -> bool:
        few = promised.names is not None and promised.names[1] <= fewest
        return promised.fractional or asked.nav >= least or (few and fewest < 99)

    return share_advice(account, mandate, answered)


@pytest.fixture
def small(account_of: Any) -> Account:
    found: Account = account_of(dict.fromkeys("ABCDE", 10.0), cash=1000.0)
    return found


def test_an_account_that_no_size_helps_is_told_of_fractions_alone(small: Account, mandate_of: Any) -> None:
    mandate = mandate_of(dict.fromkeys("ABCDE", 0.2), fractional=False)
    advice = whole_shares(small, mandate, least=1e9)
    assert advice is not None
    assert (advice.enough, advice.names) == (None, None)
    assert advice.words == "$1,000 is too little for whole shares: fractional shares would do"
    assert ShareAdvice(1000.0, None, None, fractions=False).words == ""


@pytest.mark.parametrize("least", [1001.0, 1234.0, 7_777.0, 99_000.0])
def test_the_size_that_is_enough_is_found_to_ten_per_cent(small: Account, mandate_of: Any, least: float) -> None:
    mandate = mandate_of(dict.fromkeys("ABCDE", 0.2), fractional=False)
    advice = whole_shares(small, mandate, least)
    assert advice is not None
    assert advice.enough is not None
    assert least <= advice.enough <= least * 1.1001 + 50


def test_a_search_in_two_digits_ends_where_none_lie_between(account_of: Any, mandate_of: Any) -> None:
    """$100 is refused and half as much again as $73.40 is not, a tenth more; two digits of what is between are $100."""
    account = account_of({"A": 1.0}, cash=73.4)
    advice = whole_shares(account, mandate_of({"A": 1.0}, fractional=False), least=105.0)
    assert advice is not None
    assert advice.enough == pytest.approx(110.1)


def test_no_fewer_names_than_the_mandate_wants_are_advised(small: Account, mandate_of: Any) -> None:
    weights = dict.fromkeys("ABCDE", 0.2)
    free = whole_shares(small, mandate_of(weights, fractional=False), least=1e9, fewest=2)
    assert free is not None
    assert free.names == 2
    bound = whole_shares(small, mandate_of(weights, fractional=False, names=(3, 5)), least=1e9, fewest=2)
    assert bound is not None
    assert bound.names is None


def test_with_many_names_every_share_of_them_is_tried_before_giving_up(account_of: Any, mandate_of: Any) -> None:
    names = [f"N{i:02d}" for i in range(60)]
    account = account_of(dict.fromkeys(names, 10.0), cash=1000.0)
    tried: list[int] = []

    def answered(asked: Account, promised: Mandate) -> bool:
        if promised.names is not None:
            tried.append(promised.names[1])
        return promised.fractional

    advice = share_advice(account, mandate_of(dict.fromkeys(names, 1 / 60), fractional=False), answered)
    assert advice is not None
    assert advice.names is None
    assert tried == [48, 36, 27, 18, 12, 6, 3]


def test_the_least_amount_is_never_beyond_the_widest_that_may_be_tried() -> None:
    """The ladder above what is known stops at the widest, which is then tried itself."""
    asked: list[float] = []

    def enough(amount: float) -> bool:
        asked.append(amount)
        return amount >= 1.25

    found = least_amount(enough, 1.0, 1.3)
    assert found is not None
    assert 1.25 <= found <= 1.25 * 1.011
    assert max(asked) == 1.3
    assert least_amount(lambda amount: amount >= 1.4, 1.0, 1.3) is None


def test_nothing_rounded_up_is_nothing() -> None:
    assert rounded_up(0.0) == 0.0
    assert rounded_up(-1.0) == 0.0
    assert rounded_up(0.00012341) == 0.0001235
