"""An independent auditor of trade lists: recomputes everything from an account and a list.

It knows the error tree, risk models as numbers and tax law; nothing of how a list is made.
"""

from audit.account import AuditedAccount, NameRule, OpenLot, PastTrade, Security
from audit.auditor import Audit, audit_trades
from audit.codes import CODES
from audit.finding import TOLERANCE, Finding, LimitReading
from audit.mandate import ONE_NUMBER, AuditedMandate
from audit.model_risk import tracking_error
from audit.stated_figures import OrderRow, Stated, StatedLimit

__all__ = [
    "CODES",
    "ONE_NUMBER",
    "TOLERANCE",
    "Audit",
    "AuditedAccount",
    "AuditedMandate",
    "Finding",
    "LimitReading",
    "NameRule",
    "OpenLot",
    "OrderRow",
    "PastTrade",
    "Security",
    "Stated",
    "StatedLimit",
    "audit_trades",
    "tracking_error",
]
