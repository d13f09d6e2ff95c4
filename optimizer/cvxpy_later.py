"""cvxpy as `cp`, loaded when something is first stated in it: a second of start that most rebalances never need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = ["cp"]

if TYPE_CHECKING:
    import cvxpy as cp
else:

    class _Later:
        """Stands for the package until a name of it is asked for."""

        def __getattr__(self, name: str) -> Any:
            import cvxpy

            return getattr(cvxpy, name)

    cp = _Later()
