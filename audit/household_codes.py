"""Every kind of finding that only a household has, with what it means; those of single lists are in `audit.codes`."""

from __future__ import annotations

__all__ = ["HOUSEHOLD_CODES"]

HOUSEHOLD_CODES = {
    # rows of transfers.csv
    "transfer-unknown-kind": "a transfer that is neither of a lot nor of cash",
    "transfer-unknown-sleeve": "a transfer from or to a sleeve that the household does not have, or to itself",
    "transfer-not-allowed": "a lot that moves in kind where household.toml says that none does",
    "transfer-other-owner": "a transfer between accounts of different owners or types, which is no mere move",
    "transfer-unknown-lot": "a lot that the sleeve which gives it does not have",
    "transfer-lot-of-other-name": "a lot that holds another security",
    "transfer-shares": "shares of a transfer that are no number above zero, or part of a share where none may move",
    "transfer-lot-oversent": "more shares sent of a lot than it has",
    "transfer-duplicate": "the same lot sent to the same sleeve in two rows",
    "transfer-basis": "a basis other than that of the lot: basis travels unchanged",
    "transfer-acquired": "another day acquired, or start of the holding period, than the lot's: both travel unchanged",
    "transfer-price": "a price other than that of securities.csv",
    "transfer-amount": "an amount of a transfer that is no number above zero, or not shares times price",
    "transfer-lot-id": "a new lot id that another lot of the receiving sleeve has",
    "transfer-recent-lot": "a lot bought in the last 30 days that moves",
    "transfer-restricted": "a transfer that a restriction of the giving or the receiving sleeve forbids",
    "transfer-outside-benchmark": "a name received that is not in the sleeve's benchmark",
    "transfer-unrated": "a name that moves and that the risk model does not rate",
    "transfer-unsettled": "a sleeve whose value the transfers change",
    # the sleeves' lists beside each other
    "lot-moved-and-sold": "a sale of shares that moved to another account today",
    "list-of-other-sleeve": "a list that sells the lots of another sleeve",
    "list-of-no-sleeve": "a trade list of a sleeve that household.toml does not have",
    "wash-sale-across-lists": "a loss washed by a purchase in the list of another taxable account",
    "wash-sale-across-lists-ira": "a loss lost for good to a purchase in the list of a retirement account",
    "window-across-lists": "a loss, and a purchase in the list of another account, though the ledger disallows nothing",
    # limits of all together
    "household-te-exceeded": "tracking error of all sleeves together above its limit",
    "household-gain-budget": "gross gains of all sleeves together above the budget",
    "household-harvest-beyond-offsets": "more net loss of all sleeves together than the year can use",
    # what the household's summary.json says
    "household-nav-misstated": "another value of all sleeves together",
    "household-te-misstated": "another tracking error of all sleeves together",
    "household-gains-misstated": "other gains by term of all taxed sleeves together",
    "household-harvest-misstated": "other harvested losses by term of all taxed sleeves together",
    "household-tax-misstated": "another tax saved by all lists, the one bill",
    "household-cost-misstated": "other trading costs of all lists together",
    "household-limit-misstated": "another limit of all sleeves together, or another value of it",
    "household-transfers-misstated": "other sums of what moves in kind",
    "household-sleeve-misstated": "other figures of one sleeve, or figures of a sleeve that is not there",
}
"""What each code means."""
