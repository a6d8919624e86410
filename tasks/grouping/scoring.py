"""How well a grouping agrees with one made by people: B-cubed and pairwise precision, recall and F1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall, each 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def b_cubed(found: Sequence[Hashable], expected: Sequence[Hashable]) -> Score:
    """Mean over items of the share of an item's group that belongs with it, and the share found of what does.

    `found` and `expected` name the group of each item. (Bagga and Baldwin 1998, "Entity-Based Cross-Document
    Coreferencing Using the Vector Space Model".)
    """
    if not found:
        return Score(1.0, 1.0)
    ours, theirs, both = Counter(found), Counter(expected), Counter(zip(found, expected, strict=True))
    precision = sum(n * n / ours[one] for (one, _), n in both.items())
    recall = sum(n * n / theirs[other] for (_, other), n in both.items())
    return Score(precision / len(found), recall / len(found))


def pairwise(found: Sequence[Hashable], expected: Sequence[Hashable]) -> Score:
    """Share of the pairs put together that belong together, and share of those that belong together put together."""
    ours, theirs = _pairs(Counter(found)), _pairs(Counter(expected))
    both = _pairs(Counter(zip(found, expected, strict=True)))
    return Score(both / ours if ours else 1.0, both / theirs if theirs else 1.0)


def of_verdicts(found: Sequence[bool], expected: Sequence[bool]) -> Score:
    """Precision and recall of yes-or-no answers."""
    right = sum(one and other for one, other in zip(found, expected, strict=True))
    return Score(right / sum(found) if any(found) else 1.0, right / sum(expected) if any(expected) else 1.0)


def _pairs(sizes: Counter[Hashable]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())
