"""Errors carry what they say, through pickles too, and ask for it only when it is read."""

from __future__ import annotations

import copy
import pickle

from taxsleeve_errors import InfeasibleError, Shortfall, SolverError

_SHORT = Shortfall("turnover", 0.1, 0.25, "fraction of NAV")


def test_what_an_infeasible_error_lacks_is_worked_out_once_and_when_asked_for() -> None:
    asked = []

    def found() -> list[Shortfall]:
        asked.append(1)
        return [_SHORT]

    error = InfeasibleError("nothing", found)
    assert error.message == "nothing"
    assert not asked
    assert str(error) == f"nothing; {_SHORT}"
    assert error.shortfalls == (_SHORT,)
    assert len(asked) == 1


def test_where_a_solver_cannot_say_the_sentence_stands_alone() -> None:
    def gives_up() -> list[Shortfall]:
        raise SolverError("gave up")

    assert str(InfeasibleError("nothing", gives_up)) == "nothing"


def test_a_worker_can_send_it() -> None:
    sent = InfeasibleError("nothing", lambda: [_SHORT])
    assert pickle.dumps(sent)
    error = copy.copy(sent)
    assert (error.message, error.shortfalls, str(error)) == ("nothing", (_SHORT,), f"nothing; {_SHORT}")
