"""`taxsleeve completion`: what a shell needs to complete our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["completion"]

_VARIABLE = "_TAXSLEEVE_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL, to be read when it starts.

    \b
    taxsleeve completion bash >> ~/.bashrc
    taxsleeve completion zsh >> ~/.zshrc
    taxsleeve completion fish > ~/.config/fish/completions/taxsleeve.fish
    """  # noqa: D301 - click wants the character \b before lines that it must not wrap
    found = get_completion_class(shell)
    if found is None:  # pragma: no cover - the choices are click's own
        raise click.UsageError(f"click knows no completion of {shell}")
    click.echo(found(context.find_root().command, {}, "taxsleeve", _VARIABLE).source())
