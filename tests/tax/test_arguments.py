"""Arguments of what `tax` exports can be given by name."""

from __future__ import annotations

import inspect

import pytest

import tax

FUNCTIONS = [getattr(tax, name) for name in tax.__all__ if inspect.isfunction(getattr(tax, name))]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: str(function.__name__))
def test_no_argument_goes_by_place_alone(function: object) -> None:
    parameters = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    assert {parameter.kind for parameter in parameters} <= {
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    }
