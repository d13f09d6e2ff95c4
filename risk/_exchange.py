"""A factor model as it comes from elsewhere: an .npz archive, or another library's object with the same arrays."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from taxsleeve_errors import RiskModelError

__all__ = ["model_arrays", "read_archive", "write_archive"]

Floats = NDArray[np.float64]

# Names of the same thing: ours first, then those of skfolio's FactorModel, then plain ones of vendors' tools.
_NAMES = {
    "assets": ("assets", "asset_names"),
    "factors": ("factors", "factor_names"),
    "loadings": ("loadings", "loading_matrix", "exposures"),
    "factor_covariance": ("factor_covariance",),
    "specific_variance": ("specific_variance", "idio_covariance", "specific_variances"),
}
# skfolio states its figures a period of the data; ours are annual already.
_PER_PERIOD = "loading_matrix"
_ARRAYS = ("loadings", "factor_covariance", "specific_variance")
# What reading an archive with a byte out of place has been seen to raise; that of a missing file is let through.
_CORRUPT = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    SyntaxError,
)


def write_archive(path: Path, fields: dict[str, Any]) -> None:
    """Write the fields of a `FactorRisk` as an .npz archive without pickles."""
    as_of: dt.date | None = fields["as_of"]
    arrays = {name: np.asarray(fields[name], dtype=float) for name in _ARRAYS}
    labels = {name: np.asarray(fields[name], dtype=np.str_) for name in ("assets", "factors")}
    with path.open("wb") as file:
        np.savez(
            file, allow_pickle=False, as_of=np.str_("" if as_of is None else as_of.isoformat()), **arrays, **labels
        )


def read_archive(path: Path) -> dict[str, Any]:
    """Read what `write_archive` wrote; a `RiskModelError` names what the file lacks."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            wanted = (*_ARRAYS, "assets", "factors", "as_of")
            missing = [name for name in wanted if name not in archive.files]
            if missing:
                raise RiskModelError(
                    f"{path}: holds no {', '.join(missing)}; expected a file written by FactorRisk.save"
                )
            found = {name: archive[name] for name in wanted}
        text = [name for name in _ARRAYS if found[name].dtype.kind not in "fiu"]
        if text:
            raise RiskModelError(f"{path}: {text[0]} are no numbers; expected a file written by FactorRisk.save")
        as_of = str(found.pop("as_of"))
        labels = {name: tuple(map(str, found[name])) for name in ("assets", "factors")}
        return {**found, **labels, "as_of": dt.date.fromisoformat(as_of) if as_of else None}
    except RiskModelError:
        raise
    except _CORRUPT as error:
        raise RiskModelError(
            f"{path}: not an .npz archive ({error}); expected a file written by FactorRisk.save"
        ) from error


def model_arrays(model: Any, periods_per_year: float | None) -> dict[str, Any]:
    """Return the fields of a `FactorRisk` read from any object's attributes."""
    found = {field: _attribute(model, field, names) for field, names in _NAMES.items()}
    assets = tuple(map(str, np.asarray(found["assets"]).tolist()))
    factors = tuple(map(str, np.asarray(found["factors"]).tolist()))
    D = np.asarray(found["specific_variance"], dtype=float)
    if D.ndim == 2:
        D = _diagonal(D, assets)
    per_period = hasattr(model, _PER_PERIOD)
    if per_period and periods_per_year is None:
        raise RiskModelError(
            f"{type(model).__name__}: its figures are for one period of the data; give periods_per_year (252 for daily)"
        )
    scale = 1.0 if periods_per_year is None else float(periods_per_year)
    return {
        "assets": assets,
        "factors": factors,
        "loadings": np.asarray(found["loadings"], dtype=float),
        "factor_covariance": scale * np.asarray(found["factor_covariance"], dtype=float),
        "specific_variance": scale * D,
        "as_of": _last_day(model),
    }


def _attribute(model: Any, field: str, names: tuple[str, ...]) -> Any:
    for name in names:
        value = getattr(model, name, None)
        if value is not None:
            return value
    raise RiskModelError(f"{type(model).__name__}: no attribute {' or '.join(names)}, needed as the {field}")


def _diagonal(D: Floats, assets: tuple[str, ...]) -> Floats:
    """The diagonal of a specific covariance that is diagonal; linked specific returns do not fit B F B' + diag(D)."""
    if D.shape != (len(assets), len(assets)):
        raise RiskModelError(f"specific covariance: shape {D.shape}, expected ({len(assets)},) or a square of that")
    off = np.abs(D - np.diag(np.diag(D)))
    if off.any():
        i, j = map(int, np.unravel_index(int(off.argmax()), off.shape))
        raise RiskModelError(
            f"specific covariance of {assets[i]} and {assets[j]}: {D[i, j]:.3g}, expected 0; give the two "
            "names a common factor instead"
        )
    return np.diag(D)


def _last_day(model: Any) -> dt.date | None:
    as_of = getattr(model, "as_of", None)
    if as_of is None and (observations := getattr(model, "observations", None)) is not None and len(observations):
        as_of = observations[-1]
    if isinstance(as_of, np.datetime64) and not np.isnat(as_of):
        as_of = as_of.astype("datetime64[D]").item()
    if isinstance(as_of, dt.datetime):
        as_of = as_of.date()
    return as_of if isinstance(as_of, dt.date) else None
