"""`python -m taxsleeve` is the command `taxsleeve`."""

from __future__ import annotations

from taxsleeve.command_line import main

__all__: list[str] = []

if __name__ == "__main__":
    main(prog_name="taxsleeve")
