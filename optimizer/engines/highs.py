"""Whole shares proven best on small accounts, by HiGHS' mixed-integer solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.account import Account
from optimizer.limits.base import Limit
from optimizer.mandate import Mandate
from optimizer.newton.rows import represent
from optimizer.problem import Problem
from optimizer.share_trades import ShareTrades
from optimizer.whole_shares import WholeSolution, solve_program, state_program
from taxsleeve_errors import SolverError

__all__ = ["HighsEngine"]


@dataclass(frozen=True)
class HighsEngine:
    """Every choice at once: whole shares by lot and name, sides of groups, least trade, number of names, commissions.

    Parameters
    ----------
    gap : float
        Proven part of the value at which the search ends.
    time_limit : float
        Seconds by the clock; then the best found is returned with the bound reached.
    most_names, most_lots : int
        Larger accounts are refused: their programs do not end.
    """

    gap: float = 1e-6
    time_limit: float = 60.0
    most_names: int = 60
    most_lots: int = 300
    name: str = "highs"

    def takes(self, problem: Problem, limits: Sequence[Limit]) -> bool:
        """Whether the account is small enough, and limits and costs are tracking error and linear."""
        return not self._refusal(problem, limits)

    def solve_whole(
        self,
        problem: Problem,
        account: Account,
        limits: Sequence[Limit],
        mandate: Mandate,
        start: ShareTrades | None = None,
    ) -> WholeSolution | None:
        """Find the best trades in whole shares, with the bound that none exceed.

        Parameters
        ----------
        problem : Problem
            Of the account.
        account : Account
        limits : sequence of Limit
        mandate : Mandate
            Not one that trades fractions of a share.
        start : ShareTrades or None
            Trades that passed the check, such as rounded ones; returned where nothing better is found in time.

        Returns
        -------
        WholeSolution or None
            None where no trades in whole shares meet the limits, which is then proven.

        Raises
        ------
        SolverError
            The account is too large, a limit has a form that is not taken, or nothing was found in time.
        """
        refusal = self._refusal(problem, limits)
        if mandate.fractional:
            refusal = "takes whole shares; the mandate trades fractions of a share"
        if refusal:
            raise SolverError(f"highs {refusal}")
        return solve_program(state_program(problem, account, limits, mandate), self.gap, self.time_limit, start)

    def _refusal(self, problem: Problem, limits: Sequence[Limit]) -> str:
        names, lots = len(problem.assets), len(problem.lot_asset)
        if names > self.most_names or lots > self.most_lots:
            return (
                f"takes accounts of up to {self.most_names} names and {self.most_lots} lots, found {names} and {lots}; "
                "use another engine, whose trades are rounded to shares"
            )
        if problem.impact.any():
            return "takes linear costs; use another engine where there is market impact"
        left_out = represent(problem, limits).left_out
        return f"takes tracking error and linear limits, not {', '.join(left_out)}" if left_out else ""
