"""A text as sets of its neighbouring word pairs, and the bands under which texts that share most of them are found.

Headline and opening have a set each. An opening is what agency copies share whatever was cut from their end; later
paragraphs are background that an agency repeats from one report to the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tasks.grouping import wording

Pairs = frozenset[tuple[str, ...]]
"""Neighbouring word pairs of a text; one word alone is its own pair."""
Numbers = frozenset[int]
"""Pairs as numbers that stand for them in this process alone: to find what two sets share takes a fifth of the time."""

OPENING_WORDS = 50
"""Words of a summary that are compared."""
BANDS = 16
"""Bands for each of the two sets, of `ROWS` MinHash values each. Sets that share half of their pairs meet in one of
them 99 times in 100, sets that share a tenth 15 times: 1 - (1 - s ** 2) ** 16 (Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", 3.4.2)."""
ROWS = 2

_ODD = np.uint64(0x9E3779B97F4A7C15)


def opening_words(lead: str) -> list[str]:
    """The first words of a summary (see `wording.lead`)."""
    return wording.tokens(lead)[:OPENING_WORDS]


def pairs_of(words: Sequence[str]) -> Pairs:
    """The pairs of a text's words (see `wording.tokens`)."""
    return frozenset(_pairs(words))


def numbers(words: Sequence[str]) -> Numbers:
    """The numbers of its pairs. Of 64 bits, so that no two pairs of all that are ever compared will have the same."""
    return frozenset(map(hash, _pairs(words)))


def containment(left: Numbers, right: Numbers) -> float:
    """Share of the smaller set that the larger one holds, 0 to 1."""
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


def resemblance(left: Numbers, right: Numbers) -> float:
    """Share of all pairs that both sets hold (Jaccard), 0 to 1."""
    shared = len(left & right)
    both = len(left) + len(right) - shared
    return shared / both if both else 0.0


def bands(headline: Pairs, opening: Pairs) -> tuple[int, ...]:
    """Signed 64-bit keys of a text; texts that resemble each other in headline or opening likely share one."""
    return (*_bands(headline, salt=1), *_bands(opening, salt=2))


def _pairs(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return pairwise(words) if len(words) > 1 else ((word,) for word in words)


def _bands(pairs: Pairs, *, salt: int) -> list[int]:
    if not pairs:
        return []
    values = np.fromiter(map(_hash, pairs), dtype=np.uint64, count=len(pairs))
    factors, offsets = _permutations()
    # Wrapping multiplication and a shift: universal hashing modulo 2**64, of which the high bits are kept.
    least = ((values[:, None] * factors + offsets) >> np.uint64(16)).min(axis=0).reshape(BANDS, ROWS)
    keys = (least[:, 0] * _ODD) ^ (least[:, 1] + np.arange(BANDS, dtype=np.uint64) * np.uint64(4) + np.uint64(salt))
    return [int(key) for key in (keys * _ODD).view(np.int64)]


def _hash(pair: tuple[str, ...]) -> int:
    return int.from_bytes(hashlib.blake2b(" ".join(pair).encode(), digest_size=8).digest(), "big")


@cache
def _permutations() -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Odd factors and offsets, the same in every run."""
    size = BANDS * ROWS
    drawn = b"".join(hashlib.blake2b(f"usven {i}".encode(), digest_size=16).digest() for i in range(size))
    numbers = np.frombuffer(drawn, dtype="<u8").astype(np.uint64)
    return numbers[:size] | np.uint64(1), numbers[size:]
