"""The switches of the wash-sale rule, and how they are read from text."""

import pytest

from tax import WashPolicy
from taxsleeve_errors import TaxError


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        (["same_day"], "name=value"),
        (["colour=True"], "name=value"),
        (["same_day_batch=maybe"], "True or False"),
        (["same_day_batch=True", "same_day_batch=True"], "twice"),
        (["sub_lot_order=random"], "highest_basis or holding_start"),
        (["group_map="], "group_map"),
    ],
)
def test_a_policy_that_cannot_be_read(settings_, message):
    with pytest.raises(TaxError, match=message):
        WashPolicy.parse(settings_)


def test_a_policy_prints_every_switch_with_the_documented_defaults():
    assert WashPolicy.parse(["default"]).describe() == {
        "same_acquisition_exclusion": "True",
        "same_day_batch": "True",
        "require_candidate_after_sold_lot": "False",
        "spouse_basis_adjust": "True",
        "group_map": "issuer",
        "sub_lot_order": "highest_basis",
    }


def test_policies_may_stand_in_one_text():
    policy = WashPolicy(same_day_batch=False, sub_lot_order="holding_start")
    assert WashPolicy.parse(["same_day_batch=no; sub_lot_order=fifo;"]) == policy
    assert WashPolicy.parse(f"{name}={value}" for name, value in policy.describe().items()) == policy


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("Yes", True), ("1", True), ("FALSE", False), ("no", False), ("0", False)],
)
def test_words_for_yes_and_no(text, value):
    assert WashPolicy.parse([f"spouse_basis_adjust={text}"]).spouse_basis_adjust is value


def test_what_stands_beside_the_word_default_is_read():
    assert WashPolicy.parse(["default; same_day_batch=no"]) == WashPolicy(same_day_batch=False)


@pytest.mark.parametrize("name", ["same_acquisition_exclusion", "same_day_batch", "spouse_basis_adjust"])
@pytest.mark.parametrize("value", ["no", 0, None])
def test_a_switch_is_true_or_false(name, value):
    with pytest.raises(TaxError, match=f"{name}: found {value!r}, expected True or False"):
        WashPolicy(**{name: value})


@pytest.mark.parametrize(
    ("text", "order"),
    [("FIFO", "holding_start"), ("hp_start", "holding_start"), ("highest adjusted basis first", "highest_basis")],
)
def test_other_words_for_the_order_inside_a_lot(text, order):
    assert WashPolicy(sub_lot_order=text).sub_lot_order == order


@pytest.mark.parametrize("text", ["ticker", "Ticker/CUSIP", "cusip"])
def test_other_words_for_one_symbol_alone(text):
    assert WashPolicy(group_map=text).group_map == "ticker"
