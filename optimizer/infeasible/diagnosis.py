"""Why an account has no trade list, and what would have to give way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.infeasible.small_account import ShareAdvice
from optimizer.limit_numbers import Setting
from optimizer.limit_words import limit_amount, limit_title, limit_value

__all__ = ["Diagnosis", "Relaxation"]


@dataclass(frozen=True)
class Relaxation:
    """A number of the mandate, and the value at which it would no longer stand in the way.

    Parameters
    ----------
    setting : Setting
        The number as it stands.
    to : float or None
        The value needed, in the setting's unit; None where no value of it alone is enough.
    """

    setting: Setting
    to: float | None

    @property
    def amount(self) -> float:
        """How much the number has to give way; infinite where it cannot help."""
        return float("inf") if self.to is None else abs(self.to - self.setting.value)

    def words(self, middle: str = "") -> str:
        """Say it: "tracking error alone must rise by 3.06 bp to 1.03%"."""
        s = self.setting
        title = limit_title(s.name, s.where) + middle
        if self.to is None:
            return f"{title} cannot help"
        way = "fall" if s.lower else "rise"
        return f"{title} must {way} by {limit_amount(self.amount, s.unit)} to {limit_value(self.to, s.unit)}"


@dataclass(frozen=True)
class Diagnosis:
    """What stands in the way of an account, and what each way out would take.

    Parameters
    ----------
    why : str
        What the account fails at, one of "limits" (they contradict each other), "either-or" (they could be met by
        selling at a loss and buying back the same name, not otherwise) and "orders" (number of names, least trade,
        commissions or whole shares).
    conflict : tuple of Setting
        Numbers that cannot all hold; empty where that was not proven ("either-or", "orders").
    together : tuple of Relaxation
        What has to give way when all may; the account has been rebalanced with it. Empty where nothing was found.
    alone : tuple of Relaxation
        The same for each number by itself, those that help first and the least of them, relative to the number,
        foremost; each has been rebalanced with, and one per cent less was refused.
    shares : ShareAdvice or None
        Where only whole shares stand in the way.
    """

    why: str
    conflict: tuple[Setting, ...]
    together: tuple[Relaxation, ...]
    alone: tuple[Relaxation, ...]
    shares: ShareAdvice | None = None

    @property
    def sentence(self) -> str:
        """The answer in one sentence, "" where nothing was found."""
        parts = [self.shares.words] if self.shares is not None and self.shares.words else []
        if ways := [r for r in self.alone if r.to is not None]:
            first, *others = ways
            parts.append(_listed([first.words(" alone"), *(_short(r) for r in others)], "or"))
        elif self.together:
            parts.append("no limit alone is enough; together " + _listed([r.words() for r in self.together], "and"))
        return "; ".join(parts)


def _short(relaxation: Relaxation) -> str:
    s = relaxation.setting
    by = f"by {limit_amount(relaxation.amount, s.unit)} to {limit_value(relaxation.to or 0.0, s.unit)}"
    return f"{limit_title(s.name, s.where)} alone {by}"


def _listed(parts: Sequence[str], joint: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + f", {joint} {parts[-1]}"
