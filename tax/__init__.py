"""What the tax law says: lots, holding periods, rates and wash-sale windows.

Nothing here knows of risk models or optimizers; nothing of tax law stands anywhere else.
"""

from tax.brackets import Brackets, federal_brackets
from tax.holding_period import is_long_term, long_term_from
from tax.lots import Lots
from tax.rates import TaxRates

__all__ = ["Brackets", "Lots", "TaxRates", "federal_brackets", "is_long_term", "long_term_from"]
