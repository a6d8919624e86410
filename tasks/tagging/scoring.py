"""Scores the tagger against labels: relevance rules, the affair's own events, and public sentences about others.

`usven scorecard FOLDER` shows them; `python -m tasks.tagging.scoring FOLDER` prints as JSON what seeds take from them.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import defusedxml.ElementTree

from tasks.scorecard import Section
from tasks.tagging import seedbook
from tasks.tagging.events import Coder
from tasks.tagging.folding import fold
from tasks.tagging.scenes import Name
from tasks.tagging.tagger import Tagger
from warehouse.model import Event, Labels

Triple = tuple[str, str, str]

WRITTEN_ON, HELD_OUT = "two thirds, on which patterns were written", "the other third"
SHOWN_PATTERNS = 15

PLOVER_NAMES = {"DEMAND": "REQUEST", "DISAPPROVE": "ACCUSE", "INVESTIGATE": "ACCUSE", "FIGHT": "ASSAULT"}
"""Types of the records, which follow an older draft of PLOVER, that the manual has under another name."""

PETRARCH_TYPES = {
    "030": "AGREE",
    "031": "CONSULT",
    "032": "CONSULT",
    "033": "CONSULT",
    "041": "SUPPORT",
    "064": "COOPERATE",
    "066": "RETREAT",
    "081": "AGREE",
    "083": "AGREE",
    "085": "AGREE",
    "095": "REQUEST",
    "096": "REQUEST",
    "102": "REQUEST",
    "112": "REJECT",
    "121": "ACCUSE",
    "122": "ACCUSE",
    "123": "ACCUSE",
    "131": "ACCUSE",
    "160": "THREATEN",
    "162": "THREATEN",
    "212": "COERCE",
}
"""What the codes of PETRARCH's unit tests mean in their sentences. They mix CAMEO, WEIS and numbers that only test the
program's dictionaries; these last have no type and are left out."""


@dataclass(slots=True)
class Score:
    """What came of a set: `abstained` counts sentences with an event in which none was found."""

    sentences: int = 0
    right: int = 0
    extra: int = 0
    missed: int = 0
    abstained: int = 0
    types: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, given: set[Triple], found: set[Triple]) -> None:
        self.sentences += 1
        self.abstained += bool(given) and not found
        for triples, name in ((given & found, "right"), (found - given, "extra"), (given - found, "missed")):
            setattr(self, name, getattr(self, name) + len(triples))
            for triple in triples:
                self.types.setdefault(triple[1], Counter())[name] += 1

    def figures(self) -> dict[str, Any]:
        """Precision, recall and their like, with the counts they are made of."""
        return {
            "sentences": self.sentences,
            "precision": _share(self.right, self.right + self.extra),
            "recall": _share(self.right, self.right + self.missed),
            "extra_per_100": _share(100 * self.extra, self.sentences),
            "abstained": self.abstained,
            "types": {name: dict(counts) for name, counts in sorted(self.types.items())},
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


def part(item_id: str) -> str:
    """The part an item belongs to: patterns are written on two thirds, the last is only counted."""
    digest = hashlib.sha256(f"held-third-7:{item_id}".encode()).hexdigest()
    return WRITTEN_ON if int(digest, 16) % 3 else HELD_OUT


def sections(judged: Sequence[tuple[Mapping[str, Any], Labels]]) -> Iterator[Section]:
    """All that labelled items can tell of events."""
    yield events(judged)
    yield patterns(judged)
    yield guards(judged)


def events(judged: Iterable[tuple[Mapping[str, Any], Labels]]) -> Section:
    """The triples of labelled items: source side, type, target side of what counts as done."""
    scores: dict[str, Score] = {"all": Score(), WRITTEN_ON: Score(), HELD_OUT: Score()}
    mistakes = []
    for item, labels in judged:
        given, found = _given(item), {_triple(event) for event in labels.events if event.is_told}
        for name in ("all", part(str(item["id"])), str(item.get("lang") or "unknown")):
            scores.setdefault(name, Score()).add(given, found)
        if given != found:
            differing = {"given": sorted(given), "found": sorted(found)}
            mistakes.append({"section": "events", "id": item["id"], "title": item["title"], **differing})
    return _section("events", "Events", "Who does what to whom in labelled items, by side.", scores, mistakes)


def patterns(judged: Iterable[tuple[Mapping[str, Any], Labels]]) -> Section:
    """The patterns that decide most: how many counted events each found, and how many of them are in the labels."""
    return _tallied(
        judged,
        Section(
            "event patterns", "Event patterns", "The patterns that decide most.", ("pattern", "events", "right"), ()
        ),
        lambda event: event.pattern_id.partition("/")[0] if event.is_told else "",
    )


def guards(judged: Iterable[tuple[Mapping[str, Any], Labels]]) -> Section:
    """What each guard keeps apart, and how much of that the labels hold to be news all the same."""
    return _tallied(
        judged,
        Section("event guards", "Event guards", "Kept, but not counted as done.", ("guard", "events", "labelled"), ()),
        lambda event: "" if event.is_told else event.guard,
    )


def _tallied(
    judged: Iterable[tuple[Mapping[str, Any], Labels]], section: Section, name: Callable[[Event], str]
) -> Section:
    counts: dict[str, Counter[bool]] = {}
    for item, labels in judged:
        given = _given(item)
        for event in labels.events:
            counts.setdefault(name(event), Counter())[_triple(event) in given] += 1
    counts.pop("", None)
    most = sorted(counts.items(), key=lambda one: (-one[1].total(), one[0]))[:SHOWN_PATTERNS]
    return replace(section, rows=tuple((key, count.total(), count[True]) for key, count in most))


def _given(item: Mapping[str, Any]) -> set[Triple]:
    return {tuple(triple) for triple in item.get("events", ())}


def plover_sections(paths: Iterable[Path]) -> Iterator[Section]:
    """Public PLOVER records."""
    for path in paths:
        score = plover(json.loads(path.read_text("utf-8")))
        about = "Type and direction in public sentences about other countries, with their actors given."
        yield _section("plover", "Events: PLOVER records", about, {"all": score})


def petrarch_sections(paths: Iterable[Path]) -> Iterator[Section]:
    """Public unit tests of PETRARCH2."""
    score = Score()
    for path in paths:
        petrarch(path.read_text("utf-8"), score)
    about = "Types alone in public test sentences of another program, whose codes mix several schemes."
    yield _section("petrarch", "Events: PETRARCH2 sentences", about, {"all": score})


def _section(
    name: str, title: str, about: str, scores: Mapping[str, Score], mistakes: Iterable[Mapping[str, Any]] = ()
) -> Section:
    columns = ("of", "sentences", "precision", "recall", "extra_per_100", "abstained", "right", "extra", "missed")
    rows = []
    for row, score in scores.items():
        figures = score.figures()
        counts = (score.right, score.extra, score.missed)
        rows.append((row, *(figures[column] for column in columns[1:6]), *counts))
    return Section(name, title, about, columns, tuple(rows), tuple(mistakes))


def constructions(items: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """The share of right ones among the counted events of each construction, on the third held out.

    It is the construction's confidence: drawn by two events each way, so that few events give no certainty.
    """
    counts: dict[str, Counter[bool]] = {}
    for item in items:
        given = _given(item)
        if part(str(item["id"])) == HELD_OUT:
            for event in _tagged(item):
                if event.is_told:
                    counts.setdefault(event.pattern_id.partition("/")[2], Counter())[_triple(event) in given] += 1
    return {name: round((count[True] + 2) / (count.total() + 4), 2) for name, count in sorted(counts.items())}


def _tagged(item: Mapping[str, Any]) -> tuple[Event, ...]:
    published_at = _published(str(item.get("published", "")))
    title, summary, text = (str(item.get(name) or "") for name in ("title", "summary", "text"))
    return (
        Tagger.from_seeds().tag(title, summary, text, published_at=published_at, outlet_name=item.get("source")).events
    )


def _published(date: str) -> datetime | None:
    """The day of an ISO date; the few that are written otherwise count as unknown."""
    return datetime.fromisoformat(date[:10]).replace(tzinfo=UTC) if re.match(r"\d{4}-\d\d-\d\d", date) else None


def _triple(event: Event) -> Triple:
    return event.source_side, event.event_type, event.target_side


def plover(records: Iterable[Mapping[str, Any]]) -> Score:
    """Type and direction of PLOVER's records, with their actors given: it measures verbs and grammar, not names.

    The source stands in as one side and the target as the other. What is denied is left out; what is planned or
    possible counts, as the records count it.
    """
    coder, score = Coder(seedbook.load()), Score()
    for record in records:
        text = str(record.get("text", ""))
        source, target = (_span(text, record.get(role)) for role in ("source", "target"))
        if source is not None and target is not None and source != target:
            names: list[Name] = [(*source, "US", "source"), (*target, "VE", "target")]
            event_type = PLOVER_NAMES.get(record["event"], record["event"])
            score.add({("US", event_type, "VE")}, set(_read(coder, text, names)))
    return score


def _span(text: str, actors: object) -> tuple[int, int] | None:
    """Where the first actor of a role stands in a text; a few records have no list of actors."""
    named = actors[0].get("actorText", "") if isinstance(actors, list) and actors else ""
    start = text.find(named) if named else -1
    return (start, start + len(named)) if start >= 0 else None


def _read(coder: Coder, text: str, names: Iterable[Name]) -> Iterator[Triple]:
    scene = coder.stage.lay_out("title", fold(text), names)
    # The first of days: what words imply in the affair, they do not imply in sentences about others.
    yield from (_triple(event) for event in coder.read(scene, date.min) if event.status != "denied")


def petrarch(document: str, score: Score) -> None:
    """Add the types of PETRARCH's unit tests, whose actors are taken from the proper nouns of its parses.

    It measures types alone: the first proper noun stands in as one side, all others as the other.
    """
    coder = Coder(seedbook.load())
    for sentence in defusedxml.ElementTree.fromstring(document).iter("Sentence"):
        codes = {code.get("eventcode", "") for code in sentence.iter("EventCoding")}
        given = {("", PETRARCH_TYPES[code], "") for code in codes if code in PETRARCH_TYPES}
        text = " ".join((sentence.findtext("Text") or "").split())
        names = _proper_nouns(text, sentence.findtext("Parse") or "")
        if given and len(names) > 1:
            score.add(given, {("", event_type, "") for _, event_type, _ in _read(coder, text, names)})


def _proper_nouns(text: str, parse: str) -> list[Name]:
    """Each proper noun of a parse, where it stands first; those side by side are one name."""
    words = {word for word in re.findall(r"\(NNPS? ([^()\s]+)\)", parse) if word in text}
    runs: list[tuple[int, int]] = []
    for start, end in sorted((text.find(word), text.find(word) + len(word)) for word in words):
        if runs and not text[runs[-1][1] : start].strip():
            runs[-1] = runs[-1][0], max(end, runs[-1][1])
        else:
            runs.append((start, end))
    return [(start, end, "VE" if i else "US", text[start:end]) for i, (start, end) in enumerate(runs)]


def figures(folder: Path) -> dict[str, Any]:
    """What seeds take from labelled data: the confidence of constructions."""
    items = [json.loads(line) for line in (folder / "labelled" / "dev.jsonl").read_text("utf-8").splitlines()]
    return {"constructions": constructions(items)}


if __name__ == "__main__":
    json.dump(figures(Path(sys.argv[1])), sys.stdout, indent=2)
