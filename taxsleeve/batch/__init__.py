"""Many accounts in one night: read, rebalanced, checked and written one by one, each failure its own account's."""

from taxsleeve.batch.answer import Answer
from taxsleeve.batch.night import Night
from taxsleeve.batch.run import BatchRun, run_batch
from taxsleeve.batch.settings import BatchSettings

__all__ = ["Answer", "BatchRun", "BatchSettings", "Night", "run_batch"]
