"""The words the tagger knows, compiled into one automaton that finds all of them in one pass over a folded text.

A term is written in the seeds as it is read: `word` matches whole words in any case, `word*` any ending, and
`=Word` only where the letters written as capitals are capitals in the text.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import ahocorasick_rs

from tasks.tagging.folding import Folded, fold_term

Match = tuple[int, int, int]
"""A pattern's index, and where it starts and ends in a folded text."""

MASKS = "masks"
_MASKS_TO_CHECK = 4
"""How many masks that begin before a hit can reach over it: masks are short and seldom overlap."""
_SHOUTING = 0.7
"""Share of capitals among the letters from which a text is taken to be set in capitals, where "US" may be "us"."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the seeds and what it is: the classes it belongs to and the actor or office it names."""

    written: str
    classes: tuple[str, ...]
    target: str | None = None
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """A term found at [start, end) of a folded text."""

    start: int
    end: int
    term: Term


@dataclass(frozen=True, slots=True)
class _Pattern:
    term: Term
    is_open: bool
    capitals: tuple[int, ...]
    is_acronym: bool


class Lexicon:
    """All terms, ready to be found. Built once and never changed."""

    def __init__(self, terms: Iterable[Term]) -> None:
        patterns: dict[str, list[_Pattern]] = {}
        for term in terms:
            written = term.written.removeprefix("=").removesuffix("*")
            patterns.setdefault(fold_term(written), []).append(_compile(term, written))
        self._patterns = tuple(map(tuple, patterns.values()))
        self._automaton = ahocorasick_rs.AhoCorasick(list(patterns), store_patterns=False)

    def having(self, classes: frozenset[str]) -> frozenset[int]:
        """The patterns that have a term of one of the classes."""
        return frozenset(
            index
            for index, patterns in enumerate(self._patterns)
            if any(not classes.isdisjoint(pattern.term.classes) for pattern in patterns)
        )

    def scan(self, folded: Folded) -> list[Match]:
        """Where patterns stand in a text, as letters alone: quick, and to be resolved where it is worth it."""
        return self._automaton.find_matches_as_indexes(folded.text, overlapping=True)

    def resolve(self, folded: Folded, matches: Iterable[Match]) -> list[Hit]:
        """The terms among a text's matches, in order, save those that a masking term covers."""
        text = folded.text
        hits = [
            Hit(start, close, pattern.term)
            for index, start, end in matches
            if start == 0 or not _is_word(text[start - 1])
            for pattern in self._patterns[index]
            if (close := _close(text, end, is_open=pattern.is_open)) and _capitals_hold(pattern, folded, start)
        ]
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        return _unmasked(hits)

    def find(self, folded: Folded) -> list[Hit]:
        """Every term in a text."""
        return self.resolve(folded, self.scan(folded))


def _compile(term: Term, written: str) -> _Pattern:
    exact = term.written.startswith("=")
    capitals = tuple(i for i, sign in enumerate(written) if sign.isupper()) if exact else ()
    letters = sum(map(str.isalpha, written))
    is_acronym = exact and len(capitals) == letters and "." not in written
    return _Pattern(term, term.written.endswith("*"), capitals, is_acronym)


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _close(text: str, end: int, *, is_open: bool) -> int | None:
    """Where a match that reaches `end` closes; None where it stops inside a word or before a sum of money."""
    if is_open:
        while end < len(text) and _is_word(text[end]):
            end += 1
        return end
    if end < len(text) and (_is_word(text[end]) or text[end] == "$"):
        return None
    return end


def _capitals_hold(pattern: _Pattern, folded: Folded, start: int) -> bool:
    if not all(folded.is_upper(start + i) for i in pattern.capitals):
        return False
    return not (pattern.is_acronym and _is_shouting(folded.original))


def _is_shouting(text: str) -> bool:
    letters = [sign for sign in text[:200] if sign.isalpha()]
    return len(letters) > 12 and sum(map(str.isupper, letters)) > _SHOUTING * len(letters)


def _unmasked(hits: Sequence[Hit]) -> list[Hit]:
    """The hits that no mask covers with more words than they have."""
    masks = [hit for hit in hits if MASKS in hit.term.classes]
    if not masks:
        return list(hits)
    starts = [mask.start for mask in masks]
    return [hit for hit in hits if not _is_masked(hit, masks, starts)]


def _is_masked(hit: Hit, masks: Sequence[Hit], starts: Sequence[int]) -> bool:
    begun = bisect.bisect_right(starts, hit.start)
    near = masks[max(0, begun - _MASKS_TO_CHECK) : begun]
    return any(hit.end <= mask.end and hit.end - hit.start < mask.end - mask.start for mask in near)
