"""Which tests are asked about the mutants of which module."""

from __future__ import annotations

__all__ = ["LEFT_OUT", "PLAN"]

_ACTIONS = ("tests/tax/test_washes_across_actions.py", "tests/tax/test_corporate_actions.py")
# Of the random histories, which take most of that file's time, those alone whose sums must come out.
_HISTORIES = tuple(
    f"tests/tax/test_ledger.py::{test}"
    for test in (
        "test_an_event_in_error_is_named_and_leaves_the_ledger_as_it_was",
        "test_an_event_that_cannot_be_is_never_made",
        "test_groups_that_are_traded_between_sales_of_a_day_do_not_part_the_batch",
        "test_a_split_given_for_every_account_is_refused",
        "test_an_unknown_kind_of_event",
        "test_a_merger_in_error_changes_no_account",
        "test_open_lots_for_the_optimizer",
        "test_cost_plus_disallowed_is_basis_sold_plus_basis_held",
    )
)
_MATCHING = "tests/tax/test_wash_matching.py"
_LEDGER = (_MATCHING, "tests/tax/test_wash_cases.py", *_ACTIONS, *_HISTORIES)
_LOT_BOOK = ("tests/tax/test_lot_book.py",)
_PLANTED = ("tests/audit/test_planted_faults.py",)
_BY_HAND = (
    "tests/audit/test_limits_by_hand.py",
    "tests/audit/test_rows_by_hand.py",
    "tests/audit/test_wash_sales.py",
)
_HOUSEHOLD = ("tests/audit/test_transfers_by_hand.py", "tests/audit/test_household_small.py")
_BESIDE = ("tests/audit/test_beside_by_hand.py",)
_HOUSEHOLD_BESIDE = ("tests/audit/test_household_beside_by_hand.py",)
_TAX: dict[str, tuple[str, ...]] = {
    "tax/holding_period.py": ("tests/tax/test_holding_period_basics.py", "tests/tax/test_holding_period.py"),
    "tax/netting.py": ("tests/tax/test_netting.py", "tests/tax/test_carryover_worksheet.py"),
    "tax/wash_locks.py": ("tests/tax/test_wash_locks.py",),
    "tax/wash_pairs.py": (
        "tests/tax/test_wash_pairs.py",
        "tests/tax/test_batch_washes.py",
        "tests/optimizer/test_check.py",
    ),
    "tax/deadlines.py": ("tests/tax/test_deadlines.py",),
    "tax/rates.py": ("tests/tax/test_rates.py",),
    "tax/money.py": ("tests/tax/test_money.py",),
    "tax/household_windows.py": ("tests/tax/test_household_windows.py",),
    "tax/brackets.py": ("tests/tax/test_rates.py", "tests/tax/test_federal_tax.py"),
    "tax/federal_tax.py": ("tests/tax/test_federal_tax.py",),
    "tax/qualified_dividends.py": ("tests/tax/test_qualified_dividends.py",),
    "tax/loss_use.py": ("tests/tax/test_loss_use.py", "tests/tax/test_metric_cases.py"),
    "tax/coded_text.py": ("tests/tax/test_coded_text.py",),
    "tax/lots.py": ("tests/tax/test_lots.py", "tests/tax/test_coded_text.py"),
    "tax/lot_relief.py": ("tests/tax/test_lot_relief.py", "tests/tax/test_wash_cases.py"),
    "tax/wash_sales.py": _LEDGER,
    "tax/batch_washes.py": ("tests/tax/test_batch_washes.py",),
    "tax/partly_washed.py": ("tests/tax/test_batch_washes.py",),
    "tax/replayed_washes.py": ("tests/tax/test_batch_washes.py",),
    "tax/trade_history.py": ("tests/tax/test_lots.py", "tests/tax/test_wash_locks.py", "tests/tax/test_wash_pairs.py"),
    "tax/apply_corporate_actions.py": _ACTIONS,
    "tax/corporate_actions.py": (*_ACTIONS, *_HISTORIES),
    "tax/accounts.py": _LEDGER,
    "tax/apply_trades.py": _LEDGER,
    "tax/books.py": _LEDGER,
    "tax/events.py": _LEDGER,
    "tax/ledger.py": _LEDGER,
    "tax/share_blocks.py": ("tests/tax/test_lot_relief.py", *_LEDGER),
    "tax/statement.py": ("tests/tax/test_statement.py", *_LEDGER),
    "tax/wash_policy.py": ("tests/tax/test_wash_policy.py", "tests/tax/test_wash_cases.py"),
    "tax/read_books.py": ("tests/tax/test_reported_sales.py", "tests/tax/test_form_8949.py", *_LEDGER),
    "tax/form_8949.py": ("tests/tax/test_form_8949.py", "tests/tax/test_wash_cases.py"),
    "tax/schedule_d.py": ("tests/tax/test_form_8949.py",),
    "tax/lock_flags.py": ("tests/tax/test_lock_flags.py",),
    "tax/lot_arrays.py": _LOT_BOOK,
    "tax/lot_book.py": _LOT_BOOK,
    "tax/lot_book_washes.py": _LOT_BOOK,
}
_CHECK = (
    "tests/optimizer/test_check.py",
    *(
        f"tests/optimizer/test_partly_washed.py::{test}"
        for test in (
            "test_a_list_with_a_priced_wash_passes_only_where_the_mandate_asks_and_the_figure_is_right",
            "test_a_priced_wash_of_half_a_share_is_a_wash_and_a_gain_beside_it_is_not",
            "test_what_the_household_did_elsewhere_keeps_the_lots_locked",
        )
    ),
)
_CHECKS: dict[str, tuple[str, ...]] = {
    "optimizer/check.py": _CHECK,
    "optimizer/check_rows.py": _CHECK,
    "optimizer/household/check.py": (
        "tests/optimizer/test_household_check.py",
        "tests/optimizer/test_household.py::test_a_loss_that_the_sleeves_own_recent_lot_washes_has_its_price",
        "tests/optimizer/test_household.py::test_sleeves_share_what_the_year_can_use_of_losses",
    ),
}
_AUDIT: dict[str, tuple[str, ...]] = {
    "audit/wash_sales.py": (*_BY_HAND, *_HOUSEHOLD),
    "audit/wash_windows.py": _BY_HAND,
    "audit/priced_groups.py": _BY_HAND,
    "audit/disallowed.py": _BY_HAND,
    "audit/household_history.py": (*_BY_HAND, *_HOUSEHOLD),
    "audit/row_faults.py": _BY_HAND,
    "audit/list_faults.py": _BY_HAND,
    "audit/position.py": _BY_HAND,
    "audit/trading_limits.py": _BY_HAND,
    "audit/gain_limits.py": _BY_HAND,
    "audit/active_limits.py": _BY_HAND,
    "audit/limit_findings.py": _BY_HAND,
    "audit/model_risk.py": _BY_HAND,
    "audit/tax_bill.py": (*_BY_HAND, *_HOUSEHOLD),
    "audit/trade_rows.py": _BY_HAND,
    "audit/account.py": _BY_HAND,
    "audit/finding.py": ("tests/audit/test_finding.py", *_BY_HAND),
    "audit/mandate.py": _BY_HAND,
    "audit/auditor.py": (*_BESIDE, *_HOUSEHOLD_BESIDE, *_BY_HAND, *_PLANTED),
    "audit/lots_left.py": (*_BESIDE, "tests/audit/test_lots_left_small.py", *_PLANTED),
    "audit/list_cells.py": ("tests/audit/test_list_cells.py", *_BY_HAND, *_PLANTED),
    "audit/stated_figures.py": (*_BESIDE, *_PLANTED),
    "audit/household.py": (*_HOUSEHOLD, *_HOUSEHOLD_BESIDE),
    "audit/household_auditor.py": (*_HOUSEHOLD_BESIDE, *_HOUSEHOLD),
    "audit/household_position.py": (*_HOUSEHOLD, *_HOUSEHOLD_BESIDE),
    "audit/lists_together.py": _HOUSEHOLD,
    "audit/moved_lot_faults.py": _HOUSEHOLD,
    "audit/transfer_faults.py": _HOUSEHOLD,
    "audit/transfer_rows.py": ("tests/audit/test_transfer_rows.py", *_HOUSEHOLD),
    "audit/transfers.py": _HOUSEHOLD,
    "audit/household_stated.py": (*_HOUSEHOLD_BESIDE, "tests/audit/test_planted_household_faults.py"),
}
_BY_NAME = "tests/tax/test_arguments.py"
PLAN = {module: (*tests, _BY_NAME) for module, tests in _TAX.items()} | _CHECKS | _AUDIT
"""Test files by module, quick ones first; a module's mutants are killed by these or not at all."""
LEFT_OUT = {
    "tax/collector.py": "no result shows whether the garbage collector rests",
    "audit/codes.py": "words of findings, no rule",
    "audit/household_codes.py": "words of findings, no rule",
}
"""Modules of `tax/` and `audit/` that are not judged, with the reason."""
