"""An item as the rules see it: which classes of words stand in its title, its lead, and where both sides meet."""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.tagging.folding import Folded, fold
from tasks.tagging.lexicon import Hit, Lexicon, Match
from warehouse.model import Evidence, TextField

TITLE_SIGNS = 1_000
SUMMARY_SIGNS = 8_000
TEXT_SIGNS = 20_000
LEAD_SIGNS = 420
"""How far the lead reaches into the body, to the end of the sentence that stands there."""

HOME = frozenset({"VE", "ve-outlet"})
"""Classes of words that tell an outlet of Venezuela by its name."""

SIDES = ("US", "VE")
ANCHORS = frozenset({"VE", "VE-US", "ve-hint"})
"""Classes of words without one of which no item can be about Venezuela."""

_SENTENCE_END = re.compile(r"(?:[.!?…]+[\"')\]]*|\n)\s+|\s\|\s|\s•\s")
# "Mr.", "EE. UU.", "J. D.", "No. 5": a dot that ends no sentence.
_ABBREVIATION = re.compile(
    r"(?:\b(?:[a-z]|mr|mrs|ms|dr|sr|sra|st|gen|sen|rep|gov|lt|col|no|art|ee|uu|vs|inc|corp|"
    r"jan|feb|aug|sept|oct|nov|dec)|\d)\.$"
)
# An outlet's name at the end of a title, set off by a dash or a bar, and what tells that it is one.
_TAIL = re.compile(r"\s[-–—|]\s(?P<name>[^-–—|]{2,60})$")
_MEDIA = re.compile(
    r"\b(?:news|noticias|notícias|radio|rádio|tv|diario|diário|times|post|chronicles?|analysis|herald|today|digital|"
    r"online|tribune|journal|press|prensa|gazette|daily|agencia|agência|magazine|revista|voa|voz|reuters|cnn|bbc|ap)\b"
    r"|\.\w{2,4}$"
)
# What leads to other stories and is none of this one's words.
_BOILERPLATE = re.compile(
    r"\b(?:read (?:also|more|next)|also read|see also|related(?: stories| articles| content)?|recommended|more on this|"
    r"(?:lea|lee|vea|ver|mira) (?:tambien|mas|ademas|aqui)|tambien (?:lea|lee|puede[sn]? leer)|[lt]e puede interesar|"
    r"puede[sn]? leer|te recomendamos|relacionad[ao]s?|no te pierdas|(?:leia|veja|confira) (?:tambem|mais|ainda)|"
    r"saiba mais|"
    # What a picture shows is not what the story tells.
    r"file (?:photo|picture|image)|foto de ar(?:ch|qu)ivo|image[nm] de ar(?:ch|qu)ivo)\s*[:>]|"
    r"\bthe post\b.{0,400}appeared first on\b"
)


@dataclass(frozen=True, slots=True)
class Located:
    """A hit and the field it stands in."""

    field: TextField
    folded: Folded
    hit: Hit

    def evidence(self) -> Evidence:
        """The words as the field has them."""
        start, end = self.folded.span(self.hit.start, self.hit.end)
        return Evidence(self.hit.term.written, self.field, start, self.folded.original[start:end])


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's hits; `size` is its length in signs."""

    field: TextField
    start: int
    size: int
    hits: tuple[Located, ...]

    def has(self, side: str) -> bool:
        return any(side in found.hit.term.classes for found in self.hits)

    @property
    def is_joint(self) -> bool:
        """Whether both sides stand in it."""
        return all(map(self.has, SIDES))


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences of an item: those of its title, and those of its body in order, and where it was published."""

    title: tuple[Sentence, ...]
    body: tuple[Sentence, ...]
    is_from_venezuela: bool = False

    @property
    def lead(self) -> tuple[Sentence, ...]:
        """The body's first sentences: those that begin within the first `LEAD_SIGNS` signs."""
        return tuple(sentence for sentence in self.body if sentence.start < LEAD_SIGNS)


class Reader:
    """Reads items by the words of a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._anchors = lexicon.having(ANCHORS)
        self._anchors_at_home = self._anchors | lexicon.having(frozenset({"US"}))
        self._is_venezuelan = functools.lru_cache(maxsize=10_000)(self._names_venezuela)

    def read(self, title: str, summary: str, text: str, outlet_name: str) -> Reading | None:
        """Read an item; None at once where no word of it can stand for Venezuela."""
        fields: list[tuple[TextField, Folded]] = [("title", fold(_headline(title[:TITLE_SIGNS], outlet_name)))]
        fields += [(name, fold(body)) for name, body in _bodies(summary[:SUMMARY_SIGNS], text[:TEXT_SIGNS])]
        matches = [self._lexicon.scan(folded) for _, folded in fields]
        is_from_venezuela = bool(outlet_name) and self._is_venezuelan(outlet_name)
        anchors = self._anchors_at_home if is_from_venezuela else self._anchors
        if all(anchors.isdisjoint([index for index, _, _ in found]) for found in matches):
            return None
        return self._resolved(fields, matches, is_from_venezuela=is_from_venezuela)

    def _resolved(
        self, fields: Sequence[tuple[TextField, Folded]], matches: Sequence[list[Match]], *, is_from_venezuela: bool
    ) -> Reading:
        (head, *rest) = [
            tuple(_sentences(name, folded, self._lexicon.resolve(folded, found)))
            for (name, folded), found in zip(fields, matches, strict=True)
        ]
        return Reading(head, tuple(sentence for part in rest for sentence in part), is_from_venezuela)

    def _names_venezuela(self, outlet_name: str) -> bool:
        hits = self._lexicon.find(fold(outlet_name))
        return any(not HOME.isdisjoint(hit.term.classes) for hit in hits)


def _headline(title: str, outlet_name: str) -> str:
    """A title without the outlet's name that aggregators put at its end."""
    tail = _TAIL.search(title)
    if tail is None:
        return title
    name = tail["name"].strip().casefold()
    return title[: tail.start()] if name == outlet_name.strip().casefold() or _MEDIA.search(name) else title


def _bodies(summary: str, text: str) -> Iterator[tuple[TextField, str]]:
    """The fields to read after the title; a summary that is only the beginning of the text is read once."""
    if not text.strip():
        yield "summary", summary
        return
    beginning = summary.strip()[:60]
    if beginning and beginning not in text[:1_000]:
        yield "summary", summary
    yield "text", text


def _sentences(field: TextField, folded: Folded, hits: Sequence[Hit]) -> Iterator[Sentence]:
    """The sentences of a field, those of a body that only lead to other stories left out."""
    bounds = _bounds(folded)
    starts = [start for start, _ in bounds]
    grouped: list[list[Located]] = [[] for _ in bounds]
    for hit in hits:
        index = bisect.bisect_right(starts, hit.start) - 1
        if index >= 0 and hit.start < bounds[index][1]:
            grouped[index].append(Located(field, folded, hit))
    for (start, end), located in zip(bounds, grouped, strict=True):
        if field == "title" or not _BOILERPLATE.search(folded.text, start, end):
            yield Sentence(field, start, end - start, tuple(located))


def _bounds(folded: Folded) -> list[tuple[int, int]]:
    """Where sentences start and end."""
    text = folded.text
    bounds, start = [], 0
    for match in _SENTENCE_END.finditer(text):
        if _is_end(folded, match):
            bounds.append((start, match.end()))
            start = match.end()
    return [*bounds, (start, len(text))]


def _is_end(folded: Folded, match: re.Match[str]) -> bool:
    end = match.end()
    if end >= len(folded.text):
        return False
    if "\n" in match.group() or not match.group().startswith("."):
        return True
    sign = folded.text[end]
    if sign.isalpha() and not folded.is_upper(end):
        return False
    return not _ABBREVIATION.search(folded.text, max(0, match.start() - 6), match.start() + 1)
