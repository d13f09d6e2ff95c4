"""Options of the whole suite, and the order of its files."""

from __future__ import annotations

from collections import Counter

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--one-in N`."""
    help_text = "of every test's cases run one in N, the first always"
    parser.addoption("--one-in", type=int, default=1, metavar="N", help=help_text)


def pytest_configure(config: pytest.Config) -> None:
    """Keep xdist from putting files with few tests last: those that take longest are among them."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases that `--one-in` leaves out, and put files with slow tests first."""
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        test = item.nodeid.split("[", 1)[0]
        (left if seen[test] % config.getoption("--one-in") else kept).append(item)
        seen[test] += 1
    if left:
        config.hook.pytest_deselected(items=left)
    long = {item.path for item in kept if item.get_closest_marker("slow")}
    # Sorting keeps the tests of a file together and in their order.
    items[:] = sorted(kept, key=lambda item: item.path not in long)
