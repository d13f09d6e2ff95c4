"""What the tax law says: lots, holding periods, rates and wash-sale windows.

Nothing here knows of risk models or optimizers; nothing of tax law stands anywhere else.
"""

from tax.holding_period import is_long_term, long_term_from
from tax.lots import Lots

__all__ = ["Lots", "is_long_term", "long_term_from"]
