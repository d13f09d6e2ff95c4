"""Fitted risk models on disk, by what they were fitted on."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from risk import FactorRisk
from taxsleeve_errors import InputError, TaxsleeveError

__all__ = ["RiskCache", "cached_model"]

# A ten-year vintage of monthly models; those of 2,300 names take about 60 MB.
_IN_MEMORY = 128
# What reading an archive with a byte out of place has been seen to raise.
_CORRUPT = (TaxsleeveError, OSError, ValueError, LookupError, EOFError, NotImplementedError)


@dataclass(frozen=True)
class RiskCache:
    """A folder of models; any number of processes may use it at once.

    Parameters
    ----------
    folder : Path
    """

    folder: Path

    def path(self, key: str) -> Path:
        """File of a model."""
        return self.folder / key[:2] / f"{key}.npz"

    def holds(self, key: str) -> bool:
        """Whether a model is there, and whole."""
        try:
            FactorRisk.load(self.path(key))
        except _CORRUPT:
            return False
        return True

    def keep(self, key: str, model: FactorRisk) -> None:
        """Write a model beside its place and move it there.

        Raises
        ------
        InputError
            The folder cannot be written.
        """
        path = self.path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
            os.close(handle)
            try:
                model.save(beside)
                Path(beside).replace(path)
            finally:
                Path(beside).unlink(missing_ok=True)
        except OSError as error:
            expected = f"a folder in which {path.name} can be written"
            raise InputError.of("risk models", expected, value=f"{self.folder} ({error.strerror or error})") from error


@lru_cache(maxsize=_IN_MEMORY)
def cached_model(path: Path) -> FactorRisk:
    """Model of a file, kept in memory for this process's next runs."""
    return FactorRisk.load(path)
