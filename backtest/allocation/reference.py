"""The mix that others are held against: the market's own weights, as far as a study tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from backtest.allocation.mix import Mix
from backtest.study.capitalisation import CAPITALISATION
from backtest.study_measures.record import RunRecord

__all__ = ["EQUAL", "Reference", "equal_mix", "reference_mix"]

Floats = NDArray[np.float64]
EQUAL = "equal mix"
"""Name of the mix of equal parts."""

WHOLE = "all"
# An index of other names than the sleeves' together is no blend of them.
_GOOD_FIT = 0.98
_OVERLAP = 1.1


@dataclass(frozen=True)
class Reference:
    """A mix to hold others against.

    Parameters
    ----------
    mix : Mix
    name : str
        What it is, for tables.
    why : str
        Where its weights come from.
    """

    mix: Mix
    name: str
    why: str


def reference_mix(records: Sequence[RunRecord], sleeves: Sequence[str], typed: Mix | None = None) -> Reference:
    """Find the market's weights.

    Those given; else the sleeve `all` itself, where it is mixed; else the sleeves' capitalisations at funding where the
    runs tell them and the sleeves do not overlap, mean over vintages; else the blend of the sleeves' indices nearest to
    that of the sleeve `all`; else equal parts.
    """
    if typed is not None:
        return Reference(typed, "reference mix", "as given")
    if WHOLE in sleeves:
        return Reference(Mix.of({WHOLE: 1.0}, sleeves), "market mix", f"the sleeve {WHOLE} is the market")
    caps = _capitalisations(records, sleeves)
    if caps is not None:
        return Reference(
            _mix(sleeves, caps), "market mix", "capitalisation of the sleeves at funding, mean of vintages"
        )
    blend = _blend_of_whole(records, sleeves)
    if blend is not None:
        why = f"the blend of the sleeves' indices nearest to the index of the sleeve {WHOLE}"
        return Reference(_mix(sleeves, blend), "market mix", why)
    why = f"the study tells no capitalisations and has no sleeve {WHOLE} that these sleeves make up"
    return Reference(equal_mix(sleeves), EQUAL, why)


def equal_mix(sleeves: Sequence[str]) -> Mix:
    """Mix sleeves in equal parts."""
    return Mix(tuple(sleeves), (1 / len(sleeves),) * len(sleeves))


def _mix(sleeves: Sequence[str], parts: Floats) -> Mix:
    # In tenths of a per cent, as it is said: what is simulated is what the reader sees.
    whole = np.round(1000 * parts / parts.sum())
    whole[int(np.argmax(whole))] += 1000 - whole.sum()
    return Mix(tuple(sleeves), tuple((whole / 1000).tolist()))


def _capitalisations(records: Sequence[RunRecord], sleeves: Sequence[str]) -> Floats | None:
    rows: dict[object, dict[str, float]] = {}
    for record in records:
        if CAPITALISATION in record.facts and record.key.sleeve in (*sleeves, WHOLE):
            rows.setdefault(record.key.funded, {})[record.key.sleeve] = float(record.facts[CAPITALISATION])
    usable = []
    for own in rows.values():
        caps = np.array([own.get(name, np.nan) for name in sleeves])
        # Sleeves that together are worth more than the market have names in common.
        if np.isfinite(caps).all() and (caps > 0).all() and caps.sum() <= _OVERLAP * own.get(WHOLE, np.inf):
            usable.append(caps / caps.sum())
    return np.mean(usable, axis=0) if usable else None


def _blend_of_whole(records: Sequence[RunRecord], sleeves: Sequence[str]) -> Floats | None:
    indices: dict[object, dict[str, pd.Series]] = {}
    for record in records:
        if record.key.sleeve in (*sleeves, WHOLE):
            indices.setdefault(record.key.funded, {})[record.key.sleeve] = _returns(record)
    full = [pd.DataFrame(own).dropna() for own in indices.values() if len(own) == len(sleeves) + 1]
    if not full:
        return None
    table = pd.concat(full)
    regressors, target = table[list(sleeves)].to_numpy(dtype=float), table[WHOLE].to_numpy(dtype=float)
    # The weights' sum is held at one by a row that outweighs the returns.
    heavy = 1e3 * float(np.abs(target).sum())
    found, _ = nnls(np.vstack([regressors, np.full(len(sleeves), heavy)]), np.append(target, heavy))
    rest = target - regressors @ found
    fits = bool(rest.var() <= (1 - _GOOD_FIT) * target.var() and found.sum() > 0)
    return np.asarray(found, dtype=float) if fits else None


def _returns(record: RunRecord) -> pd.Series:
    months = record.months
    begins = (months["benchmark"] + months["flow"]).shift(1)
    return months["benchmark"] / begins - 1
