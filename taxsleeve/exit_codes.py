"""What the shell is told: exit codes, and errors as text on the second stream."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec

from rich.console import Console

from taxsleeve_errors import InputError, TaxsleeveError

__all__ = ["ANYTHING_ELSE", "AUDIT_FAULTS", "BAD_INPUT", "NO_TRADE_LIST", "errors_become_exit_codes"]

BAD_INPUT, NO_TRADE_LIST, ANYTHING_ELSE = 2, 3, 1
# An audit makes no list; what it found wrong ends it with the status of a list that was not to be had.
AUDIT_FAULTS = 3
P = ParamSpec("P")


def errors_become_exit_codes(command: Callable[P, None]) -> Callable[P, None]:
    """Wrap a command so that errors raised on purpose are printed and end it with their code, without a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        from taxsleeve.messages import show_input_error

        console = Console(stderr=True)
        try:
            command(*args, **kwargs)
        except InputError as error:
            show_input_error(console, error)
            raise SystemExit(BAD_INPUT) from None
        except TaxsleeveError as error:
            console.print(
                f"{type(error).__name__}: {error}", markup=False, highlight=False, soft_wrap=True, style="red"
            )
            raise SystemExit(ANYTHING_ELSE) from None

    return wrapped
