"""Segments keep their count, and names change over only when they are well outside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest import CapBands
from taxsleeve_errors import InputError

BANDS = CapBands(("large", "small"), (10, 30), (0.2, 0.4))
NOBODY = np.full(50, -1)


def caps_by_rank(ranks: list[int] | np.ndarray) -> np.ndarray:
    return 1e12 / np.asarray(ranks, dtype=float)


def test_at_first_ranks_alone_decide() -> None:
    codes = BANDS.assign(caps_by_rank(np.arange(1, 51)), NOBODY)
    assert codes.tolist() == [0] * 10 + [1] * 20 + [-1] * 20


def test_a_member_inside_the_buffer_stays_and_one_beyond_it_goes() -> None:
    before = BANDS.assign(caps_by_rank(np.arange(1, 51)), NOBODY)
    ranks = np.arange(1, 51)
    # Rank 10 falls to 12, the last rank of the buffer (12 = 10 x 1.2): nothing changes.
    swap = ranks.copy()
    swap[9], swap[10], swap[11] = 12, 10, 11
    assert BANDS.assign(caps_by_rank(swap), before).tolist() == before.tolist()
    # One rank further down and it changes over; the best rank outside comes in.
    swap[9], swap[12] = 13, 12
    moved = BANDS.assign(caps_by_rank(swap), before)
    assert moved[9] == 1
    assert moved[10] == 0


def test_a_newcomer_well_inside_enters_at_once_and_the_worst_rank_goes() -> None:
    before = BANDS.assign(caps_by_rank(np.arange(1, 51)), NOBODY)
    ranks = np.arange(1, 51)
    ranks[40] = 1
    ranks[:40] += 1
    after = BANDS.assign(caps_by_rank(ranks), before)
    assert after[40] == 0
    assert after[9] == 1
    assert after[29] == -1


@given(st.integers(0, 10_000), st.integers(31, 50))
def test_counts_are_kept_and_larger_segments_hold_larger_names(seed: int, listed: int) -> None:
    rng = np.random.default_rng(seed)
    caps = np.exp(rng.standard_normal(50))
    caps[rng.permutation(50)[: 50 - listed]] = np.nan
    before = BANDS.assign(np.exp(rng.standard_normal(50)), NOBODY)
    after = BANDS.assign(caps, before)
    assert np.bincount(after[after >= 0], minlength=2).tolist() == [10, 20]
    assert not (after[np.isnan(caps)] >= 0).any()
    rank = np.argsort(np.argsort(-np.nan_to_num(caps))) + 1
    assert set(after[rank <= 8]) == {0}
    assert (after[(rank > 12)] != 0).all()
    assert (after[rank <= 18] >= 0).all()
    assert (after[rank > 42] == -1).all()


def test_too_few_names_fill_the_largest_segments_first() -> None:
    caps = np.full(50, np.nan)
    caps[:15] = np.arange(15, 0, -1)
    assert BANDS.assign(caps, NOBODY).tolist() == [0] * 10 + [1] * 5 + [-1] * 35


def test_bands_scale_with_the_universe() -> None:
    assert CapBands().last_ranks == (500, 900, 1500)
    assert CapBands.scaled(150).last_ranks == (50, 90, 150)
    assert CapBands.scaled(150, buffered=False).buffers == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"last_ranks": (10, 10)}, "rising last ranks"),
        ({"buffers": (0.2, 1.0)}, "under 1"),
        ({"buffers": (0.2,)}, "as many"),
        ({"names": ("a", "a")}, "once"),
    ],
)
def test_bands_that_make_no_sense_are_refused(changes: dict[str, tuple], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CapBands(**{"names": ("a", "b"), "last_ranks": (10, 30), "buffers": (0.2, 0.4), **changes})


@given(st.integers(0, 10_000))
def test_segments_keep_their_count_and_never_overlap_whatever_the_buffers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ranks = np.sort(rng.choice(np.arange(1, 45), 3, replace=False)).tolist()
    bands = CapBands(("large", "mid", "small"), tuple(ranks), tuple(rng.uniform(0, 0.99, 3).tolist()))
    caps, before = np.exp(rng.standard_normal(40)), np.full(40, -1)
    for _ in range(5):
        caps = caps * np.exp(0.8 * rng.standard_normal(40))
        known = np.where(rng.random(40) < 0.1, np.nan, caps)
        before = bands.assign(known, before)
        counts = np.diff(np.minimum([0, *ranks], np.isfinite(known).sum()))
        assert np.bincount(before[before >= 0], minlength=3).tolist() == counts.tolist()
