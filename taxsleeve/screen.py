"""What every command that prints a result has in common: --json, --quiet, and where each word goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click
from rich.console import Console

__all__ = ["Screen", "json_and_quiet"]

C = TypeVar("C", bound=Callable[..., Any])


@dataclass(frozen=True)
class Screen:
    """Consoles of a command: under --json the first stream has JSON and nothing else.

    Parameters
    ----------
    answer : Console
        The result, for people.
    asides : Console
        Warnings, on the second stream.
    progress : Console
        Bars, on the second stream.
    as_json : bool
    """

    answer: Console
    asides: Console
    progress: Console
    as_json: bool

    @classmethod
    def of(cls, *, as_json: bool, quiet: bool) -> Screen:
        """Make the screen that the two options ask for."""
        silent = quiet or as_json
        progress = Console(stderr=True, quiet=silent)
        return cls(Console(quiet=silent), Console(stderr=True, quiet=quiet), progress, as_json)

    def say(self, sentence: str) -> None:
        """Print a sentence of the answer as it is, however long."""
        self.answer.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def tell(self, name: str, _: float = 0.0, /) -> None:
        """Say what is being done where a bar of steps cannot: a line, on a terminal only."""
        if self.progress.is_terminal:
            self.progress.print(f"{name[:1].upper()}{name[1:]}", markup=False, highlight=False, soft_wrap=True)

    def put_json(self, summary: Callable[[], Mapping[str, Any]]) -> None:
        """Print a summary where --json was given; it is made only then."""
        from taxsleeve.summary_text import summary_text

        if self.as_json:
            self.put_text(summary_text(summary()))

    def put_text(self, text: str) -> None:
        """Print what is JSON already where --json was given."""
        if self.as_json:
            click.echo(text, nl=False)


def json_and_quiet(what: str, *, instead_of: str = "tables", beyond: str = "") -> Callable[[C], C]:
    """Give a command the options --json and --quiet, as `as_json` and `quiet`.

    Parameters
    ----------
    what : str
        What --json prints.
    instead_of : str
    beyond : str
        What is to be said of --quiet.
    """

    def decorated(command: C) -> C:
        quiet = click.option("--quiet", is_flag=True, help=f"Print nothing but errors{beyond}.")
        as_json = click.option("--json", "as_json", is_flag=True, help=f"Print {what} instead of {instead_of}.")
        return as_json(quiet(command))

    return decorated
