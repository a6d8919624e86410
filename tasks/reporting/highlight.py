"""Words set off in a text: the evidence of labels, and what changed between two wordings of a headline."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tasks.reporting.figures import Row

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text, in characters, and what it is evidence for: kind `relevance`, `topic` or `actor`."""

    start: int
    text: str
    kind: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text and the marks that cover it; none for plain text."""

    text: str
    marks: tuple[Mark, ...] = ()


def split(text: str, marks: Iterable[Mark]) -> tuple[Segment, ...]:
    """The text in pieces, each with the marks over it; a mark whose words do not stand at its place is left out."""
    sound = [m for m in marks if m.text and m.start >= 0 and text.startswith(m.text, m.start)]
    edges = sorted({0, len(text), *(m.start for m in sound), *(m.start + len(m.text) for m in sound)})
    return tuple(
        Segment(text[start:end], tuple(m for m in sound if m.start <= start and end <= m.start + len(m.text)))
        for start, end in itertools.pairwise(edges)
    )


@dataclass(frozen=True, slots=True)
class Change:
    """Words of a headline, and whether the other wording lacks them."""

    text: str
    is_changed: bool


def compare(old: str, new: str) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Two wordings in words, each with those set off that the other lacks."""
    left, right = _WORDS.findall(old), _WORDS.findall(new)
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return (
        _changes((left[a:b], tag != "equal") for tag, a, b, _, _ in codes),
        _changes((right[c:d], tag != "equal") for tag, _, _, c, d in codes),
    )


def with_wordings(change: Row) -> Row:
    """A changed headline, and summary where the row has one, with the two wordings compared."""
    old, new = compare(change["old_title"] or "", change["new_title"] or "")
    old_summary, new_summary = compare(change.get("old_summary") or "", change.get("new_summary") or "")
    return change | {"old": old, "new": new, "old_summary_words": old_summary, "new_summary_words": new_summary}


def _changes(runs: Iterable[tuple[Sequence[str], bool]]) -> tuple[Change, ...]:
    return tuple(Change("".join(words), is_changed) for words, is_changed in runs if words)
