"""Mutants of a module: small faults made by cosmic-ray's operators, of which a seeded sample is drawn."""

from __future__ import annotations

import ast
import difflib
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from bench.part import NotHere

__all__ = ["Mutant", "all_mutants", "drawn", "mutated"]

Place = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """One fault: which operator, its how-manieth place in the module, and where that is (line, column)."""

    operator: str
    occurrence: int
    place: Place


def _cosmic() -> tuple[Any, Any, Any]:
    try:
        from cosmic_ray import ast as trees
        from cosmic_ray import mutating, plugins
    except ImportError as missing:
        raise NotHere("cosmic-ray is not installed: pip install 'taxsleeve[mutation]'") from missing
    return trees, mutating, plugins


def all_mutants(source: str) -> list[Mutant]:
    """Every mutant of the operators that take no arguments, but for those in annotations and decorators.

    Annotations are not evaluated, and what `frozen=True` forbids is forbidden by mypy: no result shows either.
    """
    trees, _, plugins = _cosmic()
    tree, spans, found = trees.get_ast(source), _silent(source), []
    for name in sorted(plugins.operator_names()):
        operator_class = plugins.get_operator(name)
        if operator_class.arguments() or name == "core/NoOp":
            continue
        operator = operator_class()
        places = [begin for node in trees.ast_nodes(tree) for begin, _ in operator.mutation_positions(node)]
        found += [
            Mutant(name.removeprefix("core/"), number, place)
            for number, place in enumerate(places)
            if not any(begin <= place < end for begin, end in spans)
        ]
    return found


def drawn(mutants: list[Mutant], sample: int, seed: str) -> list[Mutant]:
    """Draw mutants: every place once before any place twice, so that `+` with its ten substitutes counts as one."""
    shuffled = random.Random(seed).sample(mutants, len(mutants))  # noqa: S311
    seen: Counter[Place] = Counter()
    ranked = []
    for order, mutant in enumerate(shuffled):
        ranked.append((seen[mutant.place], order, mutant))
        seen[mutant.place] += 1
    return sorted((mutant for *_, mutant in sorted(ranked, key=lambda r: r[:2])[:sample]), key=lambda m: m.place)


def mutated(source: str, mutant: Mutant) -> tuple[str, str]:
    """Source with the fault in it, and the line that differs, as was and as is."""
    _, mutating, plugins = _cosmic()
    text = mutating.mutate_code(source, plugins.get_operator(f"core/{mutant.operator}")(), mutant.occurrence)
    changed = [
        line[1:].strip()
        for line in difflib.unified_diff(source.splitlines(), text.splitlines(), lineterm="", n=0)
        if line[0] in "-+" and line[:3] not in ("---", "+++")
    ]
    return text, "  =>  ".join(changed)


def _silent(source: str) -> list[tuple[Place, Place]]:
    """Where annotations and decorators begin and end."""
    nodes: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        nodes += [getattr(node, "annotation", None), getattr(node, "returns", None)]
        nodes += getattr(node, "decorator_list", [])
    # A decorator's own `@` stands one column before its expression.
    return [
        ((node.lineno, max(node.col_offset - 1, 0)), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in nodes
        if node is not None
    ]
