"""A market drawn from a seed, calibrated to published and measured facts about large, mid and small caps.

`SimulatedMarket(names=2600, years=12, seed=0).simulate()` gives a `Market`; `calibration_table` sets what it shows
against its targets. A year goes by months: exposures, capitalisation ranks and the hazards of ending are those of the
month's start, returns and specific volatility move by the day.
"""

from backtest.simulated.behaviour import (
    BookBehaviour,
    CapitalBehaviour,
    DividendBehaviour,
    FactorBehaviour,
    LifeBehaviour,
    MarketBehaviour,
    SpecificBehaviour,
)
from backtest.simulated.calibration import (
    CALM_ERA,
    RECENT_ERA,
    SP500_FROM,
    SP500_RETURNS,
    SP500_SINCE,
    Era,
    calibration_figures,
    calibration_table,
)
from backtest.simulated.simulated_market import SimulatedMarket
from backtest.simulated.specification import MarketSpecification
from backtest.simulated.targets import Target

__all__ = [
    "CALM_ERA",
    "RECENT_ERA",
    "SP500_FROM",
    "SP500_RETURNS",
    "SP500_SINCE",
    "BookBehaviour",
    "CapitalBehaviour",
    "DividendBehaviour",
    "Era",
    "FactorBehaviour",
    "LifeBehaviour",
    "MarketBehaviour",
    "MarketSpecification",
    "SimulatedMarket",
    "SpecificBehaviour",
    "Target",
    "calibration_figures",
    "calibration_table",
]
