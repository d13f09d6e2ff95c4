"""The factor risk model as numbers: the only thing an optimizer ever sees of risk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from risk._exchange import model_arrays, read_archive, write_archive
from taxsleeve_errors import RiskModelError

__all__ = ["FactorRisk"]

Floats = NDArray[np.float64]
Made = TypeVar("Made")
# Sets of names that accounts of a few benchmarks have in turn.
_KEPT = 4


class _Latest(Generic[Made]):
    """What was made of the tuples of assets asked for last, which cannot have changed since."""

    def __init__(self) -> None:
        self._kept: list[tuple[tuple[str, ...], Made]] = []

    def get(self, assets: tuple[str, ...], make: Callable[[tuple[str, ...]], Made]) -> Made:
        """Return what was made of this very tuple, or make it."""
        for kept, made in self._kept:
            if kept is assets:
                return made
        made = make(assets)
        self._kept.insert(0, (assets, made))
        del self._kept[_KEPT:]
        return made


@dataclass(frozen=True, eq=False)
class FactorRisk:
    """Covariance of N assets as B F B' + diag(D), annualised.

    Parameters
    ----------
    assets : tuple of str
        The N names that the model rates, each once.
    factors : tuple of str
        The K factors, each once.
    loadings : array of shape (N, K)
        B, the assets' exposures.
    factor_covariance : array of shape (K, K)
        F, symmetric and positive definite, annual.
    specific_variance : array of shape (N,)
        D, more than zero, annual.
    as_of : date, optional
        Last day whose data the model used.

    Raises
    ------
    RiskModelError
        Shapes do not fit, a number is missing, F is not positive definite or D not positive.
    """

    assets: tuple[str, ...]
    factors: tuple[str, ...]
    loadings: Floats
    factor_covariance: Floats
    specific_variance: Floats
    as_of: dt.date | None = None

    def __post_init__(self) -> None:
        n, k = len(self.assets), len(self.factors)
        shapes = {"loadings": (n, k), "factor_covariance": (k, k), "specific_variance": (n,)}
        for name, shape in shapes.items():
            array: Floats = np.array(getattr(self, name), dtype=float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
            if array.shape != shape:
                raise RiskModelError(f"{name}: shape {array.shape}, expected {shape} for {n} assets and {k} factors")
            if not np.isfinite(array).all():
                raise RiskModelError(f"{name}: NaN or infinite numbers, expected finite ones")
        for what, labels in (("assets", self.assets), ("factors", self.factors)):
            if len(set(labels)) < len(labels):
                twice = next(label for label in labels if labels.count(label) > 1)
                raise RiskModelError(f"{what}: {twice!r} stands twice, expected each name once")
        if not (self.specific_variance > 0).all():
            worst = int(np.argmin(self.specific_variance))
            raise RiskModelError(
                f"specific_variance of {self.assets[worst]}: {self.specific_variance[worst]}, expected > 0"
            )
        self._check_factor_covariance()

    def _repr_html_(self) -> str:
        volatility = pd.Series(np.sqrt(np.diag(self.factor_covariance)), index=self.factors)
        strength = pd.Series(np.sqrt(np.mean(self.loadings**2, axis=0)), index=self.factors)
        table = pd.DataFrame({"volatility a year": volatility, "root mean square loading": strength})
        specific = f"{np.sqrt(np.median(self.specific_variance)):.1%}" if self.assets else "none"
        about = f"{len(self.assets)} names, {len(self.factors)} factors, as of {self.as_of or 'an unknown day'}"
        return f"<p>FactorRisk: {about}; median specific volatility {specific} a year</p>" + table.to_html()

    def _check_factor_covariance(self) -> None:
        F = self.factor_covariance
        if not len(F):
            return
        if not np.allclose(F, F.T, rtol=1e-8, atol=1e-12 * float(np.abs(F).max())):
            raise RiskModelError("factor_covariance: not symmetric, expected F = F'")
        smallest = float(np.linalg.eigvalsh(F)[0])
        if smallest <= 0:
            raise RiskModelError(
                f"factor_covariance: smallest eigenvalue {smallest:.3g}, expected positive definite; "
                "drop a redundant factor or shrink the matrix"
            )

    @cached_property
    def _position(self) -> dict[str, int]:
        return dict(zip(self.assets, range(len(self.assets)), strict=True))

    def __contains__(self, asset: object) -> bool:
        return asset in self._position

    @classmethod
    def of(cls, model: Any, *, periods_per_year: float | None = None) -> FactorRisk:
        """Make one of any object that has the same arrays as attributes.

        Parameters
        ----------
        model : FactorRisk, a fitted estimator with `factor_risk_`, or any object
            With `assets`, `factors`, `loadings`, `factor_covariance`, `specific_variance`, or with the names of
            skfolio's `FactorModel`: `asset_names`, `factor_names`, `loading_matrix`, `factor_covariance`,
            `idio_covariance` (its diagonal, or a matrix that is diagonal), `observations` for the date; or a skfolio
            return distribution, which keeps that as `factor_model`.
        periods_per_year : float, optional
            Makes the figures annual. Needed for skfolio's, which are for one period; without it taken as annual.

        Raises
        ------
        RiskModelError
            An array is not there, does not fit, or specific returns are linked to each other.
        """
        if isinstance(model, FactorRisk):
            return model
        for holder in ("factor_risk_", "factor_model"):
            inner = getattr(model, holder, None)
            if inner is not None:
                return cls.of(inner, periods_per_year=periods_per_year)
        return cls(**model_arrays(model, periods_per_year))

    def save(self, path: str | Path) -> None:
        """Write all arrays and names to one .npz archive (NumPy's format, without pickles)."""
        fields = ("assets", "factors", "loadings", "factor_covariance", "specific_variance", "as_of")
        write_archive(Path(path), {name: getattr(self, name) for name in fields})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote; the numbers come back to the last bit.

        Raises
        ------
        RiskModelError
            The file is not such an archive, or its arrays do not make a valid model.
        OSError
            The file cannot be opened.
        """
        return cls(**read_archive(Path(path)))

    def root(self) -> Floats:
        """G = B F^(1/2) of shape (N, K), with G G' = B F B' (F^(1/2) is the Cholesky factor)."""
        return self._root

    @cached_property
    def _root(self) -> Floats:
        root: Floats = self.loadings @ np.linalg.cholesky(self.factor_covariance)
        root.setflags(write=False)
        return root

    def variance(self, active: ArrayLike) -> float:
        """A' (B F B' + diag(D)) a of active weights a, shape (N,), fractions of NAV; a year."""
        a = self._weights(active)
        exposure = self.loadings.T @ a
        return float(exposure @ self.factor_covariance @ exposure + a @ (self.specific_variance * a))

    def tracking_error(self, active: ArrayLike) -> float:
        """Standard deviation of the active return, a year, as a fraction of NAV: sqrt(`variance`)."""
        return float(np.sqrt(self.variance(active)))

    def contributions(self, active: ArrayLike) -> tuple[pd.Series, pd.Series]:
        """Tracking error split over factors and over names' specific risk.

        Euler's split: factor k has y_k (F y)_k / TE with y = B'a, name i has a_i^2 D_i / TE.

        Parameters
        ----------
        active : array of shape (N,)
            Active weights, fractions of NAV.

        Returns
        -------
        by_factor : Series of length K, by_name : Series of length N
            Together they sum to the tracking error; all zero where that is zero.
        """
        a = self._weights(active)
        exposure = self.loadings.T @ a
        te = self.tracking_error(a)
        scale = 1 / te if te > 0 else 0.0
        by_factor = exposure * (self.factor_covariance @ exposure) * scale
        by_name = a**2 * self.specific_variance * scale
        return pd.Series(by_factor, index=list(self.factors)), pd.Series(by_name, index=list(self.assets))

    def rows(self, assets: Sequence[str]) -> NDArray[np.intp]:
        """Where each asset stands in the model, -1 where it does not rate it, shape (len(assets),)."""
        return self._looked_up.get(assets, self._rows) if isinstance(assets, tuple) else self._rows(assets)

    def _rows(self, assets: Sequence[str]) -> NDArray[np.intp]:
        rows = np.fromiter(map(self._position.get, assets, repeat(-1)), dtype=np.intp, count=len(assets))
        rows.setflags(write=False)
        return rows

    @cached_property
    def _looked_up(self) -> _Latest[NDArray[np.intp]]:
        return _Latest()

    def taken(self, assets: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
        """Return B, G and D of some assets, with rows of zeros for those that the model does not rate; read only.

        Taken once for accounts of the same names.
        """
        return self._taken.get(assets, self._take)

    def _take(self, assets: tuple[str, ...]) -> tuple[Floats, Floats, Floats]:
        shape = (len(assets), len(self.factors))
        made, rows = (np.zeros(shape), np.zeros(shape), np.zeros(len(assets))), self.rows(assets)
        rated = rows >= 0
        for array, whole in zip(made, (self.loadings, self._root, self.specific_variance), strict=True):
            array[rated] = whole[rows[rated]]
            array.setflags(write=False)
        return made

    @cached_property
    def _taken(self) -> _Latest[tuple[Floats, Floats, Floats]]:
        return _Latest()

    def reindex(self, assets: Sequence[str]) -> FactorRisk:
        """Return the model of just these assets, in this order.

        Raises
        ------
        RiskModelError
            An asset is not rated by the model.
        """
        missing = [asset for asset in assets if asset not in self._position]
        if missing:
            raise RiskModelError(
                f"no risk figures for {', '.join(missing[:5])} ({len(missing)} of {len(assets)} assets)"
            )
        rows = [self._position[asset] for asset in assets]
        return FactorRisk(
            assets=tuple(assets),
            factors=self.factors,
            loadings=self.loadings[rows],
            factor_covariance=self.factor_covariance,
            specific_variance=self.specific_variance[rows],
            as_of=self.as_of,
        )

    def _weights(self, active: ArrayLike) -> Floats:
        a = np.asarray(active, dtype=float)
        if a.shape != (len(self.assets),):
            raise RiskModelError(f"active weights: shape {a.shape}, expected ({len(self.assets)},)")
        return a
