"""The numbers that carry the README, and the programs that measure them: `python -m bench --list`.

Nothing in the project imports it, and it is not installed with it.
"""
