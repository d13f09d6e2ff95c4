"""Several sleeves of several accounts rebalanced as one: one wash-sale window, moves in kind, total tracking error."""

from optimizer.household.check import HouseholdCheck, check_household
from optimizer.household.graduation import graduates
from optimizer.household.household import Household, Sleeve
from optimizer.household.rebalance import (
    IN_TURN,
    JOINTLY,
    HouseholdCertificate,
    HouseholdRebalance,
    rebalance_household,
)
from optimizer.household.total_risk import TotalTrackingErrorLimit
from optimizer.household.transfers import TRANSFER_COLUMNS

__all__ = [
    "IN_TURN",
    "JOINTLY",
    "TRANSFER_COLUMNS",
    "Household",
    "HouseholdCertificate",
    "HouseholdCheck",
    "HouseholdRebalance",
    "Sleeve",
    "TotalTrackingErrorLimit",
    "check_household",
    "graduates",
    "rebalance_household",
]
