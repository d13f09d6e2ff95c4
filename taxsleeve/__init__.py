"""taxsleeve: tax-smart separately managed accounts.

The names that a user needs first; each room (`risk`, `tax`, `optimizer`, `backtest`) has more. Each is imported when it
is first asked for, so that `taxsleeve --help` and completion do not wait for solvers.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optimizer import Account, Mandate, Rebalance, Restriction, Securities, check_trades, rebalance
    from risk import FactorRisk, StatisticalRiskModel, simple_returns
    from tax import Lots, TaxRates, TradeHistory
    from taxsleeve.account_folder import AccountFolder, read_account_folder
    from taxsleeve_errors import InfeasibleError, InputError, TaxsleeveError

__all__ = [
    "Account",
    "AccountFolder",
    "FactorRisk",
    "InfeasibleError",
    "InputError",
    "Lots",
    "Mandate",
    "Rebalance",
    "Restriction",
    "Securities",
    "StatisticalRiskModel",
    "TaxRates",
    "TaxsleeveError",
    "TradeHistory",
    "check_trades",
    "read_account_folder",
    "rebalance",
    "simple_returns",
]

_ROOMS = {
    "optimizer": ("Account", "Mandate", "Rebalance", "Restriction", "Securities", "check_trades", "rebalance"),
    "risk": ("FactorRisk", "StatisticalRiskModel", "simple_returns"),
    "tax": ("Lots", "TaxRates", "TradeHistory"),
    "taxsleeve.account_folder": ("AccountFolder", "read_account_folder"),
    "taxsleeve_errors": ("InfeasibleError", "InputError", "TaxsleeveError"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_ROOM_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
