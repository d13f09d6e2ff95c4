"""What would have happened: markets, sleeves, strategies and studies of many vintages.

The room is laid out by the design and has no furniture yet.
"""

__all__: list[str] = []
