"""One thread for every library, so that figures can be compared; to be imported before numpy is."""

from __future__ import annotations

import os

__all__ = ["VARIABLES"]

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")
for _name in VARIABLES:
    os.environ.setdefault(_name, "1")
