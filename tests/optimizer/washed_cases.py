"""An account whose name A was bought of late, for the tests of partly washed sales."""

PRICE = {"A": 10.0, "B": 10.0, "C": 10.0}
LOTS = [
    ("A", 50, 15.0, "2024-12-02", "old"),
    ("A", 50, 18.0, "2024-12-05", "older"),
    ("A", 10, 9.0, "2025-05-20", "new"),
    ("B", 100, 9.0, "2024-12-02", "b"),
    ("C", 100, 9.0, "2024-12-02", "c"),
]
BENCHMARK = {"A": 0.4, "B": 0.3, "C": 0.3}
