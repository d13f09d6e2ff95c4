"""A group of commands that says what to type where there is no such command."""

from __future__ import annotations

import difflib

import click

__all__ = ["SuggestingGroup"]

# What people look for under a name of its own, and where it is.
_ELSEWHERE = {
    "explain": "`taxsleeve rebalance` explains itself: what binds, what was left and why, and where no trade list can "
    "meet the limits, which must give way",
}


class SuggestingGroup(click.Group):
    """Names the commands that are spelt nearly like a mistyped one, or all there are."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say what may have been meant."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-") and not ctx.resilient_parsing:
            known = self.list_commands(ctx)
            near = difflib.get_close_matches(name, known, n=3)
            advice = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known)}."
            ctx.fail(f"No such command {name!r}. {_ELSEWHERE.get(name, advice)}")
        return super().resolve_command(ctx, args)
