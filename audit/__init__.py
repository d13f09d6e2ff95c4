"""An independent auditor of trade lists: recomputes everything from an account and a list.

It knows the error tree, risk models as numbers and tax law; nothing of how a list is made.
"""

from audit.account import AuditedAccount, NameRule, OpenLot, PastTrade, Security
from audit.auditor import Audit, audit_trades
from audit.codes import CODES
from audit.finding import TOLERANCE, Finding, LimitReading
from audit.household import AuditedHousehold, AuditedSleeve
from audit.household_auditor import HouseholdAudit, HouseholdLists, audit_household
from audit.household_codes import HOUSEHOLD_CODES
from audit.mandate import ONE_NUMBER, AuditedMandate
from audit.model_risk import tracking_error
from audit.stated_figures import OrderRow, Stated, StatedLimit
from audit.tax_bill import AuditedTaxes, YearSoFar

__all__ = [
    "CODES",
    "HOUSEHOLD_CODES",
    "ONE_NUMBER",
    "TOLERANCE",
    "Audit",
    "AuditedAccount",
    "AuditedHousehold",
    "AuditedMandate",
    "AuditedSleeve",
    "AuditedTaxes",
    "Finding",
    "HouseholdAudit",
    "HouseholdLists",
    "LimitReading",
    "NameRule",
    "OpenLot",
    "OrderRow",
    "PastTrade",
    "Security",
    "Stated",
    "StatedLimit",
    "YearSoFar",
    "audit_household",
    "audit_trades",
    "tracking_error",
]
