"""Any bytes at all, given to any reader: it reads something, or says what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench import fuzz_targets

WORDS = [
    b"\x00", b"\xff", b"\xef\xbb\xbf", b'"', b"'", b"\r", b"\n\n", b",", b";", b"=", b"nan", b"inf", b"1e400", b"-1",
    b"1e999999999", b"2024-02-30", b"0001-01-01", b"9999-12-31", b"[", b"]", b"{", b"}", b"[[", b"\xd9\xa3", b"\\ud800",
    b"9" * 400, b"a." * 40, b"<!DOCTYPE a>", b"\xe2\x80\xae", b"true", b"%Y%Y", b"(", b"NaT", b"1970", b" ", b"-0",
]  # fmt: skip


@st.composite
def spoilt(draw: st.DrawFn, seed: bytes) -> bytes:
    """A good file with a few of its parts taken out, doubled, moved or overwritten."""
    data = seed
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 20)))
        middle = draw(st.one_of(st.sampled_from(WORDS), st.binary(max_size=8), st.just(data[start:end] * 2)))
        data = data[:start] + middle + data[end:]
    return data


@pytest.mark.parametrize("target", sorted(fuzz_targets.TARGETS))
def test_a_reader_reads_something_or_says_what_is_wrong(target: str) -> None:
    seed = fuzz_targets.SEEDS.get(target, b"PAR1")
    texts = st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))

    @settings(max_examples=30, derandomize=True, deadline=None, database=None,
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(st.one_of(spoilt(seed), spoilt(seed), texts, st.binary(max_size=200)))
    def read(data: bytes) -> None:
        fuzz_targets.read(target, data)

    read()


@pytest.mark.parametrize("target", sorted(fuzz_targets.SEEDS))
def test_what_the_fuzzers_begin_with_is_read_far(target: str) -> None:
    try:
        fuzz_targets.read(target, fuzz_targets.SEEDS[target])
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a bug
        pytest.fail(f"{type(error).__name__}: {error}")


def test_a_bug_of_a_reader_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> None:
        raise KeyError("a bug")

    monkeypatch.setitem(fuzz_targets.TARGETS, "lots", ("lots.csv", broken))
    with pytest.raises(KeyError):
        fuzz_targets.read("lots", b"x")


FOUND = [
    # What the fuzzers have found.
    ("prices", b","),
    ("panel", b' ,""'),
    ("import_prices", b","),
    ("vendor", b",,"),
    ("french", b"  Average\n,SMALL LoBM,BIG HiBM,.0,2.0\r\r\r.5,-99.99\n"),
    ("french", b"Average Value Weighted Returns -- Monthly\n,A,B\n200001,nan,1\n200002,inf,1e400\n"),
]


@pytest.mark.parametrize(("target", "data"), FOUND)
def test_what_was_found_is_not_found_again(target: str, data: bytes) -> None:
    assert fuzz_targets.read(target, data) in (True, False)
