"""Which tests are asked about the mutants of which module."""

from __future__ import annotations

__all__ = ["PLAN"]

_PLANTED = ("tests/audit/test_wash_sales.py", "tests/audit/test_planted_faults.py")
PLAN: dict[str, tuple[str, ...]] = {
    "tax/holding_period.py": ("tests/tax/test_holding_period_basics.py", "tests/tax/test_holding_period.py"),
    "tax/netting.py": ("tests/tax/test_netting.py", "tests/tax/test_carryover_worksheet.py"),
    "tax/wash_locks.py": ("tests/tax/test_wash_locks.py",),
    "tax/wash_pairs.py": (
        "tests/tax/test_wash_pairs.py",
        "tests/optimizer/test_check.py",
        "tests/optimizer/test_liquidation.py",
    ),
    "tax/deadlines.py": ("tests/tax/test_deadlines.py",),
    "tax/rates.py": ("tests/tax/test_rates.py",),
    "optimizer/check.py": ("tests/optimizer/test_check.py", "tests/optimizer/test_partly_washed.py"),
    "tax/money.py": ("tests/tax/test_money.py",),
    "tax/household_windows.py": ("tests/tax/test_household_windows.py",),
    "tax/brackets.py": ("tests/tax/test_rates.py", "tests/tax/test_federal_tax.py"),
    "tax/federal_tax.py": ("tests/tax/test_federal_tax.py",),
    "tax/qualified_dividends.py": ("tests/tax/test_qualified_dividends.py",),
    "tax/loss_use.py": ("tests/tax/test_loss_use.py", "tests/tax/test_metric_cases.py"),
    "tax/lots.py": ("tests/tax/test_lots.py",),
    "tax/lot_relief.py": ("tests/tax/test_lot_relief.py",),
    "tax/wash_sales.py": ("tests/tax/test_wash_cases.py", "tests/tax/test_ledger.py"),
    "tax/batch_washes.py": ("tests/tax/test_batch_washes.py",),
    "tax/apply_corporate_actions.py": ("tests/tax/test_corporate_actions.py",),
    "audit/trading_limits.py": ("tests/audit/test_planted_faults.py",),
    "audit/wash_windows.py": _PLANTED,
    "audit/lots_left.py": ("tests/audit/test_lots_left_small.py", "tests/audit/test_planted_faults.py"),
    "audit/gain_limits.py": ("tests/audit/test_planted_faults.py",),
    "audit/active_limits.py": ("tests/audit/test_planted_faults.py",),
    "audit/row_faults.py": ("tests/audit/test_planted_faults.py",),
}
"""Test files by module, quick ones first; a module's mutants are killed by these or not at all."""
