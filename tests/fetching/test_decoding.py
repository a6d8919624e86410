"""Decompression: what was packed comes out, and never more than the ceiling."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tasks.fetching import decoding
from tasks.fetching.failures import Failure
from tests.fetching.hostile import brotli_bomb, gzip_bomb, zlib_bomb, zstd_bomb

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}
CODING = st.sampled_from(sorted(PACKERS))
# A body that itself begins with gzip's mark is unpacked once more, on purpose.
BODY = st.binary(max_size=5_000).filter(lambda body: not body.startswith(b"\x1f\x8b"))


def decode(body: bytes, codings: str, ceiling: int = 100_000) -> bytes:
    return decoding.decode(body, codings, ceiling, source="http://a.test/")


def failure_kind(action: Callable[[], object]) -> str | None:
    try:
        action()
    except Failure as failure:
        return failure.kind
    return None


@given(BODY, st.lists(CODING, max_size=3))
def test_what_was_packed_comes_out(body: bytes, codings: list[str]) -> None:
    packed = body
    for coding in codings:
        packed = PACKERS[coding](packed)
    assert decode(packed, ", ".join(codings)) == body


@given(st.binary(min_size=100, max_size=5_000), CODING, st.integers(0, 99))
def test_nothing_beyond_the_ceiling_comes_out(body: bytes, coding: str, ceiling: int) -> None:
    with pytest.raises(Failure) as caught:
        decode(PACKERS[coding](body), coding, ceiling)
    assert caught.value.kind == "decoded_too_large"


@given(BODY.filter(bool), CODING)
def test_a_body_of_exactly_the_ceiling_is_taken(body: bytes, coding: str) -> None:
    assert decode(PACKERS[coding](body), coding, len(body)) == body


@given(
    st.binary(max_size=500),
    st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd", "exi", "", "identity"]), max_size=4),
)
def test_any_bytes_give_a_body_or_a_failure(body: bytes, codings: list[str]) -> None:
    kind = failure_kind(lambda: decode(body, ",".join(codings)))
    assert kind in {None, "encoding", "decoded_too_large"}


@given(st.binary(min_size=1, max_size=2_000), CODING, st.data())
def test_a_body_that_breaks_off_is_never_taken_for_whole(body: bytes, coding: str, data: st.DataObject) -> None:
    packed = PACKERS[coding](body)
    cut = packed[: data.draw(st.integers(1, len(packed) - 1))]
    # Brotli's last byte can be all padding: then nothing is missing.
    if failure_kind(lambda: decode(cut, coding)) != "encoding":
        assert decode(cut, coding) in (body, cut)


@pytest.mark.parametrize(
    ("bomb", "coding"), [(gzip_bomb, "gzip"), (zlib_bomb, "deflate"), (brotli_bomb, "br"), (zstd_bomb, "zstd")]
)
def test_a_bomb_takes_little_more_memory_than_the_ceiling(bomb: Callable[[int], bytes], coding: str) -> None:
    packed = bomb(100_000_000)
    tracemalloc.start()
    with pytest.raises(Failure):
        decode(packed, coding, 1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6_000_000
