"""The unsettled points of the wash-sale rule, each a named switch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from taxsleeve_errors import TaxError

__all__ = ["WashPolicy"]

_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_SUB_LOT_ORDERS = ("highest_basis", "holding_start")
_SUB_LOT_ALIASES = {"highest_adjusted_basis": "highest_basis", "fifo": "holding_start", "hp_start": "holding_start"}


@dataclass(frozen=True)
class WashPolicy:
    """How the points are read on which I.R.C. s.1091 is silent, or read two ways.

    Parameters
    ----------
    same_acquisition_exclusion : bool
        What is left of the very acquisition sold is no replacement (Rev. Rul. 56-602). False: it is, as in some
        brokers' mechanical 1099-B.
    same_day_batch : bool
        Shares sold on one day, with no purchase between the sales, do not replace each other. False: sale by sale.
    require_candidate_after_sold_lot : bool
        Only shares acquired after the lot sold can replace it. False: literal, any purchase inside the window.
    spouse_basis_adjust : bool
        A loss replaced in the spouse's account is added to the basis there. False: lost for good.
    group_map : str
        "ticker": only the same symbol is substantially identical, as on a 1099-B. Any other name: the groups of the
        history (an issuer's classes, funds on one index).
    sub_lot_order : str
        Which shares of one acquisition go first where a wash sale has adjusted some of them: "highest_basis", or
        "holding_start" (earliest first; "fifo" is the same).

    Raises
    ------
    TaxError
        A value is not one of those above.
    """

    same_acquisition_exclusion: bool = True
    same_day_batch: bool = True
    require_candidate_after_sold_lot: bool = False
    spouse_basis_adjust: bool = True
    group_map: str = "issuer"
    sub_lot_order: str = "highest_basis"

    def __post_init__(self) -> None:
        order = _SUB_LOT_ALIASES.get(self.sub_lot_order, self.sub_lot_order)
        if order not in _SUB_LOT_ORDERS:
            expected = " or ".join(_SUB_LOT_ORDERS)
            raise TaxError(f"wash policy sub_lot_order: found {self.sub_lot_order!r}, expected {expected}")
        object.__setattr__(self, "sub_lot_order", order)
        if not self.group_map:
            raise TaxError("wash policy group_map: found '', expected ticker or the name of a group map")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(field.default, bool) and not isinstance(value, bool):
                raise TaxError(f"wash policy {field.name}: found {value!r}, expected True or False")

    @classmethod
    def parse(cls, settings: Iterable[str]) -> WashPolicy:
        """Make a policy from "name=value" settings; switches not named keep their default, "default" names none.

        Several settings may stand in one text, parted by semicolons.

        Raises
        ------
        TaxError
            A setting has no "=", names no switch, names one twice, or its value is not one the switch takes.
        """
        defaults = {field.name: field.default for field in fields(cls)}
        chosen: dict[str, bool | str] = {}
        for setting in (part for text in settings for part in text.split(";")):
            if setting.strip() in ("", "default"):
                continue
            name, equals, text = (part.strip() for part in setting.partition("="))
            if not equals or name not in defaults:
                known = ", ".join(defaults)
                raise TaxError(f"wash policy: found {setting!r}, expected name=value with name one of {known}")
            if name in chosen:
                raise TaxError(f"wash policy {name}: given twice, expected once")
            chosen[name] = _read(name, text) if isinstance(defaults[name], bool) else text
        return cls(**chosen)  # type: ignore[arg-type]

    def describe(self) -> dict[str, str]:
        """Every switch and its value as text, in the order of the parameters, for printing with any result."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}


def _read(name: str, text: str) -> bool:
    if text.lower() not in _TRUTH:
        raise TaxError(f"wash policy {name}: found {text!r}, expected True or False")
    return _TRUTH[text.lower()]
