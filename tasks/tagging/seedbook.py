"""Reads the tagger's seeds, once: terms, actors with their offices, rules, and the version they make up."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from tasks.tagging import calibration, patterns, rules
from tasks.tagging.lexicon import Term
from tasks.tagging.patterns import PatternBook
from tasks.tagging.rules import Rule
from warehouse.model import Side

CODE_VERSION = "5"
"""Raised with every change of code that can change a label, so that stored labels show which code made them."""

_FILES = (
    *("topics.csv", "terms.toml", "relevance.toml", "relevance_scores.csv", "topic_rules.toml"),
    *("actors.csv", "aliases.csv", "tenures.csv"),
    *("event_types.csv", "event_patterns.toml"),
)
OFFICE = "office:"
_SIDES: Mapping[str, Side] = {"US": "US", "VE": "VE", "third": "third"}


@dataclass(frozen=True, slots=True)
class Tenure:
    """An office held by an actor from one day to another, the first included."""

    actor_id: str
    office_id: str
    role: str
    since: date
    until: date

    def covers(self, day: date) -> bool:
        return self.since <= day < self.until


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, organisation or state of the gazetteer; `implies` says whether its name stands for its side."""

    actor_id: str
    name: str
    side: Side
    role: str
    implies: str


@dataclass(frozen=True, slots=True)
class Seeds:
    """All that the tagger is made of."""

    terms: tuple[Term, ...]
    actors: Mapping[str, Actor]
    tenures: tuple[Tenure, ...]
    relevance_rules: tuple[Rule, ...]
    unread_score: float
    topic_rules: tuple[Rule, ...]
    fallback_topic: str
    topics: tuple[str, ...]
    events: PatternBook
    weights: Mapping[tuple[str, str], float]
    version: str


@functools.cache
def load() -> Seeds:
    """The seeds as the package carries them."""
    files = _contents()
    tables = {name: tomllib.loads(content.decode()) for name, content in files.items() if name.endswith(".toml")}
    rows = {name: list(_rows(content)) for name, content in files.items() if name.endswith(".csv")}
    actors = {row["actor_id"]: _actor(row) for row in rows["actors.csv"]}
    scores = {row["rule_id"]: float(row["score"]) for row in rows["relevance_scores.csv"]}
    return Seeds(
        terms=(*_class_terms(tables["terms.toml"]), *_alias_terms(rows["aliases.csv"], actors, rows["tenures.csv"])),
        actors=actors,
        tenures=tuple(map(_tenure, rows["tenures.csv"])),
        relevance_rules=calibration.scored(rules.read(tables["relevance.toml"]["rule"]), scores),
        unread_score=scores[calibration.UNREAD],
        topic_rules=rules.read(tables["topic_rules.toml"]["rule"]),
        fallback_topic=tables["topic_rules.toml"]["fallback"],
        topics=tuple(row["code"] for row in rows["topics.csv"]),
        events=patterns.read(tables["event_patterns.toml"]),
        weights={(row["event_type"], row["event_mode"]): float(row["weight"]) for row in rows["event_types.csv"]},
        version=version(),
    )


def _contents() -> dict[str, bytes]:
    return {name: resources.files("seeds").joinpath(name).read_bytes() for name in _FILES}


def _rows(content: bytes) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(content.decode(), newline=""))


@functools.cache
def version() -> str:
    """The version of the seeds that the package carries, told without making anything of them."""
    digest = hashlib.sha256(CODE_VERSION.encode())
    for content in _contents().values():
        digest.update(content)
    return f"{CODE_VERSION}-{digest.hexdigest()[:10]}"


def _actor(row: Mapping[str, str]) -> Actor:
    return Actor(row["actor_id"], row["name"], _SIDES[row["side"]], row["role"], row["implies"])


def _tenure(row: Mapping[str, str]) -> Tenure:
    return Tenure(
        actor_id=row["actor_id"],
        office_id=row["office_id"],
        role=row["role"],
        since=date.fromisoformat(row["valid_from"]),
        until=date.fromisoformat(row["valid_to"]) if row["valid_to"] else date.max,
    )


def _class_terms(table: Mapping[str, Any]) -> Iterator[Term]:
    for name, entry in table.items():
        classes = (name, *([entry["side"]] if "side" in entry else ()), *entry.get("also", ()))
        yield from (Term(written, classes) for written in entry["terms"])


def _alias_terms(
    rows: Iterable[Mapping[str, str]], actors: Mapping[str, Actor], tenures: Iterable[Mapping[str, str]]
) -> Iterator[Term]:
    holders: dict[str, list[str]] = defaultdict(list)
    for tenure in tenures:
        holders[tenure["office_id"]].append(tenure["actor_id"])
    for row in rows:
        target = row["target"]
        actor_id = holders[target.removeprefix(OFFICE)][0] if target.startswith(OFFICE) else target
        needs = frozenset(filter(None, row["needs"].split("|")))
        yield Term(row["alias"], _alias_classes(actors[actor_id], target, needs), target, needs)


def _alias_classes(actor: Actor, target: str, needs: frozenset[str]) -> tuple[str, ...]:
    named = (f"actor:{target}",)
    if actor.implies and not needs:
        return (*named, actor.implies)
    # A name that needs others beside it to be understood cannot itself tell a side; at home it can.
    return (*named, "ve-name") if actor.side == "VE" else named
