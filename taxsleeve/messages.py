"""Faults and warnings on the screen, for every command; it imports nothing that takes time."""

from __future__ import annotations

from rich.console import Console

from taxsleeve.counting import counted
from taxsleeve_errors import InputError

__all__ = ["show_input_error", "show_warnings"]


def show_input_error(console: Console, error: InputError) -> None:
    """Print every fault of an input, one a line."""
    count = counted(len(error.faults), "fault")
    console.print(f"The input is not good: {count}. Nothing was written.", style="bold red")
    for fault in error.faults:
        console.print(f"  {fault}", markup=False, highlight=False, soft_wrap=True)


def show_warnings(console: Console, warnings: tuple[str, ...]) -> None:
    """Print each warning on a line of its own."""
    for warning in warnings:
        console.print(f"warning: {warning}", markup=False, highlight=False, style="yellow", soft_wrap=True)
