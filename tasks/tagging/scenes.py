"""A sentence laid out for its grammar: who is named where, which words can state an event, where clauses break."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tasks.tagging import grammar
from tasks.tagging.folding import Folded
from tasks.tagging.inflection import FINITE, Kind
from tasks.tagging.lexicon import Hit, Lexicon
from tasks.tagging.patterns import Pattern, PatternBook, Word
from tasks.tagging.reading import Located, Sentence
from warehouse.model import Evidence, Side, TextField

SIDES: Mapping[str, Side] = {
    "US": "US",
    "us-oil": "US",
    "VE": "VE",
    "VE-US": "VE",
    "third": "third",
    "oil-company": "third",
}
"""Which side a class of words stands for."""

_SIDES: Mapping[str, Side] = {"US": "US", "VE": "VE"}
STATES = frozenset({"us-state", "venezuela"})

Name = tuple[int, int, Side, str | None]
"""Where somebody is named in a sentence, on which side, and who where that is known."""

COMPANIES = "oil-company"
"""The class of foreign oil companies: what is allowed or forbidden them in Venezuela is aimed at Venezuela."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody named at [start, end) of a sentence; a stand-in is a thing or group that means a side in this affair.

    `governor` is the word before the name, past articles and titles: a preposition or not.
    """

    start: int
    end: int
    side: Side
    actor_id: str | None
    governor: str
    is_state: bool = False
    is_stand_in: bool = False


@dataclass(frozen=True, slots=True)
class Trigger:
    """A word that can state an event of a pattern; `acts_on` is where the object stands that the pattern wants."""

    start: int
    end: int
    pattern: Pattern
    kind: Kind | Literal["noun"]
    acts_on: tuple[int, int] | None = None

    @property
    def has_object_after(self) -> bool:
        return self.acts_on is not None and self.acts_on[0] >= self.end

    @property
    def reach(self) -> int:
        """How far the object stands from the word."""
        return 0 if self.acts_on is None else max(self.acts_on[0] - self.end, self.start - self.acts_on[1], 0)

    @property
    def is_noun(self) -> bool:
        return self.kind == "noun"


@dataclass(frozen=True, slots=True)
class Cue:
    """A word that guards look for."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One sentence; all positions are in its own folded text.

    `known` is whom the sentences before are about: who "he" is, and who acts where nobody is named.
    """

    field: TextField
    folded: Folded
    parties: tuple[Party, ...]
    triggers: tuple[Trigger, ...]
    cues: tuple[Cue, ...]
    hard: tuple[int, ...]
    soft: tuple[int, ...]
    known: Party | None = None

    @property
    def text(self) -> str:
        return self.folded.text

    def evidence(self, term: str, start: int, end: int) -> Evidence:
        """The words at [start, end) as the field has them."""
        first, last = self.folded.span(start, end)
        return Evidence(term, self.field, first, self.folded.original[first:last])

    @property
    def protagonist(self) -> Party | None:
        """Whom the sentence is about: the first named who is no adjunct."""
        free = (p for p in self.parties if not p.is_stand_in and p.governor not in grammar.ASIDE)
        return next(free, self.known)

    def is_headed(self, party: Party) -> bool:
        """Whether a state's name stands beside who leads it: "leader of Venezuela", "Venezuela's president"."""
        return grammar.is_headed(self.text, party.start, party.end)

    def clause(self, position: int, breaks: Iterable[int]) -> tuple[int, int]:
        """Where the clause around a position begins and ends."""
        low, high = 0, len(self.text)
        for point in breaks:
            if point <= position:
                low = max(low, point)
            else:
                high = min(high, point)
        return low, high


class Stage:
    """Lays sentences out by one book of patterns."""

    def __init__(self, book: PatternBook) -> None:
        self._book = book
        self._lexicon = Lexicon(book.terms)

    def scene(self, sentence: Sentence, named: Mapping[int, str], sides: Mapping[str, Side | None]) -> Scene:
        """The scene of a sentence with hits; `named` tells which actor the name at an offset of the field means."""
        part = sentence.hits[0].folded.part(sentence.start, sentence.start + sentence.size)
        companies = {one.hit.start - sentence.start for one in sentence.hits if COMPANIES in one.hit.term.classes}
        return self.lay_out(sentence.field, part, _named(sentence, named, sides), companies)

    def lay_out(
        self, field: TextField, part: Folded, named: Iterable[Name], companies: Container[int] = frozenset()
    ) -> Scene:
        """The scene of a sentence in which somebody is named."""
        hits = [(hit, self._book.words[label]) for hit in self._lexicon.find(part) for label in hit.term.classes]
        parties = _parties(part.text, named, hits, companies)
        hard = tuple(grammar.hard_breaks(part.text))
        return Scene(
            field=field,
            folded=part,
            parties=parties,
            triggers=_triggers(part, hits, self._book.patterns, hard, parties),
            cues=tuple(_cues(hits, parties)),
            hard=hard,
            soft=tuple(sorted({*hard, *grammar.soft_breaks(part.text)})),
        )


def _cues(hits: Iterable[tuple[Hit, Word]], parties: Sequence[Party]) -> Iterator[Cue]:
    """The cues that are no part of a name, as "states" is one of "United States"."""
    for hit, word in hits:
        if word.role == "cue" and not any(p.start < hit.end and hit.start < p.end for p in parties):
            yield Cue(hit.start, hit.end, word.name)


def _named(sentence: Sentence, named: Mapping[int, str], sides: Mapping[str, Side | None]) -> Iterator[Name]:
    for located in sentence.hits:
        hit = located.hit
        actor_id = named.get(hit.start) if hit.term.target is not None else None
        side = sides[actor_id] if actor_id is not None else _side(located)
        if side is not None:
            yield hit.start - sentence.start, hit.end - sentence.start, side, actor_id


def _side(located: Located) -> Side | None:
    return next((SIDES[name] for name in located.hit.term.classes if name in SIDES), None)


def _parties(
    text: str, named: Iterable[Name], hits: Sequence[tuple[Hit, Word]], companies: Container[int]
) -> tuple[Party, ...]:
    """Everybody named, in order; a longer name hides what it covers, a name hides a stand-in."""
    kept: list[Party] = []
    news = grammar.dateline(text)
    for start, end, side, actor_id in sorted(_parted(text, named), key=lambda one: (one[0], -one[1], one[3] is None)):
        if start >= (kept[-1].end if kept else news):
            is_state = side != "third" and (actor_id is None or actor_id in STATES)
            is_company = start in companies
            one = Party(start, end, side, actor_id, grammar.governor(text, start), is_state, is_company)
            before = kept.pop() if kept and _is_title_of(text, kept[-1], one) else one
            kept.append(replace(one, start=before.start, governor=before.governor))
    kept = [one for one in kept if not (one.is_stand_in and one.actor_id is None and _is_owned(text, one, kept))]
    for hit, word in hits:
        if word.role == "side" and not grammar.is_other_america(text, hit.start):
            governor = grammar.governor(text, hit.start)
            one = Party(hit.start, hit.end, _SIDES[word.name], None, governor, is_stand_in=True)
            if not any(p.start < one.end and _covers(text, p, one) for p in kept):
                kept.append(one)
    return tuple(sorted(kept, key=lambda party: party.start))


def _parted(text: str, named: Iterable[Name]) -> Iterator[Name]:
    """The names, those of two sides in one word parted: "US-Venezuela"."""
    names = list(named)
    for start, end, side, actor_id in names:
        inner = (one[0] for one in names if one[1] == end and one[0] > start and one[2] != side)
        first = next((place for place in inner if text[place - 1] == "-"), end + 1)
        yield start, first - 1, side, actor_id


def _covers(text: str, party: Party, one: Party) -> bool:
    """Whether a name reaches into a stand-in, or says whose it is: "EU lawmakers", "Venezuelan lawmakers"."""
    is_of_another = party.side == "third" or (one.side == "US" and party.side == "VE")
    return one.start < party.end or (is_of_another and text[party.end : one.start] in (" ", "'s "))


def _is_owned(text: str, company: Party, parties: Sequence[Party]) -> bool:
    """Whether a company is called by the state it belongs to, which stands beside it: "Venezuela's oil company"."""
    states = (p for p in parties if p.is_state)
    gaps = ((p.end, company.start) if p.end <= company.start else (company.end, p.start) for p in states)
    return any(grammar.is_owned(text[start:end]) for start, end in gaps)


def _is_title_of(text: str, before: Party, one: Party) -> bool:
    """Whether a state's name only tells whose the next name is: "Venezuelan President Nicolas Maduro"."""
    is_same = before.side == one.side and before.is_state and not one.is_state
    return is_same and grammar.is_title(text[before.end : one.start])


def _triggers(
    part: Folded,
    hits: Sequence[tuple[Hit, Word]],
    patterns: Mapping[str, Pattern],
    breaks: Sequence[int],
    parties: Sequence[Party],
) -> tuple[Trigger, ...]:
    """The words that state something, in order.

    Words with an object of their pattern go first and take it with them, longer ones before shorter ones, those
    with a near object before those with a far one; where a word can be a noun and a verb, its neighbours tell.
    """
    text = part.text
    objects = [(hit.start, hit.end, word.name) for hit, word in hits if word.role == "object"]
    stated = (Trigger(hit.start, hit.end, patterns[w.name], w.kind) for hit, w in hits if w.role in ("verb", "noun"))
    placed = (replace(one, acts_on=_acts_on(one, objects, breaks)) for one in stated)
    candidates = sorted(
        (one for one in placed if (one.acts_on or not one.pattern.objects) and _is_spelt(part, one)),
        key=lambda one: (one.acts_on is None, one.start - one.end, one.reach, one.pattern.rank, one.is_noun),
    )
    nouns = {(one.start, one.end) for one in candidates if one.is_noun}
    # "ataque" and its like are nouns far more often than wishes.
    candidates = [one for one in candidates if one.kind != "subjunctive" or (one.start, one.end) not in nouns]
    both = nouns & {(one.start, one.end) for one in candidates if not one.is_noun}
    taken = [(hit.start, hit.end) for hit, word in hits if word.role == "cue" and word.name == "masked"]
    kept: list[Trigger] = []
    for one in candidates:
        is_free = all(end <= one.start or one.end <= start for start, end in taken)
        if not is_free or not _is_its_kind(text, one, both, parties):
            continue
        taken.extend(filter(None, ((one.start, one.end), one.acts_on)))
        kept.append(one)
    kept.sort(key=lambda trigger: trigger.start)
    return tuple(one for i, one in enumerate(kept) if not _modifies(text, kept[i - 1] if i else None, one))


def _is_spelt(part: Folded, one: Trigger) -> bool:
    """Whether the accent at a word's end, where the text has accents, is that of what a candidate takes it for."""
    end = next((i for i in range(one.start, one.end) if part.text[i] == " "), one.end) - 1
    if part.text[end] != "o" or not (one.is_noun or one.kind == "accented"):
        return True
    return part.is_accented(end) == (one.kind == "accented") or not part.has_accents


def _modifies(text: str, before: Trigger | None, one: Trigger) -> bool:
    """Whether a participle right after a verb describes its object: "seizes sanctioned tanker"."""
    return one.kind == "past" and before is not None and not text[before.end : one.start].strip()


def _is_its_kind(text: str, one: Trigger, both: set[tuple[int, int]], parties: Sequence[Party]) -> bool:
    """Whether a word can be what a candidate takes it for."""
    is_open = (one.start, one.end) in both
    if one.is_noun:
        return not is_open or grammar.is_noun_here(text, one.start, one.end)
    if any(p.start < one.end <= p.end and one.start > p.start for p in parties if not p.is_stand_in):
        return False
    if one.kind in ("past", "participle"):
        is_compound = text[one.start - 1 : one.start] == "-" and any(p.end == one.start - 1 for p in parties)
        return is_compound or not grammar.is_attributive(text, one.start, one.end)
    if one.kind == "plain" and not grammar.is_plural_verb(
        text, one.start, one.end, is_named=_are_several(text, one, parties)
    ):
        return False
    is_asked_of = one.pattern.is_reciprocal or one.pattern.event_type == "REQUEST"  # "exige dos EUA"
    if one.kind in FINITE and not is_asked_of and grammar.takes_of(text, one.end):
        return False
    return not (is_open and grammar.is_noun_here(text, one.start, one.end)) and not (
        one.kind in FINITE | {"plain", "subjunctive"} and grammar.follows_determiner(text, one.start)
    )


def _are_several(text: str, one: Trigger, parties: Sequence[Party]) -> bool:
    """Whether the names of two stand right before a verb."""
    before = [p for p in parties if p.end <= one.start]
    if not before or text[before[-1].end : one.start].strip():
        return False
    return len(before) > 1 and grammar.are_coordinated(text, before[-2].end, before[-1].start)


def _acts_on(one: Trigger, objects: Sequence[tuple[int, int, str]], breaks: Sequence[int]) -> tuple[int, int] | None:
    """The nearest object of the pattern: after the verb, before a participle, around a noun."""
    if not one.pattern.objects:
        return None
    reach = one.pattern.reach
    low = max((point for point in breaks if point <= one.start), default=0)
    high = min((point for point in breaks if point > one.start), default=one.end + reach)
    fitting = [(start, end) for start, end, name in objects if name in one.pattern.objects]
    after = [span for span in fitting if one.end <= span[0] < min(high, one.end + reach)]
    before = [span for span in fitting if max(low, one.start - reach) <= span[0] and span[1] <= one.start]
    within = [span for span in fitting if one.is_noun and one.start <= span[0] < one.end]
    is_before = one.is_noun or one.kind in ("participle", "past") or one.pattern.grammar in ("alone", "given")
    return next(iter((*within, *after, *(reversed(before) if is_before else ()))), None)
