"""After-tax measurement: returns, tax alpha, harvest yield and terminal wealth.

Every number that depends on what a loss is worth names the assumption (`tax.LossUse`) in its result.
"""

from tax.measurement.after_tax_return import (
    AfterTaxReturn,
    flow_adjustment,
    mark_to_liquidation_return,
    post_liquidation_return,
    post_liquidation_value,
    pre_liquidation_return,
    tax_cost_ratio,
)
from tax.measurement.alpha import (
    TaxAlpha,
    TaxBenefit,
    active_tax_benefit,
    annualized_savings,
    annualized_tax_alpha,
    split_tax_benefit,
    tax_alpha,
)
from tax.measurement.benchmark import (
    BenchmarkDay,
    BenchmarkLot,
    BenchmarkPeriod,
    Relief,
    relieve_highest_cost,
    relieve_pro_rata,
    shadow_benchmark,
)
from tax.measurement.harvest import HarvestYield, annualized_daily_yield, capture_ratio, harvest_yield
from tax.measurement.returns import Flow, Period, annualize, dietz_weight, link, pre_tax_return
from tax.measurement.savings_dates import estimated_payment_date, return_due_date
from tax.measurement.tax_bill import LossCarryover, RealizedIncome, TaxBill, liquidation_tax, realized_tax
from tax.measurement.terminal import (
    TerminalWealth,
    donation_deduction_value,
    embedded_gain,
    liquidation_drag,
    terminal_wealth,
)
from tax.measurement.trading import Turnover, turnover

__all__ = [
    "AfterTaxReturn",
    "BenchmarkDay",
    "BenchmarkLot",
    "BenchmarkPeriod",
    "Flow",
    "HarvestYield",
    "LossCarryover",
    "Period",
    "RealizedIncome",
    "Relief",
    "TaxAlpha",
    "TaxBenefit",
    "TaxBill",
    "TerminalWealth",
    "Turnover",
    "active_tax_benefit",
    "annualize",
    "annualized_daily_yield",
    "annualized_savings",
    "annualized_tax_alpha",
    "capture_ratio",
    "dietz_weight",
    "donation_deduction_value",
    "embedded_gain",
    "estimated_payment_date",
    "flow_adjustment",
    "harvest_yield",
    "link",
    "liquidation_drag",
    "liquidation_tax",
    "mark_to_liquidation_return",
    "post_liquidation_return",
    "post_liquidation_value",
    "pre_liquidation_return",
    "pre_tax_return",
    "realized_tax",
    "relieve_highest_cost",
    "relieve_pro_rata",
    "return_due_date",
    "shadow_benchmark",
    "split_tax_benefit",
    "tax_alpha",
    "tax_cost_ratio",
    "terminal_wealth",
    "turnover",
]
