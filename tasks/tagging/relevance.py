"""Judges whether an item is about the affair: the first rule that holds decides, and names the words it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tasks.tagging import rules
from tasks.tagging.reading import SIDES, Located, Reading, Sentence
from tasks.tagging.rules import Rule
from warehouse.model import Evidence

Signals = Mapping[str, tuple[Located, ...]]
"""What was found in an item: the name of each condition that holds, and the words that make it hold."""

SHORT_BODY_SIGNS = 700
"""Below this a body is a teaser, in which each word counts."""

STATES = frozenset({"venezuela", "us-state"})
_SERIES = re.compile(r"\s*(?:,|;|,?\s*\b(?:and|y|e|o|u|or|ou)\b|&)\s*")

CORE_SENTENCES = 2
"""How many of the sentences where both sides meet tell an item's topics, beside its title."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided, by which rule, on which words."""

    level: int
    score: float
    rule_id: str
    evidence: tuple[Evidence, ...]


def judge(found: Signals, ordered: Sequence[Rule], day: date | None) -> Verdict:
    """The verdict of the first rule that holds. The last one of the seeds asks for nothing, so one always does."""
    rule, grounds = next(
        (rule, grounds) for rule in ordered if (grounds := rules.holding(rule, found, day)) is not None
    )
    return Verdict(rule.outcome["level"], rule.outcome["score"], rule.rule_id, _evidence(grounds))


def _evidence(grounds: Iterable[tuple[Located, ...]]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(located.evidence() for ground in grounds for located in ground))


def signals(item: Reading) -> Signals:
    """What conditions can ask for: a class of words in a scope, and facts about the whole, each with its words."""
    found: dict[str, tuple[Located, ...]] = {}
    joint = [sentence for sentence in (*item.title, *item.body) if sentence.is_joint]
    is_told_by_title = all(any(sentence.has(side) for sentence in item.title) for side in SIDES)
    scopes: Mapping[str, Iterable[Sentence]] = {
        "title": item.title,
        "lead": (*item.title, *item.lead),
        "joint": joint,
        "core": (*item.title, *joint[:CORE_SENTENCES]),
        "aside": () if is_told_by_title else joint[:CORE_SENTENCES],
        "full": [sentence for sentence in joint if sentence.field == "text"] if is_told_by_title else (),
        "item": (*item.title, *item.body),
    }
    for scope, sentences in scopes.items():
        for name, located in _classes(sentences):
            found.setdefault(f"{scope}:{name}", (located,))
    for name, sentence in _facts(item, joint):
        found.setdefault(f"fact:{name}", _sides(sentence))
    return found


def _classes(sentences: Iterable[Sentence]) -> Iterator[tuple[str, Located]]:
    for sentence in sentences:
        for located in sentence.hits:
            for name in located.hit.term.classes:
                yield name, located


def _facts(item: Reading, joint: Sequence[Sentence]) -> Iterator[tuple[str, Sentence]]:
    head = item.title[0]
    bodies = [sentence for sentence in joint if sentence.field != "title"]
    if item.is_from_venezuela:
        yield "venezuelan-outlet", head
    if sum(sentence.size for sentence in item.body) < SHORT_BODY_SIGNS:
        yield "short-body", head
    if _begins_with_third(item):
        yield "third-first", head
    listed = frozenset[str]().union(*map(_enumerated, item.title))
    if listed >= STATES:
        yield "both-listed", head
    if "us-state" in listed:
        yield "us-listed", head
    if bodies:
        yield from _joint_facts(item, bodies)


def _begins_with_third(item: Reading) -> bool:
    named = (name for sentence in item.title for found in sentence.hits for name in found.hit.term.classes)
    return next((name for name in named if name in (*SIDES, "third")), "") == "third"


def _enumerated(sentence: Sentence) -> frozenset[str]:
    """The states that stand in one enumeration of three or more."""
    run: list[Located] = []
    listed: set[str] = set()
    for located in (found for found in sentence.hits if found.hit.term.target in STATES or _is_third_state(found)):
        if run and run[-1].hit.end > located.hit.start:
            continue
        between = located.folded.text[run[-1].hit.end : located.hit.start] if run else ""
        run = [*run, located] if run and _SERIES.fullmatch(between) else [located]
        if len(run) > 2:
            listed.update(found.hit.term.target or "" for found in run)
    return frozenset(listed)


def _is_third_state(located: Located) -> bool:
    return located.hit.term.target is not None and "third" in located.hit.term.classes


def _joint_facts(item: Reading, joint: Sequence[Sentence]) -> Iterator[tuple[str, Sentence]]:
    first, share = joint[0], sum(s.size for s in joint) / max(1, sum(s.size for s in item.body))
    if first is item.body[0]:
        yield "joint-first", first
    if first in item.lead:
        yield "joint-lead", first
    if len(joint) > 1:
        yield "joint-twice", first
    if share >= 0.2:
        yield "joint-dense", first
    if share >= 0.1:
        yield "joint-fair", first


def _sides(sentence: Sentence) -> tuple[Located, ...]:
    """The first word of each side in a sentence."""
    first: dict[str, Located] = {}
    for located in sentence.hits:
        for name in SIDES:
            if name in located.hit.term.classes:
                first.setdefault(name, located)
    return tuple(first.values())
