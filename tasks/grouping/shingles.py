"""A text as the set of its neighbouring word pairs, without what publishers put around it."""

from __future__ import annotations

import hashlib
from itertools import pairwise

from tasks.grouping import wording


def shingles(title: str, summary: str = "", *, outlet_name: str = "") -> frozenset[int]:
    """Word bigrams of headline and lead, as 64-bit hashes. Numbers are words too. One word alone is its own shingle.

    Bigrams of the headline and of the lead do not mix, so that another headline costs no more than its own words.
    """
    parts = (wording.tokens(wording.headline(title, outlet_name)), wording.tokens(wording.lead(summary)))
    return frozenset(_hash(shingle) for part in parts for shingle in _pairs(part))


def containment(left: frozenset[int], right: frozenset[int]) -> float:
    """Share of the smaller set that the larger one holds, 0 to 1."""
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


def _pairs(words: list[str]) -> list[str]:
    return [f"{a} {b}" for a, b in pairwise(words)] if len(words) > 1 else words


def _hash(shingle: str) -> int:
    return int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest(), "big")
