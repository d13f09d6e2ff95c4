"""Style exposures of every name on every day, from what was known the day before.

Size, beta, momentum, residual volatility, short-term reversal, gain and loss need returns and capitalisation;
liquidity needs average daily dollar volume, value book-to-price. Sources: MOW (USE4) for the definitions of the first
five in kind. Gain is the log price above its average of the year, loss what those have lost who bought in the year
(see `unrealised_loss`): the two on which a loss harvester's portfolios lean. Both also enter multiplied by size,
because fallen large names move together by more, and differently, than fallen small ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk._row_blocks import row_blocks
from risk.unrealised_loss import mean_unrealised_loss
from taxsleeve_errors import RiskModelError

__all__ = ["Facts", "StyleExposures", "standardise", "style_exposures"]

Floats = NDArray[np.float64]
_YEAR, _MONTH, _LEAST_HISTORY = 252, 21, 42
_BETA_HALF_LIFE, _RESIDUAL_HALF_LIFE = 63.0, 42.0
_BY_SIZE = ("gain", "loss")


@dataclass(frozen=True, eq=False)
class Facts:
    """Figures of names by day, each as known at that day's close; NaN where not known.

    Parameters
    ----------
    caps : array of shape (T, N)
        Capitalisation, dollars.
    adv : array of shape (T, N), optional
        Average daily volume, dollars.
    book_to_price : array of shape (T, N), optional
    """

    caps: Floats
    adv: Floats | None = None
    book_to_price: Floats | None = None


@dataclass(frozen=True, eq=False)
class StyleExposures:
    """Standardised exposures; day t's use nothing of day t or later.

    Parameters
    ----------
    names : tuple of str
        The S styles.
    values : array of shape (T + 1 - first_row, N, S)
        Row t explains the returns of day t; row T is for the day after the data. Zero (neutral) where not known.
    first_day : int
        First row on which every style is known for a tenth of the members.
    dropped : dict of str to str
        Styles that there are figures for and that are not used, and why.
    """

    names: tuple[str, ...]
    values: Floats
    first_day: int
    dropped: dict[str, str]


def style_exposures(returns: Floats, facts: Facts, members: NDArray[np.bool_], *, first_row: int = 0) -> StyleExposures:
    """Exposures of all styles that the data allow.

    Parameters
    ----------
    returns : array of shape (T, N)
        Simple returns of days, NaN where missing.
    facts : Facts
    members : array of shape (T + 1, N)
        Names by whose exposures each day is standardised.
    first_row : int
        Exposures of days before are not made (their history is used all the same).

    Returns
    -------
    StyleExposures
    """
    raw = _from_returns(returns, facts.caps, first_row)
    with np.errstate(divide="ignore", invalid="ignore"):
        caps = _day_before(facts.caps, first_row)
        raw["size"] = np.log(caps)
        if facts.adv is not None and np.isfinite(facts.adv).any():
            raw["liquidity"] = np.log(np.maximum(_day_before(facts.adv, first_row), 1.0) / caps)
    if facts.book_to_price is not None and np.isfinite(facts.book_to_price).any():
        raw["value"] = _day_before(facts.book_to_price, first_row)
    members = members[first_row:]
    known = {name: _widely_known(x, members) for name, x in raw.items()}
    dropped = {name: "known for fewer than a tenth of the names" for name in raw if not known[name][-1]}
    scaled = {name: standardise(x, caps, members) for name, x in raw.items() if known[name][-1]}
    flat = [name for name, z in scaled.items() if not z[-1].any()]
    dropped |= dict.fromkeys(flat, "the same for all names")
    scaled = {name: z for name, z in scaled.items() if name not in flat}
    if not scaled:
        raise RiskModelError("styles: nothing is known of enough names on the last day; give a longer history")
    first_day = first_row + max(int(known[name].argmax()) for name in scaled)
    for name in _BY_SIZE:
        if name in scaled and "size" in scaled:
            scaled[f"{name}_by_size"] = _product(scaled[name], scaled["size"], caps, members)
    names = tuple(sorted(scaled))
    return StyleExposures(names, _stacked([scaled[name] for name in names]), first_day, dropped)


def standardise(x: Floats, caps: Floats, members: NDArray[np.bool_], clip: float = 3.0, drop: float = 10.0) -> Floats:
    """Cap-weighted mean zero and equal-weighted unit deviation over the members of each day.

    Members beyond `drop` deviations are left out of the moments, exposures are winsorised at `clip`; a name that is
    not known gets zero.

    Parameters
    ----------
    x, caps : arrays of shape (T, N)
    members : array of shape (T, N)
    clip, drop : float
        Deviations.

    Returns
    -------
    array of shape (T, N)
    """
    out = np.empty(x.shape)
    for days in row_blocks(*x.shape):
        out[days] = _standardised(x[days], caps[days], members[days], clip, drop)
    return out


def _standardised(x: Floats, caps: Floats, members: NDArray[np.bool_], clip: float, drop: float) -> Floats:
    # Masks as numbers: a product with zero and one takes a fraction of the time of a choice.
    known = np.isfinite(x)
    there, good = known.astype(float), members & known
    filled = np.where(known, x, 0.0)
    z = _scaled(filled, there, good)
    z = _scaled(filled, there, good & (np.abs(z) <= drop))
    np.clip(z, -clip, clip, out=z)
    w = np.where(good & np.isfinite(caps), caps, 0.0)
    total = np.maximum(w.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    used = good.astype(float)
    count = np.maximum(good.sum(axis=1, keepdims=True), 1)
    for _ in range(2):
        # The mean moves the deviation hardly and winsorising both: two rounds settle the three.
        z -= (w * z).sum(axis=1, keepdims=True) / total
        mean = (used * z).sum(axis=1, keepdims=True) / count
        spread = np.sqrt((used * (z - mean) ** 2).sum(axis=1, keepdims=True) / count)
        z = _divided(z, spread, 1e-9) * there
    return z


def _product(x: Floats, y: Floats, caps: Floats, members: NDArray[np.bool_]) -> Floats:
    """Two exposures (T, N) multiplied, nearly free of either, and standardised."""
    product = np.empty(x.shape)
    for days in row_blocks(*x.shape):
        product[days] = _centred(x[days], members[days]) * _centred(y[days], members[days])
    return standardise(product, caps, members)


def _stacked(exposures: Sequence[Floats]) -> Floats:
    """Put S exposures (T, N) side by side, shape (T, N, S)."""
    out = np.empty((*exposures[0].shape, len(exposures)))
    for days in row_blocks(*exposures[0].shape):
        np.stack([x[days] for x in exposures], axis=2, out=out[days])
    return out


def _centred(z: Floats, members: NDArray[np.bool_]) -> Floats:
    """Less the members' plain mean, so that a product of two is nearly free of either."""
    count = np.maximum(members.sum(axis=1, keepdims=True), 1)
    centred: Floats = z - np.where(members, z, 0.0).sum(axis=1, keepdims=True) / count
    return centred


def _scaled(x: Floats, there: Floats, used: NDArray[np.bool_]) -> Floats:
    """Mean zero and deviation one over the used of each day (T, N); where nothing is there, zero."""
    count = np.maximum(used.sum(axis=1, keepdims=True), 1)
    counted = used.astype(float)
    centred = x - (counted * x).sum(axis=1, keepdims=True) / count
    deviation = np.sqrt((counted * centred**2).sum(axis=1, keepdims=True) / count)
    return _divided(centred, deviation, 1e-12) * there


def _divided(x: Floats, scale: Floats, least: float) -> Floats:
    """Divide each day (T, N) by its scale (T, 1); zero where that is no more than `least`."""
    ample = scale > least
    divided: Floats = x / np.where(ample, scale, 1.0)
    return divided if ample.all() else divided * ample


def _from_returns(returns: Floats, caps: Floats, first_row: int) -> dict[str, Floats]:
    """Raw styles (T + 1 - first_row, N) that need returns alone (and capitalisation for the market)."""
    start = max(0, first_row - _YEAR)
    own = returns[start:]
    seen = np.isfinite(own)
    logs = np.log1p(np.clip(np.where(seen, own, 0.0), -0.9, 3.0))
    level = _summed(logs)
    summed = _summed(level)
    count = _summed(seen)
    t = np.arange(first_row - start, len(level))
    year, month = np.maximum(t - _YEAR, 0), np.maximum(t - _MONTH, 0)
    above = level[t] - (summed[t + 1] - summed[year]) / (t - year + 1)[:, None]
    enough = (count[t] - count[year]) >= _LEAST_HISTORY
    recent = (count[t] - count[month]) >= _MONTH // 2
    beta, residual = _beta_and_residual(returns, caps, first_row)
    loss = mean_unrealised_loss(returns, np.arange(first_row, len(returns) + 1), _YEAR)
    return {
        "beta": np.where(enough, beta, np.nan),
        "gain": np.where(enough, above, np.nan),
        "loss": np.where(enough, loss, np.nan),
        "momentum": np.where(enough, level[month] - level[year], np.nan),
        "residual_volatility": np.where(enough, residual, np.nan),
        "reversal": np.where(recent, level[t] - level[month], np.nan),
    }


def _summed(x: NDArray[Any]) -> Floats:
    """Running sums (T + 1, N), from zero."""
    total: Floats = np.vstack([np.zeros((1, x.shape[1])), np.cumsum(x, axis=0)])
    return total


def _beta_and_residual(returns: Floats, caps: Floats, first_row: int) -> tuple[Floats, Floats]:
    """EWMA beta to the cap-weighted market and log residual deviation, as known before each day from `first_row`."""
    seen = np.isfinite(returns)
    R = np.where(seen, returns, 0.0)
    w = np.where(seen, np.nan_to_num(_day_before(caps, 0)[:-1]), 0.0)
    w[~w.any(axis=1)] = seen[~w.any(axis=1)]
    market = (w * R).sum(axis=1) / np.maximum(w.sum(axis=1), 1e-300)
    own = seen.astype(float)
    slow = np.where(seen, 0.5 ** (1 / _BETA_HALF_LIFE), 1.0)
    quick = np.where(seen, 0.5 ** (1 / _RESIDUAL_HALF_LIFE), 1.0)
    T, n = R.shape
    beta, mean_square = np.empty((T + 1, n)), np.full((T + 1, n), np.nan)
    cross, square, noise, weight = (np.zeros(n) for _ in range(4))
    for t in range(T + 1):
        # A whisper of the prior beta of one steadies short histories.
        beta[t] = (cross + 1e-4) / (square + 1e-4)
        np.divide(noise, weight, out=mean_square[t], where=weight > 0)
        if t == T:
            break
        m = market[t]
        u = (R[t] - beta[t] * m) * own[t]
        cross = cross * slow[t] + R[t] * m
        square = square * slow[t] + own[t] * (m * m)
        noise = noise * quick[t] + u * u
        weight = weight * quick[t] + own[t]
    return beta[first_row:], 0.5 * np.log(mean_square[first_row:] + 1e-8)


def _day_before(x: Floats, first_row: int) -> Floats:
    """Rows first_row to T of what stood at the close of the day before, (T + 1 - first_row, N)."""
    return x[first_row - 1 :] if first_row > 0 else np.vstack([np.full((1, x.shape[1]), np.nan), x])


def _widely_known(x: Floats, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Days (T + 1,) on which a style is known for a tenth of the members at least."""
    count = np.maximum(members.sum(axis=1), 1)
    known: NDArray[np.bool_] = (members & np.isfinite(x)).sum(axis=1) >= 0.1 * count
    return known
