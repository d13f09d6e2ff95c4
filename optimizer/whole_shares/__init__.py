"""A whole account in whole shares as a mixed-integer program: every either-or choice is a binary, none is searched."""

from optimizer.whole_shares.solve import WholeSolution, solve_program
from optimizer.whole_shares.statement import WholeProgram, state_program

__all__ = ["WholeProgram", "WholeSolution", "solve_program", "state_program"]
