"""The patterns of events: which forms of which words state an event of which type, compiled for one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from tasks.tagging import inflection
from tasks.tagging.inflection import Kind
from tasks.tagging.lexicon import Term
from warehouse.model import Side

Grammar = Literal["transitive", "speech", "with", "alleged", "person", "alone", "given", "partner"]

OBJECT_REACH = 60
"""How far, in signs, what a verb acts on can stand from it where a pattern sets no bound."""
ANYWHERE = 10_000
"""How far, in signs, a target may stand from its verb where a pattern sets no bound."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a set of words states. `rank` is its place in the file: the first that fits decides.

    `doer` is the side that does it where none is named, and `aim` the side it is done to, in reports `since` a day;
    `only` the side that alone can do it.
    What happened `is_once` happened on that day.
    """

    pattern_id: str
    rank: int
    event_type: str
    event_mode: str
    grammar: Grammar
    names: Literal["source", "target"]
    objects: frozenset[str]
    near: int
    then: str
    reach: int
    doer: Side | None
    aim: Side | None
    only: Side | None
    since: date
    is_once: bool

    def holds(self, day: date | None) -> bool:
        """Whether on a day its words tell by themselves who does it."""
        return day is None or day >= self.since

    @property
    def is_reciprocal(self) -> bool:
        """Whether both parties do it to each other, as those who meet or agree."""
        return self.grammar in ("with", "partner")


@dataclass(frozen=True, slots=True)
class Word:
    """What a term of the patterns is in a sentence: a form of a pattern's word, an object, a cue or a stand-in."""

    role: Literal["verb", "noun", "object", "cue", "side"]
    name: str
    kind: Kind | Literal["noun"] = "noun"


@dataclass(frozen=True, slots=True)
class PatternBook:
    """All patterns, the terms to find, and what each class of a term means."""

    patterns: Mapping[str, Pattern]
    terms: tuple[Term, ...]
    words: Mapping[str, Word]
    confidence: Mapping[str, float]


def read(table: Mapping[str, Any]) -> PatternBook:
    """The patterns of the seed file."""
    patterns = {entry["id"]: _pattern(rank, entry) for rank, entry in enumerate(table["pattern"])}
    classes: dict[str, set[str]] = {}
    words: dict[str, Word] = {}
    for written, word in _words(table):
        label = f"{word.role}:{word.name}:{word.kind}"
        words[label] = word
        classes.setdefault(written, set()).add(label)
    terms = tuple(Term(written, tuple(sorted(labels))) for written, labels in classes.items())
    return PatternBook(patterns, terms, words, table["confidence"])


def _pattern(rank: int, entry: Mapping[str, Any]) -> Pattern:
    return Pattern(
        pattern_id=entry["id"],
        rank=rank,
        event_type=entry["type"],
        event_mode=entry.get("mode", ""),
        grammar=entry.get("grammar", "transitive"),
        names=entry.get("of", "source"),
        objects=frozenset(entry.get("objects", ())),
        near=entry.get("near", ANYWHERE),
        then=entry.get("then", ""),
        reach=entry.get("reach", OBJECT_REACH),
        doer=entry.get("doer"),
        aim=entry.get("aim"),
        only=entry.get("only"),
        since=entry.get("since", date.min),
        is_once=entry.get("once", False),
    )


def _words(table: Mapping[str, Any]) -> Iterator[tuple[str, Word]]:
    for entry in table["pattern"]:
        yield from ((form, Word("verb", entry["id"], kind)) for form, kind in _forms(entry))
        yield from ((noun, Word("noun", entry["id"])) for noun in entry.get("nouns", ()))
    yield from _listed(table["objects"], "object")
    yield from _listed(table["cues"], "cue")
    for side, groups in table["stands_for"].items():
        yield from ((term, Word("side", side)) for terms in groups.values() for term in terms)


def _listed(groups: Mapping[str, Iterable[str]], role: Literal["object", "cue"]) -> Iterator[tuple[str, Word]]:
    yield from ((term, Word(role, name)) for name, terms in groups.items() for term in terms)


def _forms(entry: Mapping[str, Any]) -> Iterator[tuple[str, Kind]]:
    for lemma in entry.get("en", ()):
        yield from inflection.english(lemma)
    for lemma in entry.get("romance", ()):
        yield from inflection.romance(lemma)
